"""The socket of a room: one websocket of one page (docs/protocol.md)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable

from tornado.iostream import IOStream

from collab.hub import CLOSE_GONE, CLOSE_VIOLATION, Connection, RoomClosed
from collab.roles import Capability
from server.handlers.base import ApiSocket, route, socket_needs
from server.handlers.living import sessions_of
from server.sending import FrameSender
from server.sessions.registry import Sessions

CLOSE_TRY_AGAIN = 1012

TURN_S = 0.005
"""How long the frames of one socket are worked on before everybody else has a turn."""


class RoomSocket(ApiSocket):
    """Hands frames back and forth between a page and a room, which `enter` joins."""

    connection: Connection | None = None

    def initialize(self) -> None:
        self._worked_s = 0.0

    @property
    def sessions(self) -> Sessions:
        return sessions_of(self)

    async def enter(self) -> None:
        """Set `connection`, or close the socket with a reason."""
        raise NotImplementedError

    async def open(self, *args: str, **kwargs: str) -> None:
        websocket = self.ws_connection
        if websocket is None or websocket.stream is None:
            return  # gone already
        self.set_nodelay(True)
        self.end = RoomEnd(self, websocket.stream)
        await self.enter()
        if self.ws_connection is None and self.connection is not None:
            self.connection.leave()

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """Take in one frame. Frames that have arrived are read without a pause, so now and then make one."""
        if self.connection is None:
            return None
        began = time.perf_counter()
        if isinstance(message, str):
            self.connection.close(CLOSE_VIOLATION, "Send binary frames.")
        else:
            self.connection.receive(message)
        self._worked_s += time.perf_counter() - began
        if self._worked_s < TURN_S:
            return None
        self._worked_s = 0.0
        return asyncio.sleep(0)

    def on_close(self) -> None:
        if hasattr(self, "end"):
            self.end.closed()
        if self.connection is not None:
            self.connection.leave()

    def is_closing(self) -> bool:
        """Say whether either side has begun to close the websocket."""
        return self.ws_connection is None or self.ws_connection.is_closing()


@route("/api/notebooks/{notebook}/socket")
@socket_needs(Capability.READ)
class NotebookSocket(RoomSocket):
    """Joins the living room of a notebook."""

    async def enter(self) -> None:
        try:
            self.connection = await self.sessions.connect(self.opened_notebook, self.person, self.end)
        except KeyError:
            self.close(CLOSE_GONE, "The notebook was deleted.")
        except RoomClosed:
            self.close(CLOSE_TRY_AGAIN, "The notebook is just closing; open it again.")


class RoomEnd(FrameSender):
    """The hub's view of the socket; tornado's own methods have other meanings under the same names."""

    def __init__(self, handler: RoomSocket, stream: IOStream) -> None:
        super().__init__(stream, handler)
        self._handler = handler

    def close(self, code: int, reason: str) -> None:
        self._handler.close(code, _short(reason))


def _short(reason: str) -> str:
    """Return at most the 123 bytes that a close frame holds."""
    return reason.encode()[:120].decode(errors="ignore")
