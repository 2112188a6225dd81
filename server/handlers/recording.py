"""What people do about rights and accounts, put on record in the transaction that does it."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import ProjectId, UserId
from server.db.repositories import audit


async def on_record(
    session: AsyncSession,
    by: UserId,
    action: str,
    thing: str,
    project: ProjectId | None = None,
    name: str = "",
    **detail: str | bool | None,
) -> None:
    """Note that `by` did `action` to `thing`: an account, an invitation, a link or a project, called `name`.

    Of `detail`, what is null was not given.
    """
    given = {key: value for key, value in detail.items() if value is not None}
    await audit.add(session, audit.Event(datetime.now(UTC), by, action, project, thing, name, given))
