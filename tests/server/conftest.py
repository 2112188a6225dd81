"""What the server's tests share: a running server, empty or with scripted kernels, a notebook and people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.server import RunningServer, SpySessions, running
from tests.support.socket_page import Page
from tests.support.statements import compiled_once
from tests.support.world import World, new_world


@pytest.fixture(scope="session", autouse=True)
def statements() -> Iterator[None]:
    """All databases of the session share what was compiled for one of them."""
    with compiled_once():
        yield


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server on SQLite, on a free port of the loopback address."""
    async with running(tmp_path / "data") as server:
        yield server


@pytest.fixture
async def near(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server whose projects may reach servers of this machine."""
    async with running(tmp_path / "data", private_hosts=("127.0.0.1",)) as server:
        yield server


@pytest.fixture
def told(server: RunningServer) -> Iterator[SpySessions]:
    """What the open notebooks of `server` are told; none is really open."""
    spy, real = SpySessions(), server.services.sessions
    server.services.sessions, server.services.make_welcome = spy, None
    yield spy
    server.services.sessions = real


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A server with scripted kernels, a notebook, and its people."""
    async with new_world(tmp_path / "data") as world:
        yield world


@pytest.fixture
async def ada(world: World) -> AsyncIterator[Page]:
    """The owner, who has the notebook open."""
    page = await Page.open(world.ada, world.notebook)
    yield page
    await page.close()


@pytest.fixture
async def eve(world: World) -> AsyncIterator[Page]:
    """A viewer, who has it open."""
    page = await Page.open(world.people["viewer"], world.notebook)
    yield page
    await page.close()
