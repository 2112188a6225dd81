"""A session that a test talks to: people's commands go in, a kernel's words go in, effects come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from collab.commands import AnyCommand, RunCells, StartKernel
from collab.ids import RunId, UserId
from collab.roles import Role, capabilities_of
from collab.session.decide import decide
from collab.session.observe import observe
from collab.session.reports import Ended, Ready, Report, Saved, Stopped, TimeIsUp
from collab.session.state import Asker, CellEnded, CellText, Effect, Moment, SavedVariables, Session, Step

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ADA = Asker(UserId("ada"), "Ada", capabilities_of(Role.COLLABORATOR))
ROOT = Asker(UserId("root"), "Root", capabilities_of(Role.ADMIN))
TWELVE = SavedVariables("saved-1", 12, 2)
IDLE = "It has done nothing for 60 minutes."


@dataclass
class Play:
    """A session of a notebook with `cells`, and its effects so far. `asker` asks where nobody is named."""

    cells: Sequence[CellText]
    asker: Asker = ADA
    saved: tuple[str, ...] = ()
    session: Session = field(default_factory=Session)
    effects: list[Effect] = field(default_factory=list)
    _runs: int = 0

    def ask(
        self,
        command: AnyCommand,
        asker: Asker | None = None,
        cells: Sequence[CellText] | None = None,
        *,
        repeated: bool = False,
    ) -> list[Effect]:
        self._runs += 1
        run, there = RunId(f"run-{self._runs}"), tuple(self.cells if cells is None else cells)
        moment = Moment(NOON, run, there, repeated, self.saved)
        return self._take(decide(self.session, command, asker or self.asker, moment))

    def hear(self, report: Report) -> list[Effect]:
        return self._take(observe(self.session, report))

    def _take(self, step: Step) -> list[Effect]:
        self.session = step.session
        self.effects += step.effects
        return list(step.effects)

    # What the kernel says

    def ready(self) -> list[Effect]:
        return self.hear(Ready(self.session.epoch, NOON, "Python 3.11.7"))

    def finish(
        self, status: Literal["ok", "error", "aborted"] = "ok", suggestion: str | None = None
    ) -> list[Effect]:
        """End the running cell."""
        running = self.session.running
        assert running
        ended = Ended(self.session.epoch, NOON, running.msg_id, status, 1, suggestion=suggestion)
        return self.hear(ended)

    def time_is_up(self, cause: Literal["idle", "max_life"] = "idle") -> list[Effect]:
        return self.hear(TimeIsUp(self.session.epoch, NOON, cause, IDLE))

    def are_saved(self, found: SavedVariables | None = TWELVE) -> list[Effect]:
        return self.hear(Saved(self.session.epoch, NOON, found))

    def stopped(self) -> list[Effect]:
        return self.hear(Stopped(self.session.epoch, NOON))

    # Where a test begins, and what it looks at

    def idle(self) -> Play:
        self.ask(StartKernel())
        self.ready()
        return self

    def busy(self) -> Play:
        self.idle().ask(RunCells(cell_id=self.cells[0].id))
        return self

    def ended(self) -> dict[str, str]:
        """Return how each cell ended."""
        return {e.cell.cell: e.state for e in self.effects if isinstance(e, CellEnded)}
