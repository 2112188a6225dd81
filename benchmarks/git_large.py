"""A repository of 100,000 files: seconds to clone it, to look at it, to commit and to pull changes.

The other side is git's own backend over HTTP on loopback, so the numbers are those of this machine's disk and
of the sandbox around git.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import psutil

from tests.support.git_http import ENVIRONMENT, GitServer, git_server
from tests.support.server import Client, running

FILES = 100_000
FOLDERS = 500
PULLED = 1_000


def measure() -> dict[str, Any]:
    """Return seconds for each step, and the server's memory at the end."""
    return asyncio.run(_measure())


async def _measure() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="commonbook-git-") as name:
        folder = Path(name)
        with git_server(folder / "far") as far:
            far.new("large")
            _import(far, "large", range(FILES), "Begin")
            async with running(folder / "data", private_hosts=("127.0.0.1",)) as near:
                return await _steps(far, await near.person("ada"), folder)


async def _steps(far: GitServer, ada: Client, folder: Path) -> dict[str, Any]:
    took: dict[str, Any] = {"files": FILES}

    async def timed(what: str, work: Awaitable[Any]) -> Any:
        began = time.perf_counter()
        answer = await work
        took[what] = round(time.perf_counter() - began, 2)
        return answer

    async def cloned() -> str:
        made = await ada.post("/api/projects", {"name": "Large", "git": {"url": far.url("large")}})
        project: str = made.json["id"]
        while True:
            state = (await ada.get(f"/api/projects/{project}/git")).json
            if state["state"] != "cloning":
                break
            await asyncio.sleep(0.2)
        assert state["state"] == "ready", state
        return project

    project = await timed("clone_s", cloned())
    path = f"/api/projects/{project}/git"
    await timed("first_look_s", ada.get(path))
    await timed("look_s", ada.get(path))
    (folder / "data" / "projects" / project / "files" / _name(7)).write_text("changed\n")
    assert len((await timed("look_at_one_change_s", ada.get(path))).json["changes"]) == 1
    assert (await timed("commit_s", ada.post(f"{path}/commit", {"message": "One"}))).status == 201
    _import(far, "large", range(FILES - PULLED, FILES), "Change", "2\n")
    assert (await timed("pull_s", ada.post(f"{path}/pull", {}))).json["state"] == "merged"
    took["memory_mib"] = psutil.Process().memory_info().rss // 2**20
    return took


def _name(number: int) -> str:
    return f"folder{number % FOLDERS}/file{number}.txt"


def _import(far: GitServer, name: str, numbers: range, message: str, content: str = "1\n") -> None:
    """Commit many files in one go."""
    parts = ["commit refs/heads/main\n", "committer Rosa <rosa@example.org> 1700000000 +0000\n"]
    parts.append(f"data {len(message)}\n{message}\n")
    if content != "1\n":
        parts.append("from refs/heads/main^0\n")
    parts += [f"M 100644 inline {_name(n)}\ndata {len(content)}\n{content}\n" for n in numbers]
    subprocess.run(
        ["git", "fast-import", "--quiet"],
        cwd=far.bare(name),
        env=ENVIRONMENT,
        input="".join(parts).encode(),
        check=True,
    )
