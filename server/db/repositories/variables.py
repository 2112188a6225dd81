"""Variables that ended kernels left to be restored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import NotebookId, ProjectId
from server.db.tables import Notebook, SavedSet


@dataclass(frozen=True, slots=True)
class RecordedSet:
    """One set of saved variables; `kept` and `lost` are its lines, as the kernel told them."""

    id: str
    notebook: NotebookId
    hardware: str
    cause: str
    kept: Sequence[Mapping[str, Any]]
    lost: Sequence[Mapping[str, Any]]
    bytes: int
    saved_at: datetime
    expires_at: datetime
    restored_at: datetime | None = None


def add(connection: Connection, found: RecordedSet) -> None:
    """Put a set on record."""
    connection.execute(
        insert(SavedSet).values(
            id=found.id,
            notebook_id=found.notebook,
            hardware=found.hardware,
            cause=found.cause,
            kept=list(found.kept),
            lost=list(found.lost),
            bytes=found.bytes,
            saved_at=found.saved_at,
            expires_at=found.expires_at,
        )
    )


def mark_restored(connection: Connection, saved: str, now: datetime) -> None:
    """Note that a set is back in a kernel: it is offered no more."""
    connection.execute(update(SavedSet).where(SavedSet.id == saved).values(restored_at=now))


def remove(connection: Connection, saved: Sequence[str]) -> None:
    """Forget sets whose files are gone."""
    connection.execute(delete(SavedSet).where(SavedSet.id.in_(saved)))


async def of_notebook(session: AsyncSession, notebook: NotebookId) -> list[RecordedSet]:
    """Return the sets of a notebook, the newest first."""
    query = select(SavedSet).where(SavedSet.notebook_id == notebook)
    rows = await session.scalars(query.order_by(SavedSet.saved_at.desc(), SavedSet.id.desc()))
    return [_recorded(row) for row in rows]


async def expired(session: AsyncSession, now: datetime) -> list[tuple[str, ProjectId]]:
    """Return the sets whose time is over, each with the project in whose folder it lies."""
    query = (
        select(SavedSet.id, Notebook.project_id)
        .join(Notebook, Notebook.id == SavedSet.notebook_id)
        .where(SavedSet.expires_at <= now)
    )
    return [(saved, ProjectId(project)) for saved, project in await session.execute(query)]


async def ids(session: AsyncSession) -> set[str]:
    """Return all sets on record."""
    return set(await session.scalars(select(SavedSet.id)))


def _recorded(row: SavedSet) -> RecordedSet:
    return RecordedSet(
        row.id,
        NotebookId(row.notebook_id),
        row.hardware,
        row.cause,
        row.kept,
        row.lost,
        row.bytes,
        row.saved_at,
        row.expires_at,
        row.restored_at,
    )
