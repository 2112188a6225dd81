"""What a cell of SQL shows: the last table, and a line on what ran."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .chain import Known
from .session import Outcome

MIME = "application/vnd.commonbook.sql+json"


@dataclass(frozen=True)
class Part:
    """One statement that ran."""

    outcome: Outcome
    seconds: float
    first: str
    known: Known | None


@dataclass
class Report:
    """A cell that ran. `partial` are tables that it read and that hold the first rows of their query only."""

    connection: str
    result: str | None
    connecting_s: float = 0.0
    parts: list[Part] = field(default_factory=list)
    numbered: bool = False
    uses: list[str] = field(default_factory=list)
    partial: list[str] = field(default_factory=list)
    frame: Any = None
    shown: Part | None = None

    def told(self) -> dict[str, Any]:
        """Return it as the page gets it."""
        return {
            "version": 1,
            "connection": self.connection,
            "result": self.result if self.frame is not None else None,
            "ms": round(1000 * sum(part.seconds for part in self.parts), 1),
            "statements": [self._told(part) for part in self.parts],
            "rows": None if self.frame is None else len(self.frame),
            "is_partial": self.shown is not None and self.shown.outcome.is_partial,
            "uses": self.uses,
            "partial": self.partial,
        }

    def _told(self, part: Part) -> dict[str, Any]:
        rows = None
        if part.outcome.columns is not None:
            frame = part.outcome.frame
            rows = len(frame if frame is not None else part.outcome.rows)
        return {
            "statement": part.first,
            "ms": round(1000 * part.seconds, 1),
            "rows": rows,
            "changed": part.outcome.changed,
        }

    @property
    def words(self) -> str:
        """What other programs show of it."""
        told = self.told()
        if told["rows"] is None:
            changed = [part.outcome.changed for part in self.parts if part.outcome.changed is not None]
            done = f"{sum(changed):,} rows changed" if changed else "Done"
        else:
            done = f"{told['rows']:,}{' of more' if told['is_partial'] else ''} rows"
        return f"{done} in {told['ms']:,} ms ({self.connection})"


def show(shell: Any, report: Report) -> None:
    """Display a report in the cell that runs."""
    if report.frame is not None:
        data, metadata = shell.display_formatter.format(report.frame)
        shell.display_pub.publish(data, metadata)
    shell.display_pub.publish({MIME: report.told(), "text/plain": report.words}, {})
