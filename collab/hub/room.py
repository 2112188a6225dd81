"""What people edit together while it is open: its living documents, and everybody connected to them.

Every change, whoever makes it, takes one way: the document's observer hands
the update to the log and to all who follow that document. Knows documents,
rights and frames; commands are somebody else's, and so is what the documents
mean: `notebook` and `text` say that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from pycrdt import Doc, Subscription

from collab import wire
from collab.frames import STEP1, STEP2, UPDATE, sync_frame
from collab.gate import Gate, GateRefusal
from collab.hub.connection import CLOSE_RIGHTS, CLOSE_TOO_SLOW, Connection, Phase
from collab.hub.living import reserve_client
from collab.hub.outbox import Outbox, Socket, Spawn
from collab.hub.writer import LogWriter, RoomClosed
from collab.ids import UserId
from collab.presence import Presence
from collab.roles import Capability, Rights
from collab.store import Document, DocumentStore, HistoryId, LoadedHistory
from collab.wire import Cmd, Person

SERVER: Final = UserId("server")
"""The owner of the client ids under which the server itself writes."""
CLOSE_GOING_AWAY: Final = 1001
CLOSE_FAULT: Final = 1011
PERSISTED_EVERY_S: Final = 1.0

OnCommand = Callable[[Connection, Cmd], None]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hooks:
    """Whom a room tells. `on_move` hears of people who moved their cursor.

    After `on_fault` the room is of no use: its documents and the stored ones may differ.
    """

    on_command: OnCommand | None = None
    on_left: Callable[[Connection], None] | None = None
    on_fault: Callable[[str], None] | None = None
    on_move: Callable[[Connection], None] | None = None


class LiveRoom:
    """One open thing. `kind` is what people call it; who holds `writes` may write its source document."""

    def __init__(
        self,
        history: HistoryId,
        store: DocumentStore,
        loaded: LoadedHistory,
        docs: Mapping[Document, Doc[Any]],
        gate: Gate,
        *,
        kind: str,
        writes: Capability,
        spawn: Spawn,
        hooks: Hooks,
    ) -> None:
        self.history = history
        self.epoch = loaded.epoch
        self.kind = kind
        self.writes = writes
        self.is_closed = False
        self._loop = asyncio.get_running_loop()
        self._store = store
        self._spawn = spawn
        self._hooks = hooks
        self._connections: dict[Connection, None] = {}
        self._followers: dict[Document, dict[Connection, None]] = {document: {} for document in docs}
        self._unacked: dict[Connection, None] = {}
        self._presence = Presence()
        self._author: Connection | None = None
        self._actor: UserId | None = None
        self._persisted_timer: asyncio.TimerHandle | None = None
        self._docs = docs
        self._gate = gate
        self._subscriptions: dict[Document, Subscription] = {
            document: doc.observe(partial(self._observed, document)) for document, doc in docs.items()
        }
        self._writer = LogWriter(
            history,
            store,
            loaded,
            spawn=spawn,
            encode=lambda document: self._docs[document].get_update(),
            on_durable=self._durable,
            on_fault=self._fail_soon,
        )

    # For whoever says what the documents mean

    def written(self) -> None:
        """A client has changed the source document; its transaction is over."""

    def released(self) -> None:
        """The documents are let go."""

    # For the server

    async def join(self, socket: Socket, person: Person, user: UserId, rights: Rights) -> Connection:
        """Let a socket in: reserve its client id and say hello. Raises `RoomClosed`.

        A change of rights that comes meanwhile already counts.
        """
        if self.is_closed:
            raise RoomClosed
        connection = Connection(self, socket, person, user, rights)
        self._connections[connection] = None
        try:
            earlier = await self._store.clients_of(self.history, user)
            client_id = await reserve_client(self._store, self.history, user)
        except BaseException:
            connection.leave()
            raise
        if connection.is_closed:
            raise RoomClosed
        connection.greet(client_id, earlier)
        return connection

    def people(self) -> list[Person]:
        """Return who is connected, each once, in the order of arrival."""
        present = [one for one in self._connections if one.phase is not Phase.JOINING]
        return list({connection.user: connection.person for connection in present}.values())

    @property
    def connections(self) -> tuple[Connection, ...]:
        """All connections, in the order of arrival."""
        return tuple(self._connections)

    @property
    def durable_seq(self) -> int:
        """The head of the durable history of the source document."""
        return self._writer.durable[Document.SOURCE]

    @property
    def source_seq(self) -> int:
        """The head of the living history of the source document, durable or not."""
        return self._writer.heads[Document.SOURCE]

    @property
    def cannot_save(self) -> bool:
        """Whether what is written now would not be durable soon: the last commit failed."""
        return self._writer.is_failing

    @contextmanager
    def edit(self, actor: UserId | None = None) -> Iterator[None]:
        """Write under the name of `actor`: what changes inside is one update for each document.

        Raises `RoomClosed`. What happens inside must not wait for anything.
        """
        if self.is_closed:
            raise RoomClosed
        before, self._actor = self._actor, actor
        try:
            with ExitStack() as transactions:
                for doc in self._docs.values():
                    transactions.enter_context(doc.transaction())
                yield
        finally:
            self._actor = before

    def set_rights(self, user: UserId, rights: Rights) -> None:
        """Change what a person may do, at once and in all their connections."""
        for connection in self.connections:
            if connection.user != user or connection.rights == rights:
                continue
            lost_edit = self.writes in connection.rights and self.writes not in rights
            connection.rights = rights
            if Capability.READ not in rights:
                connection.close(CLOSE_RIGHTS, f"You may no longer open this {self.kind}.")
            elif connection.phase is not Phase.JOINING:
                connection.send_control(wire.RightsChanged(sorted(rights)))
                if lost_edit:
                    connection.reset(f"You may no longer edit this {self.kind}.")

    def close_all(self, code: int, reason: str = "") -> None:
        """Close every connection."""
        for connection in self.connections:
            connection.close(code, reason)

    def send_control(self, message: wire.ServerMessage, to: Connection | UserId | None = None) -> None:
        """Send a control message to one connection, to all of a person, or to everybody."""
        for connection in self.connections:
            wanted = to is None or to is connection or to == connection.user
            if wanted and connection.phase is not Phase.JOINING:
                connection.send_control(message)

    def stream(self, log_id: str, offset: int, text: bytes) -> None:
        """Show running text to all who follow the runtime document and keep up."""
        frame = wire.stream(log_id, offset, text)
        for connection in self._followers.get(Document.RUNTIME, ()):
            connection.outbox.stream(frame)

    def tell_followers(self, message: wire.ServerMessage) -> bool:
        """Send a control message to all who follow the runtime document and keep up; say if all got it."""
        frame = wire.control(message)
        sent = [each.outbox.stream(frame) for each in tuple(self._followers.get(Document.RUNTIME, ()))]
        return all(sent)

    async def flush(self) -> None:
        """Return when everything so far is durable."""
        await self._writer.flush()

    async def close(self) -> None:
        """Send everybody away, commit what waits, and let the documents go."""
        self.close_all(CLOSE_GOING_AWAY, f"The {self.kind} is closed; open it again.")
        was_closed, self.is_closed = self.is_closed, True
        try:
            await self._writer.close()
        finally:
            if not was_closed:
                self._release()

    # For connections

    def now(self) -> float:
        """Return the time, in seconds that only ever grow."""
        return self._loop.time()

    def outbox_for(self, connection: Connection, socket: Socket) -> Outbox:
        """Return the sending side of a new connection."""
        return Outbox(
            socket,
            self._spawn,
            self._since,
            self._presence.everyone,
            lambda: connection.close(CLOSE_TOO_SLOW, "The connection is too slow for what it asks for."),
        )

    def greeted(self, connection: Connection, claimed: frozenset[int]) -> None:
        """Welcome a connection that has said hello; `claimed` are older ids of the same person."""
        for other in self._connections:
            if other is not connection:
                other.own_ids -= claimed
        connection.own_ids |= claimed
        everyone = self._presence.everyone()
        if everyone is not None:
            connection.outbox.presence(everyone)
        if connection.phase is Phase.OPEN and self.writes in connection.rights:
            # Its answer brings the edits made without a connection; nobody else is ever invited to answer.
            connection.outbox.must(
                sync_frame(Document.SOURCE, STEP1, self._docs[Document.SOURCE].get_state())
            )

    def has(self, document: Document) -> bool:
        """Say whether there is such a document here."""
        return document in self._docs

    def answer(self, connection: Connection, document: Document, state: bytes) -> None:
        """Send what a client with the state vector `state` lacks, and from now on every update."""
        connection.outbox.answer(document, state)
        self._followers[document][connection] = None

    def write(self, connection: Connection, update: bytes) -> None:
        """Take in an update of a client that may write: check, apply, pass on, log, and later acknowledge."""
        try:
            self._gate.check(update, connection.own_ids)
        except GateRefusal as refusal:
            log.info("update refused", extra={"history": self.history, "code": refusal.code})
            connection.refuse(refusal.reason)
            return
        self._author, self._actor = connection, connection.user
        try:
            self._docs[Document.SOURCE].apply_update(update)
        except BaseException:  # also a panic of the library, which is no Exception
            self._fail_soon(f"The {self.kind} could not take a change.")
            raise
        finally:
            self._author = self._actor = None
        connection.wrote(self._writer.ticket)
        if self._writer.durable_ticket >= self._writer.ticket:
            connection.acknowledge(self._writer.durable_ticket)
        else:
            self._unacked[connection] = None
        self.written()

    def present(self, connection: Connection, frame: bytes) -> None:
        """Pass on where somebody is; raises `PresenceRefusal` or `MalformedFrame`."""
        moves = self._presence.moves(connection.client_id)
        out = self._presence.receive(frame, connection.client_id, connection.person, self.now())
        if out is not None:
            self._show_presence(out, connection)
        if self._hooks.on_move is not None and self._presence.moves(connection.client_id) > moves:
            self._hooks.on_move(connection)

    def command(self, connection: Connection, message: Cmd) -> None:
        """Hand a command to whoever executes commands."""
        if self._hooks.on_command is None:
            connection.send_control(wire.Error(message.id, "no_commands", "Nothing can be run here."))
        else:
            self._hooks.on_command(connection, message)

    def begin_reset(self, connection: Connection, reason: str) -> None:
        """Reserve a new id for a connection that is to begin again, then tell it."""
        self._followers[Document.SOURCE].pop(connection, None)
        connection.outbox.forget(Document.SOURCE)
        self._spawn(self._reset(connection, reason), "reset")

    def left(self, connection: Connection) -> None:
        """Forget a connection."""
        self._connections.pop(connection, None)
        self._unacked.pop(connection, None)
        for followers in self._followers.values():
            followers.pop(connection, None)
        self._forget_presence(connection)
        if self._hooks.on_left is not None:
            self._hooks.on_left(connection)

    # Private

    async def _reset(self, connection: Connection, reason: str) -> None:
        client_id = await reserve_client(self._store, self.history, connection.user)
        if not connection.is_closed:
            self._forget_presence(connection)
            connection.finish_reset(client_id, reason)

    def _observed(self, document: Document, event: Any) -> None:
        """Pass on, log and count one update. Runs inside the transaction that made it."""
        update = event.update
        if document is Document.SOURCE and self._author is None:
            self._learn(update)
        self._writer.add(document, update, self._actor)
        followers = self._followers[document]
        if followers:
            frame = sync_frame(document, UPDATE, update)
            for connection in tuple(followers):
                if connection is not self._author:
                    connection.outbox.update(document, frame, event)

    def _learn(self, update: bytes) -> None:
        try:
            self._gate.learn(update)
        except GateRefusal:
            # The document holds it already, and clients would be refused for building on it.
            self._fail_soon("The server made a change that does not fit.")
            raise

    def _since(self, document: Document, state: bytes) -> bytes:
        return sync_frame(document, STEP2, self._docs[document].get_update(state))

    def _show_presence(self, frame: bytes, author: Connection | None = None) -> None:
        for connection in self._connections:
            if connection is not author and connection.phase not in (Phase.JOINING, Phase.GREETED):
                connection.outbox.presence(frame)

    def _forget_presence(self, connection: Connection) -> None:
        frame = self._presence.forget(connection.client_id)
        if frame is not None:
            self._show_presence(frame, connection)

    def _durable(self, ticket: int) -> None:
        for connection in list(self._unacked):
            if connection.acknowledge(ticket):
                self._unacked.pop(connection, None)
        if self._persisted_timer is None and self._connections:
            self._persisted_timer = self._loop.call_later(PERSISTED_EVERY_S, self._tell_persisted)

    def _tell_persisted(self) -> None:
        self._persisted_timer = None
        self.send_control(wire.Persisted(self.durable_seq))

    def _fail_soon(self, reason: str) -> None:
        self._loop.call_soon(self._fail, reason)

    def _fail(self, reason: str) -> None:
        """Give the room up: what is in memory may not be what is stored."""
        if self.is_closed:
            return
        log.error("room failed: %s", reason, extra={"history": self.history})
        self.is_closed = True
        self._writer.abandon()
        self.close_all(CLOSE_FAULT, f"{reason} Open it again.")
        self._release()
        if self._hooks.on_fault is not None:
            self._hooks.on_fault(reason)

    def _release(self) -> None:
        # Without this each closed room would stay in memory: the library and the callbacks hold each other.
        if self._persisted_timer is not None:
            self._persisted_timer.cancel()
        self.released()
        for document, subscription in self._subscriptions.items():
            self._docs[document].unobserve(subscription)
        self._subscriptions.clear()
        self._gate.close()
