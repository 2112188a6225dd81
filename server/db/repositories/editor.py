"""How people want the editor: one small JSON each. What cannot be read any more counts as never chosen."""

from __future__ import annotations

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import UserId
from server import payloads
from server.db.inserting import insert_new
from server.db.tables import EditorChoices


async def choices_of(session: AsyncSession, account: UserId) -> payloads.EditorChoices:
    """Return what `account` has chosen, the usual for the rest."""
    value = await session.scalar(select(EditorChoices.value).where(EditorChoices.account_id == account))
    try:
        return msgspec.json.decode(value or "{}", type=payloads.EditorChoices)
    except msgspec.MsgspecError:
        return payloads.EditorChoices()


async def choose(session: AsyncSession, account: UserId, choices: payloads.EditorChoices) -> None:
    """Keep what `account` has chosen."""
    value = msgspec.json.encode(choices).decode()
    await session.execute(delete(EditorChoices).where(EditorChoices.account_id == account))
    await insert_new(session, EditorChoices, {"account_id": account, "value": value})
