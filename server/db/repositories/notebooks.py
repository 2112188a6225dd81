"""Notebooks as rows: their names, their place, and what lists show of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import NotebookId, ProjectId, UserId, new_id
from collab.store import Document
from server import payloads
from server.db.repositories import people
from server.db.tables import Doc, DocClient, Kernel, Notebook, Project
from server.glance import Glance
from server.paging import Window, moment_of, newest_first, part


async def add(session: AsyncSession, project: ProjectId, name: str, by: UserId, now: datetime) -> NotebookId:
    """Make an empty notebook with its three documents and a new epoch."""
    notebook = NotebookId(new_id())
    await session.execute(
        insert(Notebook).values(
            id=notebook,
            project_id=project,
            name=name,
            epoch=new_id(),
            created_at=now,
            edited_at=now,
            edited_by=by,
        )
    )
    rows = [{"notebook_id": notebook, "document": document.value} for document in Document]
    await session.execute(insert(Doc), rows)
    await touch_project(session, project, now)
    return notebook


async def change(
    session: AsyncSession,
    notebook: NotebookId,
    now: datetime,
    *,
    name: str | None = None,
    deleted: bool | None = None,
) -> None:
    """Rename a notebook, or move it into the bin or out of it."""
    values: dict[str, object] = {}
    if name is not None:
        values["name"] = name
    if deleted is not None:
        values["deleted_at"] = now if deleted else None
    if values:
        await session.execute(update(Notebook).where(Notebook.id == notebook).values(**values))


async def ids(session: AsyncSession, project: ProjectId) -> list[NotebookId]:
    """Return all notebooks of `project`, also those in its bin."""
    query = select(Notebook.id).where(Notebook.project_id == project)
    return [NotebookId(found) for found in await session.scalars(query)]


async def existing(session: AsyncSession, notebooks: Collection[str]) -> set[str]:
    """Return those of `notebooks` that exist, in a bin or not."""
    return set(await session.scalars(select(Notebook.id))) & set(notebooks)


async def is_deleted(session: AsyncSession, notebook: NotebookId) -> bool:
    """Say whether `notebook` or its project is in a bin."""
    query = select(Notebook.id).join(Project, Project.id == Notebook.project_id)
    query = query.where(Notebook.id == notebook, Notebook.deleted_at.is_(None), Project.deleted_at.is_(None))
    return await session.scalar(query) is None


async def edited(
    session: AsyncSession, notebook: NotebookId, by: str | None, now: datetime, *, cells: int
) -> None:
    """Note who last edited `notebook` and how many cells it has now; lists show both."""
    values = {"edited_at": now, "edited_by": by, "cells": cells}
    await session.execute(update(Notebook).where(Notebook.id == notebook).values(**values))


async def touch_project(session: AsyncSession, project: ProjectId, now: datetime) -> None:
    """Note that something in `project` changed."""
    await session.execute(update(Project).where(Project.id == project).values(updated_at=now))


async def of_projects(
    session: AsyncSession,
    projects: Mapping[ProjectId, str],
    look: Callable[[NotebookId], Glance],
    window: Window,
    *,
    deleted: bool,
) -> payloads.Page[payloads.NotebookSummary]:
    """Return the notebooks of `projects`, or those in their bins, the latest edited first.

    `projects` maps ids to names.
    """
    query = select(Notebook).where(Notebook.project_id.in_(projects))
    query = query.where(Notebook.deleted_at.is_not(None) if deleted else Notebook.deleted_at.is_(None))
    if window.after is not None:
        edited, id = moment_of(window.after), window.after.id
        query = query.where(
            or_(Notebook.edited_at < edited, and_(Notebook.edited_at == edited, Notebook.id > id))
        )
    query = query.order_by(Notebook.edited_at.desc(), Notebook.id).limit(window.limit + 1)
    rows, following = part(
        await session.scalars(query), lambda row: newest_first(row.edited_at, row.id), window
    )
    editors = await people.users(session, {row.edited_by for row in rows if row.edited_by})
    living = await _kernels(session, [row.id for row in rows])
    summaries = []
    for row in rows:
        glance = look(NotebookId(row.id))
        summaries.append(
            payloads.NotebookSummary(
                id=row.id,
                name=row.name,
                project=row.project_id,
                project_name=projects[ProjectId(row.project_id)],
                cells=row.cells,
                created_at=row.created_at,
                edited_at=row.edited_at,
                edited_by=editors.get(row.edited_by or ""),
                kernel=living.get(row.id, "none") if glance.kernel == "none" else glance.kernel,
                people=list(glance.people),
                deleted_at=row.deleted_at,
            )
        )
    return payloads.Page(summaries, following)


async def _kernels(session: AsyncSession, notebooks: Collection[str]) -> dict[str, str]:
    query = (
        select(Kernel.notebook_id, Kernel.state)
        .where(Kernel.notebook_id.in_(notebooks), Kernel.ended_at.is_(None))
        .order_by(Kernel.created_at)
    )
    return {row.notebook_id: row.state for row in await session.execute(query)}


async def named(
    session: AsyncSession, project: ProjectId
) -> list[tuple[NotebookId, str, datetime, datetime]]:
    """Return the notebooks of `project` that are in no bin: id, name, when made and when last edited."""
    query = select(Notebook.id, Notebook.name, Notebook.created_at, Notebook.edited_at)
    query = query.where(Notebook.project_id == project, Notebook.deleted_at.is_(None))
    return [(NotebookId(row[0]), row[1], row[2], row[3]) for row in await session.execute(query)]


async def writers(
    session: AsyncSession, notebook: NotebookId, clients: Collection[int]
) -> list[payloads.Writer]:
    """Return whose client ids these are in a notebook."""
    query = select(DocClient.client_id, DocClient.user_id).where(
        DocClient.notebook_id == notebook, DocClient.client_id.in_(clients)
    )
    owners = {row.client_id: row.user_id for row in await session.execute(query)}
    users = await people.users(session, set(owners.values()))
    return [
        payloads.Writer(client, users[owner]) for client, owner in sorted(owners.items()) if owner in users
    ]
