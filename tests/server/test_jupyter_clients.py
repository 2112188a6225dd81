"""Real programs at `/jupyter/PROJECT/`: a Jupyter server behind JupyterLab's gateway client, and a script."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.support.live import LiveServer, Script, free_port

pytestmark = [pytest.mark.kernel, pytest.mark.asyncio(loop_scope="module")]

LIMIT_S = 90.0
PLOT = "from IPython.display import display, HTML\ndisplay(HTML('<b>drawn</b>'))\nprint(6 * 7)\nname = 'ada'"


@dataclass
class Site:
    """A server in a process of its own, and somebody's project with a notebook."""

    server: LiveServer
    ada: Script
    project: str
    notebook: str

    @property
    def address(self) -> str:
        return f"{self.server.url}/jupyter/{self.project}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    server = LiveServer(tmp_path_factory.mktemp("jupyter"))
    server.start()
    ada = server.person("ada")
    project = ada.project()
    yield Site(server, ada, project, ada.notebook(project, "1 + 1", name="Analysis"))
    server.stop()
    server.end_kernels()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lab(site: Site, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[aiohttp.ClientSession]:
    """What JupyterLab's page talks to: `jupyter server --gateway-url` is `jupyter lab` without its pages."""
    folder, port = tmp_path_factory.mktemp("lab"), free_port()
    arguments = [
        f"--gateway-url={site.address}", f"--GatewayClient.auth_token={site.ada.token}",
        "--GatewayClient.auth_scheme=token", f"--ServerApp.port={port}", "--ServerApp.token=mine",
        "--ServerApp.open_browser=False", f"--ServerApp.root_dir={folder}", "--allow-root",
    ]  # fmt: skip
    environment = os.environ | {
        f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")
    }
    with (folder / "log").open("w") as log:
        command = [sys.executable, "-m", "jupyter_server", *arguments]
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)  # noqa: ASYNC220
    base = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession(base, headers={"Authorization": "token mine"}) as client:
        async with asyncio.timeout(LIMIT_S):
            while not await _answers(client):
                assert process.poll() is None, (folder / "log").read_text()
                await asyncio.sleep(0.1)
        yield client
    process.terminate()
    process.wait(30)


async def _answers(client: aiohttp.ClientSession) -> bool:
    try:
        async with client.get("/api/status"):
            return True
    except OSError:
        return False


async def test_jupyterlabs_gateway_client_works_with_the_kernel_of_a_notebook(
    site: Site, lab: aiohttp.ClientSession
) -> None:
    async with lab.get("/api/kernelspecs") as answer:
        specs = (await answer.json())["kernelspecs"]
    spec = f"notebook-{site.notebook}"
    assert specs[spec]["spec"]["display_name"] == "Analysis (Commonbook)"
    body = {"path": "mine.ipynb", "type": "notebook", "name": "", "kernel": {"name": spec}}
    async with lab.post("/api/sessions", json=body) as answer:
        assert answer.status == 201, await answer.text()
        kernel = (await answer.json())["kernel"]["id"]
    async with lab.ws_connect(f"/api/kernels/{kernel}/channels?session_id=abc") as socket:
        info = await _ask(socket, "kernel_info_request", {})
        assert info["language_info"]["name"] == "python"
        heard = await _run(socket, PLOT, {"who": "name"})
        assert {"text/html": "<b>drawn</b>"}.items() <= heard["display_data"]["data"].items()
        assert heard["stream"]["text"] == "42\n"
        assert heard["execute_reply"]["user_expressions"]["who"]["data"]["text/plain"] == "'ada'"
        found = await _ask(socket, "complete_request", {"code": "nam", "cursor_pos": 3})
        assert "name" in found["matches"]
        # It is the notebook's own kernel: what a cell there runs sees what was run here.
        cell = site.ada("POST", f"/api/notebooks/{site.notebook}/cells", {"source": "print(name)"})
        site.ada("POST", f"/api/notebooks/{site.notebook}/runs", {"cells": [cell["id"]]})
        heard = await _run(socket, "print('behind the cell')", {})  # one queue: the cell has ended
        assert _cell(site, cell["id"])["run"]["state"] == "done"
        heard = await _run(socket, "1 / 0", {})
        assert heard["execute_reply"]["ename"] == "ZeroDivisionError"
        sleeping = await _send(socket, "execute_request", {"code": "import time; time.sleep(600)"})
        await _until(socket, sleeping, "execute_input")
        async with lab.post(f"/api/kernels/{kernel}/interrupt") as answer:
            assert answer.status == 204
        assert (await _until(socket, sleeping, "execute_reply"))["ename"] == "KeyboardInterrupt"
    async with lab.post(f"/api/kernels/{kernel}/restart") as answer:
        assert answer.status == 200, await answer.text()
    async with lab.ws_connect(f"/api/kernels/{kernel}/channels?session_id=abc") as socket:
        heard = await _run(socket, "print('name' in globals())", {})
        assert heard["stream"]["text"] == "False\n"
    async with lab.delete(f"/api/kernels/{kernel}") as answer:
        assert answer.status == 204
    assert site.ada("GET", f"/api/notebooks/{site.notebook}/kernel")["state"] in ("none", "stopping")


@pytest.mark.slow
async def test_a_run_of_the_gateway_client_goes_on_over_a_kill_of_the_server(
    site: Site, lab: aiohttp.ClientSession
) -> None:
    body = {
        "path": "mine.ipynb",
        "type": "notebook",
        "name": "",
        "kernel": {"name": f"notebook-{site.notebook}"},
    }
    async with lab.post("/api/sessions", json=body) as answer:
        kernel = (await answer.json())["kernel"]["id"]
    gate = site.server.folder / "projects" / site.project / "files" / "gate"
    code = "import os, time\nprint('one')\nwhile not os.path.exists('gate'): time.sleep(0.05)\nprint('two')"
    async with lab.ws_connect(f"/api/kernels/{kernel}/channels?session_id=abc") as socket:
        msg_id = await _send(socket, "execute_request", {"code": code})
        await _until(socket, msg_id, "stream")
        await asyncio.to_thread(site.server.kill)
        gate.touch()
        await asyncio.to_thread(site.server.start)
        await _until(socket, msg_id, "clear_output")
        said = ""
        while "two" not in said:
            said += (await _until(socket, msg_id, "stream"))["text"]
        assert said == "one\ntwo\n"
        assert (await _until(socket, msg_id, "execute_reply"))["status"] == "ok"
        assert (await _run(socket, "print('three')", {}))["stream"]["text"] == "three\n"
    async with lab.delete(f"/api/kernels/{kernel}") as answer:
        assert answer.status == 204


async def test_jupyter_kernel_client_gets_a_kernel_of_its_own(site: Site) -> None:
    def use() -> tuple[Any, Any]:
        from jupyter_kernel_client import JupyterKernelClient

        given = {"Authorization": f"Bearer {site.ada.token}"}
        with JupyterKernelClient(server_url=site.address, token=None, headers=given) as client:
            first = client.execute("squares = [n * n for n in range(4)]\nprint(sum(squares))")
            return first, client.execute("squares[99]")

    first, second = await asyncio.to_thread(use)
    assert first["status"] == "ok"
    assert first["outputs"] == [{"output_type": "stream", "name": "stdout", "text": "14\n"}]
    assert (second["status"], second["outputs"][0]["ename"]) == ("error", "IndexError")
    listed = site.ada("GET", f"/api/projects/{site.project}/notebooks")["items"]
    assert "Kernel of ada" in [each["name"] for each in listed]


def _cell(site: Site, cell_id: str) -> Any:
    cells = site.ada("GET", f"/api/notebooks/{site.notebook}")["cells"]
    return next(cell for cell in cells if cell["id"] == cell_id)


async def _send(socket: aiohttp.ClientWebSocketResponse, msg_type: str, content: dict[str, Any]) -> str:
    header = {
        "msg_id": os.urandom(8).hex(),
        "msg_type": msg_type,
        "session": "abc",
        "username": "",
        "version": "5.3",
    }
    parts = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
    await socket.send_str(json.dumps({**parts, "channel": "shell", "buffers": []}))
    return str(header["msg_id"])


async def _until(socket: aiohttp.ClientWebSocketResponse, msg_id: str, msg_type: str) -> dict[str, Any]:
    async with asyncio.timeout(LIMIT_S):
        while True:
            message = json.loads(await socket.receive_str())
            if message["parent_header"].get("msg_id") == msg_id and message["msg_type"] == msg_type:
                content: dict[str, Any] = message["content"]
                return content


async def _ask(
    socket: aiohttp.ClientWebSocketResponse, msg_type: str, content: dict[str, Any]
) -> dict[str, Any]:
    return await _until(socket, await _send(socket, msg_type, content), msg_type.replace("request", "reply"))


async def _run(
    socket: aiohttp.ClientWebSocketResponse, code: str, expressions: dict[str, str]
) -> dict[str, dict[str, Any]]:
    """Run code and return what came of it, by type, up to the idle status."""
    msg_id = await _send(socket, "execute_request", {"code": code, "user_expressions": expressions})
    heard: dict[str, dict[str, Any]] = {}
    async with asyncio.timeout(LIMIT_S):
        while heard.get("status", {}).get("execution_state") != "idle":
            message = json.loads(await socket.receive_str())
            if message["parent_header"].get("msg_id") == msg_id:
                heard[message["msg_type"]] = message["content"]
    return heard
