"""Kernels that run while their environment changes: real kernels, in the sandbox where it works, and real uv.

ipykernel comes from the ordinary index, or from uv's cache; everything else are wheels of the tests.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from collab.wire import JobProgress, RestartAdvised, ServerMessage
from server.environments.part import environments_of
from server.sessions.registry import Sessions
from tests.support.server import Client, RunningServer, running
from tests.support.socket_page import Page
from tests.support.wheels import wheel

pytestmark = [pytest.mark.kernel, pytest.mark.slow]
LIMIT_S = 90.0


@dataclass
class Desk:
    """A notebook with a real kernel, in a project whose packages come from a folder."""

    server: RunningServer
    ada: Client
    project: str
    notebook: str
    told: list[ServerMessage]

    async def run(self, code: str, by: Client | None = None) -> tuple[str, str]:
        """Run code in a new cell; return the run's state and what the cell printed or said."""
        at = f"/api/notebooks/{self.notebook}"
        cell = (await self.ada.post(f"{at}/cells", {"type": "code", "source": code})).json["id"]
        run = (await (by or self.ada).post(f"{at}/runs", {"cells": [cell]})).json["id"]
        session = await self.sessions.get(self.notebook)  # type: ignore[arg-type]
        async with asyncio.timeout(LIMIT_S):
            while True:
                changed = asyncio.ensure_future(session.changed())  # before the look, so that none is missed
                state = (await self.ada.get(f"/api/runs/{run}")).json["state"]
                if state not in ("queued", "running"):
                    changed.cancel()
                    break
                await changed
        cells = json.loads((await self.ada.get(f"{at}/ipynb")).body)["cells"]
        outputs = next(each["outputs"] for each in cells if each["id"] == cell)
        return state, "".join(each.get("text") or each.get("evalue") or "" for each in outputs)

    async def install(self, line: str) -> None:
        await self.change(f"/api/projects/{self.project}/packages", {"lines": [line]})

    async def change(self, path: str, body: dict[str, Any]) -> None:
        answer = await self.ada.post(path, body)
        job = environments_of(self.server.services).live(answer.json["id"])
        assert job is not None
        assert job.task is not None
        await asyncio.wait_for(job.task, LIMIT_S)
        assert job.row.state == "done", job.row

    @property
    def sessions(self) -> Sessions:
        found = self.server.services.sessions
        assert isinstance(found, Sessions)
        return found


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    wheels = tmp_path / "wheels"
    for version in ("1.4.2", "2.1"):
        wheel(wheels, "tidy", version)
    wheel(wheels, "sixpack", "1.0")
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    async with running(tmp_path / "data", kernel_python="", base_packages=("ipykernel",)) as server:
        ada = await server.person("ada")
        project = await server.project(ada)
        notebook = (await ada.post(f"/api/projects/{project}/notebooks", {"name": "Notes"})).json["id"]
        sessions = server.services.sessions
        assert isinstance(sessions, Sessions)
        told: list[ServerMessage] = []
        room = (await sessions.get(notebook)).room
        tell = room.send_control

        def heard(message: ServerMessage) -> None:
            told.append(message)
            tell(message)

        monkeypatch.setattr(room, "send_control", heard)
        desk = Desk(server, ada, project, notebook, told)
        yield desk
        await ada.post(f"/api/notebooks/{notebook}/kernel", {"action": "stop"})
        session = await sessions.get(notebook)
        async with asyncio.timeout(LIMIT_S):
            while session.state.kernel not in ("none", "dead"):
                await session.changed()


async def test_a_running_kernel_imports_what_is_new_and_is_told_of_what_it_holds(desk: Desk) -> None:
    assert (await desk.run("import tidy"))[0] == "error"
    await desk.install("tidy<2")
    assert await desk.run("import tidy; print(tidy.__version__)") == ("done", "1.4.2\n")
    assert not [message for message in desk.told if isinstance(message, RestartAdvised)]
    count = await desk.run("print(get_ipython().execution_count)")
    await desk.install("tidy>=2")
    # The answer of the kernel comes before that of a cell that is run later.
    assert await desk.run("print(tidy.__version__)") == ("done", "1.4.2\n")
    (advice,) = [message for message in desk.told if isinstance(message, RestartAdvised)]
    assert [(each.name, each.before, each.after) for each in advice.packages] == [("tidy", "1.4.2", "2.1")]
    page = await Page.open(desk.ada, desk.notebook)
    await page.until(lambda: page.of("restart_advised"))  # who comes later hears of it too
    later = await desk.run("print(get_ipython().execution_count)")
    assert int(later[1]) == int(count[1]) + 2  # the question left no trace in the history
    assert {"done"} == {m.state for m in desk.told if isinstance(m, JobProgress) and m.changes}
    await desk.ada.post(f"/api/notebooks/{desk.notebook}/kernel", {"action": "restart"})
    await page.until(lambda: page.of("restart_advised")[-1]["packages"] == [])
    await page.close()


async def test_no_kernel_writes_to_the_base_and_one_that_runs_goes_back_to_it(desk: Desk) -> None:
    at = "import os\nfrom ipykernel import __file__\n"
    for write in ("open(__file__, 'a')", "os.chmod(__file__, 0o666)", "os.mkdir(f'{__file__}.x')"):
        state, text = await desk.run(at + write)
        assert state == "error"
        assert re.search("Read-only file system|Permission denied|Operation not permitted", text)
    first = (await desk.ada.get(f"/api/projects/{desk.project}/environment")).json["history"][0]["id"]
    await desk.install("tidy<2")
    assert await desk.run("import tidy; print(tidy.__version__)") == ("done", "1.4.2\n")
    await desk.change(f"/api/projects/{desk.project}/environment", {"action": "rollback", "state": first})
    assert await desk.run("import pexpect.FSM; print('here')") == ("done", "here\n")
    assert (await desk.run("import sixpack"))[0] == "error"


async def test_pip_in_a_cell_goes_to_the_projects_environment(desk: Desk) -> None:
    state, text = await desk.run("%pip install -q sixpack")
    assert (state, text) == ("done", "sixpack 1.0 installed. requirements.txt says so too.\n")
    files = desk.server.config.data / "projects" / desk.project / "files"
    assert (files / "requirements.txt").read_text() == "sixpack~=1.0\n"
    assert await desk.run("import sixpack; print('here')") == ("done", "here\n")
    assert await desk.run("!python -m pip install 'tidy<2'") == (
        "done",
        "tidy 1.4.2 installed. requirements.txt says so too.\n",
    )
    assert (await desk.run("%pip uninstall -y sixpack"))[0] == "done"
    state, text = await desk.run("!pip install commonbook-no-such-thing")
    assert state == "error"
    assert "There is no package named commonbook-no-such-thing. Check the spelling." in text
    assert (await desk.run("!pip install git+https://example.org/x.git"))[0] == "error"
    assert await desk.run("!echo untouched") == ("done", "untouched\n")


async def test_pip_in_a_cell_needs_the_right_of_whoever_runs_it(desk: Desk) -> None:
    runner: Any = await desk.server.person("rob")
    invited = {"who": "rob", "role": "executor"}
    assert (await desk.ada.post(f"/api/projects/{desk.project}/members", invited)).status < 300
    state, text = await desk.run("%pip install sixpack", by=runner)
    assert state == "error"
    assert "needs the right to change the environment" in text
    files = desk.server.config.data / "projects" / desk.project / "files"
    assert not (files / "requirements.txt").exists()
