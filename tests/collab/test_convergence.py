"""Whatever happens between people and a server that crashes: one content, nothing acknowledged lost."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from collab.frames import UPDATE, sync_frame
from collab.hub import Connection, Room
from collab.roles import Role, capabilities_of
from collab.source import END, SourceDocument
from collab.store import Document
from tests.support.clients import Client, fingerprint, settle
from tests.support.room import LIMIT_S, HeldStore, Spawner, fill, open_room, stored_source

pytestmark = pytest.mark.no_cover

T = TypeVar("T")
SCRATCH = "cell-00000000"
MAY_EDIT, MAY_READ = capabilities_of(Role.COLLABORATOR), capabilities_of(Role.VIEWER)
people = st.integers(0, 4)
places = st.integers(0, 20)


@dataclass(frozen=True)
class Written:
    """A token, the frame that carried it, and how often its writer had been reset before."""

    client: Client
    connection: Connection
    frame: int
    resets: int
    token: str


class OneNotebook(RuleBasedStateMachine):
    """Two to five people in one notebook. Every token that is written is unique and never erased."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.store = HeldStore()
        fill(self.store, "scratch", "second", "third")
        self.spawn = Spawner(self.loop)
        self.room: Room = self.run(open_room(self.store, self.spawn))
        self.clients: list[Client] = []
        self.tokens = 0
        self.written: list[Written] = []
        self.saved: set[str] = set()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(work, LIMIT_S))

    @initialize(count=st.integers(2, 5))
    def arrive(self, count: int) -> None:
        self.clients = [Client(f"person-{number}") for number in range(count)]
        for client in self.clients:
            self.run(client.connect(self.room))
        self.run(settle(self.room, *self.clients))

    def somebody(self, number: int) -> Client:
        return self.clients[number % len(self.clients)]

    def writer(self, number: int) -> Client | None:
        client = self.somebody(number)
        return client if client.may_edit and len(client.source.cells()) else None

    def tokens_in(self, source: SourceDocument) -> set[str]:
        cells = [cell for cell in [*source.cells(), *source.bin()] if cell.id != SCRATCH]
        return {token for cell in cells for token in re.findall(r"<\d+>", cell.source)}

    def token(self) -> str:
        self.tokens += 1
        return f"<{self.tokens}>"

    def note(self, client: Client, token: str) -> None:
        if client.connection is not None and client.may_edit and client._synced:
            resets = len(client.of("reset"))
            self.written.append(Written(client, client.connection, client.sent, resets, token))

    # What people do

    @rule(number=people, place=places)
    def insert(self, number: int, place: int) -> None:
        if client := self.writer(number):
            cells = client.source.cells()
            after = [None, END, *(cell.id for cell in cells)][place % (len(cells) + 2)]
            token = self.token()
            client.source.insert(None, "code", token, after=after)
            self.note(client, token)

    @rule(number=people, place=places, at_end=st.booleans())
    def type(self, number: int, place: int, at_end: bool) -> None:
        if client := self.writer(number):
            cells = [cell for cell in client.source.cells() if cell.id != SCRATCH]
            if cells:
                cell, token = cells[place % len(cells)], self.token()
                client.source.set_source(cell.id, cell.source + token if at_end else token + cell.source)
                self.note(client, token)

    @rule(number=people, start=places, length=places, text=st.text(max_size=8))
    def scribble(self, number: int, start: int, length: int, text: str) -> None:
        client = self.writer(number)
        if client is not None and (old := client.source.source_of(SCRATCH)) is not None:
            client.source.set_source(SCRATCH, old[:start] + text + old[start + length :])

    @rule(number=people, place=places, below=places)
    def move(self, number: int, place: int, below: int) -> None:
        if client := self.writer(number):
            cells = client.source.cells()
            after = [None, *(cell.id for cell in cells)][below % (len(cells) + 1)]
            client.source.move(cells[place % len(cells)].id, after)

    @rule(number=people, place=places)
    def delete(self, number: int, place: int) -> None:
        if client := self.writer(number):
            cells = client.source.cells()
            client.source.delete(cells[place % len(cells)].id, place)

    @rule(number=people, place=places)
    def restore(self, number: int, place: int) -> None:
        client = self.somebody(number)
        if client.may_edit and (deleted := client.source.bin()):
            client.source.restore(deleted[place % len(deleted)].id)

    @rule(number=people, place=places, type=st.sampled_from(["code", "markdown", "raw"]), value=places)
    def describe(self, number: int, place: int, type: Any, value: int) -> None:
        if client := self.writer(number):
            cells = client.source.cells()
            client.source.set_type(cells[place % len(cells)].id, type)
            client.source.set_meta(cells[0].id, "nested", [value])
            client.source.set_metadata("title", value)

    @rule(number=people, place=places)
    def everybody_moves_one_cell(self, number: int, place: int) -> None:
        for client in self.clients:
            client.hold = True
        for shift, _ in enumerate(self.clients):
            self.move(shift, number, place + shift)
        for client in self.clients:
            client.release()

    # What the network does

    @rule(number=people)
    def lose_the_connection(self, number: int) -> None:
        self.somebody(number).drop()

    @rule(number=people)
    def connect(self, number: int) -> None:
        client = self.somebody(number)
        if client.connection is None:
            client.rights = MAY_EDIT
            self.run(client.connect(self.room))

    @rule(number=people)
    def read(self, number: int) -> None:
        self.somebody(number).pump()

    @rule(number=people)
    def hold_back(self, number: int) -> None:
        self.somebody(number).hold = True

    @rule(number=people)
    def let_go(self, number: int) -> None:
        self.somebody(number).release()

    @rule(number=people)
    def send_everything_twice(self, number: int) -> None:
        client = self.somebody(number)
        if client.connection is not None and client._synced and client.may_edit:
            client.sent += 1
            client.send(sync_frame(Document.SOURCE, UPDATE, client.doc.get_update()))
            client.ask()

    # What the server does

    @rule(place=places)
    def write_on_the_server(self, place: int) -> None:
        cells = self.room.source.cells()
        if cells:
            with self.room.edit():
                self.room.source.insert(None, "markdown", "by the server", after=cells[place % len(cells)].id)

    @rule(number=people, promote=st.booleans())
    def change_rights(self, number: int, promote: bool) -> None:
        self.room.set_rights(self.somebody(number).user, MAY_EDIT if promote else MAY_READ)

    @rule()
    def let_the_loop_turn(self) -> None:
        self.run(asyncio.sleep(0))

    @rule()
    def let_everything_arrive(self) -> None:
        self.store.gate.set()
        self.run(settle(self.room, *self.clients))

    @precondition(lambda self: self.store.gate.is_set())
    @rule()
    def commits_stall(self) -> None:
        self.store.gate.clear()

    @rule()
    def restart(self) -> None:
        self.store.gate.set()
        self.run(self.room.close())
        self.come_back()

    @rule()
    def crash(self) -> None:
        self.spawn.kill()
        self.run(asyncio.sleep(0))
        self.store.gate.set()
        self.come_back()

    def come_back(self) -> None:
        for client in self.clients:
            self.learn(client)
            client.drop()
        self.spawn = Spawner(self.loop)
        self.room = self.run(open_room(self.store, self.spawn))

    # What must be true

    def learn(self, client: Client) -> None:
        """Remember which tokens the client has been told are saved."""
        for note in self.written:
            still = note.client is client and note.connection is client.connection
            if still and note.frame <= client.acked and note.resets == len(client.of("reset")):
                self.saved.add(note.token)

    @invariant()
    def nothing_acknowledged_is_lost(self) -> None:
        for client in self.clients:
            self.learn(client)
        if self.saved:
            assert self.saved <= self.tokens_in(stored_source(self.store))

    @invariant()
    def nobody_is_sent_away(self) -> None:
        self.spawn.check()
        assert all(client.connection is None or client.socket.closed is None for client in self.clients)

    def teardown(self) -> None:
        self.store.gate.set()
        try:
            if self.clients:
                for client in self.clients:
                    client.release()
                for number in range(len(self.clients)):
                    self.connect(number)
                held = [self.tokens_in(client.source) for client in self.clients]
                resets = [len(client.of("reset")) for client in self.clients]
                self.run(settle(self.room, *self.clients))
                for client, tokens, before in zip(self.clients, held, resets, strict=True):
                    if len(client.of("reset")) == before and client.may_edit:
                        assert tokens <= self.tokens_in(self.room.source), "edits made offline arrive"
                    assert client.texts() == [cell.source for cell in self.room.source.cells()]
                    assert fingerprint(client.source) == fingerprint(self.room.source)
                assert fingerprint(stored_source(self.store)) == fingerprint(self.room.source)
                ids = [cell.id for cell in self.room.source.cells()]
                assert len(ids) == len(set(ids))
                self.nothing_acknowledged_is_lost()
            self.run(self.room.close())
        finally:
            self.spawn.kill()
            self.loop.run_until_complete(asyncio.sleep(0))
            self.loop.close()
            for client in self.clients:
                client.forget()


OneNotebook.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestOneNotebook = OneNotebook.TestCase
