"""Who asked for which package, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import ProjectId, UserId
from server.db.tables import PackageRequest

OPEN = "open"
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request. Its state is open, installed or declined."""

    id: str
    project: ProjectId
    line: str
    name: str
    by: str
    state: str
    created_at: datetime
    answered_by: str | None = None
    answered_at: datetime | None = None


async def add(session: AsyncSession, request: RequestRow) -> None:
    """Put a request on record."""
    await session.execute(
        insert(PackageRequest).values(
            id=request.id,
            project_id=request.project,
            line=request.line,
            name=request.name,
            account_id=request.by,
            state=request.state,
            created_at=request.created_at,
        )
    )


async def seen_by(
    session: AsyncSession, project: ProjectId, user: UserId, *, others: bool
) -> list[RequestRow]:
    """Return a person's own requests, the oldest first; with `others` also what everybody else waits for."""
    of = PackageRequest.account_id == user
    query = (
        select(PackageRequest)
        .where(PackageRequest.project_id == project)
        .where(or_(of, PackageRequest.state == OPEN) if others else of)
        .order_by(PackageRequest.created_at, PackageRequest.id)
        .limit(MOST_SHOWN)
    )
    return [_row(each) for each in await session.scalars(query)]


async def find(session: AsyncSession, project: ProjectId, request: str) -> RequestRow | None:
    """Return one request of a project."""
    query = select(PackageRequest).where(PackageRequest.project_id == project, PackageRequest.id == request)
    found = (await session.execute(query)).scalar_one_or_none()
    return None if found is None else _row(found)


async def count_open(session: AsyncSession, project: ProjectId, user: UserId) -> int:
    """Return how many of a person's requests wait."""
    query = select(func.count()).where(
        PackageRequest.project_id == project, PackageRequest.account_id == user, PackageRequest.state == OPEN
    )
    return int(await session.scalar(query) or 0)


async def remove(session: AsyncSession, request: str) -> None:
    """Forget a request."""
    await session.execute(delete(PackageRequest).where(PackageRequest.id == request))


async def answer(
    session: AsyncSession, requests: Sequence[str], state: str, by: UserId, now: datetime
) -> None:
    """Note what became of requests that were open."""
    await session.execute(
        update(PackageRequest)
        .where(PackageRequest.id.in_(requests), PackageRequest.state == OPEN)
        .values(state=state, answered_by=by, answered_at=now)
    )


async def answer_installed(
    session: AsyncSession, project: ProjectId, installed: Collection[str], by: UserId, now: datetime
) -> int:
    """Answer all who wait for what is installed, and return how many they are."""
    query = select(PackageRequest.id, PackageRequest.name).where(
        PackageRequest.project_id == project, PackageRequest.state == OPEN
    )
    found = [request for request, name in await session.execute(query) if name in installed]
    if found:
        await answer(session, found, "installed", by, now)
    return len(found)


def _row(row: PackageRequest) -> RequestRow:
    return RequestRow(
        row.id,
        ProjectId(row.project_id),
        row.line,
        row.name,
        row.account_id,
        row.state,
        row.created_at,
        row.answered_by,
        row.answered_at,
    )
