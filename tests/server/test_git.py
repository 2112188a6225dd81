"""Projects of a repository: cloned, written back and pulled over a real smart-HTTP server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.git_http import GitServer, git_server, missing
from tests.support.server import Client, RunningServer
from tests.support.socket_page import Page

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
    assert state["changes"] == [
        {"path": "lunar.ipynb", "change": "modified", "notebook": lunar, "lfs": False}
    ]
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
    far.commit("tides", {"far.txt": "quicker\n"})
    await edit(ada, lunar, 0, "a = 2")
    kept = (await ada.post(f"/api/projects/{project}/git/commit", {"message": "Two", "push": True})).json
    assert (kept["pushed"], kept["problem"]["code"]) == (False, "not_fast_forward")
    history = (await ada.get(f"/api/projects/{project}/git/history")).json["items"]
    assert (history[0]["commit"], history[0]["subject"]) == (kept["commit"], "Two")


async def source_of(client: Client, notebook: str) -> list[str]:
    """Return the texts of a notebook's cells."""
    cells = (await client.get(f"/api/notebooks/{notebook}")).json["cells"]
    return [cell["source"] for cell in cells]


async def edit(client: Client, notebook: str, number: int, source: str) -> None:
    """Change one cell of a notebook."""
    cells = (await client.get(f"/api/notebooks/{notebook}")).json["cells"]
    answer = await client.put(f"/api/notebooks/{notebook}/cells/{cells[number]['id']}", {"source": source})
    assert answer.status == 200, answer.json


async def test_a_pull_comes_as_edits_and_keeps_what_is_not_committed(
    near: RunningServer, far: GitServer
) -> None:
    far.new(
        "tides",
        {"lunar.ipynb": notebook("a = 1", "b = 2"), "x.py": "one\n\ntwo\n", "gone.ipynb": notebook("g")},
    )
    ada = await near.person("ada")
    project = await cloned(ada, far.url("tides"))
    lunar = (await notebooks(ada, project))["lunar"]
    page = await Page.open(ada, lunar)
    await edit(ada, lunar, 0, "a = 10")
    far.commit(
        "tides",
        {
            "lunar.ipynb": notebook("a = 1", "b = 3", "c = 4", c2="4\n"),
            "x.py": "one\n\nTWO\n",
            "new.ipynb": notebook("n"),
            "gone.ipynb": None,
        },
    )
    git = f"/api/projects/{project}/git"
    pulled = await ada.post(f"{git}/pull", {})
    assert pulled.json["state"] == "updated", pulled.json
    assert await source_of(ada, lunar) == ["a = 10", "b = 3", "c = 4"]
    cells = (await ada.get(f"/api/notebooks/{lunar}")).json["cells"]
    assert cells[2]["run"]["outputs"][0]["text"] == "4\n"
    shown = page.source
    await page.until(
        lambda: [cell.source for cell in shown.cells()] == ["a = 10", "b = 3", "c = 4"]
    )  # nobody had to reload
    await page.close()
    assert sorted(await notebooks(ada, project)) == ["lunar", "new"]
    state = await ended(ada, project)
    assert [change["path"] for change in state["changes"]] == ["lunar.ipynb"]
    assert (state["ahead"], state["behind"]) == (0, 0)
    shown = (await ada.get(f"{git}/diff?path=lunar.ipynb")).json
    assert [(cell["change"], cell["before"], cell["after"]) for cell in shown["cells"]] == [
        ("changed", "a = 1", "a = 10")
    ]


async def test_both_sides_are_merged_by_cells_and_conflicts_end_as_somebody_chooses(
    near: RunningServer, far: GitServer
) -> None:
    far.new("tides", {"lunar.ipynb": notebook("a = 1", "b = 2"), "x.txt": "one\n"})
    ada = await near.person("ada")
    project = await cloned(ada, far.url("tides"))
    lunar = (await notebooks(ada, project))["lunar"]
    await edit(ada, lunar, 0, "a = mine")
    git = f"/api/projects/{project}/git"
    assert (await ada.post(f"{git}/commit", {"message": "Mine"})).status == 201
    far.commit("tides", {"lunar.ipynb": notebook("a = theirs", "b = theirs"), "x.txt": "two\n"}, "Theirs")
    refused = await ada.post(f"{git}/push")
    assert (refused.status, refused.code) == (409, "not_fast_forward")
    asked = (await ada.post(f"{git}/pull", {})).json
    assert asked["state"] == "conflicts"
    (conflict,) = asked["conflicts"]
    (cell,) = conflict["cells"]
    assert (conflict["path"], cell["mine"], cell["theirs"]) == ("lunar.ipynb", "a = mine", "a = theirs")
    assert await source_of(ada, lunar) == ["a = mine", "b = 2"]  # nothing has changed yet
    choices = {"lunar.ipynb": {cell["key"]: "both"}}
    done = (await ada.post(f"{git}/pull", {"choices": choices})).json
    assert done["state"] == "merged", done
    assert await source_of(ada, lunar) == ["a = mine", "a = theirs", "b = theirs"]
    state = await ended(ada, project)
    assert (state["changes"], state["ahead"], state["behind"]) == ([], 2, 0)
    assert (await ada.post(f"{git}/push")).status == 200
    merged = json.loads(far.show("tides", "lunar.ipynb"))
    assert ["".join(cell["source"]) for cell in merged["cells"]] == ["a = mine", "a = theirs", "b = theirs"]
    assert "<<<<" not in far.show("tides", "lunar.ipynb")


async def test_what_is_not_committed_is_never_overwritten(near: RunningServer, far: GitServer) -> None:
    far.new("tides", {"lunar.ipynb": notebook("a = 1")})
    ada = await near.person("ada")
    project = await cloned(ada, far.url("tides"))
    lunar = (await notebooks(ada, project))["lunar"]
    await edit(ada, lunar, 0, "a = mine")
    far.commit("tides", {"lunar.ipynb": notebook("a = theirs")})
    refused = await ada.post(f"/api/projects/{project}/git/pull", {})
    assert (refused.status, refused.code) == (409, "uncommitted")
    assert await source_of(ada, lunar) == ["a = mine"]


async def test_branches_carry_notebooks_in_and_out(near: RunningServer, far: GitServer) -> None:
    far.new("tides", {"lunar.ipynb": notebook("a = 1")})
    far.commit("tides", {"lunar.ipynb": notebook("a = 2"), "solar.ipynb": notebook("s")}, branch="next")
    ada = await near.person("ada")
    project = await cloned(ada, far.url("tides"), branch="next")
    found = await notebooks(ada, project)
    git = f"/api/projects/{project}/git"
    assert (await ada.post(f"{git}/switch", {"branch": "main"})).status == 204
    assert await notebooks(ada, project) == {"lunar": found["lunar"]}
    assert await source_of(ada, found["lunar"]) == ["a = 1"]
    assert (await ada.post(f"{git}/switch", {"branch": "next"})).status == 204
    assert await notebooks(ada, project) == found  # the same ones, out of the bin
    assert (await ada.post(f"{git}/branches", {"name": "mine/one"})).status == 204
    assert (await ada.post(f"{git}/branches", {"name": "a..b"})).code == "bad_branch"
    assert [
        (each["name"], each["here"], each["there"], each["current"])
        for each in (await ada.get(f"{git}/branches")).json["items"]
    ] == [("main", True, True, False), ("mine/one", True, False, True), ("next", True, True, False)]
    assert (await ended(ada, project))["changes"] == []


async def test_single_cells_are_committed_and_outputs_left_out_where_the_project_says_so(
    near: RunningServer, far: GitServer
) -> None:
    far.new("tides", {"lunar.ipynb": notebook("a = 1", "b = 2", c0="1\n")})
    ada = await near.person("ada")
    project = await cloned(ada, far.url("tides"))
    lunar = (await notebooks(ada, project))["lunar"]
    await edit(ada, lunar, 0, "a = 10")
    await edit(ada, lunar, 1, "b = 20")
    git = f"/api/projects/{project}/git"
    shown = (await ada.get(f"{git}/diff?path=lunar.ipynb")).json["cells"]
    body = {"message": "One cell", "cells": {"lunar.ipynb": [shown[1]["key"]]}, "push": True}
    assert (await ada.post(f"{git}/commit", body)).status == 201
    assert far.show("tides", "lunar.ipynb") == notebook("a = 1", "b = 20", c0="1\n")
    assert [cell["after"] for cell in (await ada.get(f"{git}/diff?path=lunar.ipynb")).json["cells"]] == [
        "a = 10"
    ]
    assert (await ada.patch(git, {"outputs": "stripped"})).json["outputs"] == "stripped"
    assert (await ada.post(f"{git}/commit", {"message": "Strip", "push": True})).status == 201
    assert far.show("tides", "lunar.ipynb") == notebook("a = 10", "b = 20")
    cells = (await ada.get(f"/api/notebooks/{lunar}")).json["cells"]
    assert cells[0]["run"]["outputs"][0]["text"] == "1\n"  # in the notebook they stay


async def test_files_changed_by_other_programs_come_into_open_notebooks(
    near: RunningServer, far: GitServer
) -> None:
    far.new("tides", {"lunar.ipynb": notebook("a = 1", "b = 2")})
    ada = await near.person("ada")
    project = await cloned(ada, far.url("tides"))
    lunar = (await notebooks(ada, project))["lunar"]
    await edit(ada, lunar, 0, "a = 10")
    await ended(ada, project)
    file = near.config.data / "projects" / project / "files" / "lunar.ipynb"
    file.write_text(notebook("a = 10", "b = elsewhere"))
    await ended(ada, project)
    assert await source_of(ada, lunar) == ["a = 10", "b = elsewhere"]
