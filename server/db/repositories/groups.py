"""Groups of people, made by the site admin so that hardware classes can name several at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import new_id
from server import payloads
from server.db.tables import Account, PeopleGroup, PeopleGroupMember
from server.names import fold
from server.refusals import NotFound, Refusal


async def all_groups(session: AsyncSession) -> list[payloads.Group]:
    """Return every group with its people, by name."""
    groups = await session.execute(
        select(PeopleGroup.id, PeopleGroup.name).order_by(PeopleGroup.name_key, PeopleGroup.id)
    )
    query = (
        select(PeopleGroupMember.group_id, Account.id, Account.name, Account.display_name, Account.color)
        .join(Account, Account.id == PeopleGroupMember.account_id)
        .order_by(Account.name_key)
    )
    people: dict[str, list[payloads.User]] = {}
    for row in await session.execute(query):
        person = payloads.User(row.id, row.name, row.display_name, row.color)
        people.setdefault(row.group_id, []).append(person)
    return [payloads.Group(row.id, row.name, people.get(row.id, [])) for row in groups]


async def one(session: AsyncSession, group: str) -> payloads.Group:
    """Return one group; raises `NotFound`."""
    for each in await all_groups(session):
        if each.id == group:
            return each
    raise NotFound


async def of_person(session: AsyncSession, account: str) -> set[str]:
    """Return the groups that `account` is in."""
    query = select(PeopleGroupMember.group_id).where(PeopleGroupMember.account_id == account)
    return set(await session.scalars(query))


async def add(session: AsyncSession, name: str, members: Collection[str], now: datetime) -> str:
    """Make a group; raises a `Refusal` when there is one of that name."""
    group = new_id()
    row = PeopleGroup(id=group, name=name, name_key=fold(name), created_at=now)
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise _taken() from None
    await set_members(session, group, members)
    return group


async def rename(session: AsyncSession, group: str, name: str) -> None:
    """Rename a group; raises a `Refusal` when there is another of that name."""
    try:
        async with session.begin_nested():
            await session.execute(
                update(PeopleGroup).where(PeopleGroup.id == group).values(name=name, name_key=fold(name))
            )
    except IntegrityError:
        raise _taken() from None


async def set_members(session: AsyncSession, group: str, members: Iterable[str]) -> None:
    """Put exactly `members` into a group; raises a `Refusal` for somebody unknown."""
    wanted = sorted(set(members))
    known = set(await session.scalars(select(Account.id).where(Account.id.in_(wanted))))
    if known != set(wanted):
        reason = "Somebody in the list has no account here. Load the page again."
        raise Refusal("unknown_person", reason)
    await session.execute(delete(PeopleGroupMember).where(PeopleGroupMember.group_id == group))
    if wanted:
        rows = [{"group_id": group, "account_id": account} for account in wanted]
        await session.execute(insert(PeopleGroupMember), rows)


async def remove(session: AsyncSession, group: str) -> None:
    """Delete a group; its people stay. Raises `NotFound`."""
    gone = delete(PeopleGroup).where(PeopleGroup.id == group).returning(PeopleGroup.id)
    if (await session.scalars(gone)).first() is None:
        raise NotFound


def _taken() -> Refusal:
    return Refusal("taken", "There is a group of that name already. Choose another name.", 409)
