"""What waits for one socket: bounded, whoever reads slowly or not at all.

While the socket keeps up, frames go straight to it. Once it holds too much,
document updates and presence are no longer kept for it; when it has drained,
it gets one sync step 2 of what it lacks. Control messages always wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

from collab import wire
from collab.store import Document

MAX_BYTES: Final = 4 * 1024 * 1024
MAX_FRAMES: Final = 1000
MAX_STREAM_BYTES: Final = 1024 * 1024
"""Above this, running text is dropped first, so that it never crowds out typing."""
MAX_CONTROL_BYTES: Final = 4 * 1024 * 1024

Spawn = Callable[[Coroutine[Any, Any, None], str], "asyncio.Task[None]"]
"""Starts a supervised task under a name."""


class Socket(Protocol):
    """One end of a websocket, as the hub needs it. Nothing here blocks or raises after a close."""

    @property
    def pending_bytes(self) -> int:
        """How many bytes of earlier frames the network has not taken yet."""

    def send(self, frame: bytes) -> object:
        """Hand over one binary frame, in order. What it returns is not awaited."""

    async def drained(self) -> None:
        """Return when the network has taken all earlier frames, or the socket is closed."""

    def close(self, code: int, reason: str) -> None:
        """Close the websocket."""


class Change(Protocol):
    """A transaction of a document, as its observer is told."""

    @property
    def before_state(self) -> bytes:
        """The state vector from before the transaction."""


class Outbox:
    """The sending side of one connection."""

    def __init__(
        self,
        socket: Socket,
        spawn: Spawn,
        since: Callable[[Document, bytes], bytes],
        everyone: Callable[[], bytes | None],
        give_up: Callable[[], None],
    ) -> None:
        """`since` encodes a step 2 frame, `everyone` all presence; `give_up` closes a hopeless connection."""
        self._socket = socket
        self._spawn = spawn
        self._since = since
        self._everyone = everyone
        self._give_up = give_up
        self._frames = 0
        self._lacks: dict[Document, bytes] = {}
        self._lacks_presence = False
        self._controls: deque[bytes] = deque()
        self._control_bytes = 0
        self._latest: dict[type, bytes] = {}
        self._draining: asyncio.Task[None] | None = None

    @property
    def is_congested(self) -> bool:
        """Whether the socket holds so much that updates no longer wait for it."""
        return self._draining is not None

    @property
    def held_bytes(self) -> int:
        """Bytes of control messages that wait here, beside those that the socket holds."""
        return self._control_bytes

    def update(self, document: Document, frame: bytes, event: Change) -> None:
        """Send an update, or remember the state `event` started from."""
        if self._has_room(len(frame)):
            self._socket.send(frame)
        elif document not in self._lacks:
            self._lacks[document] = event.before_state

    def answer(self, document: Document, state: bytes) -> None:
        """Send all that a client with the state vector `state` lacks, now or when the socket has drained."""
        if self._has_room(0):
            self._socket.send(self._since(document, state))
        else:
            self._lacks[document] = state

    def forget(self, document: Document) -> None:
        """Send no more of a document until the client asks again."""
        self._lacks.pop(document, None)

    def presence(self, frame: bytes) -> None:
        """Send presence of others, or all of it later."""
        if self._has_room(len(frame)):
            self._socket.send(frame)
        else:
            self._lacks_presence = True

    def stream(self, frame: bytes) -> bool:
        """Send running text, unless others need the room; clients fetch what they miss. Says if it went."""
        pending = self._socket.pending_bytes
        if self._draining is not None or (pending and pending + len(frame) > MAX_STREAM_BYTES):
            return False
        self._frames += 1
        self._socket.send(frame)
        return True

    def control(self, message: wire.ServerMessage) -> None:
        """Send a control message. None is lost, but of acknowledgements only the last one waits."""
        frame = wire.control(message)
        if self._draining is not None and isinstance(message, wire.Ack | wire.Persisted | wire.Metrics):
            self._latest[type(message)] = frame
        else:
            self.must(frame)

    def must(self, frame: bytes) -> None:
        """Send a frame that is never dropped."""
        if self._draining is None:
            self._socket.send(frame)
            return
        self._controls.append(frame)
        self._control_bytes += len(frame)
        if self._control_bytes > MAX_CONTROL_BYTES:
            self._give_up()

    def close(self) -> None:
        """Stop waiting and drop what waits."""
        if self._draining is not None:
            self._draining.cancel()
            self._draining = None
        self._controls.clear()
        self._lacks.clear()
        self._latest.clear()
        self._control_bytes = 0

    def _has_room(self, size: int) -> bool:
        if self._draining is not None:
            return False
        pending = self._socket.pending_bytes
        if pending == 0:
            self._frames = 1
            return True
        self._frames += 1
        if pending + size <= MAX_BYTES and self._frames <= MAX_FRAMES:
            return True
        self._draining = self._spawn(self._drain(), "slow reader")
        return False

    async def _drain(self) -> None:
        await self._socket.drained()
        self._draining = None
        self._frames = 0
        controls, self._controls, self._control_bytes = self._controls, deque(), 0
        latest, self._latest = self._latest, {}
        for frame in (*controls, *latest.values()):
            self._socket.send(frame)
        lacks, self._lacks = self._lacks, {}
        for document, state in lacks.items():
            self._socket.send(self._since(document, state))
        if self._lacks_presence:
            self._lacks_presence = False
            everyone = self._everyone()
            if everyone is not None:
                self._socket.send(everyone)
