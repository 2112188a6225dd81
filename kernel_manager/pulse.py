"""Tells a quiet supervisor from one that is out of reach."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from tornado.websocket import WebSocketClientConnection, WebSocketClosedError

QUIET_S = 10.5
"""A supervisor says something about every kernel at least this often; one that does not is pinged."""
PONG_S = 3.0
"""How long it may take to answer a ping before it is looked for anew."""


class Pulse:
    """Watches that a connection is alive: pings only after silence, and cuts it off without an answer.

    Most supervisors are heard often enough by themselves, and a ping each for hundreds of them adds up.
    """

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._felt_at = self._loop.time()
        self._timer = self._loop.call_later(QUIET_S, self._look)
        connection.on_pong = lambda data: self.felt()  # type: ignore[method-assign]

    def felt(self) -> None:
        """Something came from the other side."""
        self._felt_at = self._loop.time()

    def stop(self) -> None:
        """Watch no more."""
        self._timer.cancel()

    def _look(self) -> None:
        silent_s = self._loop.time() - self._felt_at
        if silent_s < QUIET_S:
            self._timer = self._loop.call_later(QUIET_S - silent_s, self._look)
        elif silent_s < QUIET_S + PONG_S:
            with suppress(WebSocketClosedError):
                self._connection.ping(b"")
            self._timer = self._loop.call_later(QUIET_S + PONG_S - silent_s, self._look)
        else:
            protocol = self._connection.protocol
            if protocol is not None and protocol.stream is not None:
                protocol.stream.close()  # whoever is silent answers no goodbye
