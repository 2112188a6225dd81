"""Files that nothing refers to any more go; everything else stays."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta

from collab.ids import NotebookId, new_id
from collab.wire import BlobRef, DisplayOutput
from server.db.repositories import notebooks, projects
from server.sessions.leftovers import GRACE, remove
from tests.support.socket_page import Page
from tests.support.world import World

SHARED, OWN, OTHER = b"held by two" * 1000, b"held by one" * 1000, b"held by another" * 1000


def files_of(world: World) -> set[str]:
    return {path.name for path in (world.server.config.data / "blobs").glob("*/*")}


def make_old(world: World) -> None:
    old = (datetime.now(UTC) - GRACE - timedelta(minutes=1)).timestamp()
    for path in (world.server.config.data / "blobs").glob("*/*"):
        os.utime(path, (old, old))


async def clear(world: World, now: datetime) -> None:
    sessions, database = world.sessions, world.server.services.database
    await remove(database, sessions.blobs, sessions.streams, now)


async def test_a_bin_that_is_emptied_leaves_no_files(world: World) -> None:
    now, sessions, database = datetime.now(UTC), world.sessions, world.server.services.database
    kept, gone = NotebookId(world.notebook), await world.server.notebook(world.project, world.ada)  # type: ignore[arg-type]
    both = await sessions.blobs.put(gone, SHARED, "text/html")
    assert await sessions.blobs.put(kept, SHARED, "text/html") == both
    own, other = (
        await sessions.blobs.put(gone, OWN, "text/html"),
        await sessions.blobs.put(kept, OTHER, "a/b"),
    )
    for notebook in (kept, gone):
        (sessions.streams / notebook).mkdir(parents=True)
        (sessions.streams / notebook / "log").write_text("text")
    later = now + GRACE + timedelta(minutes=1)
    make_old(world)
    await clear(world, later)
    assert files_of(world) == {both, own, other}
    async with database.begin() as session:
        await notebooks.change(session, gone, now, deleted=True)
        assert await projects.empty_bins(session, now, days=0) == [gone]
    await clear(world, now)
    assert own in files_of(world), "its day of grace is not over"
    assert {path.name for path in sessions.streams.iterdir()} == {kept}
    await clear(world, later)
    assert files_of(world) == {both, other}
    assert await sessions.blobs.put(kept, OWN, "text/html") == own
    assert await sessions.blobs.get(kept, own) is not None


async def test_what_a_crash_left_behind_goes_and_what_is_being_written_stays(world: World) -> None:
    folder = world.server.config.data / "blobs" / "ab"
    folder.mkdir(parents=True)
    orphan, draft = "ab" * 32, f"{'ab' * 32}.{new_id()}"
    for name in (orphan, draft):
        (folder / name).write_bytes(b"x")
    await clear(world, datetime.now(UTC))
    assert files_of(world) == {orphan, draft}
    make_old(world)
    written = await world.sessions.blobs.put(NotebookId(world.notebook), SHARED, "text/html")
    await clear(world, datetime.now(UTC))
    assert files_of(world) == {written}


async def test_a_blob_that_is_put_again_is_not_swept_before_it_is_on_record(world: World) -> None:
    blobs, notebook = world.sessions.blobs, NotebookId(world.notebook)
    name = await blobs.put(notebook, SHARED, "text/html")
    make_old(world)
    assert await blobs.put(notebook, SHARED, "text/html") == name
    blobs.remove_unknown(frozenset(), datetime.now(UTC) - GRACE)
    assert files_of(world) == {name}


async def look(world: World, now: datetime) -> None:
    await world.sessions.forgetting.look(now)


async def test_what_a_rerun_replaced_goes_after_a_day_and_what_is_shown_stays(world: World) -> None:
    notebook = NotebookId(world.notebook)
    page = await Page.open(world.ada, world.notebook)
    [rerun, kept] = await world.cells(f"show {'a' * 9000}", f"show {'b' * 9000}")
    await page.order("run", cells=[rerun, kept])
    await page.until_state(kept, "done")
    first = await world.sessions.blobs.held(notebook)
    page.source.set_source(rerun, f"show {'c' * 9000}")
    await page.order("run", cell_id=rerun)
    await page.until(lambda: (e := page.entry(rerun)) and e.count == 3 and e.state == "done")
    both = await world.sessions.blobs.held(notebook)
    assert (len(first), len(both)) == (2, 3)
    now = datetime.now(UTC)
    await look(world, now)
    await look(world, now + GRACE / 2)
    assert await world.sessions.blobs.held(notebook) == both, "its day of grace is not over"
    await look(world, now + GRACE + timedelta(minutes=1))
    left = await world.sessions.blobs.held(notebook)
    assert len(left) == 2
    assert left < both
    entry = page.entry(kept)
    assert entry is not None
    [shown] = entry.outputs
    assert isinstance(shown, DisplayOutput)
    [reference] = shown.data.values()
    assert isinstance(reference, BlobRef)
    assert reference.sha256 in left
    await page.close()


async def test_a_blob_that_is_shown_again_in_between_begins_a_new_day(world: World) -> None:
    notebook, now = NotebookId(world.notebook), datetime.now(UTC)
    name = await world.sessions.blobs.put(notebook, SHARED, "image/png")
    room = (await world.sessions.get(notebook)).room
    attachment = {"json:attachments": json.dumps({"a.png": {"image/png": {"sha256": name, "size": 1}}})}
    [cell] = await world.cells("text")
    meta = room.source.doc["cells"][cell]["meta"]
    await look(world, now)
    meta.update(attachment)
    await look(world, now + GRACE / 2)
    del meta["json:attachments"]
    room.source.delete(cell, 1)
    await look(world, now + GRACE + timedelta(minutes=1))
    assert await world.sessions.blobs.held(notebook) == {name}
    await look(world, now + 3 * GRACE)
    assert await world.sessions.blobs.held(notebook) == frozenset()


async def test_a_run_in_flight_keeps_what_it_has_just_put(world: World) -> None:
    notebook, now = NotebookId(world.notebook), datetime.now(UTC)
    name = await world.sessions.blobs.put(notebook, SHARED, "image/png")
    await look(world, now - 2 * GRACE)
    await look(world, now)
    assert await world.sessions.blobs.held(notebook) == {name}


async def test_cells_in_the_bin_and_closed_notebooks_keep_their_blobs(world: World) -> None:
    notebook, now = NotebookId(world.notebook), datetime.now(UTC)
    page = await Page.open(world.ada, world.notebook)
    [cell] = await world.cells(f"show {'a' * 9000}")
    await page.order("run", cell_id=cell)
    await page.until_state(cell, "done")
    await page.order("stop")
    await page.until(lambda: page.kernel() == "none")
    await world.ada.delete(f"/api/notebooks/{world.notebook}/cells/{cell}")
    await page.close()
    held = await world.sessions.blobs.held(notebook)
    assert len(held) == 1
    await world.sessions.close()
    for days in (0, 2, 4):
        await look(world, now + days * GRACE)
    assert await world.sessions.blobs.held(notebook) == held
