"""Sessions and API tokens: who a secret proves, and the lists that people revoke from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import LinkId, UserId, new_id
from server import payloads
from server.credentials import TokenParts, digest, new_secret, same, token_text
from server.db.engine import Database
from server.db.repositories.rights import living_link
from server.db.tables import Account, ApiToken, LoginSession, Project, ShareLink
from server.identity import Identity
from server.paging import Window, newest_first, part

SEEN_EVERY = timedelta(minutes=1)
"""How exact "last seen" is: writing it at each request would cost a commit each."""

_PERSON = (
    Account.id.label("account_id"),
    Account.name,
    Account.display_name,
    Account.color,
    Account.email,
    Account.admin,
)


async def identity_of_session(
    database: Database, secret_sha256: str, now: datetime, *, idle_days: int
) -> Identity | None:
    """Return whose session it is; `None` when it ended, or its account or link did."""
    query = (
        select(
            LoginSession.id,
            LoginSession.last_seen_at,
            LoginSession.link_id,
            ShareLink.id.label("alive"),
            *_PERSON,
        )
        .outerjoin(Account, and_(Account.id == LoginSession.account_id, Account.disabled_at.is_(None)))
        .outerjoin(ShareLink, and_(ShareLink.id == LoginSession.link_id, living_link()))
        .where(
            LoginSession.secret_sha256 == secret_sha256,
            LoginSession.expires_at > now,
            LoginSession.last_seen_at > now - timedelta(days=idle_days),
        )
    )
    async with database.read() as session:
        row = (await session.execute(query)).first()
    if row is None or (row.account_id is None and row.alive is None):
        return None
    if now - row.last_seen_at > SEEN_EVERY:
        async with database.begin() as session:
            await session.execute(
                update(LoginSession).where(LoginSession.id == row.id).values(last_seen_at=now)
            )
    if row.account_id is None:
        color = sum(row.id.encode()) % 10
        return Identity(
            UserId(row.id), "guest", "Guest", color, None, False, row.id, "session", LinkId(row.link_id)
        )
    return Identity(
        UserId(row.account_id), row.name, row.display_name, row.color, row.email, row.admin, row.id, "session"
    )


async def identity_of_token(database: Database, parts: TokenParts, now: datetime) -> Identity | None:
    """Return whose API token it is; `None` when it expired, was revoked or never existed."""
    query = (
        select(ApiToken.id, ApiToken.secret_sha256, ApiToken.last_used_at, *_PERSON)
        .join(Account, and_(Account.id == ApiToken.account_id, Account.disabled_at.is_(None)))
        .where(ApiToken.id == parts.id, or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now))
    )
    async with database.read() as session:
        row = (await session.execute(query)).first()
    if row is None or not same(row.secret_sha256, parts.sha256):
        return None
    if row.last_used_at is None or now - row.last_used_at > SEEN_EVERY:
        async with database.begin() as session:
            await session.execute(update(ApiToken).where(ApiToken.id == row.id).values(last_used_at=now))
    return Identity(
        UserId(row.account_id), row.name, row.display_name, row.color, row.email, row.admin, row.id, "token"
    )


async def is_living(session: AsyncSession, identity: Identity) -> bool:
    """Say whether the session or token that proved `identity` is still there."""
    table = ApiToken if identity.kind == "token" else LoginSession
    return await session.scalar(select(table.id).where(table.id == identity.credential)) is not None


async def add_session(
    session: AsyncSession,
    now: datetime,
    *,
    days: int,
    user_agent: str,
    account: UserId | None = None,
    link: LinkId | None = None,
) -> str:
    """Begin a session of an account or of a guest by `link`; returns the cookie's secret."""
    secret = new_secret()
    await session.execute(
        insert(LoginSession).values(
            id=new_id(),
            secret_sha256=digest(secret),
            account_id=account,
            link_id=link,
            created_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(days=days),
            user_agent=user_agent[:200],
        )
    )
    return secret


async def end_session_by_secret(session: AsyncSession, secret_sha256: str) -> str | None:
    """End the session of a cookie; returns its id."""
    found = await session.scalar(select(LoginSession.id).where(LoginSession.secret_sha256 == secret_sha256))
    if found is not None:
        await session.execute(delete(LoginSession).where(LoginSession.id == found))
    return found


async def sessions_of(
    session: AsyncSession, account: UserId, current: str, now: datetime, window: Window
) -> payloads.Page[payloads.Session]:
    """Return where `account` is signed in, the latest first."""
    query = select(LoginSession).where(LoginSession.account_id == account, LoginSession.expires_at > now)
    found = await session.scalars(query)
    rows, following = part(found, lambda row: newest_first(row.last_seen_at, row.id), window)
    items = [
        payloads.Session(row.id, row.created_at, row.last_seen_at, row.user_agent, row.id == current)
        for row in rows
    ]
    return payloads.Page(items, following)


async def end_sessions(
    session: AsyncSession, account: UserId, *, only: str | None = None, but: str | None = None
) -> Sequence[str]:
    """End one session of `account`, or all but one; returns the ids of those that ended."""
    query = select(LoginSession.id).where(LoginSession.account_id == account)
    if only is not None:
        query = query.where(LoginSession.id == only)
    if but is not None:
        query = query.where(LoginSession.id != but)
    ended = list(await session.scalars(query))
    if ended:
        await session.execute(delete(LoginSession).where(LoginSession.id.in_(ended)))
    return ended


async def tokens_of_account(session: AsyncSession, account: str) -> Sequence[str]:
    """Return the ids of all API tokens of `account`."""
    return list(await session.scalars(select(ApiToken.id).where(ApiToken.account_id == account)))


async def sweep(session: AsyncSession, now: datetime, *, idle_days: int) -> list[str]:
    """Remove sessions and tokens that have expired; returns their ids."""
    over = or_(LoginSession.expires_at <= now, LoginSession.last_seen_at <= now - timedelta(days=idle_days))
    sessions = list(await session.scalars(select(LoginSession.id).where(over)))
    tokens = list(await session.scalars(select(ApiToken.id).where(ApiToken.expires_at <= now)))
    if sessions:
        await session.execute(delete(LoginSession).where(LoginSession.id.in_(sessions)))
    if tokens:
        await session.execute(delete(ApiToken).where(ApiToken.id.in_(tokens)))
    return sessions + tokens


async def guests_of_link(session: AsyncSession, link: str) -> list[str]:
    """Return the sessions of guests who came by `link`."""
    return list(await session.scalars(select(LoginSession.id).where(LoginSession.link_id == link)))


async def guests_of_project(session: AsyncSession, project: str) -> list[str]:
    """Return the sessions of guests of `project`, whether or not their link still lives."""
    query = select(LoginSession.id).join(ShareLink, ShareLink.id == LoginSession.link_id)
    return list(await session.scalars(query.join(Project).where(Project.id == project)))


# Tokens


async def add_token(
    session: AsyncSession, account: UserId, name: str, now: datetime, expires_days: int | None
) -> payloads.MadeToken:
    """Make an API token. Its secret is in the answer and nowhere else."""
    secret, token_id = new_secret(), new_id()
    expires_at = now + timedelta(days=expires_days) if expires_days is not None else None
    row = ApiToken(
        id=token_id,
        account_id=account,
        name=name,
        secret_sha256=digest(secret),
        created_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    await session.flush()
    return payloads.MadeToken(
        payloads.Token(token_id, name, now, expires_at, None), token_text(token_id, secret)
    )


async def tokens_of(session: AsyncSession, account: UserId, window: Window) -> payloads.Page[payloads.Token]:
    """Return the tokens of `account`, the newest first."""
    found = await session.scalars(select(ApiToken).where(ApiToken.account_id == account))
    rows, following = part(found, lambda row: newest_first(row.created_at, row.id), window)
    items = [
        payloads.Token(row.id, row.name, row.created_at, row.expires_at, row.last_used_at) for row in rows
    ]
    return payloads.Page(items, following)


async def end_token(session: AsyncSession, account: UserId, token: str) -> bool:
    """Revoke one token of `account`; False when there is none."""
    found = await session.scalar(
        select(ApiToken.id).where(ApiToken.account_id == account, ApiToken.id == token)
    )
    if found is None:
        return False
    await session.execute(delete(ApiToken).where(ApiToken.id == token))
    return True
