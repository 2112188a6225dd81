"""Share links: a role for whoever holds the secret, until the link expires or is revoked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import LinkId, ProjectId, UserId, new_id
from collab.roles import Role
from server import payloads
from server.credentials import LINK_PREFIX, digest, new_secret
from server.db.inserting import insert_new
from server.db.repositories import people
from server.db.repositories.rights import living_link
from server.db.tables import LinkGrant, Project, ShareLink
from server.paging import Window, newest_first, part


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A living link, found by its secret."""

    id: LinkId
    project: ProjectId
    without_account: bool


async def of_project(
    session: AsyncSession, project: ProjectId, window: Window
) -> payloads.Page[payloads.Link]:
    """Return the living links of `project`, the newest first."""
    query = select(ShareLink).where(ShareLink.project_id == project, living_link())
    rows, following = part(
        await session.scalars(query), lambda row: newest_first(row.created_at, row.id), window
    )
    makers = await people.users(session, {row.created_by for row in rows if row.created_by})
    found = [
        payloads.Link(
            row.id,
            Role(row.role),
            row.created_at,
            makers.get(row.created_by or ""),
            row.expires_at,
            row.uses,
        )
        for row in rows
    ]
    return payloads.Page(found, following)


async def add(
    session: AsyncSession,
    project: ProjectId,
    role: Role,
    by: UserId,
    now: datetime,
    expires_at: datetime | None,
) -> tuple[payloads.Link, str]:
    """Make a link; returns it with its secret, which is kept nowhere."""
    secret = new_secret(LINK_PREFIX)
    row = ShareLink(
        id=new_id(),
        project_id=project,
        role=role.value,
        secret_sha256=digest(secret),
        created_by=by,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    await session.flush()
    maker = (await people.users(session, {by})).get(by)
    return payloads.Link(row.id, role, now, maker, expires_at, 0), secret


async def revoke(session: AsyncSession, project: ProjectId, link: str) -> bool:
    """End a link, with every grant and guest session that came by it; False when there is none."""
    gone = delete(ShareLink).where(ShareLink.id == link, ShareLink.project_id == project)
    return (await session.scalars(gone.returning(ShareLink.id))).first() is not None


async def find(session: AsyncSession, secret: str) -> FoundLink | None:
    """Find the living link behind `secret`."""
    query = (
        select(ShareLink.id, ShareLink.project_id, Project.links_without_account)
        .join(Project, Project.id == ShareLink.project_id)
        .where(ShareLink.secret_sha256 == digest(secret), Project.deleted_at.is_(None), living_link())
    )
    row = (await session.execute(query)).first()
    if row is None:
        return None
    return FoundLink(LinkId(row.id), ProjectId(row.project_id), row.links_without_account)


async def grant(session: AsyncSession, link: LinkId, account: UserId, now: datetime) -> None:
    """Let `account` hold the link's role for as long as the link lives."""
    if await insert_new(session, LinkGrant, {"link_id": link, "account_id": account, "since": now}):
        await used(session, link)


async def used(session: AsyncSession, link: LinkId) -> None:
    """Count one more person who came by `link`."""
    await session.execute(update(ShareLink).where(ShareLink.id == link).values(uses=ShareLink.uses + 1))


async def expired_between(session: AsyncSession, start: datetime, end: datetime) -> set[ProjectId]:
    """Return the projects of which a link expired after `start` and by `end`."""
    query = select(ShareLink.project_id).where(ShareLink.expires_at > start, ShareLink.expires_at <= end)
    return {ProjectId(project) for project in await session.scalars(query)}


async def next_expiry(session: AsyncSession, after: datetime) -> datetime | None:
    """Return when the next link expires."""
    return await session.scalar(select(func.min(ShareLink.expires_at)).where(ShareLink.expires_at > after))
