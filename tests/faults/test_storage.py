"""The database cannot be written for a while: nothing is lost, nothing false is said, and it goes on."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from collab.ids import NotebookId
from collab.wire import DisplayOutput, Inline, StreamOutput
from server.db import engine
from server.db.repositories import kernels
from server.handlers import living
from server.sessions import edits
from server.sessions.blobs import BlobStore
from server.sessions.streams import StreamFiles
from tests.support.socket_page import Page
from tests.support.world import World, new_world


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A server whose statements wait only a second for a lock that somebody else holds."""
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_S", 1)
    monkeypatch.setattr(edits, "NOTED_AFTER_S", 0)
    async with new_world(tmp_path / "data") as world:
        yield world


@contextlib.asynccontextmanager
async def locked(world: World) -> AsyncIterator[None]:
    """Hold SQLite's write lock as another process would, with the notebook open."""
    await world.sessions.get(NotebookId(world.notebook))
    path = world.server.config.data / "commonbook.sqlite3"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        yield


class Heard(logging.Handler):
    """Waits for events in the log."""

    def __init__(self, *events: str) -> None:
        super().__init__()
        self._missing, self._loop, self.all = {*events}, asyncio.get_running_loop(), asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self._missing.discard(record.getMessage())
        if not self._missing:
            self._loop.call_soon_threadsafe(self.all.set)


@pytest.mark.faults
async def test_a_write_is_refused_in_words_and_reading_goes_on(world: World) -> None:
    async with locked(world):
        answer = await world.ada.post("/api/projects", {"name": "New"})
        assert (answer.status, answer.code) == (503, "storage_away")
        assert int(answer.headers["Retry-After"]) > 0
        assert (await world.ada.get(f"/api/notebooks/{world.notebook}")).status == 200
    assert (await world.ada.post("/api/projects", {"name": "New"})).status == 201


@pytest.mark.faults
async def test_a_script_that_adds_a_cell_is_answered_and_nothing_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(living, "SAVED_WITHIN_S", 0.2)
    path = f"/api/notebooks/{world.notebook}/cells"
    heard = Heard("commit failed")
    logging.getLogger().addHandler(heard)
    async with locked(world):
        late = await world.ada.post(path, {"source": "print kept"})
        assert (late.status, late.code) == (503, "storage_away")
        assert "do not send it again" in late.json["error"]["reason"]
        await asyncio.wait_for(heard.all.wait(), 10)
        refused = await world.ada.post(path, {"source": "print never"})
        assert (refused.status, refused.code) == (503, "storage_away")
        assert int(refused.headers["Retry-After"]) > 0
    await (await world.sessions.get(NotebookId(world.notebook))).room.flush()
    assert (await world.ada.post(path, {"source": "print last"})).status == 201
    cells = (await world.ada.get(f"/api/notebooks/{world.notebook}")).json["cells"]
    assert [cell["source"] for cell in cells] == ["print kept", "print last"]
    logging.getLogger().removeHandler(heard)


@pytest.mark.faults
async def test_printing_onto_a_full_disk_is_said_in_the_cell_and_sends_nobody_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StreamFiles, "_path", lambda *_: Path("/dev/full"))
    [cell, after] = await world.cells("flood 20000\nprint done", "print goes on")
    page = await Page.open(world.ada, world.notebook)
    await page.order("run", cells=[cell, after])
    entry = await page.until_state(cell, "done")
    streams = [output for output in entry.outputs if isinstance(output, StreamOutput)]
    assert [(stream.name, stream.text) for stream in streams if stream.name == "stderr"] == [
        ("stderr", "\n[The server's disk is full. Text from here on is shown, but not kept.]\n")
    ]
    assert streams[0].lines + streams[-1].lines == 20001
    assert (await page.until_state(after, "done")).state == "done"
    assert page.closed is None
    await page.close()


@pytest.mark.faults
async def test_a_picture_that_finds_the_disk_full_is_said_in_the_cell(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(BlobStore, "_write", full)
    [cell] = await world.cells(f"show {'x' * 10_000}")
    page = await Page.open(world.ada, world.notebook)
    await page.order("run", cell_id=cell)
    entry = await page.until_state(cell, "done")
    [display] = entry.outputs
    assert isinstance(display, DisplayOutput)
    assert display.data == {
        "text/plain": Inline("This output could not be kept: the server cannot save anything at the moment.")
    }
    assert page.closed is None
    await page.close()


@pytest.mark.faults
async def test_typing_and_running_wait_for_the_database_and_go_on(world: World) -> None:
    [cell] = await world.cells("print old")
    page = await Page.open(world.ada, world.notebook)
    await page.until(lambda: page.source.source_of(cell))
    heard = Heard("commit failed", "a step is not on record yet")
    logging.getLogger().addHandler(heard)
    async with locked(world):
        page.source.set_source(cell, "print new")
        run = asyncio.ensure_future(page.order("run", cell_id=cell))
        await page.until(lambda: page.state(cell) == "queued")
        await asyncio.wait_for(heard.all.wait(), 10)
        assert page.acked < page.sent
        assert not run.done()
        assert not world.backend.kernels
    assert (await run)["type"] == "result"
    entry = await page.until_state(cell, "done")
    assert [output.text for output in entry.outputs] == ["new\n"]  # type: ignore[union-attr]
    await page.saved()
    assert page.closed is None
    logging.getLogger().removeHandler(heard)
    await page.close()


@pytest.mark.faults
async def test_a_kernel_that_cannot_be_put_on_record_is_no_eternal_start(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def placed(*_: object) -> None:
        monkeypatch.undo()
        raise OperationalError("UPDATE kernel SET secret = ?", {}, Exception("database is locked"))

    [cell] = await world.cells("print x")
    page = await Page.open(world.ada, world.notebook)
    monkeypatch.setattr(kernels, "placed", placed)
    await page.order("run", cell_id=cell)
    await page.until(lambda: page.kernel() == "dead")
    death = page.runtime_view.kernel().death
    assert death is not None
    assert death.cause == "start_failed"
    assert "secret" not in death.reason
    await page.until(lambda: page.state(cell) != "queued")
    await page.order("run", cell_id=cell)
    await page.until_state(cell, "done")
    await page.close()
