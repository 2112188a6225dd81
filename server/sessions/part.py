"""Puts the open notebooks into the server's services."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from collab.ids import ProjectId, UserId
from kernel_manager.engines.base import EngineRefused
from kernel_manager.engines.local import LocalEngine
from server.config import Config
from server.db.engine import Database
from server.db.repositories import notebooks
from server.services import Services
from server.sessions.backend import Progress, Supervised
from server.sessions.files import fill
from server.sessions.machines import Machines
from server.sessions.registry import Sessions

log = logging.getLogger("commonbook.kernels")


async def join(services: Services) -> None:
    """Called once at start, before the server listens."""
    sessions = make_sessions(services)
    services.sessions = sessions
    services.make_welcome = make_welcome
    sessions.start()


def make_sessions(services: Services) -> Sessions:
    """Return the sessions of a server, with kernels on this machine."""
    return Sessions(
        services.config,
        services.database,
        services.store,
        services.tasks,
        *local_kernels(services.config, services.database),
    )


def local_kernels(
    config: Config, database: Database, *, environments: Path | None = None, folder: Path | None = None
) -> tuple[Supervised, Machines]:
    """Return kernels on this machine, in the environment that the settings name or in the default one.

    They start in their project's files, or in `folder`; what they may use says the catalogue in `database`.
    """

    async def python_of(project: ProjectId, progress: Progress) -> str:
        return config.kernel_python or await default_python(environments or config.data, progress)

    engine = LocalEngine(config.data / "kernels")

    def folder_of(project: ProjectId) -> Path:
        return folder or config.data / "projects" / project / "files"

    machines = Machines(database, {engine.name: engine})
    supervised = Supervised(
        machines.engines,
        owner="commonbook",
        folder_of=folder_of,
        python_of=python_of,
        class_of=machines.class_of,
    )
    return supervised, machines


async def default_python(folder: Path, progress: Progress) -> str:
    """Return the interpreter of the default environment, made first where it is missing."""
    from kernel_manager.environment import EnvironmentFailed, ensure_default

    def heard(sentence: str) -> None:
        log.info("%s", sentence)
        progress(sentence)

    try:
        return str(await ensure_default(folder, heard))
    except EnvironmentFailed as failure:
        raise EngineRefused(f"The Python environment could not be made: {failure}") from failure


async def prepare(config: Config) -> None:
    """Make the default environment before anybody waits for it; a failure shows at the first run."""
    if not config.kernel_python:
        with suppress(EngineRefused):
            await default_python(config.data, lambda _: None)


async def make_welcome(services: Services, project: ProjectId, by: UserId) -> None:
    """Put the Welcome notebook into a project."""
    assert isinstance(services.sessions, Sessions)
    await add_welcome(services.sessions, services.database, project, by)


async def add_welcome(sessions: Sessions, database: Database, project: ProjectId, by: UserId) -> None:
    """Put the Welcome notebook into a project.

    It stays in the bin until it is complete: where a command line does this
    beside a running server, that server must not open it half-way, or two
    processes would write one history.
    """
    from collab.ipynb import read
    from server.welcome import WELCOME_NAME, read_welcome

    imported = await asyncio.to_thread(lambda: read(read_welcome()))
    now = datetime.now(UTC)
    async with database.begin() as session:
        notebook = await notebooks.add(session, project, WELCOME_NAME, by, now)
        await notebooks.change(session, notebook, now, deleted=True)
    opened = await sessions.get(notebook)
    await fill(sessions, notebook, opened.room, imported, by)
    await opened.note_edit()
    async with database.begin() as session:
        await notebooks.change(session, notebook, now, deleted=False)
