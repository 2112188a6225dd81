"""Writing websocket frames to a stream, many times a second and to many people.

Tornado's `write_message` costs a future and a task for each frame, which is
most of what passing on a keystroke to fifty people costs. A frame that the
kernel takes at once needs neither. Knows bytes and streams, no documents.
"""

from __future__ import annotations

import asyncio
import struct
from typing import Any, Final, Protocol

from tornado.iostream import IOStream, StreamClosedError

_BINARY: Final = 0x82
"""The first byte of a binary message that is one whole frame."""
_TEXT: Final = 0x81


class Ends(Protocol):
    """What says whether a websocket is on its way out."""

    def is_closing(self) -> bool:
        """Whether either side has said goodbye: no data frame may follow."""


class FrameSender:
    """The sending side of one websocket without compression, whose frames stay in order.

    `pending_bytes` counts what the kernel has not taken yet. Sending to a
    closed websocket does nothing; its reader is who notices the end.
    """

    def __init__(self, stream: IOStream, websocket: Ends) -> None:
        self.pending_bytes = 0
        self._stream = stream
        self._websocket = websocket
        self._drained = asyncio.Event()
        self._drained.set()

    def send(self, frame: bytes, *, is_text: bool = False) -> None:
        """Send one message, at once where the kernel takes it; a text one holds UTF-8."""
        if self._websocket.is_closing():
            return
        data = _head(len(frame), _TEXT if is_text else _BINARY) + frame
        sent = 0 if self._stream.writing() else self._offer(data)
        if sent < len(data):
            self._wait(memoryview(data)[sent:])

    async def drained(self) -> None:
        """Return when the kernel has taken all frames, or the websocket is closed."""
        await self._drained.wait()

    def closed(self) -> None:
        """Release whoever waits for a websocket that is closed."""
        self._drained.set()

    def _offer(self, data: bytes) -> int:
        try:
            return self._stream.socket.send(data)
        except OSError:  # full, or broken, which the stream finds out for itself
            return 0

    def _wait(self, rest: memoryview) -> None:
        size = len(rest)
        try:
            written = self._stream.write(rest)
        except StreamClosedError:
            return
        self.pending_bytes += size
        self._drained.clear()

        def taken(done: asyncio.Future[Any]) -> None:
            done.exception()  # a stream that broke is told by the websocket's end
            self.pending_bytes -= size
            if not self.pending_bytes:
                self._drained.set()

        written.add_done_callback(taken)


def _head(size: int, kind: int) -> bytes:
    """Return the head of an unmasked frame (RFC 6455, 5.2)."""
    if size < 126:
        return bytes((kind, size))
    if size <= 0xFFFF:
        return struct.pack("!BBH", kind, 126, size)
    return struct.pack("!BBQ", kind, 127, size)
