"""Puts the steps of a session on record, before anything is done about them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from collab.ids import CellId, NotebookId, RunId, UserId
from collab.session.state import (
    CellEnded,
    CellsQueued,
    CellStarted,
    Effect,
    Execute,
    KeepKernel,
    QueuedCell,
    RestartKernel,
    StartKernel,
    StopKernel,
    TextOptions,
)
from server.db.engine import Database
from server.db.repositories import kernels, notebooks, people, runs
from server.db.repositories.kernels import RecordedKernel
from server.db.repositories.runs import RecordedCell
from server.sessions.outputs import source_hash
from server.storage import is_away

_RECORDED = (CellsQueued, CellEnded, Execute, StartKernel, RestartKernel, StopKernel, KeepKernel)

FIRST_RETRY_S = 0.05
LONGEST_RETRY_S = 5.0

log = logging.getLogger("commonbook.sessions")


class Ledger:
    """The record of one notebook's runs and kernels."""

    def __init__(self, notebook: NotebookId, database: Database) -> None:
        self._notebook = notebook
        self._database = database
        self.began: dict[str, datetime] = {}

    async def knows(self, run: RunId) -> bool:
        """Say whether a run was asked for already."""
        return await self._database.read_plain(lambda connection: runs.exists(connection, run))

    async def open_cells(self) -> list[RecordedCell]:
        """Return what waits or runs, in order."""
        async with self._database.read() as session:
            return await runs.open_cells(session, self._notebook)

    async def cells_of(self, msg_ids: Sequence[str]) -> list[RecordedCell]:
        """Return the cells that these requests carried to a kernel."""
        async with self._database.read() as session:
            return await runs.of_requests(session, msg_ids)

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
        While nothing can be saved, this tries again and again: the step is shown already.
        """
        self.began |= {e.cell.msg_id: e.at for e in effects if isinstance(e, CellStarted)}
        if over is None and not any(isinstance(effect, _RECORDED) for effect in effects):
            return
        now, pause_s = datetime.now(UTC), FIRST_RETRY_S

        def write(connection: Connection) -> None:
            for effect in effects:
                self._record(connection, effect, kernel, seq, now)
            if over is not None:
                kernels.mark_ended(connection, over.id, now)

        while True:
            try:
                await self._database.write_plain(write)
                break
            except Exception as failure:
                if not is_away(failure):
                    raise
                log.warning("a step is not on record yet", exc_info=True, extra={"notebook": self._notebook})
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_RETRY_S)
        for effect in effects:
            if isinstance(effect, CellEnded):
                self.began.pop(effect.cell.msg_id, None)

    async def end_kernel(self, kernel: RecordedKernel) -> None:
        """Note that a kernel is no more."""
        now = datetime.now(UTC)
        await self._database.write_plain(lambda connection: kernels.mark_ended(connection, kernel.id, now))

    async def note_advice(self, kernel: RecordedKernel, advice: Any) -> None:
        """Note what a restart would bring; while nothing can be saved, only this server knows it."""
        try:
            await self._database.write_plain(lambda connection: kernels.advise(connection, kernel.id, advice))
        except Exception as failure:
            if not is_away(failure):
                raise
            log.warning("an advice is not on record", exc_info=True, extra={"notebook": self._notebook})

    async def note_edit(self, by: str | None, cells: int) -> None:
        """Note who edited last; while nothing can be saved, leave it to the next edit."""
        try:
            async with self._database.begin() as session:
                await notebooks.edited(session, self._notebook, by, datetime.now(UTC), cells=cells)
        except Exception as failure:
            if not is_away(failure):
                raise
            log.warning("the last editor is not on record", exc_info=True, extra={"notebook": self._notebook})

    def _record(
        self,
        connection: Connection,
        effect: Effect,
        kernel: RecordedKernel | None,
        seq: int,
        now: datetime,
    ) -> None:
        match effect:
            case CellsQueued(cells):
                rows = [_recorded(cell) for cell in cells]
                runs.add(connection, self._notebook, cells[0].run, rows, now)
            case Execute(_, cell):
                runs.mark_sent(connection, cell.msg_id, seq)
            case CellEnded():
                msg_id = effect.cell.msg_id
                began = self.began.get(msg_id)
                runs.mark_ended(connection, msg_id, effect.state, effect.at, effect.count, started=began)
                if kernel is not None:
                    kernels.mark_acknowledged(connection, kernel.id, seq)
            case StartKernel() if kernel is not None:
                kernels.intend(connection, kernel, now)
            case RestartKernel(epoch) if kernel is not None:
                kernels.want_epoch(connection, kernel.id, epoch)
            case StopKernel() if kernel is not None:
                kernels.mark_stopping(connection, kernel.id)
            case KeepKernel(until, _, by_name) if kernel is not None:
                kernels.keep(connection, kernel.id, until, by_name)
            case _:
                pass


def queued_again(row: RecordedCell, by_name: str) -> QueuedCell:
    """Return the queued cell that `row` recorded."""
    text = msgspec.convert(row.text, TextOptions) if row.text is not None else None
    return QueuedCell(row.run, row.cell, row.by, by_name, row.source, row.queued, text)


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
        text=msgspec.to_builtins(cell.text) if cell.text is not None else None,
    )
