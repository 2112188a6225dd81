"""The server is killed while it clones, pulls and pushes: the project opens, and can do it again."""

from __future__ import annotations

import threading
import time
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.test_git import LIMIT_S, notebook
from tests.support.git_http import GitServer, git_server, missing
from tests.support.live import LiveServer, Script

pytestmark = [
    pytest.mark.faults,
    pytest.mark.kernel,
    pytest.mark.skipif(bool(missing()), reason=missing()),
]


@pytest.fixture
def far(tmp_path: Path) -> Iterator[GitServer]:
    with git_server(tmp_path / "far") as server:
        yield server


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveServer]:
    folder = tmp_path / "data"
    folder.mkdir()
    server = LiveServer(folder, settings={"COMMONBOOK_PRIVATE_HOSTS": "127.0.0.1"})
    server.start()
    yield server
    server.stop()
    server.end_kernels()


def ended(script: Script, project: str) -> Any:
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        state = script("GET", f"/api/projects/{project}/git")
        if state["work"] is None and state["state"] != "cloning":
            return state
        time.sleep(0.05)  # the product is polled for this, too
    raise TimeoutError


def killed_during(
    live: LiveServer, far: GitServer, service: str, script: Script, path: str, body: Any
) -> Any:
    """Ask for something, kill the server once the other side was asked; returns what was answered."""
    answers: list[Any] = []

    def ask() -> None:
        try:
            answers.append(script("POST", path, body))
        except (OSError, urllib.error.URLError):
            answers.append(None)

    with far.holding(service):
        asking = threading.Thread(target=ask)
        asking.start()
        assert far.held.wait(30)
        live.kill()
        asking.join(30)
    live.start()
    return answers[0]


def test_a_server_killed_during_clone_pull_and_push_goes_on_where_it_was(
    live: LiveServer, far: GitServer
) -> None:
    far.new("tides", {"lunar.ipynb": notebook("a = 1"), "x.txt": "one\n"})
    ada = live.person("ada")
    body = {"name": "Tides", "git": {"url": far.url("tides")}}
    project = killed_during(live, far, "git-upload-pack", ada, "/api/projects", body)["id"]
    path = f"/api/projects/{project}/git"
    state = ended(ada, project)
    assert (state["state"], state["problem"]["code"]) == ("failed", "server_stopped")
    assert ada("GET", f"/api/projects/{project}/notebooks")["items"] == []
    ada("POST", f"{path}/clone")
    state = ended(ada, project)
    assert (state["state"], state["changes"]) == ("ready", []), state

    far.commit("tides", {"lunar.ipynb": notebook("a = 2"), "x.txt": "two\n"})
    assert killed_during(live, far, "git-upload-pack", ada, f"{path}/pull", {}) is None
    files = live.folder / "projects" / project / "files"
    for lock in ("index.lock", "refs/heads/main.lock"):  # what a git leaves that was killed while it wrote
        (files / ".git" / lock).write_text("")
    live.kill()
    live.start()
    state = ended(ada, project)
    assert (state["state"], state["changes"], state["problem"]) == ("ready", [], None), state
    assert ada("POST", f"{path}/pull", {})["state"] == "updated"
    assert (files / "x.txt").read_text() == "two\n"
    assert ended(ada, project)["changes"] == []

    (files / "x.txt").write_text("three\n")
    ada("POST", f"{path}/commit", {"message": "Three"})
    assert killed_during(live, far, "git-receive-pack", ada, f"{path}/push", None) is None
    assert ended(ada, project)["state"] == "ready"
    ada("POST", f"{path}/push")
    assert far.show("tides", "x.txt") == "three\n"
    assert ended(ada, project)["ahead"] == 0
