"""Projects as people see them: each with what the asking person may do there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import NotebookId, ProjectId, UserId, new_id
from collab.roles import Capability, Role
from server import payloads
from server.db.repositories.rights import PROJECT_COLUMNS, fold, with_rights
from server.db.tables import Account, Member, Notebook, Project, ShareLink
from server.identity import Identity
from server.paging import Place, Window, newest_first, part

_COLUMNS = (
    *PROJECT_COLUMNS,
    Project.created_at,
    Project.updated_at,
    Project.links_without_account,
)


async def add(session: AsyncSession, name: str, owner: UserId, now: datetime) -> ProjectId:
    """Make a project owned by `owner`."""
    project = ProjectId(new_id())
    await session.execute(insert(Project).values(id=project, name=name, created_at=now, updated_at=now))
    await session.execute(
        insert(Member).values(project_id=project, account_id=owner, role=Role.OWNER.value, since=now)
    )
    return project


async def of_person(
    session: AsyncSession, identity: Identity, window: Window, *, deleted: bool
) -> payloads.Page[payloads.Project]:
    """Return the projects that `identity` may read, the latest changed first; or those it may restore."""
    shown, following = part(await _seen(session, identity, deleted=deleted), _place, window)
    return payloads.Page(await _projects(session, identity, shown), following)


async def readable(session: AsyncSession, identity: Identity) -> dict[ProjectId, str]:
    """Return the names of the projects that `identity` may read, by id."""
    groups = await _seen(session, identity, deleted=False)
    return {ProjectId(group[0].project_id): group[0].project_name for group in groups}


async def _seen(session: AsyncSession, identity: Identity, *, deleted: bool) -> list[_Rows]:
    query = with_rights(select(*_COLUMNS).select_from(Project), identity)
    query = query.where(Project.deleted_at.is_not(None) if deleted else Project.deleted_at.is_(None))
    query = query.where(Member.role.is_not(None) | ShareLink.id.is_not(None))
    needed = Capability.DELETE if deleted else Capability.READ
    groups = _grouped((await session.execute(query.order_by(Project.id))).all())
    return [group for group in groups if needed in fold(group, identity).rights]


async def one(session: AsyncSession, identity: Identity, project: ProjectId) -> payloads.Project:
    """Return `project`, which must exist, as `identity` sees it."""
    query = with_rights(select(*_COLUMNS).select_from(Project), identity).where(Project.id == project)
    return (await _projects(session, identity, _grouped((await session.execute(query)).all())))[0]


async def names(session: AsyncSession, wanted: Collection[str]) -> dict[str, str]:
    """Return what these projects are called, by id."""
    query = select(Project.id, Project.name).where(Project.id.in_(wanted))
    return {row.id: row.name for row in await session.execute(query)}


async def change(
    session: AsyncSession,
    project: ProjectId,
    now: datetime,
    *,
    name: str | None = None,
    viewers_comment: bool | None = None,
    links_without_account: bool | None = None,
    deleted: bool | None = None,
) -> None:
    """Change what is given."""
    values: dict[str, Any] = {
        "name": name,
        "viewers_comment": viewers_comment,
        "links_without_account": links_without_account,
    }
    given = {key: value for key, value in values.items() if value is not None}
    if deleted is not None:
        given["deleted_at"] = now if deleted else None
    if given:
        await session.execute(update(Project).where(Project.id == project).values(updated_at=now, **given))


async def overdue(session: AsyncSession, now: datetime, *, days: int) -> list[ProjectId]:
    """Return the projects that have been in the bin for `days`."""
    query = select(Project.id).where(Project.deleted_at <= now - timedelta(days=days))
    return [ProjectId(project) for project in await session.scalars(query)]


async def existing(session: AsyncSession, projects: Collection[str]) -> set[str]:
    """Return which of these projects there are, in a bin or not."""
    return set(await session.scalars(select(Project.id).where(Project.id.in_(projects))))


async def empty_bins(session: AsyncSession, now: datetime, *, days: int) -> list[NotebookId]:
    """Remove for good what has been in a bin for `days`; returns the notebooks that went."""
    before = now - timedelta(days=days)
    binned = Project.deleted_at <= before
    query = select(Notebook.id).join(Project, Project.id == Notebook.project_id)
    gone = list(await session.scalars(query.where(binned | (Notebook.deleted_at <= before))))
    if gone:
        await session.execute(delete(Notebook).where(Notebook.id.in_(gone)))
    await session.execute(delete(Project).where(binned))
    return [NotebookId(notebook) for notebook in gone]


_Rows = Sequence[Row[*tuple[Any, ...]]]


def _grouped(rows: _Rows) -> list[_Rows]:
    """Return the rows of each project together: there is one for each way in which somebody reaches it."""
    return [list(group) for _, group in groupby(rows, key=lambda row: row.project_id)]


def _place(group: _Rows) -> Place:
    return newest_first(group[0].updated_at, group[0].project_id)


async def _projects(
    session: AsyncSession, identity: Identity, groups: Sequence[_Rows]
) -> list[payloads.Project]:
    ids = [group[0].project_id for group in groups]
    counts, owners = await _notebook_counts(session, ids), await _owners(session, ids)
    projects = []
    for group in groups:
        first, held = group[0], fold(group, identity)
        projects.append(
            payloads.Project(
                id=held.project,
                name=held.project_name,
                role=held.role,
                rights=sorted(held.rights),
                created_at=first.created_at,
                updated_at=first.updated_at,
                viewers_comment=first.viewers_comment,
                links_without_account=first.links_without_account,
                notebooks=counts.get(held.project, 0),
                owner=owners.get(held.project),
                deleted_at=first.project_deleted_at,
            )
        )
    return projects


async def _notebook_counts(session: AsyncSession, projects: Sequence[str]) -> dict[str, int]:
    query = (
        select(Notebook.project_id, func.count().label("notebooks"))
        .where(Notebook.project_id.in_(projects), Notebook.deleted_at.is_(None))
        .group_by(Notebook.project_id)
    )
    return {row.project_id: row.notebooks for row in await session.execute(query)}


async def _owners(session: AsyncSession, projects: Sequence[str]) -> dict[str, payloads.User]:
    """Return the owner of each project; where there are several, the one of longest standing."""
    query = (
        select(Member.project_id, Account.id, Account.name, Account.display_name, Account.color)
        .join(Account, Account.id == Member.account_id)
        .where(Member.project_id.in_(projects), Member.role == Role.OWNER.value)
        .order_by(Member.since.desc(), Account.id.desc())
    )
    rows = await session.execute(query)
    return {row.project_id: payloads.User(row.id, row.name, row.display_name, row.color) for row in rows}
