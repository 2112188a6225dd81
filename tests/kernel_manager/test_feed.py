"""The supervisor's door with a real journal and no kernel: slow readers, late ones, and large entries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from kernel_manager.client import SupervisorClient
from kernel_manager.engines.base import Endpoint
from kernel_manager.reports import Finished, Message
from kernel_manager.supervisor import wire
from kernel_manager.supervisor.journal import Journal
from kernel_manager.supervisor.listener import Door, listen
from kernel_manager.supervisor.service import Supervisor
from kernel_manager.supervisor.wire import FRAME_LIMIT, FinishedBody, MessageBody
from tests.support.kernels import TOKEN, Reports

MIB = 1024 * 1024
UNSENT_LIMIT = 16 * MIB
"""What the system's sockets and a few batches may hold of a reader that does not read."""


@dataclass
class Desk:
    """As much of a supervisor as its door asks for."""

    journal: Journal
    door: Door
    hello: wire.Hello
    begun: int = 0

    def attached(self, since: int) -> None:
        pass

    def begin(self) -> None:
        self.begun += 1

    async def perform(self, command: wire.Command) -> str | None:
        if isinstance(command, wire.Acknowledge):
            self.journal.acknowledge(command.seq)
        return None

    def say(self, size: int, count: int = 1) -> None:
        """Put out `count` displays of `size` bytes."""
        for _ in range(count):
            content = b'{"data": "' + b"x" * size + b'"}'
            self.journal.append(1, wire.encode(MessageBody("a", "display_data", content)), vital=False)
        self.door.journal_grew()

    def end(self) -> None:
        self.journal.append(1, wire.encode(FinishedBody("a", "ok", 1.0)), vital=True)
        self.door.journal_grew()

    async def attach(self, port: int, reports: Reports, *, fence: int = 1, since: int = 0) -> Any:
        endpoint = Endpoint("127.0.0.1", port)
        return await SupervisorClient.attach(endpoint, TOKEN, fence, since, reports.take)


def files_in(folder: Path) -> list[Path]:
    return list(folder.glob("*.seg"))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[tuple[Desk, int]]:
    door = Door(TOKEN)
    journal = Journal(tmp_path, cap_bytes=256 * MIB, memory_bytes=4 * MIB, segment_bytes=MIB)
    desk = Desk(journal, door, wire.Hello(1, "ready", 0))
    door.supervisor = cast(Supervisor, desk)
    server, port = listen(door, "127.0.0.1")
    yield desk, port
    server.stop()
    await server.close_all_connections()
    for task in door.tasks:
        task.cancel()
    journal.close()


async def test_who_does_not_read_is_not_fed_and_reads_on_where_it_stopped(desk: tuple[Desk, int]) -> None:
    here, port = desk
    head = (
        "GET /kernel HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: Bearer {TOKEN}\r\nX-Fence: 1\r\nX-Since: 0\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(head.encode())
    await reader.readuntil(b"\r\n\r\n")
    here.say(100_000, 400)
    async with asyncio.timeout(10):
        fed, rounds = -1, 0
        while here.door.writer is None or fed < here.door.writer.since or rounds < 50:
            rounds = rounds + 1 if here.door.writer and fed == here.door.writer.since else 0
            fed = here.door.writer.since if here.door.writer else -1
            await asyncio.sleep(0)
    assert 0 < fed * 100_000 <= UNSENT_LIMIT
    assert here.journal._in_memory <= 5 * MIB, "the rest waits in files"
    writer.close()
    late = Reports()
    client = await here.attach(port, late, fence=2, since=fed)
    await late.until(lambda: len(late.of(Message)) == 400 - fed)
    assert late.seqs() == list(range(fed + 1, 401))
    await client.close()


async def test_what_is_larger_than_a_frame_travels_in_parts_and_arrives_whole(
    desk: tuple[Desk, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, port = desk
    sent: list[bytes] = []
    really = wire.batch_frames

    def kept(entries: Any) -> Any:
        for frame in really(entries):
            sent.append(frame)
            yield frame

    monkeypatch.setattr(wire, "batch_frames", kept)
    reports = Reports()
    client = await here.attach(port, reports)
    for size in (FRAME_LIMIT - 100, FRAME_LIMIT, 5 * FRAME_LIMIT + 1, 10):
        here.say(size)
    here.end()
    await reports.finished("a")
    assert [len(each.content["data"]) for each in reports.of(Message)] == [
        FRAME_LIMIT - 100, FRAME_LIMIT, 5 * FRAME_LIMIT + 1, 10,
    ]  # fmt: skip
    assert max(map(len, sent)) <= FRAME_LIMIT
    assert {frame[:1] for frame in sent} == {wire.PART, wire.LAST, wire.BATCH}
    await client.close()


async def test_what_the_server_has_safe_leaves_memory_and_disk_and_the_next_reads_only_the_rest(
    desk: tuple[Desk, int], tmp_path: Path
) -> None:
    here, port = desk
    reports = Reports()
    client = await here.attach(port, reports)
    here.say(100_000, 120)
    here.end()
    ended = await reports.finished("a")
    segments = len(files_in(tmp_path))
    assert segments >= 6
    client.acknowledge(ended.seq // 2)
    await client.interrupt()  # answered after the acknowledgement was taken in
    assert 0 < len(files_in(tmp_path)) < segments
    client.acknowledge(ended.seq)
    await client.interrupt()
    assert (files_in(tmp_path), here.journal.size) == ([], 0)
    here.end()
    await reports.until(lambda: len(reports.of(Finished)) == 2)
    await client.close()
    late = Reports()
    second = await here.attach(port, late, fence=2)
    await late.finished("a")
    assert late.seqs() == [ended.seq + 1]
    await second.close()


async def test_a_life_begins_once_with_the_first_server_that_wants_the_kernel(desk: tuple[Desk, int]) -> None:
    here, port = desk
    for fence in (0, 0, 1, 1, 2):
        client = await here.attach(port, Reports(), fence=fence)
        await client.close()
        assert here.begun == min(fence, 1)
