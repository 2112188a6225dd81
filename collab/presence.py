"""Who is where in a notebook: awareness states, stamped by the server.

Speaks the awareness protocol of y-protocols: each client id has a clock and a
state, and a higher clock wins. A client repeats its state every 15 seconds to
say that it is still there, and others forget it after 30.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from collab.frames import MalformedFrame, read_varuint
from collab.wire import Channel, Person, varuint

MAX_BYTES: Final = 8 * 1024
RENEW_AFTER_S: Final = 10.0
"""How soon an unchanged state is worth sending again. Less than the 30 s after which clients forget it."""

_HEADER = bytes((Channel.AWARENESS, 1))
_MAX_CLOCK = 2**31


class PresenceRefusal(Exception):
    """A state that its sender may not have. `client_id` is the one it came under, where that was read."""

    def __init__(self, reason: str, client_id: int | None = None) -> None:
        super().__init__(reason)
        self.client_id = client_id


class _Place(msgspec.Struct, frozen=True, omit_defaults=True):
    client: int
    clock: int


class _RelativePosition(msgspec.Struct, frozen=True, omit_defaults=True):
    type: _Place | None = None
    tname: str | None = None
    item: _Place | None = None
    assoc: int = 0


class _Cursor(msgspec.Struct, frozen=True):
    anchor: _RelativePosition
    head: _RelativePosition


class _State(msgspec.Struct, frozen=True):
    cell: str | None = None
    cursor: _Cursor | None = None
    view: str | None = None


class _StampedState(msgspec.Struct, frozen=True):
    cell: str | None
    cursor: _Cursor | None
    view: str | None
    user: Person


_decoder = msgspec.json.Decoder(_State | None)


@dataclass(slots=True)
class _Known:
    clock: int
    state: bytes
    sent_at: float
    place: tuple[str | None, _Cursor | None]
    moves: int


class Presence:
    """The states of everybody connected to one notebook."""

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}

    def receive(self, frame: bytes, client_id: int, person: Person, now: float) -> bytes | None:
        """Take in an awareness frame of `client_id`; return the frame for everybody else, or None.

        Raises `MalformedFrame`, or `PresenceRefusal` for a state that is under
        another id, too large or of another shape.
        """
        if len(frame) > MAX_BYTES:
            raise PresenceRefusal("The presence message is too large.")
        sender, clock, text = _read(frame)
        # A client's first clock may be 0, which y-protocols takes for "nothing new".
        clock += 1
        if sender != client_id:
            raise PresenceRefusal("Presence can be set only under the connection's own id.", sender)
        try:
            state = _decoder.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise PresenceRefusal("The presence state has another shape than documented.") from error
        known = self._known.get(client_id)
        if known is not None and clock <= known.clock and not (clock == known.clock and state is None):
            return None
        if state is None:
            return self.forget(client_id, clock)
        stamped = msgspec.json.encode(_StampedState(state.cell, state.cursor, state.view, person))
        if known is not None and stamped == known.state and now - known.sent_at < RENEW_AFTER_S:
            known.clock = clock
            return None
        place, moves = (state.cell, state.cursor), 0
        if known is not None:
            moves = known.moves + (place != known.place)
        self._known[client_id] = _Known(clock, stamped, now, place, moves)
        return _frame([(client_id, clock, stamped)])

    def moves(self, client_id: int) -> int:
        """Return how often the person there has gone elsewhere; an open page alone never does."""
        known = self._known.get(client_id)
        return known.moves if known is not None else 0

    def forget(self, client_id: int, clock: int = 0) -> bytes | None:
        """Remove a state; return the frame that tells everybody, or None when there was none."""
        known = self._known.pop(client_id, None)
        if known is None:
            return None
        return _frame([(client_id, max(clock, known.clock + 1), b"null")])

    def everyone(self) -> bytes | None:
        """Return all states as one frame for a newcomer, or None when there are none."""
        if not self._known:
            return None
        return _frame([(client_id, known.clock, known.state) for client_id, known in self._known.items()])


def _read(frame: bytes) -> tuple[int, int, bytes]:
    """Return the client id, clock and state of an awareness frame that holds exactly one."""
    if len(frame) < 3 or frame[1] != 1:
        raise MalformedFrame("not an awareness message")
    length, at = read_varuint(frame, 2)
    if at + length != len(frame):
        raise MalformedFrame("the message has another length than it says")
    count, at = read_varuint(frame, at)
    if count != 1:
        raise PresenceRefusal("A presence message holds exactly one state.")
    client_id, at = read_varuint(frame, at)
    clock, at = read_varuint(frame, at)
    size, at = read_varuint(frame, at)
    if at + size != len(frame) or clock > _MAX_CLOCK:
        raise MalformedFrame("the state has another length than it says")
    return client_id, clock, frame[at:]


def _frame(states: list[tuple[int, int, bytes]]) -> bytes:
    body = bytearray(varuint(len(states)))
    for client_id, clock, state in states:
        body += varuint(client_id) + varuint(clock) + varuint(len(state)) + state
    return _HEADER + varuint(len(body)) + bytes(body)
