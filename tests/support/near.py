"""A server in a thread of the test's own process: for browsers whose test moves the server's clocks."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from collab.ids import NotebookId
from collab.wire import Alive
from server.sessions.registry import Sessions
from tests.support.live import Script, end_kernels, new_account
from tests.support.server import RunningServer, running

T = TypeVar("T")
LIMIT_S = 60


@dataclass(frozen=True)
class NearServer:
    """A running server and the loop that it runs in."""

    server: RunningServer
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        return self.server.url

    def person(self, name: str, *, admin: bool = False) -> Script:
        """Make an account and return its script."""
        return new_account(self.server.config, self.url, name, admin=admin)

    def look(self, notebook: str) -> Alive | None:
        """Have the server look at its idle clocks once; returns what it says of the notebook's kernel."""
        sessions = self.server.services.sessions
        assert isinstance(sessions, Sessions)
        _do(self.loop, sessions.watch.look(self.loop.time()))
        session = sessions.opened(NotebookId(notebook))
        return session.alive if session else None


@contextmanager
def running_near(folder: Path, **settings: Any) -> Iterator[NearServer]:
    """Start a server whose kernels are real; they end with it."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="server")
    thread.start()
    context = running(folder, kernel_python=sys.executable, **settings)
    try:
        server = _do(loop, context.__aenter__())
        try:
            yield NearServer(server, loop)
        finally:
            _do(loop, context.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        end_kernels(folder)


def _do(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run_coroutine_threadsafe(work, loop).result(LIMIT_S)
