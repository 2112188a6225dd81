"""A repository of a hundred thousand files: cloned, looked at, committed and pulled, in steady answers."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.test_git import ended
from tests.support.git_http import ENVIRONMENT, GitServer, git_server, missing
from tests.support.server import RunningServer

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing()), reason=missing()),
]

FOLDERS, IN_EACH = 100, 1000
LIMIT_S = 240.0
ANSWER_S = 5.0
"""How long anybody may wait for an answer while such a repository is worked on."""


@pytest.fixture
def far(tmp_path: Path) -> Iterator[GitServer]:
    with git_server(tmp_path / "far") as server:
        bare = server.new("many")
        files = (
            f"M 100644 inline d{folder}/f{number}.txt\ndata 2\n{number % 10}\n\n"
            for folder in range(FOLDERS)
            for number in range(IN_EACH)
        )
        head = "commit refs/heads/main\ncommitter Rosa <rosa@example.org> 1700000000 +0000\ndata 5\nBegin\n"
        stream = (head + "".join(files) + "\ndone\n").encode()
        subprocess.run(
            ["git", "fast-import", "--quiet", "--done"],
            cwd=bare,
            env=ENVIRONMENT,
            input=stream,
            check=True,
            timeout=LIMIT_S,
        )
        yield server


async def test_a_repository_of_a_hundred_thousand_files_is_worked_with(
    near: RunningServer, far: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.server.test_git.LIMIT_S", LIMIT_S)
    ada = await near.person("ada")
    made = await ada.post("/api/projects", {"name": "Many", "git": {"url": far.url("many")}})
    project = made.json["id"]
    waits: list[float] = []

    async def ask() -> None:
        while True:
            begun = time.monotonic()
            assert (await ada.get("/api/me")).status == 200
            waits.append(time.monotonic() - begun)
            await asyncio.sleep(0.2)

    asking = asyncio.ensure_future(ask())
    state = await ended(ada, project)
    assert (state["state"], state["changes"], state["problem"]) == ("ready", [], None), state
    path = f"/api/projects/{project}/git"
    files = near.config.data / "projects" / project / "files"
    assert sum(1 for _ in files.glob("d*/f*.txt")) == FOLDERS * IN_EACH
    listed = (await ada.get(f"/api/projects/{project}/files/d7")).json
    assert (listed["total"], len(listed["items"])) == (IN_EACH, IN_EACH)

    (files / "d7" / "f7.txt").write_text("changed\n")
    assert [each["path"] for each in (await ended(ada, project))["changes"]] == ["d7/f7.txt"]
    committed = await ada.post(f"{path}/commit", {"message": "One of many"})
    assert committed.status == 201, committed.json
    far.commit("many", {"d9/f9.txt": "theirs\n"})
    pulled = await ada.post(f"{path}/pull", {})
    assert pulled.json["state"] in ("merged", "updated"), pulled.json
    assert (files / "d9" / "f9.txt").read_text() == "theirs\n"
    assert (await ended(ada, project))["changes"] == []
    asking.cancel()
    await asyncio.wait([asking])
    assert max(waits) < ANSWER_S
