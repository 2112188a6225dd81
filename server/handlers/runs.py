"""Runs, for scripts: the same commands that the socket takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from collab import commands
from collab.roles import Capability
from server import payloads
from server.db.repositories import people, runs
from server.db.repositories.runs import RecordedCell
from server.handlers.base import ApiHandler, needs, route
from server.handlers.living import carry_out, sessions_of


@route("/api/notebooks/{notebook}/runs")
class RunsHandler(ApiHandler):
    """Queues cells."""

    @needs(Capability.RUN, body=payloads.NewRun, answer=payloads.MadeRun, status=202)
    async def post(self, body: payloads.NewRun) -> payloads.MadeRun:
        made = await carry_out(self, commands.RunCells(cells=body.cells))
        return payloads.MadeRun(made["run"])


@route("/api/runs/{run}")
class RunHandler(ApiHandler):
    """One run. Deleting takes what has not begun from the queue."""

    @needs(Capability.READ, answer=payloads.Run)
    async def get(self) -> payloads.Run:
        run = self.opened_run
        async with self.services.database.read() as session:
            cells = await runs.of_run(session, run.id)
            users = await people.users(session, {run.by})
        began = sessions_of(self).began(run.notebook.id)
        return payloads.Run(
            run.id,
            run.notebook.id,
            _summary([cell.state for cell in cells]),
            users.get(run.by),
            [_cell(cell, began.get(cell.msg_id)) for cell in cells],
        )

    @needs(Capability.RUN)
    async def delete(self) -> None:
        run = self.opened_run
        self._opened = run.notebook
        await carry_out(self, commands.Cancel(run=run.id))


def _cell(cell: RecordedCell, began: datetime | None) -> payloads.RunCell:
    started = cell.started or began
    return payloads.RunCell(cell.cell, cell.state, cell.queued, started, cell.ended, cell.source_sha256)


def _summary(states: Sequence[str]) -> str:
    """Return one word for a whole run: what goes on, or else the worst that happened."""
    if "running" in states or ("queued" in states and set(states) - {"queued", "cancelled"}):
        return "running"
    return next((state for state in ("queued", "lost", "error", "cancelled") if state in states), "done")
