"""One change of an environment while it waits and runs: what is known of it, and how it is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from collab import wire
from collab.ids import JobId, ProjectId
from kernel_manager.environment.lines import Line
from kernel_manager.environment.progress import Progress
from server import payloads
from server.db.repositories.environments import JobRow
from server.environments.plans import Wish

EVERY_S = 0.5
"""How often a job that runs tells how far it is."""

ENDED = ("done", "failed", "cancelled")


@dataclass(slots=True)
class LiveJob:
    """A job of this server. `row` is what is, or will be, on record."""

    row: JobRow
    wish: Wish
    by_name: str
    seen: frozenset[Line] = frozenset()
    """The lines of requirements.txt that reach or run something, as they were when somebody asked."""
    begun: float = field(default_factory=time.monotonic)
    progress: Progress = field(default_factory=Progress)
    task: asyncio.Task[None] | None = None
    is_final: bool = False
    """The change is on record: it cannot be cancelled any more."""

    @property
    def id(self) -> JobId:
        return self.row.id

    @property
    def project(self) -> ProjectId:
        return self.row.project

    @property
    def has_ended(self) -> bool:
        return self.row.state in ENDED

    def ended(
        self,
        state: str,
        now: datetime,
        *,
        code: str | None = None,
        reason: str | None = None,
        detail: str | None = None,
        changes: Sequence[tuple[str, str | None, str | None]] = (),
    ) -> None:
        """Note how it ended."""
        self.row = replace(
            self.row,
            state=state,
            ended_at=now,
            code=code,
            reason=reason,
            detail=detail,
            changes=tuple(changes),
        )

    def message(self) -> wire.JobProgress:
        """Return what everybody in the project is told."""
        return wire.JobProgress(**_told(self.row, self.by_name, self))

    @property
    def elapsed_s(self) -> float:
        if self.row.ended_at is not None:
            return (self.row.ended_at - self.row.created_at).total_seconds()
        return time.monotonic() - self.begun


def shown(row: JobRow, by: payloads.User | None, live: LiveJob | None) -> payloads.Job:
    """Return a job as the API tells it; a live one knows how far it is."""
    return payloads.Job(**_told(row, by.display_name if by is not None else "", live), detail=row.detail)


def _told(row: JobRow, by_name: str, live: LiveJob | None) -> dict[str, Any]:
    """Return the fields that the socket and the API tell of a job."""
    progress = live.progress if live is not None else Progress()
    elapsed_s = live.elapsed_s if live is not None else _took(row)
    return {
        "id": row.id,
        "project": row.project,
        "kind": row.kind,
        "title": row.title,
        "state": row.state,
        "phase": progress.phase,
        "text": progress.text,
        "done_bytes": progress.done_bytes,
        "total_bytes": progress.total_bytes,
        "elapsed_s": round(elapsed_s, 1),
        "by": row.by,
        "by_name": by_name,
        "created_at": row.created_at,
        "ended_at": row.ended_at,
        "code": row.code,
        "reason": row.reason,
        "changes": [wire.PackageChange(*change) for change in row.changes],
    }


async def tick(job: LiveJob, tell: Callable[[LiveJob], None]) -> None:
    """Tell how far a job is for as long as it runs, also while nothing moves."""
    while not job.has_ended:
        tell(job)
        await asyncio.sleep(EVERY_S)


def _took(row: JobRow) -> float:
    return (row.ended_at - row.created_at).total_seconds() if row.ended_at is not None else 0.0
