"""A room over sockets in memory: opening, writing, acknowledging, resetting, closing."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pycrdt import Doc, Text

from collab.frames import STEP1, STEP2, UPDATE, sync_frame
from collab.hub import Room, RoomClosed
from collab.ids import UserId
from collab.roles import NO_RIGHTS, Capability, Rights, Role, capabilities_of
from collab.runtime import RunEntry
from collab.source import SourceDocument
from collab.store import Document, MemoryStore
from collab.wire import Cmd, Result
from tests.support.clients import Client, fingerprint, settle
from tests.support.room import (
    LIMIT_S,
    NOTEBOOK,
    HeldStore,
    MemorySocket,
    Spawner,
    fill,
    open_room,
    stored_bytes,
    stored_source,
)

CELL = "cell-00000000"
EDITOR = capabilities_of(Role.EDITOR)
VIEWER = capabilities_of(Role.VIEWER)


@pytest.fixture
async def spawn() -> AsyncIterator[Spawner]:
    spawner = Spawner()
    yield spawner
    spawner.kill()
    spawner.check()


@pytest.fixture
async def store() -> HeldStore:
    store = HeldStore()
    fill(store, "one", "two", "three")
    return store


@pytest.fixture
async def room(store: HeldStore, spawn: Spawner) -> AsyncIterator[Room]:
    room = await open_room(store, spawn)
    yield room
    store.gate.set()
    await room.close()


def replica(client: Client, client_id: int) -> SourceDocument:
    """Return a copy of a client's document that writes under another id."""
    doc: Doc[Any] = Doc(client_id=client_id)
    source = SourceDocument(doc)
    doc.apply_update(client.doc.get_update())
    return source


def edit_of(source: SourceDocument, text: str = "hacked") -> bytes:
    """Return the update that sets the first cell's text."""
    updates: list[bytes] = []
    subscription = source.doc.observe(lambda event: updates.append(event.update))
    source.set_source(CELL, text)
    source.doc.unobserve(subscription)
    return updates[0]


# Opening


async def test_hello_names_the_history_the_rights_and_a_fresh_id(room: Room, store: HeldStore) -> None:
    ada = Client("ada", EDITOR)
    connection = await ada.connect(room, greet=False)
    ada.pump()
    (hello,) = ada.of("hello")
    assert hello["user"] == {"id": "ada", "name": "Ada", "color": 1, "guest": False}
    assert hello["rights"] == ["COMMENT", "EDIT", "READ"]
    assert (hello["epoch"], hello["client_id"], hello["seq"]) == ("epoch-1", connection.client_id, 1)
    assert store.clients[NOTEBOOK][connection.client_id] == "ada"


async def test_a_newcomer_gets_all_three_documents(room: Room) -> None:
    room.runtime.begin_run(CELL, RunEntry("r", "u", "Ada", "done"))
    ada = Client("ada", VIEWER)
    await ada.connect(room)
    ada.pump()
    assert ada.texts() == ["one", "two", "three"]
    assert ada.runtime["cells"][CELL]["run"]["state"] == "done"


async def test_only_those_who_may_edit_are_asked_for_their_edits(room: Room) -> None:
    asked = []
    for role in Role:
        client = Client(role, capabilities_of(role))
        await client.connect(room)
        frames = [frame for frame in client.socket.inbox if frame[0] == 0 and frame[2] == STEP1]
        asked += [role] * len(frames)
    assert asked == [Role.EDITOR, Role.COLLABORATOR, Role.ADMIN, Role.OWNER]


async def test_an_id_that_is_taken_is_not_given_again(
    room: Room, store: HeldStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter([1, 1, 4242])
    monkeypatch.setattr("collab.hub.living.new_client_id", lambda: next(numbers))
    assert (await Client("ada").connect(room)).client_id == 4242


async def test_joining_fails_cleanly_when_the_store_does(
    room: Room, store: HeldStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> bool:
        raise OSError("database is locked")

    monkeypatch.setattr(store, "bind_client", refuse)
    with pytest.raises(OSError, match="locked"):
        await Client("ada").connect(room)
    assert room.connections == ()


@pytest.mark.parametrize(
    "frame", [sync_frame(Document.SOURCE, STEP1, b"\x00"), b'\x05{"type":"cmd","id":"1","op":"run"}']
)
async def test_nothing_comes_before_hello(room: Room, frame: bytes) -> None:
    ada = Client("ada")
    await ada.connect(room, greet=False)
    ada.send(frame)
    assert ada.socket.closed is not None
    assert ada.socket.closed[0] == 4400


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\x07",
        b"\x04stream",
        b"\x00",
        b"\x00\x00\x02\x05ab",
        b"\x00\x00\x03\x00",
        b"\x00\x01\x00\x00",
        b"\x00\x00\x00\x05\xff\xff\xff\xff\x0f",
        b"\x00\x00\x00\x02\x01\x05",
        b"\x00\x00\x02" + b"\xff" * 12,
        b"\x03\x01\x09",
        b"\x05{",
        b"\x05\xff",
        b'\x05{"type":"hello"}',
        b'\x05{"type":"other"}',
        b"\x05" + b"[" * 100_000,
        b"\x00" * (1024 * 1024 + 1),
    ],
    ids=lambda frame: repr(frame[:12]),
)
async def test_a_malformed_frame_ends_only_its_own_socket(room: Room, frame: bytes) -> None:
    ada, ben = Client("ada"), Client("ben")
    await ada.connect(room)
    await ben.connect(room)
    await settle(room, ada, ben)
    ada.send(frame)
    assert ada.socket.closed is not None
    assert ada.socket.closed[0] == 4400
    assert ben.socket.closed is None
    ben.source.set_source(CELL, "still works")
    await settle(room, ben)
    assert room.source.source_of(CELL) == "still works"


# Rights


RIGHTS: dict[str, Rights] = {role.value: capabilities_of(role) for role in Role}
RIGHTS["viewer who comments"] = capabilities_of(Role.VIEWER, viewers_comment=True)


@pytest.mark.parametrize("who", RIGHTS)
@pytest.mark.parametrize("kind", [STEP2, UPDATE])
async def test_the_source_is_written_by_those_who_may_edit(
    room: Room, store: HeldStore, who: str, kind: int
) -> None:
    ada, ben = Client("ada", RIGHTS[who]), Client("ben")
    await ada.connect(room)
    await ben.connect(room)
    await settle(room, ada, ben)
    before, stored = fingerprint(room.source), stored_bytes(store)
    ada.write(edit_of(replica(ada, ada.client_id)), kind)
    await settle(room, ada, ben)
    if Capability.EDIT in RIGHTS[who]:
        assert room.source.source_of(CELL) == ben.source.source_of(CELL) == "hacked"
        assert ada.of("reset") == []
        assert ada.acked == ada.sent
    else:
        assert fingerprint(room.source) == fingerprint(ben.source) == before
        assert stored_bytes(store) == stored
        assert [reset["reason"] for reset in ada.of("reset")] == ["You may not edit this notebook."]
        assert ada.texts() == ["one", "two", "three"]


@pytest.mark.parametrize("who", RIGHTS)
@pytest.mark.parametrize("document", [Document.RUNTIME, Document.COMMENTS])
@pytest.mark.parametrize("kind", [STEP2, UPDATE])
async def test_nobody_writes_what_is_the_servers(
    room: Room, store: HeldStore, who: str, document: Document, kind: int
) -> None:
    ada = Client("ada", RIGHTS[who])
    await ada.connect(room)
    await settle(room, ada)
    stored = stored_bytes(store)
    forged: Doc[Any] = Doc(client_id=ada.client_id)
    forged["cells"] = Text("forged")
    ada.send(sync_frame(document, kind, forged.get_update()))
    await settle(room, ada)
    assert len(ada.of("reset")) == 1
    assert stored_bytes(store) == stored
    assert room.runtime.entries() == {}
    assert room.comments.threads() == {}


async def test_another_persons_id_cannot_be_used(room: Room) -> None:
    ada, eve = Client("ada"), Client("eve")
    await ada.connect(room)
    await eve.connect(room)
    await settle(room, ada, eve)
    eve.write(edit_of(replica(eve, ada.client_id)))
    await settle(room, ada, eve)
    assert len(eve.of("reset")) == 1
    assert ada.texts() == eve.texts() == ["one", "two", "three"]
    ada.source.set_source(CELL, "mine")
    await settle(room, ada, eve)
    assert room.source.source_of(CELL) == eve.source.source_of(CELL) == "mine"


async def test_claiming_another_persons_id_in_hello_gives_nothing(room: Room) -> None:
    ada, eve = Client("ada"), Client("eve")
    await ada.connect(room)
    await settle(room, ada)
    eve.unsent_ids.add(ada.client_id)
    await eve.connect(room)
    await settle(room, eve)
    eve.write(edit_of(replica(eve, ada.client_id)))
    await settle(room, ada, eve)
    assert len(eve.of("reset")) == 1
    ada.source.set_source(CELL, "mine")
    await settle(room, ada)
    assert room.source.source_of(CELL) == "mine"


async def test_three_refusals_close_the_socket(room: Room) -> None:
    eve = Client("eve", VIEWER)
    await eve.connect(room)
    for _ in range(3):
        assert eve.socket.closed is None
        eve.write(b"\x00\x00")
        await settle(room, eve)
    assert eve.socket.closed is not None
    assert eve.socket.closed[0] == 4400
    assert len(eve.of("reset")) == 2


async def test_writes_on_their_way_when_a_reset_happens_are_dropped_without_another(room: Room) -> None:
    ada = Client("ada")
    await ada.connect(room)
    await settle(room, ada)
    room.set_rights(ada.user, VIEWER)
    for number in range(10):
        ada.source.set_source(CELL, f"typing on {number}")
    await settle(room, ada)
    assert ada.socket.closed is None
    assert len(ada.of("reset")) == 1
    assert ada.texts() == ["one", "two", "three"] == [cell.source for cell in room.source.cells()]


async def test_a_client_that_begins_again_gets_no_updates_before_it_asks(room: Room) -> None:
    ada, ben = Client("ada"), Client("ben")
    await ada.connect(room)
    await ben.connect(room)
    await settle(room, ada, ben)
    room.set_rights(ada.user, VIEWER)
    ben.source.set_source(CELL, "typed meanwhile")
    await settle(room, ben)
    assert [frame for frame in ada.socket.inbox if frame[0] == 0] == []
    await settle(room, ada, ben)
    assert fingerprint(ada.source) == fingerprint(ben.source)


async def test_asking_before_the_reset_has_come_does_not_end_it(room: Room) -> None:
    eve = Client("eve", VIEWER)
    await eve.connect(room)
    await settle(room, eve)
    eve.write(b"\x00\x00")
    eve.send(sync_frame(Document.SOURCE, STEP1, b"\x00"))
    eve.write(b"\x00\x00")
    assert [frame for frame in eve.socket.inbox if frame[0] == 0] == []
    await settle(room, eve)
    assert len(eve.of("reset")) == 1
    assert eve.texts() == ["one", "two", "three"]


async def test_a_demotion_counts_at_once_and_a_promotion_too(room: Room) -> None:
    ada = Client("ada")
    await ada.connect(room)
    await settle(room, ada)
    before = ada.client_id
    room.set_rights(ada.user, VIEWER)
    await settle(room, ada)
    assert [message["rights"] for message in ada.of("rights")] == [["READ"]]
    assert ada.client_id != before
    room.set_rights(ada.user, EDITOR)
    ada.pump()
    ada.source.set_source(CELL, "again")
    await settle(room, ada)
    assert room.source.source_of(CELL) == "again"


async def test_a_demotion_between_hello_and_hello_also_resets(room: Room) -> None:
    ada = Client("ada")
    await ada.connect(room, greet=False)
    room.set_rights(ada.user, VIEWER)
    await settle(room, ada)
    assert len(ada.of("reset")) == 1


async def test_rights_changed_while_joining_already_count(
    room: Room, store: HeldStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, real = asyncio.Event(), store.bind_client

    async def slow(*args: Any) -> bool:
        await release.wait()
        return await real(*args)

    monkeypatch.setattr(store, "bind_client", slow)
    ada, eve = Client("ada"), Client("eve")
    joining = [asyncio.ensure_future(client.connect(room)) for client in (ada, eve)]
    await asyncio.sleep(0)
    room.set_rights(ada.user, VIEWER)
    room.set_rights(eve.user, NO_RIGHTS)
    release.set()
    await joining[0]
    assert ada.of("hello")[0]["rights"] == ["READ"]
    with pytest.raises(RoomClosed):
        await joining[1]


async def test_losing_read_closes_the_socket_and_others_stay(room: Room) -> None:
    ada, ben = Client("ada"), Client("ben")
    await ada.connect(room)
    await ben.connect(room)
    room.set_rights(ada.user, NO_RIGHTS)
    assert ada.socket.closed is not None
    assert ada.socket.closed[0] == 4403
    assert ben.socket.closed is None
    assert [person.id for person in room.people()] == ["ben"]


async def test_closing_all_uses_the_given_code(room: Room) -> None:
    ada, ben = Client("ada"), Client("ben")
    await ada.connect(room)
    await ben.connect(room)
    room.close_all(4404, "gone")
    assert ada.socket.closed == ben.socket.closed == (4404, "gone")
    assert room.connections == ()


# Histories


async def test_a_client_of_another_history_begins_again(room: Room) -> None:
    ada = Client("ada")
    ada.epoch = "epoch-0"
    with ada.doc.transaction():
        ada.doc["meta"]["title"] = "old history"
    await ada.connect(room)
    await settle(room, ada)
    assert ada.texts() == ["one", "two", "three"]
    assert room.source.metadata() == {}
    ada.source.set_source(CELL, "new history")
    await settle(room, ada)
    assert room.source.source_of(CELL) == "new history"


async def test_writes_of_another_history_are_answered_by_reset(room: Room, store: HeldStore) -> None:
    ada = Client("ada")
    connection = await ada.connect(room, greet=False)
    ada.socket.inbox.clear()
    ada.control(type="hello", epoch="epoch-0", client_ids=[])
    old = SourceDocument(Doc(client_id=connection.client_id))
    old.insert("cell-of-old-days", "code", "never merged")
    stored = stored_bytes(store)
    ada.write(old.doc.get_update(), STEP2)
    await settle(room, ada)
    (reset,) = ada.of("reset")
    assert reset["epoch"] == "epoch-1"
    assert stored_bytes(store) == stored
    assert ada.texts() == ["one", "two", "three"]


# Saving


async def test_nothing_is_acknowledged_before_its_commit(room: Room, store: HeldStore) -> None:
    ada, ben = Client("ada"), Client("ben")
    await ada.connect(room)
    await ben.connect(room)
    await settle(room, ada, ben)
    store.gate.clear()
    ada.source.set_source(CELL, "typed")
    ada.write(b"\x00\x00")
    for _ in range(20):
        await asyncio.sleep(0)
        ada.pump(), ben.pump()
    assert ben.source.source_of(CELL) == "typed", "others see it before it is on disk"
    assert ada.acked == ada.sent - 2
    store.gate.set()
    await settle(room, ada)
    assert ada.acked == ada.sent


async def test_an_edit_is_passed_on_once_to_each_of_the_others_and_not_back(room: Room) -> None:
    ada, ben = Client("ada"), Client("ben")
    await ada.connect(room)
    await ben.connect(room)
    await settle(room, ada, ben)
    ada.source.set_source(CELL, "typed")
    frames = [[frame for frame in client.socket.inbox if frame[0] == 0] for client in (ada, ben)]
    assert [len(each) for each in frames] == [0, 1]


async def test_what_is_passed_on_is_only_what_is_new(room: Room) -> None:
    ada, ben = Client("ada"), Client("ben")
    await ada.connect(room)
    await ben.connect(room)
    await settle(room, ada, ben)
    ada.hold = True
    ada.source.set_source(CELL, "typed")
    ada.held.clear()
    ada.hold = False
    ada.write(ada.doc.get_update())
    (frame,) = [frame for frame in ben.socket.inbox if frame[0] == 0]
    assert len(frame) < 60
    await settle(room, ada, ben)
    assert fingerprint(ada.source) == fingerprint(ben.source)


async def test_edits_made_during_a_commit_share_the_next_one(room: Room, store: HeldStore) -> None:
    ada = Client("ada")
    await ada.connect(room)
    await settle(room, ada)
    store.gate.clear()
    store.reached.clear()
    ada.source.set_source(CELL, "0")
    await asyncio.wait_for(store.reached.wait(), LIMIT_S)
    for number in range(1, 31):
        ada.source.set_source(CELL, str(number))
    room.runtime.set_kernel(state="starting")
    acks = len(ada.of("ack"))
    store.gate.set()
    await settle(room, ada)
    assert store.appends[-2:] == [1, 31]
    assert len(ada.of("ack")) == acks + 2


async def test_empty_and_repeated_updates_are_acknowledged_and_not_stored(
    room: Room, store: HeldStore
) -> None:
    ada = Client("ada")
    await ada.connect(room)
    await settle(room, ada)
    stored = stored_bytes(store)
    ada.write(b"\x00\x00")
    ada.write(ada.doc.get_update(), STEP2)
    await settle(room, ada)
    assert ada.acked == ada.sent == 3
    assert stored_bytes(store) == stored


async def test_a_failing_store_is_tried_again_and_nothing_is_acknowledged_meanwhile(
    room: Room, store: HeldStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collab.hub.writer.FIRST_RETRY_S", 0.001)
    ada = Client("ada")
    await ada.connect(room)
    await settle(room, ada)
    store.failures = 3
    ada.source.set_source(CELL, "kept")
    await asyncio.wait_for(settle(room, ada), LIMIT_S)
    assert store.failures == 0
    assert ada.acked == ada.sent
    assert stored_source(store).source_of(CELL) == "kept"


async def test_a_commit_whose_answer_was_lost_is_not_repeated(
    room: Room, store: HeldStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collab.hub.writer.FIRST_RETRY_S", 0.001)
    ada = Client("ada")
    await ada.connect(room)
    await settle(room, ada)
    store.lose_answers = 1
    ada.source.set_source(CELL, "kept once")
    await asyncio.wait_for(settle(room, ada), LIMIT_S)
    assert ada.acked == ada.sent
    assert [row.seq for row in store.rows[NOTEBOOK, Document.SOURCE]] == [1, 2]


async def test_a_history_written_by_somebody_else_ends_the_room(
    store: HeldStore, spawn: Spawner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collab.hub.writer.FIRST_RETRY_S", 0.001)
    failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    room = await open_room(store, spawn, on_fault=failed.set_result)
    other = await open_room(store, spawn)
    ada, ben = Client("ada"), Client("ben")
    await ada.connect(room)
    await ben.connect(other)
    await settle(other, ben)
    ben.source.set_source(CELL, "other server")
    await settle(other, ben)
    ada.pump()
    ada.source.set_source(CELL, "this server")
    await asyncio.wait_for(failed, LIMIT_S)
    assert ada.acked < ada.sent
    assert ada.socket.closed is not None
    assert ada.socket.closed[0] == 1011
    assert stored_source(store).source_of(CELL) == "other server"
    await other.close()


async def test_a_store_that_takes_nothing_for_too_long_ends_the_room(
    store: HeldStore, spawn: Spawner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collab.hub.writer.MAX_WAITING_BYTES", 100_000)
    failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    room = await open_room(store, spawn, on_fault=failed.set_result)
    ada = Client("ada")
    await ada.connect(room)
    await settle(room, ada)
    store.gate.clear()
    ada.source.set_source(CELL, "a" * 60_000)
    flushing = asyncio.ensure_future(room.flush())
    await asyncio.sleep(0)
    ada.source.set_source(CELL, "b" * 60_000)
    ada.source.set_source(CELL, "c" * 60_000)
    await asyncio.wait_for(failed, LIMIT_S)
    assert ada.socket.closed is not None
    assert ada.socket.closed[0] == 1011
    with pytest.raises(RoomClosed):
        await flushing
    with pytest.raises(RoomClosed):
        await room.flush()
    with pytest.raises(RoomClosed), room.edit():
        pass


async def test_a_change_of_the_server_outside_the_schema_ends_the_room(
    store: HeldStore, spawn: Spawner
) -> None:
    failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    room = await open_room(store, spawn, on_fault=failed.set_result)
    with pytest.raises(ExceptionGroup):
        room.source.doc["cells"]["not-a-cell-00"] = "text"
    await asyncio.wait_for(failed, LIMIT_S)
    assert room.is_closed
    assert stored_source(store).doc["cells"].get("not-a-cell-00") is None


async def test_the_log_becomes_a_snapshot(room: Room, store: HeldStore) -> None:
    ada = Client("ada")
    await ada.connect(room)
    await settle(room, ada)
    for number in range(600):
        ada.source.set_source(CELL, f"print({number})")
    await settle(room, ada)
    assert [document for document, _ in store.compacted] == [Document.SOURCE]
    assert len(store.rows[NOTEBOOK, Document.SOURCE]) < 500
    assert fingerprint(stored_source(store)) == fingerprint(room.source)


async def test_a_large_log_becomes_a_snapshot_before_it_is_long(room: Room, store: HeldStore) -> None:
    ada = Client("ada")
    await ada.connect(room)
    await settle(room, ada)
    for letter in "abcdef":
        ada.source.set_source(CELL, letter * 60_000)
    await settle(room, ada)
    assert store.compacted
    assert fingerprint(stored_source(store)) == fingerprint(room.source)


async def test_everybody_hears_how_far_the_history_is_durable(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collab.hub.room.PERSISTED_EVERY_S", 0.0)
    ada, ben = Client("ada"), Client("ben", VIEWER)
    await ada.connect(room)
    await ben.connect(room)
    await settle(room, ada, ben)
    ada.source.set_source(CELL, "typed")
    await settle(room, ada, ben)
    assert ben.of("persisted")[-1]["seq"] == 2


# The server's own edits


async def test_edits_of_the_server_reach_everybody_and_the_store(room: Room, store: HeldStore) -> None:
    ada = Client("ada", VIEWER)
    await ada.connect(room)
    ada.pump()
    with room.edit(UserId("api-user")):
        room.source.set_source(CELL, "from the server")
        room.runtime.begin_run(CELL, RunEntry("r", "u", "Ada", "queued"))
        room.runtime.update_run(CELL, state="running")
    await settle(room, ada)
    assert ada.source.source_of(CELL) == "from the server"
    assert ada.runtime["cells"][CELL]["run"]["state"] == "running"
    assert store.rows[NOTEBOOK, Document.SOURCE][-1].actor == "api-user"
    assert len(store.rows[NOTEBOOK, Document.RUNTIME]) == 1, "one transaction is one update"
    assert stored_source(store).source_of(CELL) == "from the server"


async def test_a_client_can_build_on_an_edit_of_the_server(room: Room) -> None:
    ada = Client("ada")
    await ada.connect(room)
    await settle(room, ada)
    cell = room.source.insert(None, "code", "made by the server")
    await settle(room, ada)
    ada.source.set_source(cell, "made by the server, changed by ada")
    await settle(room, ada)
    assert room.source.source_of(cell) == "made by the server, changed by ada"


async def test_changes_of_cells_are_reported_with_their_author(store: HeldStore, spawn: Spawner) -> None:
    changes: list[tuple[set[str], str | None]] = []
    room = await open_room(
        store, spawn, on_source_change=lambda cells, user: changes.append((set(cells), user))
    )
    ada = Client("ada")
    await ada.connect(room)
    await settle(room, ada)
    ada.source.set_source(CELL, "typed")
    assert changes == [({CELL}, "ada")]
    ada.source.move(CELL, None)
    ada.source.delete("cell-00000001", 5)
    new = ada.source.insert(None, "code", "")
    with room.edit(UserId("ben")):
        room.source.set_source(new, "from ben")
    await settle(room, ada)
    assert changes[1:] == [({CELL}, "ada"), ({"cell-00000001"}, "ada"), ({new}, "ada"), ({new}, "ben")]
    await room.close()


@pytest.mark.parametrize("pos", ["z" * 30 + "V" * 40, "no key!"])
async def test_places_that_are_too_long_or_bad_are_spaced_again(room: Room, pos: str) -> None:
    ada = Client("ada")
    await ada.connect(room)
    await settle(room, ada)
    ada.doc["cells"][CELL]["pos"] = pos
    order = ada.texts()
    await settle(room, ada)
    if ada.of("reset"):
        pytest.skip("the gate refuses this place")
    assert ada.texts() == order
    assert [cell.pos for cell in room.source.cells()] == ["a0", "a1", "a2"]
    assert fingerprint(ada.source) == fingerprint(room.source)


async def test_two_cells_at_one_place_are_spaced_again(room: Room) -> None:
    ada = Client("ada")
    await ada.connect(room)
    await settle(room, ada)
    ada.doc["cells"]["cell-00000001"]["pos"] = room.source.cells()[0].pos
    await settle(room, ada)
    places = [cell.pos for cell in ada.source.cells()]
    assert len(set(places)) == 3


async def test_commands_come_after_what_was_typed_before_them(store: HeldStore, spawn: Spawner) -> None:
    seen: list[str | None] = []
    room = await open_room(
        store,
        spawn,
        on_command=lambda connection, cmd: (
            seen.append(room.source.source_of(cmd.args["cell_id"])),
            connection.send_control(Result(cmd.id)),
        ),
    )
    ada = Client("ada")
    await ada.connect(room)
    ada.pump()
    ada.source.set_source(CELL, "print(1)")
    ada.control(type="cmd", id="run-1", op="run", args={"cell_id": CELL})
    await settle(room, ada)
    assert seen == ["print(1)"]
    assert ada.of("result") == [{"type": "result", "id": "run-1", "value": {}}]
    await room.close()


async def test_without_commands_a_command_is_an_error(room: Room) -> None:
    ada = Client("ada")
    await ada.connect(room)
    ada.control(type="cmd", id="x", op="run")
    ada.pump()
    assert ada.of("error")[0]["code"] == "no_commands"
    assert isinstance(room.connections[0], object)
    assert Cmd("x", "run").args == {}


# Offline edits


async def test_edits_under_an_older_own_id_are_taken(room: Room) -> None:
    ada, ben = Client("ada"), Client("ben")
    await ada.connect(room)
    await ben.connect(room)
    await settle(room, ada, ben)
    ada.drop()
    ada.source.set_source(CELL, "written in a tunnel")
    ben.source.insert(None, "code", "meanwhile")
    await settle(room, ben)
    await ada.connect(room)
    await settle(room, ada, ben)
    assert ada.of("reset") == []
    assert fingerprint(ada.source) == fingerprint(ben.source) == fingerprint(room.source)
    assert "written in a tunnel" in room.source.cells()[0].source


async def test_an_id_belongs_to_one_live_connection(room: Room) -> None:
    first = Client("ada")
    await first.connect(room)
    await settle(room, first)
    second = Client("ada")
    second.unsent_ids.add(first.client_id)
    await second.connect(room)
    await settle(room, second)
    first.source.set_source(CELL, "under an id that is gone")
    await settle(room, first, second)
    assert len(first.of("reset")) == 1
    assert first.texts() == second.texts() == ["one", "two", "three"]
    first.source.set_source(CELL, "under the new id")
    await settle(room, first, second)
    assert second.source.source_of(CELL) == "under the new id"


# Closing


async def test_closing_commits_what_waits(store: HeldStore, spawn: Spawner) -> None:
    room = await open_room(store, spawn)
    ada = Client("ada")
    await ada.connect(room)
    ada.pump()
    store.gate.clear()
    ada.source.set_source(CELL, "last words")
    closing = asyncio.ensure_future(room.close())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not closing.done()
    store.gate.set()
    await asyncio.wait_for(closing, LIMIT_S)
    assert stored_source(store).source_of(CELL) == "last words"
    assert ada.socket.closed is not None
    with pytest.raises(RoomClosed):
        await Client("ben").connect(room)


async def test_closed_rooms_leave_nothing_behind(spawn: Spawner) -> None:
    store = MemoryStore()
    fill(store, "one")
    left: list[weakref.ref[Any]] = []
    for _ in range(50):
        room = await open_room(store, spawn, on_source_change=lambda cells, user: None)
        client = Client("ada")
        await client.connect(room)
        client.pump()
        client.source.set_source(CELL, "typed")
        left += [weakref.ref(view.doc) for view in (room.source, room.runtime, room.comments)]
        left.append(weakref.ref(room))
        await room.close()
        client.forget()
        del room, client
    spawn.tasks.clear()
    await asyncio.sleep(0)
    gc.collect()
    assert sum(ref() is not None for ref in left) == 0


async def test_an_unknown_notebook_has_no_room(spawn: Spawner) -> None:
    with pytest.raises(KeyError):
        await open_room(MemoryStore(), spawn)


async def test_leaving_twice_does_nothing(room: Room) -> None:
    ada = Client("ada")
    connection = await ada.connect(room)
    connection.leave()
    connection.leave()
    connection.receive(sync_frame(Document.SOURCE, UPDATE, b"\x00\x00"))
    connection.close(4400, "too late")
    assert ada.socket.closed is None
    assert isinstance(ada.socket, MemorySocket)


async def test_the_room_counts_its_living_cells(room: Room) -> None:
    other = room.source.insert(None, "code", "")
    assert room.cell_count == len(room.source.cells()) == 4
    room.source.delete(other, 1)
    room.source.delete(CELL, 2)
    assert room.cell_count == len(room.source.cells()) == 2
    room.source.restore(CELL)
    assert room.cell_count == len(room.source.cells()) == 3
