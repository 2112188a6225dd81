"""The objects that one server is made of, and the doors between its parts.

`server.app` builds a `Services` once and hands it down; nobody else makes one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from collab.ids import NotebookId, ProjectId, UserId
from collab.wire import ServerMessage
from server.config import Config
from server.credentials import Passwords
from server.db.documents import SqlDocumentStore
from server.db.engine import Database
from server.files.paths import Path as FilePath
from server.glance import Glance
from server.limits import Limits
from server.providers import IdentityProvider
from server.tasks import Tasks


@dataclass(frozen=True, slots=True)
class ChangedModules:
    """A distribution whose version changed, and the names by which code imports it. `after` null: removed."""

    name: str
    before: str
    after: str | None
    modules: tuple[str, ...]


class LiveSessions(Protocol):
    """The open notebooks, as the rest of the server needs them."""

    def look(self, notebook: NotebookId) -> Glance:
        """Return what is to be seen of `notebook` without opening it."""

    async def rights_changed(self, project: ProjectId) -> None:
        """Read again the rights of everybody connected to a notebook of `project`, and apply them."""

    async def credential_ended(self, credential: str) -> None:
        """Close every socket opened with this session or token (code 4401)."""

    async def notebook_deleted(self, notebook: NotebookId) -> None:
        """Close every socket of `notebook` (code 4404) and stop its kernel."""

    async def project_deleted(self, project: ProjectId) -> None:
        """Do the same with every notebook of `project`."""

    def announce(self, project: ProjectId, message: ServerMessage) -> None:
        """Tell everybody connected to a notebook of `project`."""

    async def distributions_changed(self, project: ProjectId, changed: Sequence[ChangedModules]) -> None:
        """Have the kernels of `project` look again; tell people where a changed distribution is loaded."""

    async def connections_changed(self, project: ProjectId) -> tuple[int, list[NotebookId]]:
        """Give living kernels of `project` what is attached now; returns how many have it, and where not."""

    async def python_changed(self, project: ProjectId, before: str, after: str) -> None:
        """Tell people in `project` that every kernel there goes on with another Python than is installed."""

    async def close(self) -> None:
        """Drain the actors, flush their documents, leave the kernels running."""


class NoSessions:
    """`LiveSessions` where nothing is open."""

    def look(self, notebook: NotebookId) -> Glance:
        return Glance()

    async def rights_changed(self, project: ProjectId) -> None:
        return

    async def credential_ended(self, credential: str) -> None:
        return

    async def notebook_deleted(self, notebook: NotebookId) -> None:
        return

    async def project_deleted(self, project: ProjectId) -> None:
        return

    def announce(self, project: ProjectId, message: ServerMessage) -> None:
        return

    async def distributions_changed(self, project: ProjectId, changed: Sequence[ChangedModules]) -> None:
        return

    async def connections_changed(self, project: ProjectId) -> tuple[int, list[NotebookId]]:
        return 0, []

    async def python_changed(self, project: ProjectId, before: str, after: str) -> None:
        return

    async def close(self) -> None:
        return


WelcomeMaker = Callable[["Services", ProjectId, UserId], Awaitable[None]]
"""Fills the first project with a notebook that shows what the product does."""


@dataclass(slots=True)
class Services:
    """One server's parts. `extras` holds what optional modules add under their own name."""

    config: Config
    database: Database
    tasks: Tasks
    store: SqlDocumentStore
    passwords: Passwords
    limits: Limits
    sessions: LiveSessions = field(default_factory=NoSessions)
    make_welcome: WelcomeMaker | None = None
    static: Path | None = None
    openapi: Callable[[], bytes] = bytes
    providers: dict[str, IdentityProvider] = field(default_factory=dict)
    links_changed: asyncio.Event = field(default_factory=asyncio.Event)
    settle_files: Callable[[ProjectId], Awaitable[None]] = lambda project: asyncio.sleep(0)
    """Returns once what people have typed into the text files of a project is on disk."""
    file_moved: Callable[[ProjectId, FilePath, FilePath], Awaitable[None]] = lambda *_: asyncio.sleep(0)
    """Tells that a file or folder of a project has another path now."""
    on_stop: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What has to be put away while tasks and the database still work."""
    extras: dict[str, Any] = field(default_factory=dict)
