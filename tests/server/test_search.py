"""Search in the files and notebooks of all projects that somebody may read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import ProjectId
from server.db.repositories import sources
from server.db.repositories.sources import TextHead
from tests.support.server import Answer, Client, RunningServer, running

Heads = dict[ProjectId, list[TextHead]]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Desk:
    """Ann has two projects; one is shared with Bob."""

    server: RunningServer
    ann: Client
    bob: Client
    own: str
    shared: str

    def folder(self, project: str) -> Path:
        folder = self.server.config.data / "projects" / project / "files"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    async def find(self, who: Client, query: str, **options: Any) -> Answer:
        return await who.get(f"/api/search?{urlencode({'query': query, **options})}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with running(tmp_path_factory.mktemp("search")) as server:
        ann, bob = await server.person("ann"), await server.person("bob")
        own = await server.project(ann, "Own")
        shared = await server.project(ann, "Shared", viewer=bob)
        made = Desk(server, ann, bob, own, shared)
        (made.folder(own) / "private.py").write_text("needle = 1\n")
        folder = made.folder(shared)
        (folder / "deep").mkdir()
        (folder / "deep" / "täxt.md").write_text("# Head\n\nA Needle in a haystack\n", encoding="latin-1")
        (folder / "binary.dat").write_bytes(b"needle\0")
        (folder / "node_modules").mkdir()
        (folder / "node_modules" / "x.js").write_text("needle")
        (folder / "large.csv").write_bytes(b"needle," * 400_000)
        outside = tmp_path_factory.mktemp("outside")
        (outside / "secret.txt").write_text("needle")
        (folder / "link.txt").symlink_to(outside / "secret.txt")
        (folder / "linked").symlink_to(outside)
        notebook = await server.notebook(shared, ann, "Tides")  # type: ignore[arg-type]
        for source in ("x = 1", "def needle():\n    return 'NEEDLE'"):
            await ann.post(f"/api/notebooks/{notebook}/cells", {"source": source})
        yield made


async def test_each_finds_what_they_may_read_and_nothing_else(desk: Desk) -> None:
    found = (await desk.find(desk.ann, "needle")).json
    places = {
        (hit["project_name"], hit["path"] or hit["notebook_name"], hit["line"]) for hit in found["items"]
    }
    shared = {("Shared", "deep/täxt.md", 3), ("Shared", "Tides", 1), ("Shared", "Tides", 2)}
    assert places == shared | {("Own", "private.py", 1)}
    assert (found["partial"], found["too_large"]) == (None, 1)
    [hit] = [hit for hit in found["items"] if hit["path"] == "deep/täxt.md"]
    assert (hit["before"], hit["hit"], hit["after"]) == ("A ", "Needle", " in a haystack")
    assert hit["address"] == "deep/t%C3%A4xt.md"
    [cell] = [hit for hit in found["items"] if hit["line"] == 2]
    assert (cell["number"], cell["before"], cell["hit"]) == (2, "return '", "NEEDLE")
    seen = (await desk.find(desk.bob, "needle")).json["items"]
    assert {hit["project_name"] for hit in seen} == {"Shared"}
    assert (await desk.find(desk.bob, "needle", project=desk.own)).json["items"] == []
    stranger = await desk.server.person("stranger")
    assert (await desk.find(stranger, "needle")).json["items"] == []


async def test_the_database_is_asked_once_for_the_notebooks_of_all_projects(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[set[str]] = []

    async def heads(
        session: AsyncSession, projects: Collection[ProjectId]
    ) -> dict[ProjectId, list[TextHead]]:
        asked.append(set(projects))
        return await sources.heads(session, projects)

    monkeypatch.setattr("server.search.service.heads", heads)
    assert (await desk.find(desk.ann, "needle")).status == 200
    assert asked == [{desk.own, desk.shared}]


@pytest.mark.parametrize(
    ("query", "options", "lines"),
    [
        ("NEEDLE", {"case": 1}, {2}),
        (r"^def \w+\(\):$", {"regex": 1}, {1}),
        (r"need.e", {}, set()),
        (r"x*", {"regex": 1}, {1}),
    ],
)
async def test_a_query_is_plain_or_an_expression(
    desk: Desk, query: str, options: dict[str, int], lines: set[int]
) -> None:
    found = await desk.find(desk.bob, query, **options)
    assert {hit["line"] for hit in found.json["items"] if hit["notebook"]} == lines


@pytest.mark.parametrize(
    ("query", "code"),
    [("(", "bad_pattern"), ("a{1,99999999999}", "bad_pattern"), (" ", "bad_query"), ("x" * 201, "bad_query")],
)
async def test_a_query_that_cannot_be_asked_is_refused(desk: Desk, query: str, code: str) -> None:
    assert (await desk.find(desk.ann, query, regex=1)).code == code


async def test_an_expression_without_end_holds_up_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.search.service.LIMIT_S", 2.0)
    (desk.folder(desk.own) / "zzz.txt").write_text("a" * 40 + "b\n")
    endless = asyncio.ensure_future(desk.find(desk.ann, "(a+)+$", regex=1, project=desk.own))
    await asyncio.sleep(0.2)
    assert (await desk.find(desk.bob, "haystack")).json["items"][0]["line"] == 3
    found = (await endless).json
    assert "took too long" in found["partial"]
    endless = asyncio.ensure_future(desk.find(desk.ann, "(a+)+$", regex=1, project=desk.own))
    await asyncio.sleep(0.2)
    assert (await desk.find(desk.ann, "private", project=desk.own)).status == 200
    assert (await endless).code == "replaced"


async def test_more_hits_than_are_shown_are_said(desk: Desk) -> None:
    folder = desk.folder(desk.own) / "many"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.txt").write_text("often\n" * 30)
    found = (await desk.find(desk.ann, "often")).json
    assert len(found["items"]) == 500
    assert "more places" in found["partial"]
