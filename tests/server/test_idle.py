"""Idle stops, kept kernels, saved variables, changes of hardware: real sockets, scripted kernels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collab.ids import NotebookId
from kernel_manager.idle import Rules
from kernel_manager.reports import Usage
from server.db.repositories import variables
from server.sessions import watch
from server.sessions.leftovers import remove_variables
from server.sessions.shelf import CAP_BYTES, PLACE
from tests.support.backend import FakeBackend
from tests.support.server import Client, running
from tests.support.socket_page import Page
from tests.support.world import World, open_world

IDLE_AFTER_S = 10
"""Two seconds of it are the warning. Less than a class may have: nobody waits for a test."""

SMALL = {"id": "small", "label": "Small", "engine": "local"}
LARGE = {"id": "large", "label": "Large", "engine": "local"}


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at the clocks but the tests."""
    monkeypatch.setattr(watch, "EVERY_S", 1e6)
    monkeypatch.setattr(watch, "rules_of", lambda hardware: Rules(IDLE_AFTER_S))


@pytest.fixture(autouse=True)
async def root(world: World) -> Client:
    return await set_up(world)


async def set_up(world: World) -> Client:
    """Make two classes; returns the admin of the site, who is in no project."""
    root = await world.server.person("root", admin=True)
    for hardware in (SMALL, LARGE):
        made = await root.post("/api/admin/hardware", hardware)
        assert made.status == 201, made.json
    return root


@pytest.fixture
async def executor(world: World) -> AsyncIterator[Page]:
    page = await Page.open(world.people["executor"], world.notebook)
    yield page
    await page.close()


async def started(world: World, page: Page) -> None:
    assert (await page.order("start"))["type"] == "result"
    await page.until(lambda: page.kernel() == "idle")
    world.backend.kernel.variables = {"df": 1000, "x": 28}
    world.backend.kernel.lost = {"link": "an open connection cannot be kept"}


async def quiet(world: World, **changes: Any) -> None:
    """Have the supervisor tell that nothing has happened for a long time; returns when it was heard."""
    session = world.sessions.opened(NotebookId(world.notebook))
    assert session is not None
    heard = asyncio.Event()
    take = session.vigil.heard

    def listen(usage: Usage, now: float) -> None:
        take(usage, now)
        heard.set()

    session.vigil.heard = listen  # type: ignore[method-assign]
    world.backend.kernel.rest(1000.0, **changes)
    async with asyncio.timeout(30):
        await heard.wait()


async def look(world: World, later_s: float) -> None:
    await world.sessions.watch.look(asyncio.get_running_loop().time() + later_s)


def alive(page: Page) -> dict[str, Any]:
    return next((m for m in reversed(page.messages) if m["type"] == "alive"), {})


async def warned(world: World, page: Page) -> dict[str, Any]:
    await quiet(world)
    await look(world, 20)
    return await page.until(lambda: alive(page) if alive(page).get("warned") else None)


async def stop_as_idle(world: World, page: Page) -> None:
    await warned(world, page)
    await look(world, 23)
    await page.until(lambda: page.kernel() == "dead")


# The stop


async def test_a_forgotten_tab_keeps_no_kernel_and_the_variables_are_kept(world: World, ada: Page) -> None:
    await started(world, ada)
    said = await warned(world, ada)
    assert said["cause"] == "idle"
    assert said["stops_at"] is not None
    assert ada.kernel() == "idle"
    await look(world, 23)
    await ada.until(lambda: ada.kernel() == "dead")
    assert world.sessions.look(NotebookId(world.notebook)).kernel == "none", "lists call it no failure"
    shown = ada.runtime_view.kernel()
    assert shown.death is not None
    assert shown.death.cause == "idle"
    assert shown.death.reason == "Stopped after 10 seconds without work. 2 variables were kept."
    assert shown.saved is not None
    assert (shown.saved.kept, shown.saved.lost, shown.saved.hardware) == (2, 1, "small")
    answer = await world.people["viewer"].get(f"/api/notebooks/{world.notebook}/kernel/saved")
    (found,) = answer.json["saved"]
    assert [each["name"] for each in found["kept"]] == ["df", "x"]
    assert found["lost"][0]["why"] == "an open connection cannot be kept"


async def test_a_kernel_that_was_not_heard_of_lately_is_not_idle(world: World, ada: Page) -> None:
    await started(world, ada)
    await quiet(world)
    session = world.sessions.opened(NotebookId(world.notebook))
    assert session is not None
    for later_s in (20, 46):
        await look(world, later_s)
        assert session.alive is not None
        assert session.alive.warned is (later_s == 20)
    assert "counts as work" in session.alive.because


@pytest.mark.parametrize("sign", ["requests", "cpu", "children", "gpu", "network", "output"])
@pytest.mark.parametrize("age", [0.0, None])
async def test_work_or_doubt_of_any_kind_keeps_a_kernel(
    world: World, ada: Page, sign: str, age: float | None
) -> None:
    await started(world, ada)
    await quiet(world, **{sign: age})
    await look(world, 1)
    assert alive(ada)["warned"] is False
    assert alive(ada)["stops_at"] is None or sign == "requests"


async def test_a_running_cell_is_work_whatever_the_supervisor_says(world: World, ada: Page) -> None:
    await started(world, ada)
    [cell] = await world.cells("hold")
    await ada.order("run", cell_id=cell)
    await ada.until_state(cell, "running")
    await quiet(world)
    await look(world, 20)
    await look(world, 23)
    said = await ada.until(
        lambda: alive(ada) if "cell has been running" in alive(ada).get("because", "") else None
    )
    assert said["stops_at"] is None
    assert ada.kernel() == "busy"
    world.backend.kernel.release()


async def test_what_has_just_ended_is_not_said_to_go_on(world: World, ada: Page) -> None:
    await started(world, ada)
    await quiet(world, requests=1.0, cpu=1.0)
    await look(world, 0.0)
    words = "It has just run something. Its processes compute."
    await ada.until(lambda: alive(ada).get("because", "").startswith(words))


async def test_what_is_not_known_of_a_young_kernel_is_called_its_youth(world: World, ada: Page) -> None:
    await started(world, ada)
    await look(world, 0.0)
    await ada.until(lambda: alive(ada).get("because", "").startswith("It has just started."))
    await quiet(world, age=3.0, requests=1.0, cpu=None, children=None)
    await look(world, 0.0)
    words = "It has just run something. It has just started."
    await ada.until(lambda: alive(ada).get("because", "").startswith(words))
    never = dict.fromkeys(("requests", "cpu", "children", "gpu", "network", "output"), 1.0)
    await quiet(world, **{"age": 1.0, **never, "children": 0.5, "cpu": 0.5})
    await look(world, 0.0)
    await ada.until(lambda: alive(ada).get("because", "").startswith("It has just started."))
    assert "Its" not in alive(ada)["because"]
    assert "that it started" not in alive(ada)["because"]


async def test_a_moved_cursor_of_an_editor_is_work_and_one_of_a_viewer_is_not(
    world: World, ada: Page
) -> None:
    await started(world, ada)
    session = world.sessions.opened(NotebookId(world.notebook))
    assert session is not None
    for role, counts in (("viewer", False), ("editor", True)):
        page = await Page.open(world.people[role], world.notebook)
        before = session.vigil._people
        for clock, cell in enumerate(("one", "two"), 1):
            page.be_at(clock, {"cell": cell})
        await page.order("start")  # answered after both were read
        moved = session.vigil._people is not before and role.capitalize() in session.vigil._people.words
        assert moved is counts, role
        await page.close()


async def test_the_same_place_told_again_is_no_movement(world: World, ada: Page) -> None:
    await started(world, ada)
    session = world.sessions.opened(NotebookId(world.notebook))
    assert session is not None
    page = await Page.open(world.people["editor"], world.notebook)
    page.be_at(1, {"cell": "one"})
    before = session.vigil._people
    for clock in (2, 3, 4):
        page.be_at(clock, {"cell": "one"})
    assert (await page.order("start"))["code"] == "forbidden"
    assert session.vigil._people is before
    await page.close()


async def test_a_new_server_warns_again_before_it_stops_anything(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with running(tmp_path / "twice") as server:
        world = await open_world(server, backend)
        await set_up(world)
        page = await Page.open(world.ada, world.notebook)
        await started(world, page)
        await warned(world, page)
        await page.close()
    async with running(tmp_path / "twice", backend=backend) as server:
        ada = await server.browser_of(world.ada.user)
        again = World(server, backend, world.project, world.notebook, ada, {})
        session = await again.sessions.get(NotebookId(world.notebook))
        while session.state.kernel != "idle":
            await session.changed()
        await quiet(again)
        await look(again, 0)
        assert session.alive is not None
        assert session.alive.warned
        assert session.state.kernel == "idle"
        await look(again, 1)
        assert session.state.kernel == "idle"
        await look(again, 3)
        while session.state.kernel != "dead":
            await session.changed()


# Keeping


async def test_a_kept_kernel_says_until_when_and_by_whom_and_is_let_go_again(
    world: World, ada: Page, executor: Page
) -> None:
    await started(world, ada)
    await warned(world, ada)
    assert (await executor.order("keep", hours=2))["type"] == "result"
    said = await ada.until(lambda: alive(ada) if alive(ada).get("kept_by") else None)
    assert (said["kept_by"], said["warned"]) == ("Executor", False)
    until = datetime.fromisoformat(said["kept_until"])
    assert timedelta(hours=1.9) < until - datetime.now(UTC) < timedelta(hours=2.1)
    await look(world, 23)
    assert ada.kernel() == "idle"
    assert (await executor.order("keep", hours=0))["type"] == "result"
    await ada.until(lambda: alive(ada).get("kept_by") is None)


async def test_who_may_not_run_may_not_keep(world: World, ada: Page) -> None:
    await started(world, ada)
    for role in ("viewer", "editor"):
        page = await Page.open(world.people[role], world.notebook)
        assert (await page.order("keep", hours=1))["code"] == "forbidden"
        await page.close()


async def test_a_pin_is_on_record_for_the_next_server(world: World, ada: Page) -> None:
    await started(world, ada)
    until = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    assert (await ada.order("keep", until=until))["type"] == "result"
    async with world.server.services.database.read() as reading:
        from server.db.repositories import kernels

        (kernel,) = await kernels.living(reading, NotebookId(world.notebook))
    assert kernel.kept_by == "Ada"
    assert kernel.kept_until is not None


async def test_who_runs_something_while_the_variables_are_saved_gets_the_kernel(
    world: World, ada: Page
) -> None:
    await started(world, ada)
    world.backend.kernel.holds_calls = True
    await warned(world, ada)
    await look(world, 23)
    await ada.until(lambda: ada.kernel() == "saving")
    await ada.until(lambda: ada.runtime_view.kernel().progress == "Saving variable 1 of 1 (df).")
    [cell] = await world.cells("print back")
    await ada.order("run", cell_id=cell)
    await ada.until_state(cell, "done")
    world.backend.kernel.release_call()
    [again] = await world.cells("print again")
    await ada.order("run", cell_id=again)
    await ada.until_state(again, "done")
    assert ada.runtime_view.kernel().saved is None
    assert len(world.backend.kernels) == 1


# Another machine


async def test_a_change_of_hardware_takes_the_variables_along(world: World, ada: Page) -> None:
    await started(world, ada)
    first = world.backend.kernel
    assert (await ada.order("change_hardware", hardware="large"))["type"] == "result"
    await ada.until(lambda: ada.kernel() == "idle" and ada.runtime_view.kernel().hardware == "large")
    second = world.backend.kernel
    assert second is not first
    assert second.restored == list(first.saved)
    assert ada.runtime_view.kernel().saved is None, "what is back is offered no more"
    notice = await ada.until(lambda: next((m for m in ada.messages if m["type"] == "notice"), None))
    assert notice["text"] == "1 variable could not be kept (link: an open connection cannot be kept)."


async def test_a_class_that_cannot_be_taken_is_refused_before_anything_ends(
    world: World, ada: Page, root: Client
) -> None:
    await started(world, ada)
    assert (await ada.order("change_hardware", hardware="nowhere"))["code"] == "unknown_hardware"
    locked = {"id": "locked", "label": "Locked", "engine": "local", "users": [root.user]}
    assert (await root.post("/api/admin/hardware", locked)).status == 201
    refused = await ada.order("change_hardware", hardware="locked")
    assert refused["code"] == "hardware_not_for_you"
    huge = {"id": "huge", "label": "Huge", "engine": "local", "cpus": 1000}
    assert (await root.post("/api/admin/hardware", huge)).status == 201
    refused = await ada.order("change_hardware", hardware="huge")
    assert "Huge cannot be taken. No kernel of it can ever start here. The machine has" in refused["reason"]
    assert ada.kernel() == "idle"
    assert world.backend.kernel.calls == []


async def test_only_who_holds_hardware_changes_it(world: World, ada: Page, executor: Page) -> None:
    await started(world, ada)
    assert (await executor.order("change_hardware", hardware="large"))["code"] == "forbidden"
    assert (await executor.order("start", hardware="large"))["code"] == "forbidden"


async def test_a_machine_that_cannot_be_had_leaves_the_variables_and_the_way_back(
    world: World, ada: Page
) -> None:
    await started(world, ada)
    world.backend.refuse = "No large machine is free."
    await ada.order("change_hardware", hardware="large")
    await ada.until(lambda: ada.kernel() == "dead")
    shown = ada.runtime_view.kernel()
    assert shown.death is not None
    assert shown.death.reason == "No large machine is free."
    assert shown.saved is not None
    assert shown.saved.hardware == "small"
    world.backend.refuse = None
    await ada.order("change_hardware", hardware="small")
    await ada.until(lambda: ada.kernel() == "idle")
    assert world.backend.kernel.restored == [shown.saved.id]


async def test_a_running_cell_is_stopped_for_the_change_only_if_asked(world: World, ada: Page) -> None:
    await started(world, ada)
    [cell] = await world.cells("hold")
    await ada.order("run", cell_id=cell)
    await ada.until_state(cell, "running")
    assert (await ada.order("change_hardware", hardware="large"))["code"] == "kernel_busy"
    assert (await ada.order("change_hardware", hardware="large", interrupt=True))["type"] == "result"
    await ada.until(lambda: ada.kernel() == "idle" and ada.runtime_view.kernel().hardware == "large")
    assert world.backend.kernel.restored


async def test_variables_that_cannot_be_saved_keep_the_kernel_where_it_is(world: World, ada: Page) -> None:
    await started(world, ada)
    world.backend.kernel.call_fails = "[Errno 28] No space left on device"
    await ada.order("change_hardware", hardware="large")
    notice = await ada.until(lambda: next((m for m in ada.messages if m["type"] == "notice"), None))
    assert "could not be saved" in notice["text"]
    assert "No space left" in notice["text"]
    await ada.until(lambda: ada.kernel() == "idle")
    assert len(world.backend.kernels) == 1


async def test_an_answer_of_a_kernel_that_makes_no_sense_is_a_failure(world: World, ada: Page) -> None:
    await started(world, ada)
    world.backend.kernel.variables = {"x" * 1000: 1}
    await ada.order("change_hardware", hardware="large")
    notice = await ada.until(lambda: next((m for m in ada.messages if m["type"] == "notice"), None))
    assert "makes no sense" in notice["text"]


# Saved variables


async def test_saved_variables_are_restored_when_somebody_wants_them(
    world: World, ada: Page, executor: Page
) -> None:
    await started(world, ada)
    await stop_as_idle(world, ada)
    viewer = await Page.open(world.people["viewer"], world.notebook)
    assert (await viewer.order("restore_variables"))["code"] == "forbidden"
    await viewer.close()
    assert (await executor.order("restore_variables"))["type"] == "result"
    await ada.until(lambda: ada.kernel() == "idle")
    assert len(world.backend.kernel.restored) == 1
    await ada.until(lambda: ada.runtime_view.kernel().saved is None)


async def test_saved_variables_that_nobody_wants_are_deleted_with_their_files(
    world: World, ada: Page, tmp_path: Path
) -> None:
    await started(world, ada)
    await stop_as_idle(world, ada)
    offered = ada.runtime_view.kernel().saved
    assert offered is not None
    place = tmp_path / "data/projects" / world.project / "files" / PLACE / offered.id
    place.mkdir(parents=True)
    assert (await ada.order("forget_variables", saved=offered.id))["type"] == "result"
    await ada.until(lambda: ada.runtime_view.kernel().saved is None)
    assert (await ada.order("start"))["type"] == "result"
    await ada.until(lambda: not place.exists())
    assert (await ada.order("restore_variables"))["code"] == "nothing_saved"


async def test_saved_variables_expire_and_a_planted_link_takes_nothing_along(
    world: World, ada: Page, tmp_path: Path
) -> None:
    await started(world, ada)
    await stop_as_idle(world, ada)
    offered = ada.runtime_view.kernel().saved
    assert offered is not None
    files = tmp_path / "data/projects" / world.project / "files"
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / offered.id).mkdir(parents=True)
    (files / PLACE.parent).mkdir(parents=True, exist_ok=True)
    (files / PLACE).symlink_to(elsewhere)
    database, later = world.server.services.database, datetime.now(UTC) + timedelta(days=400)
    await remove_variables(database, tmp_path / "data/projects", later)
    async with database.read() as reading:
        assert await variables.ids(reading) == set()
    assert (elsewhere / offered.id).exists()


async def test_the_page_can_ask_what_would_be_kept(world: World, ada: Page) -> None:
    path = f"/api/notebooks/{world.notebook}/kernel/variables"
    assert (await world.ada.get(path)).code == "kernel_busy"
    await started(world, ada)
    answer = await world.people["executor"].get(path)
    assert [(each["name"], each["size"]) for each in answer.json["variables"]] == [("df", 1000), ("x", 28)]
    assert (await world.people["editor"].get(path)).status == 403
    world.backend.kernel.variables["huge"] = CAP_BYTES + 1
    huge = (await world.ada.get(path)).json["variables"][-1]
    assert (huge["name"], huge["why"]) == ("huge", "it is larger than 1 GiB")


# The admin


async def test_an_admin_asks_for_a_kernel_and_everybody_there_reads_it(
    world: World, ada: Page, root: Client
) -> None:
    await started(world, ada)
    (kernel,) = (await root.get("/api/admin/kernels")).json["items"]
    answer = await root.post(f"/api/admin/kernels/{kernel['id']}/nudge", {})
    assert answer.json == {"reached": True}
    notice = await ada.until(lambda: next((m for m in ada.messages if m["type"] == "notice"), None))
    assert (notice["kind"], notice["by"]) == ("nudge", "Root")
    assert "Small" in notice["text"]
    other = world.people["collaborator"]
    assert (await other.post(f"/api/admin/kernels/{kernel['id']}/nudge", {})).status == 404
