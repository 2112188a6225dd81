"""The only doors to projects and notebooks.

A stranger gets `NotFound`, the same as for an id that was never given out; a
person who may read but lacks the asked right gets `Forbidden`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import JobId, NotebookId, ProjectId, RunId
from collab.roles import NO_RIGHTS, Capability, Rights, Role
from server.db.engine import Database
from server.db.repositories import environments
from server.db.repositories import rights as rows
from server.identity import Identity
from server.refusals import Forbidden, NotFound


@dataclass(frozen=True, slots=True)
class OpenedProject:
    """A project that somebody may see. `role` is null for a visitor by link."""

    id: ProjectId
    name: str
    rights: Rights
    role: Role | None


@dataclass(frozen=True, slots=True)
class OpenedNotebook:
    """A notebook that somebody may see."""

    id: NotebookId
    name: str
    epoch: str
    project_id: ProjectId
    project_name: str
    rights: Rights
    role: Role | None
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class OpenedRun:
    """A run of a notebook that somebody may see."""

    id: RunId
    by: str
    notebook: OpenedNotebook

    @property
    def rights(self) -> Rights:
        return self.notebook.rights


@dataclass(frozen=True, slots=True)
class OpenedJob:
    """A change of an environment that somebody may follow."""

    id: JobId
    project: OpenedProject

    @property
    def rights(self) -> Rights:
        return self.project.rights


async def rights_of(database: Database, identity: Identity, project: ProjectId) -> Rights:
    """Return what `identity` may do in `project` now, by membership and by share links, in one query."""
    async with database.read() as session:
        return await rights_in(session, identity, project)


async def rights_in(session: AsyncSession, identity: Identity, project: ProjectId) -> Rights:
    """Return the same, read in a session that is open already."""
    found = await rows.of_project(session, identity, project)
    return NO_RIGHTS if found is None or found.is_deleted else found.rights


async def open_project(
    database: Database, identity: Identity, project: str, needs: Capability, *, also_deleted: bool = False
) -> OpenedProject:
    """Open `project` for somebody who holds `needs`. One in the bin opens only with `also_deleted`."""
    async with database.read() as session:
        found = await rows.of_project(session, identity, ProjectId(project))
    if found is None or (found.is_deleted and not also_deleted):
        raise NotFound
    _demand(found.rights, needs)
    return OpenedProject(found.project, found.project_name, found.rights, found.role)


async def open_notebook(
    database: Database, identity: Identity, notebook: str, needs: Capability, *, also_deleted: bool = False
) -> OpenedNotebook:
    """Open `notebook` for somebody who holds `needs`. One in the bin opens only with `also_deleted`."""
    async with database.read() as session:
        found = await rows.of_notebook(session, identity, NotebookId(notebook))
    if found is None or found.of.is_deleted or (found.is_deleted and not also_deleted):
        raise NotFound
    _demand(found.of.rights, needs)
    return OpenedNotebook(
        found.id,
        found.name,
        found.epoch,
        found.of.project,
        found.of.project_name,
        found.of.rights,
        found.of.role,
        found.is_deleted,
    )


async def open_run(database: Database, identity: Identity, run: str, needs: Capability) -> OpenedRun:
    """Open `run` for somebody who holds `needs` in its notebook."""
    async with database.read() as session:
        found = await rows.notebook_of_run(session, RunId(run))
    if found is None:
        raise NotFound
    return OpenedRun(RunId(run), found.by, await open_notebook(database, identity, found.notebook, needs))


async def open_job(database: Database, identity: Identity, job: str, needs: Capability) -> OpenedJob:
    """Open `job` for somebody who holds `needs` in its project."""
    async with database.read() as session:
        project = await environments.project_of_job(session, JobId(job))
    if project is None:
        raise NotFound
    return OpenedJob(JobId(job), await open_project(database, identity, project, needs))


def _demand(rights: Rights, needs: Capability) -> None:
    if Capability.READ not in rights:
        raise NotFound
    if needs not in rights:
        raise Forbidden
