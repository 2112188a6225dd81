"""Runs and their cells: what was asked, what was sent, how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import CellId, NotebookId, RunId, UserId
from server.db.tables import Run, RunCell

OPEN = ("queued", "running")
"""The states of cells that have not ended."""


@dataclass(frozen=True, slots=True)
class RecordedCell:
    """One cell of a run. `journal_seq` is how far the kernel's journal had been read when it was sent.

    `started` is on record once the cell has ended; until then the notebook's runtime document knows it.
    """

    run: RunId
    by: UserId
    cell: CellId
    msg_id: str
    state: str
    source: str
    source_sha256: str
    queued: datetime
    started: datetime | None = None
    ended: datetime | None = None
    count: int | None = None
    journal_seq: int | None = None
    text: Mapping[str, Any] | None = None


def exists(connection: Connection, run: RunId) -> bool:
    """Say whether the run is on record."""
    return connection.scalar(select(Run.id).where(Run.id == run)) is not None


def add(
    connection: Connection, notebook: NotebookId, run: RunId, cells: Sequence[RecordedCell], now: datetime
) -> None:
    """Put a new run on record; fails when it is there already."""
    connection.execute(insert(Run).values(id=run, notebook_id=notebook, by=cells[0].by, created_at=now))
    rows = [
        {
            "run_id": run,
            "position": position,
            "cell_id": cell.cell,
            "msg_id": cell.msg_id,
            "state": cell.state,
            "source": cell.source,
            "source_sha256": cell.source_sha256,
            "queued": cell.queued,
            "text": cell.text,
        }
        for position, cell in enumerate(cells)
    ]
    connection.execute(insert(RunCell), rows)


def mark_sent(connection: Connection, msg_id: str, journal_seq: int) -> None:
    """Note that the cell goes to the kernel. A second time changes nothing."""
    connection.execute(
        update(RunCell)
        .where(RunCell.msg_id == msg_id, RunCell.state == "queued")
        .values(state="running", journal_seq=journal_seq)
    )


def mark_ended(
    connection: Connection,
    msg_id: str,
    state: str,
    at: datetime,
    count: int | None,
    *,
    started: datetime | None,
) -> None:
    """Note when the cell began, if it did, and how it ended. A second time changes nothing."""
    connection.execute(
        update(RunCell)
        .where(RunCell.msg_id == msg_id, RunCell.state.in_(OPEN))
        .values(state=state, started=started, ended=at, count=count)
    )


async def open_cells(session: AsyncSession, notebook: NotebookId) -> list[RecordedCell]:
    """Return the cells that wait or run, in the order of the queue."""
    query = (
        select(RunCell, Run.by)
        .join(Run, Run.id == RunCell.run_id)
        .where(Run.notebook_id == notebook, RunCell.state.in_(OPEN))
        .order_by(RunCell.state.desc(), Run.created_at, Run.id, RunCell.position)
    )
    return [_recorded(cell, by) for cell, by in (await session.execute(query)).all()]


async def of_requests(session: AsyncSession, msg_ids: Sequence[str]) -> list[RecordedCell]:
    """Return the cells that these requests carried. An id that is no cell's is passed over."""
    query = select(RunCell, Run.by).join(Run, Run.id == RunCell.run_id).where(RunCell.msg_id.in_(msg_ids))
    return [_recorded(cell, by) for cell, by in (await session.execute(query)).all()]


async def notebooks_with_open_cells(session: AsyncSession) -> list[NotebookId]:
    """Return the notebooks where something waits or runs."""
    query = select(Run.notebook_id).join(RunCell).where(RunCell.state.in_(OPEN)).distinct()
    return [NotebookId(found) for found in await session.scalars(query)]


async def of_run(session: AsyncSession, run: RunId) -> list[RecordedCell]:
    """Return the cells of one run, in their order."""
    query = (
        select(RunCell, Run.by)
        .join(Run, Run.id == RunCell.run_id)
        .where(Run.id == run)
        .order_by(RunCell.position)
    )
    return [_recorded(cell, by) for cell, by in (await session.execute(query)).all()]


def _recorded(row: RunCell, by: str) -> RecordedCell:
    return RecordedCell(
        RunId(row.run_id),
        UserId(by),
        CellId(row.cell_id),
        row.msg_id,
        row.state,
        row.source,
        row.source_sha256,
        row.queued,
        row.started,
        row.ended,
        row.count,
        row.journal_seq,
        row.text,
    )
