"""What one edit costs a room alone: sockets and store in memory, so no web server and no database.

`python -m benchmarks.room [people] [edits] [edits a second]` prints the
processor time of the whole process for each edit (receive, gate, apply, fan
out, log, acknowledge, and about 50 µs of the client that makes the edit), and
how long it takes until the last of the others has it.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Coroutine
from functools import partial
from typing import Any

from pycrdt import Doc

from collab.frames import UPDATE, sync_frame
from collab.hub import Room
from collab.ids import NotebookId, UserId
from collab.roles import Role, capabilities_of
from collab.source import CellContent, SourceDocument
from collab.store import Document, MemoryStore, StoredUpdate
from collab.wire import Person

NOTEBOOK = NotebookId("bench")
HELLO = b'\x05{"type":"hello","epoch":null,"client_ids":[]}'


class Sink:
    """A socket that takes everything and keeps the time of the last frame."""

    pending_bytes = 0

    def __init__(self) -> None:
        self.frames = 0
        self.last = 0.0
        self.kept: list[bytes] | None = []

    def send(self, frame: bytes) -> None:
        self.frames += 1
        self.last = time.perf_counter()
        if self.kept is not None:
            self.kept.append(frame)

    async def drained(self) -> None:
        return

    def close(self, code: int, reason: str) -> None:
        raise SystemExit(f"closed: {code} {reason}")


def spawn(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    return asyncio.get_running_loop().create_task(work, name=name)


def record(updates: list[bytes], event: Any) -> None:
    updates.append(event.update)


async def main(people: int, edits: int, edits_per_s: int) -> None:
    store = MemoryStore()
    store.create(NOTEBOOK, "epoch")
    seed: Doc[Any] = Doc(client_id=1)
    SourceDocument(seed).populate(
        CellContent(f"cell-{number:08}", "code", "print('hello')\n" * 10) for number in range(200)
    )
    store.rows[NOTEBOOK, Document.SOURCE] = [StoredUpdate(Document.SOURCE, 1, seed.get_update())]
    room = await Room.open(NOTEBOOK, store, spawn=spawn, on_source_change=lambda cells, user: None)
    sinks, writers = [], []
    for number in range(people):
        sink, user = Sink(), f"person-{number}"
        connection = await room.join(
            sink, Person(user, user, 0), UserId(user), capabilities_of(Role.COLLABORATOR)
        )
        connection.receive(HELLO)
        connection.receive(b"\x00\x00\x00\x01\x00")
        sink.kept = None
        doc: Doc[Any] = Doc(client_id=connection.client_id)
        source = SourceDocument(doc)
        doc.apply_update(seed.get_update())
        updates: list[bytes] = []
        subscription = doc.observe(partial(record, updates))
        writers.append((connection, source, updates, subscription))
        sinks.append(sink)
    texts = [writer[1].doc["cells"][f"cell-{n % 200:08}"]["source"] for n, writer in enumerate(writers)]
    delays: list[float] = []
    begun, used = time.perf_counter(), time.process_time()
    for number in range(edits):
        due = begun + number / edits_per_s
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        connection, _, updates, _ = writers[number % people]
        texts[number % people].insert(0, "x")
        frame = sync_frame(Document.SOURCE, UPDATE, updates.pop())
        started = time.perf_counter()
        connection.receive(frame)
        await room.flush()
        delays.append(max(sink.last for sink in sinks) - started)
    used = time.process_time() - used
    delays.sort()
    print(
        f"{people} people, {edits} edits: {used / edits * 1e6:.0f} µs of processor time an edit; "
        f"to the last of the others p50 {delays[edits // 2] * 1e3:.2f} ms, "
        f"p99 {delays[edits * 99 // 100] * 1e3:.2f} ms; {sum(s.frames for s in sinks)} frames"
    )
    for connection, source, _, subscription in writers:
        source.doc.unobserve(subscription)
        connection.leave()
    await room.close()


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    asyncio.run(main(*(numbers + [50, 400, 20][len(numbers) :])))
