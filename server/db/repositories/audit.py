"""What was done, by whom, to which thing. Rows are added and read, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import ProjectId
from server.db.tables import AuditEvent

MOST_SHOWN = 200


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
    return [
        Event(
            row.at,
            row.actor,
            row.action,
            None if row.project_id is None else ProjectId(row.project_id),
            row.thing,
            row.name,
            row.detail,
        )
        for row in await session.scalars(query)
    ]
