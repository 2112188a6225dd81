"""Rooms for tests: sockets in memory, a store whose commits can be held or fail, a simple task starter."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from pycrdt import Doc

from collab.hub import Room
from collab.ids import NotebookId
from collab.source import CellContent, SourceDocument
from collab.store import Document, MemoryStore, StoredUpdate

NOTEBOOK = NotebookId("notebook-1")
LIMIT_S = 30.0


class Spawner:
    """Starts tasks and remembers them, so that a test can see that none failed."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.tasks: list[asyncio.Task[None]] = []
        self._loop = loop or asyncio.get_running_loop()

    def __call__(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = self._loop.create_task(work, name=name)
        self.tasks.append(task)
        return task

    def check(self) -> None:
        """Raise what a finished task died of."""
        for task in self.tasks:
            if task.done() and not task.cancelled():
                task.result()

    def kill(self) -> None:
        """End all tasks at once, as a crash would."""
        for task in self.tasks:
            task.cancel()


class MemorySocket:
    """One end of a websocket whose other end reads only when told to."""

    def __init__(self) -> None:
        self.inbox: list[bytes] = []
        self.closed: tuple[int, str] | None = None
        self.most_pending = 0
        self._stuck: list[bytes] = []
        self._reading = asyncio.Event()
        self._reading.set()

    @property
    def pending_bytes(self) -> int:
        return sum(map(len, self._stuck))

    def send(self, frame: bytes) -> None:
        assert isinstance(frame, bytes)
        if self.closed is not None:
            return
        if self._reading.is_set():
            self.inbox.append(frame)
        else:
            self._stuck.append(frame)
            self.most_pending = max(self.most_pending, self.pending_bytes)

    async def drained(self) -> None:
        await self._reading.wait()

    def close(self, code: int, reason: str) -> None:
        if self.closed is None:
            self.closed = (code, reason)

    def stop_reading(self) -> None:
        """Let everything pile up from now on."""
        self._reading.clear()

    def read_on(self) -> None:
        """Take all that piled up."""
        self.inbox += self._stuck
        self._stuck.clear()
        self._reading.set()

    @property
    def stuck_frames(self) -> int:
        return len(self._stuck)


@dataclass
class HeldStore(MemoryStore):
    """A memory store whose commits wait for `gate`, and fail while `failures` lasts."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    failures: int = 0
    lose_answers: int = 0
    appends: list[int] = field(default_factory=list)
    compacted: list[tuple[Document, int]] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def append(self, notebook: NotebookId, updates: Sequence[StoredUpdate]) -> None:
        self.reached.set()
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise OSError("disk full")
        await super().append(notebook, updates)
        self.appends.append(len(updates))
        if self.lose_answers:
            self.lose_answers -= 1
            raise OSError("connection lost after the commit")

    async def compact(self, notebook: NotebookId, document: Document, seq: int, snapshot: bytes) -> None:
        await super().compact(notebook, document, seq, snapshot)
        self.compacted.append((document, seq))


def fill(store: MemoryStore, *texts: str, epoch: str = "epoch-1") -> None:
    """Put a notebook with one code cell for each text into the store."""
    store.create(NOTEBOOK, epoch)
    doc: Doc[Any] = Doc(client_id=1)
    SourceDocument(doc).populate(
        CellContent(f"cell-{index:08}", "code", text) for index, text in enumerate(texts)
    )
    row = StoredUpdate(Document.SOURCE, 1, doc.get_update())
    store.rows[NOTEBOOK, Document.SOURCE] = [row]
    store.clients.setdefault(NOTEBOOK, {})[1] = "server"  # type: ignore[assignment]


async def open_room(store: MemoryStore, spawn: Spawner, **hooks: Any) -> Room:
    """Open the notebook that `fill` made."""
    return await Room.open(NOTEBOOK, store, spawn=spawn, **hooks)


def stored_source(store: MemoryStore) -> SourceDocument:
    """Return the source document as a fresh start would load it."""
    doc: Doc[Any] = Doc()
    source = SourceDocument(doc)
    snapshot = store.snapshots.get((NOTEBOOK, Document.SOURCE))
    if snapshot is not None:
        doc.apply_update(snapshot[1])
    for row in store.rows.get((NOTEBOOK, Document.SOURCE), ()):
        doc.apply_update(row.data)
    return source


def stored_bytes(store: MemoryStore) -> int:
    """Return how many bytes of updates the store holds, to see that nothing was added."""
    return sum(len(row.data) for rows in store.rows.values() for row in rows)
