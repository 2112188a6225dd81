"""Members of projects, and people who are invited but have no account yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import ProjectId, UserId, new_id
from collab.roles import Role
from server import payloads
from server.credentials import INVITATION_PREFIX, digest, new_secret
from server.db.tables import Account, Invitation, Member, Project
from server.names import fold


@dataclass(frozen=True, slots=True)
class Invited:
    """What an invitation promises, found by its secret."""

    id: str
    project: ProjectId
    role: Role


async def lock(session: AsyncSession, project: ProjectId) -> None:
    """Let nobody else change the members of `project` until this transaction ends."""
    await session.execute(select(Project.id).where(Project.id == project).with_for_update())


async def of_project(session: AsyncSession, project: ProjectId) -> list[payloads.Member]:
    """Return members and pending invitations, those of longest standing first."""
    query = (
        select(Account, Member.role, Member.since)
        .join(Member, Member.account_id == Account.id)
        .where(Member.project_id == project)
        .order_by(Member.since, Account.id)
    )
    people = [
        payloads.Member(_user(account), Role(role), account.email, since)
        for account, role, since in await session.execute(query)
    ]
    waiting = select(Invitation).where(Invitation.project_id == project).order_by(Invitation.created_at)
    return people + [_pending(row) for row in await session.scalars(waiting)]


async def one(session: AsyncSession, project: ProjectId, user: str) -> payloads.Member | None:
    """Return one member or pending invitation of `project`, by account id or invitation id."""
    query = (
        select(Account, Member.role, Member.since)
        .join(Member, Member.account_id == Account.id)
        .where(Member.project_id == project, Member.account_id == user)
    )
    found = (await session.execute(query)).first()
    if found is not None:
        account, role, since = found
        return payloads.Member(_user(account), Role(role), account.email, since)
    invitation = await session.get(Invitation, user)
    ours = invitation is not None and invitation.project_id == project
    return _pending(invitation) if invitation is not None and ours else None


async def account_called(session: AsyncSession, who: str) -> UserId | None:
    """Return the account with the login name or e-mail address `who`."""
    key = fold(who)
    found = await session.scalar(
        select(Account.id).where((Account.name_key == key) | (Account.email_key == key))
    )
    return UserId(found) if found else None


async def add(session: AsyncSession, project: ProjectId, account: UserId, role: Role, now: datetime) -> None:
    """Make `account`, which is none yet, a member."""
    await session.execute(
        insert(Member).values(project_id=project, account_id=account, role=role.value, since=now)
    )


async def set_role(session: AsyncSession, project: ProjectId, member: payloads.Member, role: Role) -> None:
    """Give a member or an invitation another role."""
    if member.pending:
        change = update(Invitation).where(Invitation.id == member.user.id)
    else:
        change = update(Member).where(Member.project_id == project, Member.account_id == member.user.id)
    await session.execute(change.values(role=role.value))


async def remove(session: AsyncSession, project: ProjectId, member: payloads.Member) -> None:
    """Remove a member, or withdraw an invitation."""
    if member.pending:
        gone = delete(Invitation).where(Invitation.id == member.user.id)
    else:
        gone = delete(Member).where(Member.project_id == project, Member.account_id == member.user.id)
    await session.execute(gone)


async def count_owners(session: AsyncSession, project: ProjectId) -> int:
    """Return how many owners `project` has."""
    query = select(func.count()).where(Member.project_id == project, Member.role == Role.OWNER.value)
    return await session.scalar(query) or 0


async def invite(
    session: AsyncSession,
    project: ProjectId,
    email: str,
    role: Role,
    by: UserId,
    now: datetime,
    *,
    days: int,
) -> tuple[payloads.Member, str]:
    """Let whoever holds the returned secret join as `role`. An earlier invitation to `email` ends."""
    secret, key = new_secret(INVITATION_PREFIX), fold(email)
    await session.execute(
        delete(Invitation).where(Invitation.project_id == project, Invitation.email_key == key)
    )
    row = Invitation(
        id=new_id(),
        project_id=project,
        email=email,
        email_key=key,
        role=role.value,
        secret_sha256=digest(secret),
        created_by=by,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(row)
    await session.flush()
    return _pending(row), secret


async def invitation(session: AsyncSession, secret: str, now: datetime) -> Invited | None:
    """Find the invitation behind `secret`; `None` when it expired or was withdrawn or used."""
    query = (
        select(Invitation.id, Invitation.project_id, Invitation.role)
        .join(Project, Project.id == Invitation.project_id)
        .where(
            Invitation.secret_sha256 == digest(secret),
            Invitation.expires_at > now,
            Project.deleted_at.is_(None),
        )
    )
    row = (await session.execute(query)).first()
    return Invited(row.id, ProjectId(row.project_id), Role(row.role)) if row else None


async def take_up(session: AsyncSession, invited: Invited, account: UserId, now: datetime) -> bool:
    """Make `account` what it was invited as; False when the invitation went in the meantime.

    Somebody who is a member already keeps the role they have.
    """
    await lock(session, invited.project)
    gone = await session.scalars(
        delete(Invitation).where(Invitation.id == invited.id).returning(Invitation.id)
    )
    if gone.first() is None:
        return False
    if await one(session, invited.project, account) is None:
        await add(session, invited.project, account, invited.role, now)
    return True


def _user(account: Account) -> payloads.User:
    return payloads.User(account.id, account.name, account.display_name, account.color)


def _pending(row: Invitation) -> payloads.Member:
    nobody_yet = payloads.User(row.id, row.email, row.email, 0)
    return payloads.Member(nobody_yet, Role(row.role), row.email, row.created_at, pending=True)
