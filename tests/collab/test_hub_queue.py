"""Presence in a room, running text, and readers that are slow or never read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from collab.hub import Room
from collab.hub.outbox import MAX_BYTES, MAX_FRAMES, MAX_STREAM_BYTES
from collab.roles import Role, capabilities_of
from collab.runtime import RunEntry
from collab.wire import Result
from tests.support.clients import Client, fingerprint, settle
from tests.support.room import MemoryStore, Spawner, fill, open_room

CELL = "cell-00000000"
HERE = {"cell": CELL, "cursor": None, "view": CELL}


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    store, spawn = MemoryStore(), Spawner()
    fill(store, "one", "two", "three")
    room = await open_room(store, spawn)
    yield room
    await room.close()
    spawn.kill()
    spawn.check()


async def joined(room: Room, *names: str) -> list[Client]:
    clients = [Client(name) for name in names]
    for client in clients:
        await client.connect(room)
    await settle(room, *clients)
    return clients


def storm(client: Client, megabytes: int) -> None:
    """Write more than any queue holds, in edits that replace each other."""
    for number in range(megabytes * 4):
        client.source.set_source(CELL, chr(97 + number % 26) * 250_000)


# Presence


async def test_people_see_each_other_come_move_and_go(room: Room) -> None:
    ada, ben = await joined(room, "ada", "ben")
    ada.be_at(1, HERE)
    await settle(room, ada, ben)
    assert ben.presence[ada.client_id][1]["user"]["name"] == "Ada"
    assert ada.presence == {}, "nobody is told about themselves"
    (cem,) = await joined(room, "cem")
    assert cem.presence[ada.client_id][1]["cell"] == CELL
    ada.drop()
    await settle(room, ben, cem)
    assert ben.presence[ada.client_id] == cem.presence[ada.client_id] == (3, None)


async def test_presence_under_another_id_or_too_large_changes_nothing(room: Room) -> None:
    ada, eve = await joined(room, "ada", "eve")
    eve.be_at(99, HERE, client_id=ada.client_id)
    eve.be_at(1, HERE | {"extra": "x" * 9000})
    await settle(room, ada, eve)
    assert [error["code"] for error in eve.of("error")] == ["bad_presence", "bad_presence"]
    assert ada.presence == {}
    eve.be_at(99, HERE, client_id=ada.client_id)
    assert eve.socket.closed is not None
    assert eve.socket.closed[0] == 4400


async def test_presence_follows_the_new_id_after_a_reset(room: Room) -> None:
    ada, ben = await joined(room, "ada", "ben")
    ada.be_at(1, HERE)
    old = ada.client_id
    room.set_rights(ada.user, capabilities_of(Role.VIEWER))
    await settle(room, ben)
    ada.be_at(2, HERE | {"cell": None}, client_id=old)
    await settle(room, ada, ben)
    assert ada.of("error") == []
    assert ben.presence[old][1] is None
    ada.be_at(1, HERE)
    await settle(room, ben)
    assert ben.presence[ada.client_id][1]["cell"] == CELL


async def test_each_person_is_listed_once(room: Room) -> None:
    await joined(room, "ada", "ben", "ada")
    assert [person.id for person in room.people()] == ["ada", "ben"]


# Running text


async def test_running_text_goes_to_those_who_follow_the_runtime(room: Room) -> None:
    (ada,) = await joined(room, "ada")
    ben = Client("ben")
    await ben.connect(room, greet=False)
    room.stream("log-1", 0, b"hello")
    ada.pump(), ben.pump()
    assert ada.streams == [b"\x04\x05log-1\x00hello"]
    assert ben.streams == []


async def test_running_text_stops_for_a_slow_reader_before_typing_does(room: Room) -> None:
    ada, ben = await joined(room, "ada", "ben")
    ada.socket.stop_reading()
    for number in range(200):
        room.stream("log-1", number * 64_000, b"x" * 64_000)
    assert ada.socket.pending_bytes <= MAX_STREAM_BYTES
    ben.source.set_source(CELL, "typed during the flood")
    ada.socket.read_on()
    ada.pump()
    assert ada.source.source_of(CELL) == "typed during the flood"


# Slow readers


async def test_a_reader_that_never_reads_costs_bounded_memory_and_nobody_notices(room: Room) -> None:
    ada, ben, sloth = await joined(room, "ada", "ben", "sloth")
    sloth.socket.stop_reading()
    storm(ada, 12)
    for number in range(3000):
        room.runtime.set_kernel(epoch=number)
    await settle(room, ada, ben)
    assert ben.source.source_of(CELL) == ada.source.source_of(CELL)
    assert ada.acked == ada.sent
    assert sloth.socket.most_pending <= MAX_BYTES + 300_000
    assert sloth.connection is not None
    assert sloth.connection.outbox.is_congested
    assert sloth.connection.outbox.held_bytes < 100_000


async def test_many_small_frames_are_bounded_too(room: Room) -> None:
    ada, sloth = await joined(room, "ada", "sloth")
    sloth.socket.stop_reading()
    for number in range(3 * MAX_FRAMES):
        ada.source.set_source(CELL, str(number))
    assert sloth.socket.stuck_frames <= MAX_FRAMES


@pytest.mark.parametrize("rounds", [1, 3])
async def test_a_slow_reader_has_everything_once_it_reads_again(room: Room, rounds: int) -> None:
    ada, sloth = await joined(room, "ada", "sloth")
    for number in range(rounds):
        sloth.socket.stop_reading()
        storm(ada, 8)
        ada.source.insert(None, "code", f"new {number}")
        ada.source.move(CELL, None)
        ada.source.delete(ada.source.insert(None, "raw", "brief"), 1)
        room.runtime.begin_run(CELL, RunEntry(f"run-{number}", "u", "Ada", "done"))
        ada.be_at(number + 1, HERE | {"view": str(number)})
        await settle(room, ada)
        assert fingerprint(sloth.source) != fingerprint(room.source)
        sloth.socket.read_on()
        await settle(room, ada, sloth)
        assert fingerprint(sloth.source) == fingerprint(ada.source) == fingerprint(room.source)
        assert sloth.runtime["cells"][CELL]["run"]["run"] == f"run-{number}"
        assert sloth.presence[ada.client_id][1]["view"] == str(number)
    ada.source.set_source(CELL, "and goes on as usual")
    await settle(room, ada, sloth)
    assert sloth.source.source_of(CELL) == "and goes on as usual"


async def test_a_slow_reader_can_itself_write_meanwhile(room: Room) -> None:
    ada, sloth = await joined(room, "ada", "sloth")
    sloth.socket.stop_reading()
    storm(ada, 8)
    sloth.source.insert(None, "code", "from the slow one")
    sloth.ask()
    await settle(room, ada)
    assert ada.texts()[-1] == "from the slow one"
    sloth.socket.read_on()
    await settle(room, ada, sloth)
    assert fingerprint(sloth.source) == fingerprint(room.source)
    assert sloth.acked == sloth.sent


async def test_results_of_commands_wait_for_a_slow_reader_in_order(room: Room) -> None:
    ada, sloth = await joined(room, "ada", "sloth")
    assert sloth.connection is not None
    sloth.socket.stop_reading()
    storm(ada, 8)
    for number in range(500):
        sloth.connection.send_control(Result(str(number)))
    sloth.socket.read_on()
    await settle(room, ada, sloth)
    assert [result["id"] for result in sloth.of("result")] == [str(number) for number in range(500)]


async def test_somebody_who_asks_for_more_than_they_read_is_sent_away(room: Room) -> None:
    ada, sloth = await joined(room, "ada", "sloth")
    assert sloth.connection is not None
    sloth.socket.stop_reading()
    storm(ada, 8)
    for number in range(100):
        sloth.connection.send_control(Result(str(number), {"text": "x" * 60_000}))
    assert sloth.socket.closed is not None
    assert sloth.socket.closed[0] == 4408
    assert [connection.user for connection in room.connections] == ["ada"]


async def test_a_slow_reader_can_leave(room: Room) -> None:
    ada, sloth = await joined(room, "ada", "sloth")
    sloth.socket.stop_reading()
    storm(ada, 8)
    sloth.drop()
    await asyncio.sleep(0)
    ada.source.set_source(CELL, "after")
    await settle(room, ada)
    assert ada.acked == ada.sent
