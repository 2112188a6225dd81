"""A server with scripted kernels, a notebook, and people of every role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from server.sessions.registry import Sessions
from tests.support.backend import FakeBackend
from tests.support.server import Client, RunningServer, running

ROLES = ("viewer", "executor", "editor", "collaborator")


@dataclass
class World:
    """A server with scripted kernels, a notebook, and its people."""

    server: RunningServer
    backend: FakeBackend
    project: str
    notebook: str
    ada: Client
    people: dict[str, Client]

    @property
    def sessions(self) -> Sessions:
        sessions = self.server.services.sessions
        assert isinstance(sessions, Sessions)
        return sessions

    async def cells(self, *sources: str) -> list[str]:
        """Put cells into the notebook and return their ids."""
        made = []
        for source in sources:
            answer = await self.ada.post(f"/api/notebooks/{self.notebook}/cells", {"source": source})
            assert answer.status == 201
            made.append(answer.json["id"])
        return made


async def open_world(server: RunningServer, backend: FakeBackend) -> World:
    sessions = server.services.sessions
    assert isinstance(sessions, Sessions)
    sessions.backend = backend
    ada, *others = await server.persons("ada", *ROLES)
    people = dict(zip(ROLES, others, strict=True))
    project = await server.project(ada, **people)
    notebook = await server.notebook(project, ada)
    return World(server, backend, project, notebook, ada, people)


@asynccontextmanager
async def new_world(folder: Path) -> AsyncIterator[World]:
    """Start a server of its own for one test."""
    async with running(folder) as server:
        yield await open_world(server, FakeBackend())
