"""What the server's tests share: a running server with nobody in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.server import RunningServer, SpySessions, running


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server on SQLite, on a free port of the loopback address."""
    async with running(tmp_path / "data") as server:
        yield server


@pytest.fixture
def told(server: RunningServer) -> Iterator[SpySessions]:
    """What the open notebooks of `server` are told; none is really open."""
    spy, real = SpySessions(), server.services.sessions
    server.services.sessions, server.services.make_welcome = spy, None
    yield spy
    server.services.sessions = real
