"""Runs and kernels for scripts: the same actor, asked over HTTP."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from tests.support.backend import AT
from tests.support.socket_page import Page
from tests.support.world import World


async def run_in(world: World, run: str, *states: str) -> dict[str, Any]:
    """Ask for the run until it is in one of `states`."""
    async with asyncio.timeout(30):
        while True:
            answer = await world.ada.get(f"/api/runs/{run}")
            if answer.json["state"] in states:
                found: dict[str, Any] = answer.json
                return found


async def test_a_script_runs_all_and_reads_how_it_went(world: World) -> None:
    first, second = await world.cells("print x", "error ValueError")
    made = await world.people["executor"].post(f"/api/notebooks/{world.notebook}/runs", {"cells": "all"})
    assert made.status == 202
    found = await run_in(world, made.json["id"], "error")
    assert found["by"]["name"] == "executor"
    assert [(cell["cell"], cell["state"]) for cell in found["cells"]] == [(first, "done"), (second, "error")]
    assert found["cells"][0]["source_sha256"] == sha256(b"print x").hexdigest()
    assert all(cell["ended"] for cell in found["cells"])


def times_of(cell: dict[str, Any]) -> list[datetime | None]:
    found = (cell["queued"], cell["started"], cell["ended"])
    return [time and datetime.fromisoformat(time) for time in found]


async def test_a_cell_has_started_when_the_kernel_began_with_it(world: World) -> None:
    began = datetime.fromtimestamp(AT, UTC)  # what scripted kernels say
    empty, holds, never = await world.cells("  ", "hold", "print y")
    made = await world.ada.post(f"/api/notebooks/{world.notebook}/runs", {"cells": [empty, holds, never]})
    path = made.json["id"]
    async with asyncio.timeout(30):
        while (await run_in(world, path, "running", "queued"))["cells"][1]["started"] is None:
            pass
    states = [(cell["state"], *times_of(cell)) for cell in (await run_in(world, path, "running"))["cells"]]
    queued, started, ended = states[0][1:]
    assert states[0][0] == "done"
    assert started == ended
    assert ended is not None
    assert ended >= queued
    assert states[1][0] == "running"
    assert states[1][2:] == (began, None)
    assert (await world.ada.delete(f"/api/runs/{path}")).status == 204
    world.backend.kernel.release()
    found = (await run_in(world, path, "cancelled"))["cells"]
    assert (found[1]["state"], times_of(found[1])[1]) == ("done", began)
    assert (found[2]["state"], found[2]["started"]) == ("cancelled", None)


async def test_a_waiting_run_is_taken_from_the_queue(world: World) -> None:
    first, second = await world.cells("hold", "print y")
    path = f"/api/notebooks/{world.notebook}/runs"
    running = (await world.ada.post(path, {"cells": [first]})).json["id"]
    waiting = (await world.ada.post(path, {"cells": [second]})).json["id"]
    await run_in(world, running, "running")
    assert (await world.people["viewer"].delete(f"/api/runs/{waiting}")).status == 403
    assert (await world.ada.delete(f"/api/runs/{waiting}")).status == 204
    await run_in(world, waiting, "cancelled")
    again = await world.ada.delete(f"/api/runs/{waiting}")
    assert (again.status, again.code) == (409, "not_waiting")


@pytest.mark.parametrize(
    ("role", "status"), [("viewer", 403), ("editor", 403), ("executor", 202), ("collaborator", 202)]
)
async def test_who_may_run(world: World, role: str, status: int) -> None:
    await world.cells("print x")
    answer = await world.people[role].post(f"/api/notebooks/{world.notebook}/runs", {"cells": "all"})
    assert answer.status == status


async def test_what_cannot_run_is_refused_with_its_own_code(world: World) -> None:
    path = f"/api/notebooks/{world.notebook}/runs"
    assert (await world.ada.post(path, {"cells": "all"})).code == "nothing_to_run"
    missing = await world.ada.post(path, {"cells": ["nowhere"]})
    assert (missing.status, missing.code) == (404, "unknown_cell")


async def test_strangers_find_no_run(world: World) -> None:
    await world.cells("print x")
    made = await world.ada.post(f"/api/notebooks/{world.notebook}/runs", {"cells": "all"})
    mallory = await world.server.person("mallory")
    assert (await mallory.get(f"/api/runs/{made.json['id']}")).status == 404
    assert (await mallory.delete(f"/api/runs/{made.json['id']}")).status == 404


async def test_a_script_drives_the_kernel(world: World) -> None:
    path = f"/api/notebooks/{world.notebook}/kernel"
    assert (await world.people["viewer"].get(path)).json["state"] == "none"
    assert (await world.people["viewer"].post(path, {"action": "start"})).status == 403
    assert (await world.ada.post(path, {"action": "interrupt"})).code == "not_running"
    page = await Page.open(world.ada, world.notebook)
    assert (await world.ada.post(path, {"action": "start"})).status == 200
    await page.until(lambda: page.kernel() == "idle")
    kept = (await world.ada.post(path, {"action": "keep"})).json["idle"]
    assert datetime.fromisoformat(kept["kept_until"]) > datetime.now(UTC)
    assert (await world.ada.post(path, {"action": "restart"})).status == 200
    await page.until(lambda: page.runtime_view.kernel().epoch == 2 and page.kernel() == "idle")
    assert (await world.ada.post(path, {"action": "stop"})).status == 200
    await page.until(lambda: page.kernel() == "none")
    idle = (await world.ada.get(path)).json["idle"]
    assert (idle["because"], idle["stops_at"]) == ("There is no kernel.", None)
    await page.close()
