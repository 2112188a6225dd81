"""Two people, one notebook, real sockets, scripted kernels: what everybody sees of a run."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collab.ids import CellId, ProjectId, RunId
from collab.runtime import RunEntry
from collab.session.state import QueuedCell
from collab.wire import DisplayOutput, ErrorOutput, Inline, StreamOutput
from server.db.repositories import kernels, projects, runs
from server.db.repositories.runs import RecordedCell
from server.services import ChangedModules
from server.sessions import edits
from server.sessions.outputs import source_hash
from tests.support.backend import FakeBackend, FakeLink
from tests.support.server import running
from tests.support.socket_page import Page
from tests.support.world import World, open_world


def text_of(page: Page, cell: str) -> str:
    entry = page.entry(cell)
    return "".join(o.text or "" for o in entry.outputs if isinstance(o, StreamOutput)) if entry else ""


async def test_a_run_is_seen_by_everybody(world: World, ada: Page, eve: Page) -> None:
    [cell] = await world.cells("print hello\nshow 42")
    answer = await ada.order("run", cell_id=cell)
    assert answer["type"] == "result"
    for page in (ada, eve):
        entry = await page.until_state(cell, "done")
        stream, display = entry.outputs
        assert isinstance(stream, StreamOutput)
        assert isinstance(display, DisplayOutput)
        assert stream.text == "hello\n"
        assert display.data == {"text/plain": Inline("42")}
        assert (entry.by_name, entry.count, entry.stale) == ("Ada", 1, False)
        assert entry.run == answer["value"]["run"]
        await page.until(lambda p=page: p.kernel() == "idle" and not p.runtime_view.queue())  # type: ignore[misc]


async def test_what_was_typed_just_before_is_what_runs(world: World, ada: Page) -> None:
    [cell] = await world.cells("print old")
    await ada.until(lambda: ada.source.source_of(cell))
    ada.source.set_source(cell, "print new")
    await ada.order("run", cell_id=cell)
    await ada.until_state(cell, "done")
    assert text_of(ada, cell) == "new\n"


async def test_a_command_sent_twice_runs_once(world: World, ada: Page) -> None:
    [cell] = await world.cells("print once")
    first = await ada.order("run", id="the-same", cell_id=cell)
    await ada.until_state(cell, "done")
    again = await ada.order("run", id="the-same", cell_id=cell)
    assert again["value"] == first["value"]
    assert len(world.backend.kernel.ran) == 1


async def test_rights_decide_who_runs(world: World, ada: Page, eve: Page) -> None:
    [cell] = await world.cells("print x")
    for role, may in (("viewer", False), ("editor", False), ("executor", True), ("collaborator", True)):
        page = await Page.open(world.people[role], world.notebook)
        answer = await page.order("run", cell_id=cell)
        assert (answer["type"] == "result") is may, role
        if not may:
            assert answer["code"] == "forbidden"
        else:
            await page.until_state(cell, "done")
        await page.close()


async def test_there_is_no_kernel_message_on_this_socket(world: World, ada: Page) -> None:
    [cell] = await world.cells("hold")
    await ada.order("run", cell_id=cell)
    await ada.until_state(cell, "running")
    for op, args in (
        ("kernel_message", {"channel": "shell", "msg_type": "execute_request", "content": {"code": "1"}}),
        ("execute", {"code": "print('x')"}),
        ("run", {"code": "print('x')"}),
        ("run", {"cell_id": cell, "code": "print('x')"}),
    ):
        answer = await ada.order(op, **args)
        assert answer["type"] == "error"
        assert answer["code"] in ("unknown_command", "bad_command")
    assert len(world.backend.kernel.ran) == 1


async def test_a_bad_frame_closes_its_own_socket_only(world: World, ada: Page, eve: Page) -> None:
    eve.send(b"\x05{not json")
    assert await eve.until(lambda: eve.closed) == 4400
    assert (await ada.order("start"))["type"] == "result"


async def test_an_error_cancels_the_rest_of_the_run(world: World, ada: Page) -> None:
    first, second = await world.cells("error ValueError", "print never")
    await ada.order("run", cells="all")
    entry = await ada.until_state(first, "error")
    assert isinstance(entry.outputs[0], ErrorOutput)
    await ada.until_state(second, "cancelled")


async def test_stop_interrupts_and_empties_the_queue(world: World, ada: Page) -> None:
    first, second = await world.cells("hold", "print later")
    await ada.order("run", cells="all")
    await ada.until_state(first, "running")
    assert [entry.cell for entry in ada.runtime_view.queue()] == [first, second]
    await ada.order("interrupt")
    await ada.until_state(first, "error")
    await ada.until_state(second, "cancelled")
    assert world.backend.kernel.interrupts == 1


async def test_restart_cancels_what_runs_and_brings_a_new_kernel(world: World, ada: Page) -> None:
    first, second = await world.cells("hold", "print later")
    await ada.order("run", cell_id=first)
    await ada.until_state(first, "running")
    await ada.order("restart", run_all=True)
    await ada.until(lambda: world.backend.kernel.restarts == 1 and ada.state(first) == "running")
    world.backend.kernel.release()
    await ada.until_state(second, "done")
    assert ada.runtime_view.kernel().epoch == 2


async def test_stop_ends_the_kernel_and_the_next_run_starts_another(world: World, ada: Page) -> None:
    [cell] = await world.cells("print x")
    await ada.order("run", cell_id=cell)
    await ada.until_state(cell, "done")
    old = world.backend.kernel.name
    await ada.order("stop")
    await ada.until(lambda: ada.kernel() == "none")
    assert old in world.backend.ended
    await ada.order("run", cell_id=cell)
    await ada.until(lambda: ada.state(cell) == "done")
    assert world.backend.kernel.name != old


async def test_a_lost_line_to_the_kernel_is_shown_and_the_truth_when_it_is_back(
    world: World, ada: Page
) -> None:
    first, second = await world.cells("hold\nprint one", "print two")
    await ada.order("start")
    await ada.until(lambda: ada.kernel() == "idle")
    link = world.backend.kernel.reader
    assert link is not None
    link.on_contact(False)
    await ada.until(lambda: ada.kernel() == "reconnecting")
    link.on_contact(True)
    await ada.until(lambda: ada.kernel() == "idle")
    await ada.order("run", cells=[first, second])
    await ada.until_state(first, "running")
    link.on_contact(False)
    await ada.until(lambda: ada.kernel() == "reconnecting")
    link.on_contact(True)
    await ada.until(lambda: ada.kernel() == "busy")
    world.backend.kernel.release()
    await ada.until_state(second, "done")
    assert (text_of(ada, first), len(world.backend.kernel.ran)) == ("one\n", 2)


async def test_a_death_is_told_with_its_cell(world: World, ada: Page, eve: Page) -> None:
    first, second = await world.cells("print x\ndie", "print later")
    await ada.order("run", cells="all")
    await eve.until_state(first, "error")
    await eve.until_state(second, "cancelled")
    kernel = await eve.until(lambda: (k := eve.runtime_view.kernel()).death and k)
    assert (kernel.state, kernel.death.cause, kernel.death.cell) == ("dead", "signal", first)  # type: ignore[union-attr]
    assert text_of(eve, first) == "x\n"


async def test_a_kernel_that_cannot_start_says_why(world: World, ada: Page) -> None:
    world.backend.refuse = "All GPUs are taken."
    [cell] = await world.cells("print x")
    await ada.order("run", cell_id=cell)
    await ada.until_state(cell, "error", "cancelled", "lost")
    death = await ada.until(lambda: ada.runtime_view.kernel().death)
    assert death is not None
    assert (death.cause, death.reason) == ("start_failed", "All GPUs are taken.")


async def test_the_first_answer_to_a_prompt_wins(world: World, ada: Page) -> None:
    bob = await Page.open(world.people["collaborator"], world.notebook)
    [cell] = await world.cells("input name?")
    run = (await ada.order("run", cell_id=cell))["value"]["run"]
    request = await bob.until(lambda: bob.runtime_view.kernel().input)
    assert request is not None
    assert (request.prompt, request.cell) == ("name?", cell)
    assert (await bob.order("input", run=run, text="Bob"))["type"] == "result"
    assert (await ada.order("input", run=run, text="Ada"))["code"] == "input_gone"
    await ada.until_state(cell, "done")
    assert text_of(ada, cell) == "Bob\n"
    await bob.close()


async def test_a_changed_text_marks_the_run_stale_and_back(world: World, ada: Page, eve: Page) -> None:
    [cell] = await world.cells("print x")
    await ada.order("run", cell_id=cell)
    await eve.until_state(cell, "done")
    ada.source.set_source(cell, "print xy")
    await eve.until(lambda: (e := eve.entry(cell)) and e.stale)
    ada.source.set_source(cell, "print x")
    await eve.until(lambda: (e := eve.entry(cell)) and not e.stale)


async def test_a_suggestion_is_shown_and_never_applied(world: World, ada: Page) -> None:
    [cell] = await world.cells("suggest print y")
    await ada.order("run", cell_id=cell)
    entry = await ada.until_state(cell, "done")
    assert entry.suggestion == "print y"
    assert len(ada.source.cells()) == 1


async def test_clear_removes_what_is_over(world: World, ada: Page, eve: Page) -> None:
    [cell] = await world.cells("print x")
    await ada.order("run", cell_id=cell)
    await ada.until_state(cell, "done")
    assert (await eve.order("clear"))["code"] == "forbidden"
    await ada.order("clear", cells="all")
    await eve.until(lambda: eve.entry(cell) is None)


@pytest.fixture
def unnoted(monkeypatch: pytest.MonkeyPatch) -> None:
    """No note of an edit wakes the notebook."""
    monkeypatch.setattr(edits, "NOTED_AFTER_S", 1e6)


async def test_how_long_a_text_has_grown_is_told_while_it_grows(
    unnoted: None, world: World, ada: Page
) -> None:
    [cell] = await world.cells("print one\nhold")
    run = (await ada.order("run", cell_id=cell))["value"]["run"]

    def measures() -> tuple[int, int]:
        entry = ada.entry(cell)
        streams = [o for o in entry.outputs if isinstance(o, StreamOutput)] if entry else []
        return (streams[0].bytes, streams[0].lines) if streams else (0, 0)

    await ada.until(lambda: measures() == (4, 1))
    for _ in range(3):
        world.backend.kernel.message(f"{run}-{cell}", "stream", {"name": "stdout", "text": "more\n"})
    await ada.until(lambda: measures() == (19, 4))


async def test_the_ends_of_texts_are_told_together_and_only_what_is_kept(world: World, ada: Page) -> None:
    [cell] = await world.cells(f"print {'ü' * 400}")
    await ada.order("run", cell_id=cell)
    entry = await ada.until_state(cell, "done")
    [stream] = entry.outputs
    address = f"/api/notebooks/{world.notebook}/streams"
    viewer = world.people["viewer"]
    answer = await viewer.get(f"{address}?ids=never-was,{stream.id}")
    text = "ü" * 400 + "\n"
    assert answer.json == {"logs": [{"id": stream.id, "bytes": 801, "head": text, "tail": ""}]}
    for wrong in ("", "?ids=", "?ids=../x", "?ids=" + ",".join(f"log{number}" for number in range(51))):
        assert (await viewer.get(address + wrong)).status == 400
    stranger = await world.server.person("stranger")
    assert (await stranger.get(f"{address}?ids={stream.id}")).status == 404


async def test_a_flood_costs_everybody_little(world: World, ada: Page, eve: Page) -> None:
    [cell] = await world.cells("flood 20000")
    await ada.order("run", cell_id=cell)
    entry = await eve.until_state(cell, "done")
    [stream] = entry.outputs
    assert isinstance(stream, StreamOutput)
    assert stream.lines == 20000
    assert (stream.text, stream.head, stream.tail) == (None, None, None)
    listed = f"/api/notebooks/{world.notebook}/streams?ids="
    [ends] = (await world.people["viewer"].get(listed + stream.id)).json["logs"]
    assert (ends["bytes"], ends["head"][:7], ends["tail"][-11:]) == (stream.bytes, "line 0\n", "line 19999\n")
    assert len(ends["head"].encode()) == len(ends["tail"].encode()) == 4096
    path = f"/api/notebooks/{world.notebook}/streams/{stream.id}"
    whole = await world.people["viewer"].get(path)
    assert whole.body == b"".join(b"line %d\n" % index for index in range(20000))
    assert whole.headers["X-Total-Bytes"] == str(len(whole.body))
    part = await world.people["viewer"].get(f"{path}?start=7&end=14")
    assert part.body == b"line 1\n"
    assert eve.stream_bytes < 1.1 * len(whole.body)  # no text comes twice


async def test_a_lost_right_takes_the_pen_at_once(world: World, ada: Page) -> None:
    bob = await Page.open(world.people["collaborator"], world.notebook)
    [cell] = await world.cells("print x")
    member = f"/api/projects/{world.project}/members/{world.people['collaborator'].user}"
    assert (await world.ada.put(member, {"role": "viewer"})).status == 200
    await bob.until(lambda: bob.of("rights"))
    assert (await bob.order("run", cell_id=cell))["code"] == "forbidden"
    assert (await world.ada.delete(member)).status == 204
    assert await bob.until(lambda: bob.closed) == 4403
    await bob.close()


@pytest.mark.parametrize("loss", ["role", "removal", "link", "by a script"])
async def test_who_loses_the_right_to_run_leaves_the_queue(world: World, ada: Page, loss: str) -> None:
    project, bob = f"/api/projects/{world.project}", world.people["collaborator"]
    runs_path, member = f"/api/notebooks/{world.notebook}/runs", f"{project}/members/{bob.user}"
    if loss == "link":
        bob = await world.server.person("bob")
        made = (await world.ada.post(f"{project}/links", {"role": "executor"})).json
        assert (await bob.post("/api/links/use", {"secret": made["url"].partition("#")[2]})).status == 200
    running, queued, own = await world.cells("hold\nprint through", "print never", "print mine")
    if loss == "by a script":
        assert (await bob.post(runs_path, {"cells": [running, queued]})).status == 202
    else:
        page = await Page.open(bob, world.notebook)
        await page.order("run", cells=[running, queued])
        await page.close()
    await ada.order("run", cell_id=own)
    await ada.until_state(running, "running")
    if loss == "link":
        assert (await world.ada.delete(f"{project}/links/{made['link']['id']}")).status == 204
    elif loss == "removal":
        assert (await world.ada.delete(member)).status == 204
    else:
        assert (await world.ada.put(member, {"role": "editor"})).status == 200
    await ada.until_state(queued, "cancelled")
    assert ada.state(running) == "running"
    world.backend.kernel.release()
    await ada.until_state(own, "done")
    assert text_of(ada, running) == "through\n"
    assert len(world.backend.kernel.ran) == 2


async def test_a_deleted_cell_leaves_the_queue_and_runs_to_its_end(world: World, ada: Page) -> None:
    running, waiting, last = await world.cells("hold\nprint through", "print never", "print last")
    await ada.order("run", cells=[running, waiting, last])
    await ada.until_state(running, "running")
    ada.source.delete(running, 1)
    ada.source.delete(waiting, 2)
    await ada.until_state(waiting, "cancelled")
    assert ada.state(running) == "running"
    world.backend.kernel.release()
    await ada.until_state(last, "done")
    assert text_of(ada, running) == "through\n"
    assert len(world.backend.kernel.ran) == 2


async def test_a_deleted_notebook_closes_its_sockets_and_its_kernel(world: World, ada: Page) -> None:
    await ada.order("start")
    await ada.until(lambda: ada.kernel() == "idle")
    assert (await world.ada.delete(f"/api/notebooks/{world.notebook}")).status == 204
    assert await ada.until(lambda: ada.closed) == 4404
    await asyncio.wait_for(world.backend.has_ended.wait(), 5)


async def test_a_deleted_project_closes_its_notebooks_and_comes_back(world: World, ada: Page) -> None:
    other = await world.server.project(world.ada, "Other")
    elsewhere = await Page.open(world.ada, await world.server.notebook(other, world.ada))
    [cell] = await world.cells("print again")
    for page in (elsewhere, ada):
        await page.order("start")
        await page.until(lambda p=page: p.kernel() == "idle")  # type: ignore[misc]
    path = f"/api/projects/{world.project}"
    kernel = world.backend.kernel
    assert (await world.ada.delete(path)).status == 204
    assert await ada.until(lambda: ada.closed) == 4404
    await asyncio.wait_for(world.backend.has_ended.wait(), 5)
    assert world.backend.ended == [kernel.name]
    assert (await world.ada.patch(path, {"deleted": False})).status == 200
    back = await Page.open(world.ada, world.notebook)
    assert (await back.order("run", cell_id=cell))["type"] == "result"
    await back.until_state(cell, "done")
    assert (await world.ada.patch(path, {"deleted": True})).status == 200
    assert await back.until(lambda: back.closed) == 4404
    assert elsewhere.closed is None
    assert elsewhere.kernel() == "idle"
    for page in (back, elsewhere):
        await page.close()


async def start_and_leave(world: World) -> None:
    page = await Page.open(world.ada, world.notebook)
    await page.order("start")
    await page.until(lambda: page.kernel() == "idle")
    await page.close()


async def test_a_kernel_that_a_deletion_left_behind_ends_with_the_next_start(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with running(tmp_path / "data") as server:
        world = await open_world(server, backend)
        await start_and_leave(world)
        async with server.services.database.begin() as session:
            await projects.change(session, ProjectId(world.project), datetime.now(UTC), deleted=True)
    assert not backend.ended
    async with running(tmp_path / "data", backend=backend) as server:
        await asyncio.wait_for(backend.has_ended.wait(), 5)


async def test_signing_out_closes_the_socket(world: World, ada: Page) -> None:
    assert (await world.ada.delete("/api/session")).status in (200, 204)
    assert await ada.until(lambda: ada.closed) == 4401


async def test_strangers_get_404_instead_of_a_socket(world: World) -> None:
    stranger = await world.server.person("mallory")
    with pytest.raises(Exception, match="404"):
        await Page.open(stranger, world.notebook)


async def test_a_kernel_that_another_server_took_over_is_let_go_and_not_ended(world: World) -> None:
    [cell] = await world.cells("hold")
    page = await Page.open(world.ada, world.notebook)
    await page.order("run", cells="all")
    await page.until_state(cell, "running")
    world.backend.losses[-1]("displaced", "")
    await page.until(lambda: page.kernel() == "dead")
    death = page.runtime_view.kernel().death
    assert death is not None
    assert death.reason.startswith("Another server with the same database has taken this kernel over.")
    await page.order("keep")  # answered once the step before it is done
    assert world.backend.ended == [], "the other server drives it now"
    async with world.server.services.database.read() as reading:
        [living] = await kernels.living(reading)
    assert living.state == "living"
    await page.close()


async def test_the_kernel_outlives_the_server_and_the_cell_goes_on(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with running(tmp_path / "data") as server:
        world = await open_world(server, backend)
        first, second = await world.cells("print one\nhold\nprint two", "print three")
        page = await Page.open(world.ada, world.notebook)
        asked = await page.order("run", id="the-same", cells="all")
        await page.until(lambda: (e := page.entry(first)) and e.outputs)
        await page.close()
        user = world.ada.user
    kernel = backend.kernel
    assert kernel.reader is None
    kernel.release()
    async with running(tmp_path / "data", backend=backend) as server:
        page = await Page.open(await server.browser_of(user), world.notebook)
        await page.until_state(second, "done")
        assert text_of(page, first) == "one\ntwo\n"
        assert text_of(page, second) == "three\n"
        shown = page.entry(first)
        assert shown is not None
        assert len(shown.outputs) == 1, "what the first server showed is replaced, not repeated"
        assert (await page.order("run", id="the-same", cells="all"))["value"] == asked["value"]
        assert (await page.order("keep"))["type"] == "result"
        assert len(kernel.ran) == 2
        await page.close()


async def test_the_next_server_knows_what_a_restart_would_bring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.sessions.asides._CODE", 'hold\nprint ["tidy"]')
    backend = FakeBackend()
    async with running(tmp_path / "data") as server:
        world = await open_world(server, backend)
        [cell] = await world.cells("print one")
        page = await Page.open(world.ada, world.notebook)
        await page.order("run", cell_id=cell)
        await page.until_state(cell, "done")
        project = ProjectId(world.project)
        await world.sessions.python_changed(project, "3.11.7", "3.12.1")
        tidy, other = (ChangedModules(name, "1", "2", (name,)) for name in ("tidy", "other"))
        await world.sessions.distributions_changed(project, [tidy, other])
        await page.until(lambda: page.of("restart_advised"))
        await page.close()
        user = world.ada.user
    backend.kernel.release()  # it says what it has loaded while no server hears
    for _ in range(2):
        async with running(tmp_path / "data", backend=backend) as server:
            page = await Page.open(await server.browser_of(user), world.notebook)
            both = [
                {"name": "Python", "before": "3.11.7", "after": "3.12.1"},
                {"name": "tidy", "before": "1", "after": "2"},
            ]
            await page.until(
                lambda p=page, b=both: b in [told["packages"] for told in p.of("restart_advised")]  # type: ignore[misc]
            )
            await page.close()
    async with running(tmp_path / "data", backend=backend) as server:
        page = await Page.open(await server.browser_of(user), world.notebook)
        await page.order("restart")
        await page.until(lambda: page.of("restart_advised")[-1]["packages"] == [])
        await page.close()
    async with running(tmp_path / "data", backend=backend) as server:
        page = await Page.open(await server.browser_of(user), world.notebook)
        await page.until(lambda: page.kernel() == "idle")
        assert page.of("restart_advised") == []
        await page.close()


async def test_a_restart_waits_for_the_kernel_that_the_next_server_still_reaches_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, may_reach = FakeBackend(), asyncio.Event()
    async with running(tmp_path / "data") as server:
        world = await open_world(server, backend)
        await start_and_leave(world)
        user = world.ada.user
    really_attach = backend.attach

    async def attach(*args: Any) -> FakeLink:
        await may_reach.wait()
        return await really_attach(*args)

    monkeypatch.setattr(backend, "attach", attach)
    async with running(tmp_path / "data", backend=backend) as server:
        page = await Page.open(await server.browser_of(user), world.notebook)
        await page.order("restart")
        await page.order("keep")
        assert page.kernel() == "restarting"
        may_reach.set()
        await page.until(lambda: page.kernel() == "idle")
        assert backend.kernel.epoch == 2
        await page.close()


async def test_a_kernel_lost_with_the_server_is_told(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with running(tmp_path / "data") as server:
        world = await open_world(server, backend)
        first, second = await world.cells("hold", "print three")
        page = await Page.open(world.ada, world.notebook)
        await page.order("run", cells="all")
        await page.until_state(first, "running")
        await page.close()
        user = world.ada.user
    backend.kernels.clear()
    async with running(tmp_path / "data", backend=backend) as server:
        page = await Page.open(await server.browser_of(user), world.notebook)
        await page.until_state(first, "lost")
        await page.until_state(second, "cancelled")
        assert page.kernel() == "dead"
        await page.close()


async def test_a_kernel_that_died_meanwhile_is_told_with_its_reason(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with running(tmp_path / "data") as server:
        world = await open_world(server, backend)
        [cell] = await world.cells("print one\nhold")
        page = await Page.open(world.ada, world.notebook)
        await page.order("run", cell_id=cell)
        await page.until(lambda: (e := page.entry(cell)) and e.outputs)
        await page.close()
        user = world.ada.user
    backend.kernel.die()
    async with running(tmp_path / "data", backend=backend) as server:
        page = await Page.open(await server.browser_of(user), world.notebook)
        await page.until_state(cell, "error")
        death = await page.until(lambda: page.runtime_view.kernel().death)
        assert death is not None
        assert (death.cause, death.cell) == ("signal", cell)
        assert text_of(page, cell) == "one\n"
        await page.close()


async def test_a_restart_that_was_cut_short_is_carried_out(tmp_path: Path) -> None:
    backend = FakeBackend()
    async with running(tmp_path / "data") as server:
        world = await open_world(server, backend)
        [cell] = await world.cells("print one")
        page = await Page.open(world.ada, world.notebook)
        await page.order("run", cell_id=cell)
        await page.until_state(cell, "done")
        await page.close()
        user = world.ada.user
        # As if the server had been killed between its promise of a new kernel and the order for it.
        await server.services.database.write_plain(
            lambda connection: kernels.want_epoch(connection, backend.kernel.name, 2)
        )
    async with running(tmp_path / "data", backend=backend) as server:
        page = await Page.open(await server.browser_of(user), world.notebook)
        await page.until(lambda: page.kernel() == "idle")
        assert backend.kernel.restarts == 1
        await page.order("run", cell_id=cell)
        await page.until(lambda: len(backend.kernel.ran) == 2 and page.state(cell) == "done")
        await page.close()


async def test_what_waited_for_a_starting_kernel_runs_on_it(tmp_path: Path) -> None:
    backend = FakeBackend(hold_start=True)
    async with running(tmp_path / "data") as server:
        world = await open_world(server, backend)
        [cell] = await world.cells("print one")
        page = await Page.open(world.ada, world.notebook)
        await page.order("run", cell_id=cell)
        await page.until(lambda: page.kernel() == "starting" and backend.kernels)
        await page.close()
        user = world.ada.user
    backend.kernel.get_ready()
    async with running(tmp_path / "data", backend=backend) as server:
        page = await Page.open(await server.browser_of(user), world.notebook)
        await page.until_state(cell, "done")
        assert text_of(page, cell) == "one\n"
        await page.close()


async def test_the_record_wins_where_the_document_fell_behind(tmp_path: Path) -> None:
    """As if the server had been killed between writing the two, in either order."""
    backend = FakeBackend()
    async with running(tmp_path / "data") as server:
        world = await open_world(server, backend)
        recorded, shown = await world.cells("print new", "print x")
        page = await Page.open(world.ada, world.notebook)
        await page.order("run", cell_id=recorded)
        await page.until_state(recorded, "done")
        session = await world.sessions.get(world.notebook)  # type: ignore[arg-type]
        entry = RunEntry("run-that-was-never-recorded", "ada", "Ada", "queued")
        session.room.runtime.begin_run(shown, entry)
        await page.until_state(shown, "queued")
        await page.close()
        user = world.ada.user
        now = datetime.now(UTC)
        cell = QueuedCell(RunId("recorded-only"), CellId(recorded), user, "", "print new", now)
        row = RecordedCell(
            cell.run, user, cell.cell, cell.msg_id, "queued", cell.source, source_hash(cell.source), now
        )
        notebook = session.room.notebook
        await server.services.database.write_plain(
            lambda connection: runs.add(connection, notebook, cell.run, [row], now)
        )
    async with running(tmp_path / "data", backend=backend) as server:
        page = await Page.open(await server.browser_of(user), world.notebook)
        await page.until(lambda: (e := page.entry(recorded)) and e.run == cell.run and e.state == "done")
        await page.until_state(shown, "cancelled")
        assert [name for name in backend.kernel.ran if name == cell.msg_id] == [cell.msg_id]
        await page.close()


async def test_a_notebook_that_nobody_needs_is_let_go(world: World) -> None:
    page = await Page.open(world.ada, world.notebook)
    glance = world.sessions.look(world.notebook)  # type: ignore[arg-type]
    assert [user.name for user in glance.people] == ["ada"]
    for _ in range(5):
        world.sessions.sweep()
    assert (await page.order("keep"))["code"] == "no_kernel"
    await page.close()
    session = await world.sessions.get(world.notebook)  # type: ignore[arg-type]
    async with asyncio.timeout(30):
        while session.is_needed:
            await world.ada.get("/api/health")
    for _ in range(5):
        world.sessions.sweep()
    assert await world.sessions.get(world.notebook) is not session  # type: ignore[arg-type]
    assert session.room.is_closed
