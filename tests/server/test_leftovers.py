"""Files that nothing refers to any more go; everything else stays."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collab.ids import NotebookId, new_id
from server.db.repositories import notebooks, projects
from server.sessions.leftovers import GRACE, remove
from tests.support.world import World, new_world

SHARED, OWN, OTHER = b"held by two" * 1000, b"held by one" * 1000, b"held by another" * 1000


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with new_world(tmp_path / "data") as world:
        yield world


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
