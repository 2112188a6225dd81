"""One person's socket into a room: reads its frames and keeps what is theirs.

Holds no documents; what a frame means for them is the room's to say.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

import msgspec

from collab import wire
from collab.frames import EMPTY_STATE, STEP1, MalformedFrame, check_state_vector, read_sync
from collab.hub.outbox import Socket
from collab.ids import ClientId, UserId
from collab.presence import PresenceRefusal
from collab.roles import Rights
from collab.store import Document
from collab.wire import MAX_FRAME_BYTES, Channel, Cmd, Person

if TYPE_CHECKING:
    from collab.hub.room import LiveRoom

MAX_REFUSALS: Final = 3
MAX_ASKS: Final = 100
"""How often a connection may ask for documents in `ASKS_WITHIN_S`: five bytes may cost megabytes."""
ASKS_WITHIN_S: Final = 10.0
CLOSE_VIOLATION: Final = 4400
CLOSE_SESSION: Final = 4401
CLOSE_RIGHTS: Final = 4403
CLOSE_GONE: Final = 4404
CLOSE_TOO_SLOW: Final = 4408

_DOCUMENTS = {
    Channel.SOURCE: Document.SOURCE,
    Channel.RUNTIME: Document.RUNTIME,
    Channel.COMMENTS: Document.COMMENTS,
}


class Phase(Enum):
    """How far a connection is.

    `STRANGE` holds another history. `REFUSED` waits for a new id to begin
    again with, and `RESET` has been told it.
    """

    JOINING = auto()
    GREETED = auto()
    OPEN = auto()
    STRANGE = auto()
    REFUSED = auto()
    RESET = auto()
    CLOSED = auto()


class Connection:
    """A socket that has joined a room. `client_id` is the Yjs id it writes and is present under."""

    def __init__(self, room: LiveRoom, socket: Socket, person: Person, user: UserId, rights: Rights) -> None:
        self.person = person
        self.user = user
        self.rights = rights
        self.client_id = ClientId(0)
        self.own_ids: frozenset[int] = frozenset()
        self.earlier_ids: frozenset[int] = frozenset()
        self.phase = Phase.JOINING
        self.refusals = 0
        self._room = room
        self._socket = socket
        self._retired_ids: set[int] = set()
        self._due_reset: str | None = None
        self._writes = 0
        self._unacked: deque[tuple[int, int]] = deque()
        self._asks = 0
        self._asks_since = 0.0
        self.outbox = room.outbox_for(self, socket)

    @property
    def is_closed(self) -> bool:
        """Whether the connection has left the room."""
        return self.phase is Phase.CLOSED

    def receive(self, frame: bytes) -> None:
        """Take in one frame. A frame of the wrong form ends this connection and nothing else."""
        if self.phase is Phase.CLOSED:
            return
        if not frame or len(frame) > MAX_FRAME_BYTES:
            self.close(CLOSE_VIOLATION, "A frame holds at least one byte and at most 1 MiB.")
            return
        try:
            self._receive(frame)
        except MalformedFrame as error:
            self.close(CLOSE_VIOLATION, f"The frame could not be read: {error}.")

    def send_control(self, message: wire.ServerMessage) -> None:
        """Send a control message; it is never dropped, only delayed."""
        if self.phase is not Phase.CLOSED:
            self.outbox.control(message)

    def close(self, code: int, reason: str) -> None:
        """Leave the room and close the socket."""
        if self.phase is not Phase.CLOSED:
            self.leave()
            self._socket.close(code, reason)

    def leave(self) -> None:
        """Leave the room, because the socket is closed. Doing it again does nothing."""
        if self.phase is not Phase.CLOSED:
            self.phase = Phase.CLOSED
            self._unacked.clear()
            self.outbox.close()
            self._room.left(self)

    # For the room

    def greet(self, client_id: ClientId, earlier_ids: frozenset[int]) -> None:
        """Take up the reserved id and say hello."""
        self.client_id = client_id
        self.own_ids = frozenset((client_id,))
        self.earlier_ids = earlier_ids
        self.phase = Phase.GREETED
        hello = wire.Hello(
            self.person, sorted(self.rights), self._room.epoch, client_id, self._room.durable_seq
        )
        self.send_control(hello)

    def wrote(self, ticket: int) -> None:
        """Note that everything written so far is committed once `ticket` is."""
        self._unacked.append((ticket, self._writes))

    def acknowledge(self, durable_ticket: int) -> bool:
        """Acknowledge what is committed; say whether nothing waits any more."""
        last = 0
        while self._unacked and self._unacked[0][0] <= durable_ticket:
            last = self._unacked.popleft()[1]
        if last:
            self.send_control(wire.Ack(last))
        return not self._unacked

    def refuse(self, reason: str) -> None:
        """Answer a write that is not taken: count it, and have the client begin again."""
        self.refusals += 1
        if self.refusals >= MAX_REFUSALS:
            self.close(CLOSE_VIOLATION, reason)
        else:
            self.reset(reason)

    def reset(self, reason: str) -> None:
        """Drop all further writes until the client has begun again with an empty document and a new id."""
        if self.phase is Phase.GREETED:
            self._due_reset = reason
        elif self.phase in (Phase.OPEN, Phase.STRANGE):
            self.phase = Phase.REFUSED
            self._room.begin_reset(self, reason)

    def finish_reset(self, client_id: ClientId, reason: str) -> None:
        """Take up the new id and tell the client."""
        self._retired_ids.add(self.client_id)
        self.phase = Phase.RESET
        self.client_id = client_id
        self.own_ids = frozenset((client_id,))
        self.send_control(wire.Reset(reason, client_id, self._room.epoch))

    # Frames

    def _receive(self, frame: bytes) -> None:
        channel = frame[0]
        if channel == Channel.CONTROL:
            self._control(frame)
        elif self.phase is Phase.GREETED:
            self.close(CLOSE_VIOLATION, "Say hello before anything else.")
        elif channel == Channel.SOURCE:
            self._source(frame)
        elif channel in _DOCUMENTS and self._room.has(_DOCUMENTS[Channel(channel)]):
            kind, data = read_sync(frame)
            if kind == STEP1:
                check_state_vector(data)
                self._count_ask()
                self._room.answer(self, _DOCUMENTS[Channel(channel)], data)
            else:
                self._writes += 1
                self.refuse("This document is written by the server alone.")
        elif channel == Channel.AWARENESS:
            self._presence(frame)
        else:
            self.close(CLOSE_VIOLATION, "Clients send nothing on this channel.")

    def _source(self, frame: bytes) -> None:
        kind, data = read_sync(frame)
        if kind == STEP1:
            check_state_vector(data)
            self._count_ask()
            self._ask_source(data)
            return
        self._writes += 1
        if self.phase is Phase.OPEN:
            if self._room.writes in self.rights:
                self._room.write(self, data)
            else:
                self.refuse(f"You may not edit this {self._room.kind}.")
        elif self.phase is Phase.STRANGE:
            self.refuse(f"The {self._room.kind} has another history now.")

    def _count_ask(self) -> None:
        now = self._room.now()
        if now - self._asks_since > ASKS_WITHIN_S:
            self._asks, self._asks_since = 0, now
        self._asks += 1
        if self._asks > MAX_ASKS:
            raise MalformedFrame("the documents are asked for too often")

    def _ask_source(self, state: bytes) -> None:
        if self.phase is not Phase.OPEN:
            # Only an empty document has left the refused or foreign state behind.
            if state != EMPTY_STATE:
                self.reset(f"The {self._room.kind} has another history now.")
                return
            if self.phase is Phase.REFUSED:
                return
            self.phase = Phase.OPEN
        self._room.answer(self, Document.SOURCE, state)

    def _presence(self, frame: bytes) -> None:
        try:
            self._room.present(self, frame)
        except PresenceRefusal as refusal:
            if refusal.client_id in self._retired_ids:
                return  # sent before the client was told its new id
            self.refusals += 1
            if self.refusals >= MAX_REFUSALS:
                self.close(CLOSE_VIOLATION, str(refusal))
            else:
                self.send_control(wire.Error(None, "bad_presence", str(refusal)))

    def _control(self, frame: bytes) -> None:
        try:
            message = wire.parse_control(memoryview(frame)[1:])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedFrame("not a control message") from error
        if isinstance(message, Cmd):
            if self.phase is Phase.GREETED:
                self.close(CLOSE_VIOLATION, "Say hello before anything else.")
            else:
                self._room.command(self, message)
        elif self.phase is not Phase.GREETED:
            self.close(CLOSE_VIOLATION, "Hello is said once.")
        else:
            self.phase = Phase.STRANGE if message.epoch not in (None, self._room.epoch) else Phase.OPEN
            self._room.greeted(self, self.earlier_ids.intersection(message.client_ids))
            if self._due_reset is not None:
                self.reset(self._due_reset)
