"""Versions over HTTP: kept by name and by themselves, compared, brought back without losing anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from server.db.repositories.versions import VersionRow
from server.sessions.versions import thinned
from tests.support.world import World


def at(world: World, *more: str) -> str:
    return "/".join((f"/api/notebooks/{world.notebook}/versions", *more))


async def texts(world: World) -> list[str]:
    notebook = (await world.ada.get(f"/api/notebooks/{world.notebook}")).json
    return [cell["source"] for cell in notebook["cells"]]


async def test_a_named_version_is_compared_and_comes_back(world: World) -> None:
    first, second = await world.cells("a = 1", "b = 2")
    kept = await world.ada.post(at(world), {"name": " Before the review "})
    assert kept.status == 201
    assert (kept.json["name"], kept.json["kind"], kept.json["cells"]) == ("Before the review", "named", 2)
    assert kept.json["by"]["id"] == world.ada.user
    editor = world.people["editor"]
    await editor.put(f"/api/notebooks/{world.notebook}/cells/{first}", {"source": "a = 1\nc = 3"})
    await editor.delete(f"/api/notebooks/{world.notebook}/cells/{second}")
    version = kept.json["id"]
    compared = (await world.people["viewer"].get(at(world, version))).json
    assert [(change["cell"], change["kind"]) for change in compared["changes"]] == [
        (first, "changed"),
        (second, "removed"),
    ]
    assert compared["changes"][0]["lines"] == [
        {"kind": "both", "lines": ["a = 1"]},
        {"kind": "new", "lines": ["c = 3"]},
    ]
    restored = (await editor.post(at(world, version, "restore"), {})).json
    assert restored["changed"] == 2
    assert await texts(world) == ["a = 1", "b = 2"]
    await editor.post(at(world, restored["undo"], "restore"), {})
    assert await texts(world) == ["a = 1\nc = 3"]
    kinds = [item["kind"] for item in (await world.ada.get(at(world))).json["items"]]
    assert kinds[:3] == ["before", "before", "named"]


async def test_one_cell_comes_back_alone(world: World) -> None:
    first, second = await world.cells("a = 1", "b = 2")
    version = (await world.ada.post(at(world), {"name": "v"})).json["id"]
    for cell in (first, second):
        await world.ada.put(f"/api/notebooks/{world.notebook}/cells/{cell}", {"source": "changed"})
    await world.ada.post(at(world, version, "restore"), {"cells": [second]})
    assert await texts(world) == ["changed", "b = 2"]


async def test_only_who_may_edit_keeps_and_brings_back(world: World) -> None:
    version = (await world.ada.post(at(world), {"name": "v"})).json["id"]
    executor = world.people["executor"]
    assert (await executor.post(at(world), {"name": "mine"})).status == 403
    assert (await executor.post(at(world, version, "restore"), {})).status == 403
    assert (await executor.patch(at(world, version), {"name": "mine"})).status == 403
    assert (await executor.get(at(world, version))).status == 200
    assert (await world.ada.get(at(world, "nothing"))).code == "unknown_version"
    other = (await world.ada.post(f"/api/projects/{world.project}/notebooks", {"name": "Other"})).json["id"]
    elsewhere = f"/api/notebooks/{other}/versions/{version}"
    assert (await world.ada.get(elsewhere)).code == "unknown_version"
    assert (await world.ada.post(f"{elsewhere}/restore", {})).code == "unknown_version"


async def test_versions_are_kept_by_themselves_while_people_write(world: World) -> None:
    (cell,) = await world.cells("a = 1")
    await world.ada.post(at(world), {"name": "Start"})
    session = await world.sessions.get(world.notebook)  # type: ignore[arg-type]
    now = datetime.now(UTC)
    path = f"/api/notebooks/{world.notebook}/cells/{cell}"
    await world.people["editor"].put(path, {"source": "a = 2"})
    await session.versions.consider(now + timedelta(minutes=1))
    assert (await world.ada.get(at(world))).json["items"][0]["name"] == "Start"
    await session.versions.consider(now + timedelta(minutes=11))
    latest, *before = (await world.ada.get(at(world))).json["items"]
    assert (latest["kind"], latest["changed"]) == ("automatic", 1)
    assert [author["id"] for author in latest["authors"]] == [world.people["editor"].user]
    await session.versions.consider(now + timedelta(hours=1))  # nobody has written since
    assert len((await world.ada.get(at(world))).json["items"]) == len(before) + 1
    named = (await world.ada.patch(at(world, latest["id"]), {"name": "good"})).json
    assert (named["kind"], named["name"]) == ("named", "good")


def test_versions_thin_out_with_age_and_named_ones_stay() -> None:
    now = datetime(2030, 3, 1, 12, tzinfo=UTC)
    ages = [timedelta(hours=h) for h in (1, 2, 30, 31, 60)] + [timedelta(days=90), timedelta(days=91)]
    rows = [
        VersionRow(str(n), "named" if n == 6 else "automatic", None, now - age, None, [], 1, 0, 0, 0)
        for n, age in enumerate(ages)
    ]
    assert thinned(rows, now) == ["3", "5"]
