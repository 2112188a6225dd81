"""Up to when people have read the comments of notebooks. The comments themselves are a document."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import NotebookId, ProjectId, UserId
from server.db.inserting import insert_new
from server.db.tables import CommentReading, Member


async def read_until(session: AsyncSession, notebook: NotebookId, user: UserId) -> datetime | None:
    """Return up to when `user` has read."""
    query = select(CommentReading.at).where(
        CommentReading.notebook_id == notebook, CommentReading.account_id == user
    )
    found: datetime | None = await session.scalar(query)
    return found


async def note_read(session: AsyncSession, notebook: NotebookId, user: UserId, at: datetime) -> None:
    """Note up to when `user` has read; never earlier than before."""
    key = {"notebook_id": notebook, "account_id": user}
    if await insert_new(session, CommentReading, key | {"at": at}):
        return
    await session.execute(update(CommentReading).filter_by(**key).where(CommentReading.at < at).values(at=at))


async def members_among(session: AsyncSession, project: ProjectId, users: Collection[str]) -> list[str]:
    """Return which of `users` are members of `project`, in their order."""
    if not users:
        return []
    query = select(Member.account_id).where(Member.project_id == project, Member.account_id.in_(users))
    found = set(await session.scalars(query))
    return [user for user in dict.fromkeys(users) if user in found]
