"""Projects of a repository: cloned, written back and pulled over a real smart-HTTP server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.git_http import GitServer, git_server, missing
from tests.support.server import Client, RunningServer, running

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(bool(missing()), reason=missing())]

LIMIT_S = 60


def notebook(*sources: str, ids: bool = True, **outputs: str) -> str:
    """Return a notebook file of code cells as Jupyter writes it; `outputs` are texts, by cell id."""
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            **({"id": f"c{number}"} if ids else {}),
            "metadata": {},
            "outputs": [
                {"name": "stdout", "output_type": "stream", "text": [outputs[f"c{number}"]]}
                for _ in range(f"c{number}" in outputs)
            ],
            "source": source.splitlines(keepends=True),
        }
        for number, source in enumerate(sources)
    ]
    file = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5 if ids else 4}
    return json.dumps(file, indent=1, sort_keys=True) + "\n"


@pytest.fixture
def far(tmp_path: Path) -> Iterator[GitServer]:
    with git_server(tmp_path / "far") as server:
        yield server


@pytest.fixture
async def near(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running(tmp_path / "data", private_hosts=("127.0.0.1",)) as server:
        yield server


async def cloned(client: Client, url: str, **more: Any) -> str:
    """Make a project of a repository, and return it once the clone has ended."""
    made = await client.post("/api/projects", {"name": "Tides", "git": {"url": url, **more}})
    assert made.status == 201, made.json
    await ended(client, made.json["id"])
    return made.json["id"]


async def ended(client: Client, project: str) -> Any:
    """Return how the repository stands once nothing goes on."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            state = (await client.get(f"/api/projects/{project}/git")).json
            if state["work"] is None and state["state"] != "cloning":
                return state
            await asyncio.sleep(0.05)  # the product is polled for this, too


async def notebooks(client: Client, project: str) -> dict[str, str]:
    """Return the ids of a project's notebooks by their names."""
    listed = (await client.get(f"/api/projects/{project}/notebooks")).json
    return {each["name"]: each["id"] for each in listed["items"]}


async def test_a_project_of_a_repository_has_its_notebooks_and_files(
    near: RunningServer, far: GitServer
) -> None:
    far.new(
        "tides", {"lunar.ipynb": notebook("a = 1", "b = 2"), "deep/sun.ipynb": notebook("c"), "x.py": "1\n"}
    )
    ada = await near.person("ada")
    project = await cloned(ada, far.url("tides"))
    state = await ended(ada, project)
    assert (state["state"], state["branch"], state["changes"]) == ("ready", "main", []), state
    assert state["last"]["author"] == "Rosa"
    found = await notebooks(ada, project)
    assert sorted(found) == ["deep/sun", "lunar"]
    cells = (await ada.get(f"/api/notebooks/{found['lunar']}")).json["cells"]
    assert [cell["source"] for cell in cells] == ["a = 1", "b = 2"]


async def test_what_was_edited_is_committed_under_its_authors_name_and_pushed(
    near: RunningServer, far: GitServer
) -> None:
    far.new("tides", {"lunar.ipynb": notebook("a = 1", "b = 2")})
    ada = await near.person("ada")
    project = await cloned(ada, far.url("tides"))
    lunar = (await notebooks(ada, project))["lunar"]
    cells = (await ada.get(f"/api/notebooks/{lunar}")).json["cells"]
    await ada.put(f"/api/notebooks/{lunar}/cells/{cells[1]['id']}", {"source": "b = 3"})
    state = await ended(ada, project)
    assert state["changes"] == [{"path": "lunar.ipynb", "change": "modified", "notebook": lunar}]
    made = await ada.post(f"/api/projects/{project}/git/commit", {"message": "Mend b", "push": True})
    assert made.status == 201, made.json
    assert far.show("tides", "lunar.ipynb") == notebook("a = 1", "b = 3")
    history = (await ada.get(f"/api/projects/{project}/git/history")).json["items"]
    assert [(each["author"], each["email"], each["subject"]) for each in history] == [
        ("Ada", "ada@example.org", "Mend b"),
        ("Rosa", "rosa@example.org", "Begin"),
    ]
    assert (await ended(ada, project))["ahead"] == 0
    again = await ada.post(f"/api/projects/{project}/git/commit", {"message": "Nothing"})
    assert again.code == "nothing_to_commit"
