"""Accounts, and the facts about the site that decide who may make one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import UserId, new_id
from server import payloads
from server.credentials import digest, new_secret
from server.db.tables import Account, LoginSession, PasswordLink, Setting
from server.names import fold
from server.paging import Place, Window, cursor_of
from server.refusals import Refusal

SETUP_CODE = "setup_code_sha256"
SITE = "site"
"""The fact that holds this site's own name, made once."""

COLORS = 10
PASSWORD_LINK_LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SignInRow:
    """What a sign-in is checked against."""

    id: UserId
    password_hash: str | None


async def any_account(session: AsyncSession) -> bool:
    """Say whether the first account has been made."""
    return await session.scalar(select(Account.id).limit(1)) is not None


async def setting(session: AsyncSession, key: str) -> str | None:
    """Return one fact about the site."""
    return await session.scalar(select(Setting.value).where(Setting.key == key))


async def set_setting(session: AsyncSession, key: str, value: str | None) -> None:
    """Set one fact about the site, or remove it with `None`."""
    await session.execute(delete(Setting).where(Setting.key == key))
    if value is not None:
        await session.execute(insert(Setting).values(key=key, value=value))


async def use_setting(session: AsyncSession, key: str, value: str) -> bool:
    """Remove one fact about the site if it still is `value`; of many at the same moment, one succeeds."""
    gone = delete(Setting).where(Setting.key == key, Setting.value == value)
    return (await session.scalars(gone.returning(Setting.key))).first() is not None


async def add_account(
    session: AsyncSession,
    now: datetime,
    *,
    name: str,
    email: str,
    display_name: str,
    password_hash: str | None,
    admin: bool,
) -> UserId:
    """Make an account; raises a `Refusal` when the name or the address is taken."""
    account = UserId(new_id())
    color = (await session.scalar(select(func.count(Account.id))) or 0) % COLORS
    row = Account(
        id=account,
        name=name,
        name_key=fold(name),
        email=email,
        email_key=fold(email),
        display_name=display_name,
        color=color,
        password_hash=password_hash,
        admin=admin,
        created_at=now,
    )
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError:
        reason = "That name or e-mail address has an account already. Sign in, or choose another."
        raise Refusal("taken", reason, 409) from None
    return account


async def to_sign_in(session: AsyncSession, who: str) -> SignInRow | None:
    """Find the account with the login name or e-mail address `who`."""
    key = fold(who)
    query = select(Account.id, Account.password_hash).where(
        or_(Account.name_key == key, Account.email_key == key), Account.disabled_at.is_(None)
    )
    row = (await session.execute(query)).first()
    return SignInRow(UserId(row.id), row.password_hash) if row else None


async def password_hash_of(session: AsyncSession, account: UserId) -> str | None:
    """Return what is stored of the password of `account`."""
    return await session.scalar(select(Account.password_hash).where(Account.id == account))


async def change_account(
    session: AsyncSession, account: UserId, *, display_name: str | None, password_hash: str | None
) -> None:
    """Change what is given of `account`."""
    values = {"display_name": display_name, "password_hash": password_hash}
    given = {name: value for name, value in values.items() if value is not None}
    if given:
        await session.execute(update(Account).where(Account.id == account).values(**given))


async def me(session: AsyncSession, account: UserId) -> payloads.Me:
    """Return `account` as its owner sees it."""
    row = await session.get_one(Account, account, populate_existing=True)
    return payloads.Me(row.id, row.name, row.display_name, row.color, row.email, row.admin, False)


async def users(session: AsyncSession, accounts: Collection[str]) -> dict[str, payloads.User]:
    """Return those of `accounts` that exist, by id, as others see them."""
    if not accounts:
        return {}
    query = select(Account.id, Account.name, Account.display_name, Account.color)
    rows = await session.execute(query.where(Account.id.in_(accounts)))
    return {row.id: payloads.User(row.id, row.name, row.display_name, row.color) for row in rows}


async def login_names(session: AsyncSession) -> dict[str, str]:
    """Return the login name of every account, by id."""
    return {row.id: row.name for row in await session.execute(select(Account.id, Account.name))}


async def list_accounts(session: AsyncSession, window: Window) -> payloads.Page[payloads.SiteUser]:
    """Return a page of all accounts, the oldest first."""
    query = select(Account).order_by(Account.id).limit(window.limit + 1)
    if window.after is not None:
        query = query.where(Account.id > window.after.id)
    rows = list(await session.scalars(query))
    items = await _as_site_users(session, rows[: window.limit])
    return payloads.Page(items, cursor_of(Place(0, items[-1].id)) if len(rows) > window.limit else None)


async def site_user(session: AsyncSession, account: str) -> payloads.SiteUser | None:
    """Return one account as a site admin sees it."""
    row = await session.get(Account, account, populate_existing=True)
    return None if row is None else (await _as_site_users(session, [row]))[0]


async def manage_account(
    session: AsyncSession, account: str, now: datetime, *, admin: bool | None, disabled: bool | None
) -> None:
    """Let an account manage the site or not; close it or open it again."""
    values: dict[str, object] = {}
    if admin is not None:
        values["admin"] = admin
    if disabled is not None:
        values["disabled_at"] = now if disabled else None
    if values:
        await session.execute(update(Account).where(Account.id == account).values(**values))


async def add_password_link(session: AsyncSession, account: str, now: datetime) -> tuple[str, datetime]:
    """Make a link for a new password of `account`, and return its secret and its end; an older one ends."""
    secret, until = new_secret(), now + PASSWORD_LINK_LIFE
    await session.execute(delete(PasswordLink).where(PasswordLink.account_id == account))
    await session.execute(
        insert(PasswordLink).values(account_id=account, secret_sha256=digest(secret), expires_at=until)
    )
    return secret, until


async def use_password_link(session: AsyncSession, secret: str, now: datetime) -> UserId | None:
    """Return whose password a link may change, and end it; of many at the same moment, one succeeds."""
    gone = delete(PasswordLink).where(
        PasswordLink.secret_sha256 == digest(secret),
        PasswordLink.expires_at > now,
        PasswordLink.account_id.in_(select(Account.id).where(Account.disabled_at.is_(None))),
    )
    account = (await session.scalars(gone.returning(PasswordLink.account_id))).first()
    return None if account is None else UserId(account)


async def _as_site_users(session: AsyncSession, rows: Sequence[Account]) -> list[payloads.SiteUser]:
    query = select(LoginSession.account_id, func.max(LoginSession.last_seen_at).label("seen"))
    query = query.where(LoginSession.account_id.in_([row.id for row in rows]))
    seen = {
        row.account_id: row.seen for row in await session.execute(query.group_by(LoginSession.account_id))
    }
    return [
        payloads.SiteUser(
            row.id,
            row.name,
            row.display_name,
            row.color,
            row.email,
            row.admin,
            row.created_at,
            row.disabled_at,
            seen.get(row.id),
        )
        for row in rows
    ]
