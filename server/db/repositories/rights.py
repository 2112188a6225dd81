"""What one person may do in one project, by membership and by share links, in a single query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import NotebookId, ProjectId, RunId
from collab.roles import GUEST, Rights, Role, capabilities_of, union
from server.db.tables import LinkGrant, Member, Notebook, Project, Run, ShareLink
from server.identity import Identity

R = TypeVarTuple("R")


@dataclass(frozen=True, slots=True)
class ProjectRights:
    """A project that exists, and what the asking person may do there; perhaps nothing."""

    project: ProjectId
    project_name: str
    rights: Rights
    role: Role | None
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class NotebookRights:
    """A notebook that exists, and the rights in its project."""

    id: NotebookId
    name: str
    epoch: str
    is_deleted: bool
    of: ProjectRights


@dataclass(frozen=True, slots=True)
class RunPlace:
    """Where a run belongs and who asked for it."""

    notebook: NotebookId
    by: str


def living_link() -> ColumnElement[bool]:
    """The condition under which a share link counts. A revoked link has no row."""
    return or_(ShareLink.expires_at.is_(None), ShareLink.expires_at > datetime.now(UTC))


def held_link(identity: Identity) -> ColumnElement[bool]:
    """The condition under which `identity` holds a share link of the joined `Project`."""
    if identity.is_guest:
        holds = and_(ShareLink.id == identity.link, Project.links_without_account)
    else:
        holds = ShareLink.id.in_(select(LinkGrant.link_id).where(LinkGrant.account_id == identity.user))
    return and_(ShareLink.project_id == Project.id, holds, living_link())


def with_rights(query: Select[*R], identity: Identity) -> Select[*R]:
    """Join the member row and the links of `identity` to a query on `Project`; one row a link."""
    member = and_(Member.project_id == Project.id, Member.account_id == identity.user)
    return query.outerjoin(Member, member).outerjoin(ShareLink, held_link(identity))


PROJECT_COLUMNS = (
    Project.id.label("project_id"),
    Project.name.label("project_name"),
    Project.viewers_comment,
    Project.deleted_at.label("project_deleted_at"),
    Member.role,
    ShareLink.role.label("link_role"),
)


def fold(found: Sequence[Row[*tuple[Any, ...]]], identity: Identity) -> ProjectRights:
    """Return the union of what the rows of one project allow `identity`; a guest only ever watches."""
    first = found[0]
    role = Role(first.role) if first.role else None
    held = {Role(row.link_role) for row in found if row.link_role} | ({role} if role else set())
    comment = bool(first.viewers_comment)
    rights = union(capabilities_of(each, viewers_comment=comment) for each in held)
    if identity.is_guest:
        rights &= GUEST
    deleted = first.project_deleted_at is not None
    return ProjectRights(ProjectId(first.project_id), first.project_name, rights, role, deleted)


async def of_project(session: AsyncSession, identity: Identity, project: ProjectId) -> ProjectRights | None:
    """Return the rights of `identity` in `project`, or `None` where there is no such project."""
    query = with_rights(select(*PROJECT_COLUMNS).select_from(Project), identity)
    found = (await session.execute(query.where(Project.id == project))).all()
    return fold(found, identity) if found else None


async def of_notebook(
    session: AsyncSession, identity: Identity, notebook: NotebookId
) -> NotebookRights | None:
    """Return the rights of `identity` at `notebook`, or `None` where there is no such notebook."""
    columns = (Notebook.id, Notebook.name, Notebook.epoch, Notebook.deleted_at, *PROJECT_COLUMNS)
    query = select(*columns).select_from(Notebook).join(Project, Project.id == Notebook.project_id)
    found = (await session.execute(with_rights(query, identity).where(Notebook.id == notebook))).all()
    if not found:
        return None
    first = found[0]
    deleted = first.deleted_at is not None
    return NotebookRights(NotebookId(first.id), first.name, first.epoch, deleted, fold(found, identity))


async def notebook_of_run(session: AsyncSession, run: RunId) -> RunPlace | None:
    """Return the notebook of `run`."""
    found = (await session.execute(select(Run.notebook_id, Run.by).where(Run.id == run))).first()
    return RunPlace(NotebookId(found.notebook_id), found.by) if found else None
