"""Which identity at a provider signs in as which account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import UserId
from server.db.tables import Account
from server.db.tables import ExternalIdentity as Row
from server.names import fold
from server.providers import ExternalIdentity
from server.refusals import Refusal


async def account_of(session: AsyncSession, found: ExternalIdentity) -> UserId | None:
    """Return the account joined with this identity."""
    query = (
        select(Account.id)
        .join(Row, Row.account_id == Account.id)
        .where(Row.issuer == found.issuer, Row.subject == found.subject, Account.disabled_at.is_(None))
    )
    account = await session.scalar(query)
    return UserId(account) if account else None


async def account_with_address(session: AsyncSession, found: ExternalIdentity) -> UserId | None:
    """Return the account with the identity's e-mail address, verified or not."""
    if found.email is None:
        return None
    query = select(Account.id).where(Account.email_key == fold(found.email), Account.disabled_at.is_(None))
    account = await session.scalar(query)
    return UserId(account) if account else None


async def join(session: AsyncSession, found: ExternalIdentity, account: UserId, now: datetime) -> None:
    """Let this identity sign in as `account` from now on; raises a `Refusal` where it is another's."""
    before = await session.get(Row, (found.issuer, found.subject))
    if before is None:
        values = {"issuer": found.issuer, "subject": found.subject, "account_id": account, "since": now}
        await session.execute(insert(Row).values(**values))
    elif before.account_id != account:
        raise Refusal("joined_elsewhere", "That sign-in belongs to another account here.", 409)
