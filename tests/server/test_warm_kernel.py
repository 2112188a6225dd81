"""A real kernel that waited warm beside one that was started cold: nobody can tell them apart."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from kernel_manager.engines.local import LocalEngine
from server.sessions.part import owner_of
from server.sessions.registry import Sessions
from tests.support.kernels import LIMIT_S
from tests.support.server import Client, RunningServer, running
from tests.support.socket_page import Page

pytestmark = pytest.mark.kernel

PROBE = r"""
import ctypes, json, os, resource, socket, sys
status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
open("written by the server", "a").write("and by the kernel")
print(json.dumps({
    "environment": {name: value for name, value in os.environ.items() if "PARENT" not in name},
    "folder": os.getcwd(), "files": sorted(os.listdir()), "path": sys.path, "argv": sys.argv[0][-10:],
    "modules": sorted(name for name in sys.modules if "commonbook" in name), "names": sorted(globals()),
    "user": [os.getuid(), os.getgid(), os.getgroups()],
    "rights": [status[name] for name in ("CapEff", "CapBnd", "NoNewPrivs", "Seccomp", "SigBlk", "SigIgn")],
    "limits": [resource.getrlimit(getattr(resource, n)) for n in sorted(dir(resource)) if n[:7] == "RLIMIT_"],
    "mounts": sorted(line.split()[4] + " " + line.split()[5] for line in open("/proc/self/mountinfo")),
    "oom": open("/proc/self/oom_score_adj").read(), "host": socket.gethostname(), "count": In[1] == In[-1],
    "networks": sorted(os.listdir("/sys/class/net")) if os.path.exists("/sys") else "none to be seen",
}))
"""
KILL = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
SMALL = {"id": "small", "label": "Small", "engine": "local", "cpus": 1, "memory_mib": 900, "processes": 200}


class Desk:
    """A project on a real server, in which notebooks run code."""

    def __init__(self, server: RunningServer, ada: Client, project: str) -> None:
        self.server, self.ada, self.project = server, ada, project
        found = server.services.sessions
        assert isinstance(found, Sessions)
        self.sessions = found

    async def notebook(self, *sources: str) -> tuple[str, list[str]]:
        """Make a notebook and return it with its cells."""
        made = await self.ada.post(f"/api/projects/{self.project}/notebooks", {"name": "N"})
        at = f"/api/notebooks/{made.json['id']}"
        return at, [(await self.ada.post(f"{at}/cells", {"source": one})).json["id"] for one in sources]

    async def run(self, at: str, cell: str) -> str:
        """Run a cell to its end and return what it printed."""
        await self.ada.post(f"{at}/runs", {"cells": [cell]})
        session = await self.sessions.get(at.rpartition("/")[2])  # type: ignore[arg-type]
        async with asyncio.timeout(LIMIT_S):
            while session.state.queue or session.state.kernel == "starting":
                await session.changed()
        cells = json.loads((await self.ada.get(f"{at}/ipynb")).body)["cells"]
        outputs = next(each["outputs"] for each in cells if each["id"] == cell)
        return "".join(each.get("text") or each.get("evalue") or "" for each in outputs)

    async def about(self, at: str) -> dict[str, Any]:
        """Return what the server says of a kernel, without what is its own: times and amounts."""
        told = (await self.ada.get(f"{at}/kernel")).json
        death = told["death"] and {name: told["death"][name] for name in ("cause", "reason", "variables")}
        limit = told["usage"] and told["usage"]["memory_limit"]
        same = {name: told[name] for name in ("state", "hardware", "isolation", "limits")}
        return same | {"death": death, "memory_limit": limit}

    async def until_measured(self, at: str) -> Any:
        session = await self.sessions.get(at.rpartition("/")[2])  # type: ignore[arg-type]
        async with asyncio.timeout(LIMIT_S):
            while True:
                if session.usage is not None and session.usage.quiet is not None:
                    return session.usage.quiet
                await asyncio.sleep(0.02)

    async def until_warm(self) -> int:
        """Return the process of the supervisor whose kernel waits."""
        assert self.sessions.warm is not None
        async with asyncio.timeout(LIMIT_S):
            while True:
                for one in self.sessions.warm.waiting:
                    if one.is_ready and one.handle is not None:
                        return int(one.handle["pid"])
                await asyncio.sleep(0.02)


@pytest.mark.slow
async def test_a_kernel_that_waited_is_as_one_that_was_just_started(tmp_path: Path) -> None:
    async with running(tmp_path, prewarmed=1, kernel_python=sys.executable) as server:
        ada, root = await server.person("ada"), await server.person("root", admin=True)
        desk = Desk(server, ada, await server.project(ada))
        assert (await root.post("/api/admin/hardware", SMALL)).status == 201
        files = tmp_path / "projects" / desk.project / "files"
        files.mkdir(parents=True)
        (files / "written by the server").write_text("")
        (cold, cold_cells), (warm, warm_cells) = [await desk.notebook(PROBE, KILL) for _ in range(2)]
        from_cold = json.loads(await desk.run(cold, cold_cells[0]))

        page = await Page.open(ada, warm.rpartition("/")[2])
        waited = await desk.until_warm()
        # What the server puts into the project while a kernel waits is the kernel's as well.
        (files / "written by the server").unlink()
        (files / "written by the server").write_text("")
        taken_at = asyncio.get_running_loop().time()
        from_warm = json.loads(await desk.run(warm, warm_cells[0]))
        assert from_warm == from_cold
        if os.geteuid() == 0:
            assert from_warm["user"][0] != 0

        await asyncio.gather(desk.until_measured(cold), desk.until_measured(warm))
        assert await desk.about(warm) == await desk.about(cold)
        quiet = await desk.until_measured(warm)
        assert asyncio.get_running_loop().time() - quiet.age >= taken_at, "its clock starts when it is taken"
        seen = (await root.get("/api/admin/kernels")).json["items"]
        assert {each["notebook"] for each in seen} == {cold.rpartition("/")[2], warm.rpartition("/")[2]}
        assert {each["started_by"]["name"] for each in seen} == {"ada"}

        await desk.run(cold, cold_cells[1])
        await desk.run(warm, warm_cells[1])
        assert await desk.about(warm) == await desk.about(cold)
        assert (await desk.about(warm))["death"]["cause"] == "signal"
        next_one = await desk.until_warm()
        assert next_one != waited
        await page.close()
        owner = await owner_of(server.services.database)
    assert not psutil.pid_exists(next_one), "a server that stops leaves no kernel that nobody has"
    engine = LocalEngine(tmp_path / "kernels")
    for handle in await engine.list(owner):
        await engine.cancel(handle)
