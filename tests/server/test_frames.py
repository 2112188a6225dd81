"""Tables over HTTP, answered by a scripted kernel that holds real ones: who may ask, refusals, files."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pandas as pd
import pytest

from kernel_manager.asking import Answer, NoAnswer
from kernel_manager.guest.frames.operations import Operations
from kernel_manager.guest.frames.shown import Shown
from kernel_manager.guest.frames.tables import Tables
from tests.support.socket_page import Page
from tests.support.world import World, new_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with new_world(tmp_path / "data") as world:
        yield world


async def with_tables(world: World) -> dict[str, Any]:
    """Start a kernel whose agent knows tables; returns its variables."""
    page = await Page.open(world.ada, world.notebook)
    await page.order("start")
    await page.until(lambda: page.kernel() == "idle")
    await page.close()
    names: dict[str, Any] = {"df": pd.DataFrame({"n": [3, 1, 2], "größe": ["a", "=b", None]})}
    shell = SimpleNamespace(user_ns=names, events=SimpleNamespace(register=lambda *_: None))
    operations = Operations(Tables(shell, Shown(), "mark"))

    def answering(name: str) -> Any:
        return lambda arguments: Answer(*operations.ask(name, json.loads(json.dumps(arguments))))

    world.backend.kernel.answers.update({name: answering(name) for name in operations.table})
    return names


async def test_scripts_and_the_grid_get_pages_and_figures(world: World) -> None:
    at = f"/api/notebooks/{world.notebook}/frames/df"
    assert (await world.ada.get(at)).code == "kernel_gone"
    names = await with_tables(world)
    found = (await world.ada.get(f"{at}?sort=-0&start=0&stop=2")).json
    assert (found["rows"], found["total"]) == ([["3", "a"], ["2", 0]], 3)
    filters = json.dumps([{"column": 0, "operation": ">=", "values": ["2"]}])
    found = (await world.ada.get(f"{at}?filter={filters}")).json
    assert found["total"] == 2
    assert (await world.ada.get(f"{at}?search=b")).json["rows"] == [["1", "=b"]]
    assert (await world.ada.get(f"{at}?sort=price")).code == "bad_query"
    profiles = (await world.ada.get(f"{at}/profile")).json["profiles"]
    assert [each["missing"] for each in profiles] == [0, 1]

    opened = (await world.ada.post(f"{at}/ask", {"operation": "open"})).json
    page = {"operation": "page", "start": 0, "stop": 9, "token": opened["token"]}
    assert (await world.ada.post(f"{at}/ask", page)).json["cells"][0] == ["3", "1", "2"]
    first = await world.ada.post(f"{at}/ask", {"operation": "cell", "row": 0, "column": 0})
    assert first.json["text"] == "3"
    names["df"] = names["df"].head(1)
    changed = await world.ada.post(f"{at}/ask", page)
    assert (changed.status, changed.code) == (409, "frame_changed")
    gone = await world.ada.post(f"/api/notebooks/{world.notebook}/frames/nothing/ask", {"operation": "open"})
    assert (gone.status, gone.code) == (409, "frame_refused")
    assert "no variable called nothing" in gone.json["error"]["reason"]
    assert (await world.ada.post(f"{at}/ask", {"operation": "drop"})).status == 400
    assert (await world.ada.post(f"{at}/ask", {"operation": "page", "start": -1})).status == 400


async def test_only_those_who_run_may_ask(world: World) -> None:
    await with_tables(world)
    at = f"/api/notebooks/{world.notebook}/frames/df"
    statuses = {}
    for role, client in world.people.items():
        asked = await client.post(f"{at}/ask", {"operation": "open"})
        saved = await client.get(f"{at}/export?format=csv")
        statuses[role] = (asked.status, saved.status)
    assert statuses == {
        "viewer": (403, 403),
        "editor": (403, 403),
        "executor": (200, 200),
        "collaborator": (200, 200),
    }


async def test_files_are_streamed_whole_or_visibly_broken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = await with_tables(world)
    at = f"/api/notebooks/{world.notebook}/frames/df/export"
    monkeypatch.setattr("kernel_manager.guest.frames.exports.CSV_CELLS", 2)
    answer = await world.ada.get(f"{at}?format=csv&sort=0&columns=1,0")
    assert answer.body.decode() == "größe,n\r\n'=b,1\r\n,2\r\na,3\r\n"
    assert 'filename="df.csv"' in answer.headers["Content-Disposition"]
    assert (await world.ada.get(f"{at}?format=parquet")).body[:4] == b"PAR1"
    assert (await world.ada.get(f"{at}?format=xls")).code == "bad_query"

    kernel, steps = world.backend.kernel, iter(range(9))
    export = kernel.answers["frame.export"]

    def changing(arguments: Any) -> Answer:
        if next(steps) == 1:
            names["df"] = names["df"].head(1)
        return export(arguments)

    kernel.answers["frame.export"] = changing
    with pytest.raises(aiohttp.ClientPayloadError):
        await world.ada.get(f"{at}?format=csv")


async def test_a_kernel_that_does_not_answer_or_says_nonsense_is_told_of_in_words(world: World) -> None:
    await with_tables(world)
    at = f"/api/notebooks/{world.notebook}/frames/df/ask"

    def silent(arguments: Any) -> Answer:
        raise NoAnswer("The kernel did not answer within 10 seconds.")

    world.backend.kernel.answers["frame.open"] = silent
    answer = await world.ada.post(at, {"operation": "open"})
    assert (answer.status, answer.code) == (409, "kernel_busy")
    world.backend.kernel.answers["frame.open"] = lambda arguments: Answer({"rows": "many", "cells": 5})
    answer = await world.ada.post(at, {"operation": "open"})
    assert (answer.status, answer.code) == (409, "frame_refused")
