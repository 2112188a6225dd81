"""Puts the steps of a session on record, before anything is done about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import CellId, NotebookId, RunId, UserId
from collab.session.state import (
    CellEnded,
    CellsQueued,
    CellStarted,
    Effect,
    Execute,
    QueuedCell,
    RestartKernel,
    StartKernel,
    StopKernel,
)
from server.db.engine import Database
from server.db.repositories import kernels, notebooks, people, runs
from server.db.repositories.kernels import RecordedKernel
from server.db.repositories.runs import RecordedCell
from server.sessions.outputs import source_hash

_RECORDED = (CellsQueued, CellEnded, Execute, StartKernel, RestartKernel, StopKernel)


class Ledger:
    """The record of one notebook's runs and kernels."""

    def __init__(self, notebook: NotebookId, database: Database) -> None:
        self._notebook = notebook
        self._database = database
        self.began: dict[str, datetime] = {}

    async def knows(self, run: RunId) -> bool:
        """Say whether a run was asked for already."""
        async with self._database.read() as session:
            return await runs.exists(session, run)

    async def open_cells(self) -> list[RecordedCell]:
        """Return what waits or runs, in order."""
        async with self._database.read() as session:
            return await runs.open_cells(session, self._notebook)

    async def names(self, users: set[UserId]) -> dict[str, str]:
        """Return how these people are called."""
        async with self._database.read() as session:
            found = await people.users(session, users)
        return {user: known.display_name for user, known in found.items()}

    async def living_kernels(self) -> Sequence[RecordedKernel]:
        """Return the kernels on record that have not ended."""
        async with self._database.read() as session:
            return await kernels.living(session, self._notebook)

    async def record(
        self,
        effects: Sequence[Effect],
        kernel: RecordedKernel | None,
        seq: int,
        *,
        over: RecordedKernel | None,
    ) -> None:
        """Commit one step. `seq` is how far the journal of `kernel` has been read; `over` has ended.

        When a cell began waits for its end: it is worth no commit, as the journal tells it again.
        """
        self.began |= {e.cell.msg_id: e.at for e in effects if isinstance(e, CellStarted)}
        if over is None and not any(isinstance(effect, _RECORDED) for effect in effects):
            return
        now = datetime.now(UTC)
        async with self._database.begin() as session:
            for effect in effects:
                await self._record(session, effect, kernel, seq, now)
            if over is not None:
                await kernels.mark_ended(session, over.id, now)

    async def end_kernel(self, kernel: RecordedKernel) -> None:
        """Note that a kernel is no more."""
        async with self._database.begin() as session:
            await kernels.mark_ended(session, kernel.id, datetime.now(UTC))

    async def note_edit(self, by: str | None, cells: int) -> None:
        """Note who edited last."""
        async with self._database.begin() as session:
            await notebooks.edited(session, self._notebook, by, datetime.now(UTC), cells=cells)

    async def _record(
        self,
        session: AsyncSession,
        effect: Effect,
        kernel: RecordedKernel | None,
        seq: int,
        now: datetime,
    ) -> None:
        match effect:
            case CellsQueued(cells):
                rows = [_recorded(cell) for cell in cells]
                await runs.add(session, self._notebook, cells[0].run, rows, now)
            case Execute(_, cell):
                await runs.mark_sent(session, cell.msg_id, seq)
            case CellEnded():
                msg_id = effect.cell.msg_id
                began = self.began.pop(msg_id, None)
                await runs.mark_ended(session, msg_id, effect.state, effect.at, effect.count, started=began)
                if kernel is not None:
                    await kernels.mark_acknowledged(session, kernel.id, seq)
            case StartKernel() if kernel is not None:
                await kernels.intend(session, kernel, now)
            case RestartKernel(epoch) if kernel is not None:
                await kernels.want_epoch(session, kernel.id, epoch)
            case StopKernel() if kernel is not None:
                await kernels.mark_stopping(session, kernel.id)
            case _:
                pass


def queued_again(row: RecordedCell, by_name: str) -> QueuedCell:
    """Return the queued cell that `row` recorded."""
    return QueuedCell(row.run, row.cell, row.by, by_name, row.source, row.queued)


def _recorded(cell: QueuedCell) -> RecordedCell:
    return RecordedCell(
        cell.run,
        cell.by,
        CellId(cell.cell),
        cell.msg_id,
        "queued",
        cell.source,
        source_hash(cell.source),
        cell.queued,
    )
