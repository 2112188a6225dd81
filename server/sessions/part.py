"""Puts the open notebooks into the server's services."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from collab.ids import ProjectId, UserId
from kernel_manager.engines.base import Engine, EngineRefused
from server.config import Config
from server.connections.lending import lender_of
from server.connections.part import connections_of
from server.connections.reach import OpenedNetworks
from server.connections.surroundings import names_of
from server.db.engine import Database
from server.db.repositories import kernels, notebooks, people
from server.db.repositories.kernels import RecordedKernel
from server.engines import local_engine, make_engines
from server.environments.cell_installs import installer_of
from server.environments.part import environments_of
from server.environments.places import base_name
from server.environments.settings import uv_settings
from server.services import Services
from server.sessions.backend import Progress, PythonOf, Supervised, Surroundings, SurroundingsOf
from server.sessions.files import fill
from server.sessions.machines import Machines
from server.sessions.orphans import Orphans
from server.sessions.registry import Sessions
from server.sessions.warm import WarmKernels

log = logging.getLogger("commonbook.kernels")


async def join(services: Services) -> None:
    """Called once at start, before the server listens."""
    owner = await owner_of(services.database)
    sessions = make_sessions(services, owner)
    sessions.installer = installer_of(services)
    sessions.lender = lender_of(services)
    services.sessions = sessions
    services.make_welcome = make_welcome
    warm = sessions.warm = _warm_kernels(services, sessions)
    sessions.start()
    orphans = Orphans(
        services.database, sessions.machines.engines, owner, lambda: [each.id for each in warm.waiting]
    )
    services.tasks.keep("orphans", orphans.end_for_ever)


def make_sessions(services: Services, owner: str) -> Sessions:
    """Return the sessions of a server, with kernels on all engines that the settings name."""
    engines = make_engines(services.config)
    return Sessions(
        services.config,
        services.database,
        services.store,
        services.tasks,
        *local_kernels(
            services.config,
            services.database,
            engines=engines,
            owner=owner,
            own_python=_python_of_projects(services),
            surroundings_of=_surroundings_of_kernels(services),
        ),
    )


def _warm_kernels(services: Services, sessions: Sessions) -> WarmKernels:
    config, places = services.config, environments_of(services).places

    def has_python(project: ProjectId) -> bool:
        return bool(config.kernel_python) or places.is_at_hand(project)

    assert isinstance(sessions.backend, Supervised)
    return WarmKernels(
        sessions.backend,
        sessions.machines,
        services.database,
        services.tasks,
        each=config.prewarmed,
        most=config.prewarmed_total,
        has_python=has_python,
    )


async def owner_of(database: Database) -> str:
    """Return the name under which this site's kernels are known to engines that others use as well."""
    async with database.begin() as session:
        owner = await people.setting(session, people.SITE)
        if owner is None:
            owner = f"commonbook-{secrets.token_hex(6)}"
            await people.set_setting(session, people.SITE, owner)
    return owner


def local_kernels(
    config: Config,
    database: Database,
    *,
    environments: Path | None = None,
    folder: Path | None = None,
    engines: Mapping[str, Engine] | None = None,
    owner: str = "commonbook",
    own_python: PythonOf | None = None,
    surroundings_of: SurroundingsOf | None = None,
) -> tuple[Supervised, Machines]:
    """Return kernels on `engines`, by default this machine alone.

    Their Python is that of the settings, else of their project (`own_python`),
    else of the default environment. They start in their project's files, or in
    `folder`, which stays its owner's; what they may use says the catalogue in `database`.
    """

    async def python_of(project: ProjectId, progress: Progress) -> str:
        if config.kernel_python:
            return config.kernel_python
        if own_python is not None:
            return await own_python(project, progress)
        return await default_python(environments or config.data, progress, config)

    def folder_of(project: ProjectId) -> Path:
        return folder or config.data / "projects" / project / "files"

    machines = Machines(database, engines or {"local": local_engine(config, own_users=folder is None)})
    supervised = Supervised(
        machines.engines,
        owner=owner,
        folder_of=folder_of,
        python_of=python_of,
        class_of=machines.class_of,
        allow_unsandboxed=config.allow_unsandboxed,
        surroundings_of=surroundings_of,
        opened_networks=OpenedNetworks(config.private_hosts).now,
    )
    return supervised, machines


def _python_of_projects(services: Services) -> PythonOf:
    """Return where the interpreter of a project's own environment is asked for."""

    async def python_of(project: ProjectId, progress: Progress) -> str:
        from kernel_manager.environment import EnvironmentFailed

        try:
            return await environments_of(services).python_of(project, progress)
        except EnvironmentFailed as failure:
            raise EngineRefused(f"The Python environment could not be made: {failure}") from failure

    return python_of


def _surroundings_of_kernels(services: Services) -> SurroundingsOf:
    """Return where kernels get the connections of their projects: by no file or command line."""
    connections = connections_of(services)

    async def surroundings_of(kernel: RecordedKernel) -> Surroundings:
        async with services.database.read() as session:
            project = await kernels.project_of(session, kernel.notebook)
        opened = await connections.for_kernel(project, kernel=kernel.id, by=kernel.started_by)
        names = names_of((each, each.fields) for each in opened).values()
        return Surroundings(
            {name: value for each in names for name, value in each.variables.items()},
            {name: text for each in names for name, text in each.files.items()},
            tuple(secret for each in opened for secret in each.secrets),
        )

    return surroundings_of


async def default_python(folder: Path, progress: Progress, config: Config) -> str:
    """Return the interpreter of the default environment, made first where it is missing."""
    from kernel_manager.environment import EnvironmentFailed, ensure_default

    def heard(sentence: str) -> None:
        log.info("%s", sentence)
        progress(sentence)

    try:
        return str(
            await ensure_default(
                folder,
                heard,
                name=base_name(config.base_packages),
                packages=config.base_packages,
                settings=uv_settings(config),
            )
        )
    except EnvironmentFailed as failure:
        raise EngineRefused(f"The Python environment could not be made: {failure}") from failure


async def prepare(config: Config) -> None:
    """Make the default environment before anybody waits for it; a failure shows at the first run."""
    from kernel_manager.environment import compile_bytecode, compile_guest

    if config.kernel_python:
        await compile_guest(Path(config.kernel_python))
    else:
        with suppress(EngineRefused):
            python = await default_python(config.data, lambda _: None, config)
            await compile_bytecode(Path(python).parent.parent)


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
