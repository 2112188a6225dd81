"""A hostile cell in a real kernel behind the real server reaches none of sixteen things outside."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import Client, RunningServer, running

pytestmark = pytest.mark.kernel

CANARY = "COMMONBOOK_DATABASE_PASSWORD"

PROBE = """
import ctypes, json, os, socket, subprocess, glob
told = json.load(open("told.json"))
reached = {}
libc = ctypes.CDLL(None, use_errno=True)

def tries(asset):
    def register(attempt):
        try:
            reached[asset] = bool(attempt())
        except Exception:
            reached[asset] = False
    return register

def connects(address, family=socket.AF_INET):
    with socket.socket(family) as line:
        line.settimeout(1)
        line.connect(address)
        return True

@tries("the server's port")
def _():
    return any(connects((host, told["port"])) for host in ("127.0.0.1", "localhost"))

@tries("a port of the host's loopback")
def _():
    return connects(("127.0.0.1", told["loopback"]))

@tries("a socket of the host's without a file")
def _():
    return connects("\\0" + told["abstract"], socket.AF_UNIX)

@tries("the cloud's metadata")
def _():
    return connects(("169.254.169.254", 80))

@tries("the database")
def _():
    return open(told["data"] + "/commonbook.sqlite3", "rb").read(1)

@tries("the data folder")
def _():
    return os.listdir(told["data"])

@tries("the server's environment")
def _():
    words = json.dumps(dict(os.environ)).encode()
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            words += open(path, "rb").read()
        except OSError:
            pass
    return told["canary"].encode() in words

@tries("other processes")
def _():
    return len(glob.glob("/proc/[0-9]*")) > 3 or os.path.exists("/proc/%d" % told["server"])

@tries("another project's files")
def _():
    return open(told["secret"]).read()

@tries("other kernels' sockets")
def _():
    return os.listdir(told["data"] + "/kernels") or len(os.listdir("/run")) > 2

@tries("the system's passwords")
def _():
    return open("/etc/shadow").read()

@tries("a mount of its own")
def _():
    os.mkdir("m")  # where it harms nobody if it works
    return libc.mount(b"none", b"m", b"tmpfs", 0, None) == 0 and libc.umount2(b"m", 2) == 0

@tries("a second user namespace")
def _():
    return subprocess.run(["unshare", "--user", "true"], capture_output=True).returncode == 0

@tries("the system's devices and settings")
def _():
    return os.listdir("/sys") or open("/proc/sys/kernel/hostname", "w")

@tries("the kernel's log")
def _():
    room = ctypes.create_string_buffer(4096)
    return libc.klogctl(3, room, 4096) > 0 or open("/dev/kmsg").read(1)

@tries("another user")
def _():
    try:
        os.setuid(0)
        return True
    except OSError:
        os.kill(told["server"], 0)
        return True

json.dump(reached, open("reached.json", "w"))
"""


@asynccontextmanager
async def served(folder: Path, **settings: Any) -> AsyncIterator[RunningServer]:
    async with running(folder, kernel_python=sys.executable, **settings) as server:
        yield server


async def run(ada: Client, notebook: str, source: str) -> str:
    """Run a cell and return how it ended."""
    cell = (await ada.post(f"/api/notebooks/{notebook}/cells", {"source": source})).json["id"]
    made = (await ada.post(f"/api/notebooks/{notebook}/runs", {"cells": [cell]})).json["id"]
    async with asyncio.timeout(90):
        while True:
            found = (await ada.get(f"/api/runs/{made}")).json
            if found["state"] not in ("queued", "running"):
                return str(found["state"])
            await asyncio.sleep(0.05)  # the API tells only who asks


async def stop(ada: Client, notebook: str) -> None:
    path = f"/api/notebooks/{notebook}/kernel"
    await ada.post(path, {"action": "stop"})
    async with asyncio.timeout(30):
        while True:
            if (await ada.get(path)).json["state"] in ("none", "dead"):
                return
            await asyncio.sleep(0.05)


async def probe(folder: Path, **settings: Any) -> tuple[dict[str, bool], dict[str, Any]]:
    """Run the probe in one of two projects; returns what it reached, and what is told of its kernel."""
    data = folder / "data"
    name = f"commonbook-test-{os.getpid()}"
    async with served(data, **settings) as server:
        ada = await server.person("ada")
        mine, other = [await server.project(ada, each) for each in ("Mine", "Other")]
        secret = data / "projects" / other / "files" / "secret.txt"
        secret.parent.mkdir(parents=True)
        secret.write_text("secret")
        files = data / "projects" / mine / "files"
        files.mkdir(parents=True)
        notebook, neighbour = [await server.notebook(each, ada) for each in (mine, other)]
        with (
            socket.create_server(("127.0.0.1", 0)) as loopback,
            socket.socket(socket.AF_UNIX) as abstract,
        ):
            abstract.bind(f"\0{name}")
            abstract.listen()
            told = {
                "port": server.config.port,
                "loopback": loopback.getsockname()[1],
                "abstract": name,
                "data": str(data),
                "canary": CANARY,
                "server": os.getpid(),
                "secret": str(secret),
            }
            (files / "told.json").write_text(json.dumps(told))
            assert await run(ada, neighbour, "1") == "done"
            assert await run(ada, notebook, PROBE) == "done"
        about = (await ada.get(f"/api/notebooks/{notebook}/kernel")).json
        for each in (notebook, neighbour):
            await stop(ada, each)
    return json.loads((files / "reached.json").read_text()), about


async def test_a_hostile_cell_reaches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CANARY, "hunter2")
    reached, about = await probe(tmp_path)
    assert len(reached) == 16
    assert [asset for asset, was_reached in reached.items() if was_reached] == []
    assert about["isolation"].startswith("sandbox")


async def test_without_a_sandbox_the_same_cell_reaches_most_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernel_manager.engines.local.SUPERVISOR", _blind_supervisor(tmp_path))
    reached, about = await probe(tmp_path, allow_unsandboxed=True)
    assert sum(reached.values()) >= 8
    assert about["isolation"] == "none"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start kernels as somebody else")
async def test_each_project_is_a_system_user_and_the_server_reads_its_files(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with served(data) as server:
        ada = await server.person("ada")
        users = []
        for name in ("One", "Two"):
            project = await server.project(ada, name)
            notebook = await server.notebook(project, ada)
            files = data / "projects" / project / "files"
            files.mkdir(parents=True)
            (files / "given.txt").write_text("by the server")
            assert (
                await run(ada, notebook, "open('given.txt', 'a').write('!'); open('made.txt', 'w')") == "done"
            )
            assert (files / "given.txt").read_text() == "by the server!"
            users.append({path.stat().st_uid for path in (files, *files.iterdir())})
            await stop(ada, notebook)
    assert len(users[0]) == len(users[1]) == 1
    assert 0 not in users[0] | users[1]
    assert users[0] != users[1]


async def test_without_a_sandbox_no_kernel_starts_unless_the_admin_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernel_manager.engines.local.SUPERVISOR", _blind_supervisor(tmp_path))
    async with served(tmp_path / "data") as server:
        ada = await server.person("ada")
        notebook = await server.notebook(await server.project(ada), ada)
        assert await run(ada, notebook, "1") == "cancelled"
        about = (await ada.get(f"/api/notebooks/{notebook}/kernel")).json
    assert about["state"] == "dead"
    assert "bubblewrap is not installed" in about["death"]["reason"]
    assert "allow_unsandboxed" in about["death"]["reason"]


def _blind_supervisor(folder: Path) -> Path:
    """Return a supervisor on a machine where bubblewrap is not installed."""
    from kernel_manager.engines.local import SUPERVISOR

    script = folder / "supervisor.py"
    script.write_text(
        "import runpy, sys\n"
        f"sys.path.insert(0, {str(SUPERVISOR.parents[2])!r})\n"
        "from kernel_manager import isolation_probe\n"
        "isolation_probe.OUTER_ENVIRONMENT = {'PATH': '/nowhere'}\n"
        f"runpy.run_path({str(SUPERVISOR)!r}, run_name='__main__')\n"
    )
    return script
