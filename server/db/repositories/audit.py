"""What was done, by whom, to which thing. Rows are added and read, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, not_, select
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import ProjectId
from server.db.tables import AuditEvent
from server.paging import Place, Window, part

MOST_SHOWN = 200

_USED = "connection used"
_OF_CONNECTION = AuditEvent.action.startswith("connection ")
KINDS: Mapping[str, ColumnElement[bool]] = {
    "uses": AuditEvent.action == _USED,
    "connections": and_(_OF_CONNECTION, AuditEvent.action != _USED),
    "rights": not_(_OF_CONNECTION),
}
"""What entries are about: uses of secrets, changes of connections, and rights and accounts."""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry. `actor` is an account, or null for the server itself; `detail` never holds a secret."""

    at: datetime
    actor: str | None
    action: str
    project: ProjectId | None
    thing: str | None
    name: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


async def add(session: AsyncSession, event: Event) -> None:
    """Put one entry on record."""
    await session.execute(
        insert(AuditEvent).values(
            at=event.at,
            actor=event.actor,
            action=event.action,
            project_id=event.project,
            thing=event.thing,
            name=event.name[:200],
            detail=dict(event.detail),
        )
    )


async def of_thing(session: AsyncSession, project: ProjectId, thing: str) -> list[Event]:
    """Return the latest entries about one thing of a project, the newest first."""
    query = (
        select(AuditEvent)
        .where(AuditEvent.thing == thing, AuditEvent.project_id == project)
        .order_by(AuditEvent.id.desc())
        .limit(MOST_SHOWN)
    )
    return [_event(row) for row in await session.scalars(query)]


async def all_of(
    session: AsyncSession, window: Window, *, kind: str | None, project: str | None, by: str | None
) -> tuple[list[Event], str | None]:
    """Return a part of all entries, the newest first, and the cursor of the following part.

    `kind` is one of `KINDS`; a project and an account narrow it down further.
    """
    query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(window.limit + 1)
    if window.after is not None:
        query = query.where(AuditEvent.id < -window.after.order)
    if kind is not None:
        query = query.where(KINDS[kind])
    if project is not None:
        query = query.where(AuditEvent.project_id == project)
    if by is not None:
        query = query.where(AuditEvent.actor == by)
    taken, cursor = part(await session.scalars(query), lambda row: Place(-row.id, "event"), window)
    return [_event(row) for row in taken], cursor


def _event(row: AuditEvent) -> Event:
    project = None if row.project_id is None else ProjectId(row.project_id)
    return Event(row.at, row.actor, row.action, project, row.thing, row.name, row.detail)
