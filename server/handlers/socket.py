"""The notebook socket: one websocket of one page (docs/protocol.md)."""

from __future__ import annotations

import asyncio
from typing import Any

from tornado.websocket import WebSocketClosedError

from collab.hub import CLOSE_GONE, CLOSE_VIOLATION, Connection, RoomClosed
from collab.roles import Capability
from server.handlers.base import ApiSocket, route, socket_needs
from server.handlers.living import sessions_of

CLOSE_TRY_AGAIN = 1012


@route("/api/notebooks/{notebook}/socket")
@socket_needs(Capability.READ)
class NotebookSocket(ApiSocket):
    """Joins the living room and hands frames back and forth. Also the hub's `Socket`."""

    def initialize(self) -> None:
        self._connection: Connection | None = None
        self._pending = 0
        self._drained = asyncio.Event()
        self._drained.set()

    async def open(self, *args: str, **kwargs: str) -> None:
        self.set_nodelay(True)
        try:
            self._connection = await sessions_of(self).connect(self.opened_notebook, self.person, _End(self))
        except KeyError:
            self.close(CLOSE_GONE, "The notebook was deleted.")
        except RoomClosed:
            self.close(CLOSE_TRY_AGAIN, "The notebook is just closing; open it again.")
        if self.ws_connection is None and self._connection is not None:
            self._connection.leave()

    def on_message(self, message: str | bytes) -> None:
        if self._connection is None:
            return
        if isinstance(message, str):
            self._connection.close(CLOSE_VIOLATION, "Send binary frames.")
        else:
            self._connection.receive(message)

    def on_close(self) -> None:
        self._drained.set()
        if self._connection is not None:
            self._connection.leave()

    # For the hub

    @property
    def pending_bytes(self) -> int:
        return self._pending

    def send_frame(self, frame: bytes) -> None:
        try:
            written = self.write_message(frame, binary=True)
        except WebSocketClosedError:
            return
        size = len(frame)
        self._pending += size
        self._drained.clear()

        def left(done: asyncio.Future[Any]) -> None:
            done.exception()  # a closed socket is told by `on_close`
            self._pending -= size
            if self._pending == 0:
                self._drained.set()

        written.add_done_callback(left)

    async def wait_drained(self) -> None:
        await self._drained.wait()


class _End:
    """The hub's view of the socket; tornado's own methods have other meanings under the same names."""

    def __init__(self, handler: NotebookSocket) -> None:
        self._handler = handler

    @property
    def pending_bytes(self) -> int:
        return self._handler.pending_bytes

    def send(self, frame: bytes) -> None:
        self._handler.send_frame(frame)

    async def drained(self) -> None:
        await self._handler.wait_drained()

    def close(self, code: int, reason: str) -> None:
        self._handler.close(code, _short(reason))


def _short(reason: str) -> str:
    """Return at most the 123 bytes that a close frame holds."""
    return reason.encode()[:120].decode(errors="ignore")
