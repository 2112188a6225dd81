"""Writes the state of a session and the progress of its cells into the runtime document."""

from __future__ import annotations

from datetime import datetime

from collab.ids import CellId
from collab.packed_run import stamp
from collab.runtime import RunEntry, RuntimeDocument
from collab.session.state import CellEnded, CellStarted, KernelDeath, QueuedCell, Remains, Session
from collab.wire import Death, InputRequest, QueueEntry, SavedOffer
from server.sessions.outputs import source_hash
from server.sessions.widgets import Owner


def show_session(
    runtime: RuntimeDocument, session: Session, hardware: str | None, saved: SavedOffer | None
) -> None:
    """Bring the kernel and the queue of the document to the state of `session`."""
    running, prompt, death = session.running, session.prompt, session.death
    runtime.set_queue(
        QueueEntry(cell.run, cell.cell, cell.by, cell.by_name, stamp(cell.queued)) for cell in session.queue
    )
    runtime.set_kernel(
        state=session.kernel,
        epoch=session.epoch,
        hardware=hardware,
        language=session.language or None,
        progress=session.progress or None,
        input=InputRequest(running.run, running.cell, prompt.prompt, prompt.password)
        if running and prompt
        else None,
        death=_death(death) if death else None,
        saved=saved,
    )


def death_shown(death: Death) -> KernelDeath:
    """Return the death of a kernel as an earlier server showed it."""
    cell = CellId(death.cell) if death.cell is not None else None
    remains = Remains(death.line, death.peak, death.memory_limit, tuple(death.variables))
    return KernelDeath(death.cause, death.reason, datetime.fromisoformat(death.at), cell, remains)


def show_moved(runtime: RuntimeDocument, owner: Owner, name: str, at: datetime) -> None:
    """Note at the run that made a widget who moved it last; the time counts while it is another person's."""
    entry = runtime.entry(owner.cell)
    if entry is not None and entry.run == owner.run and entry.moved_by != name:
        runtime.update_run(owner.cell, moved_by=name, moved_at=stamp(at))


def _death(death: KernelDeath) -> Death:
    known = death.remains
    return Death(
        death.cause,
        death.reason,
        stamp(death.at),
        death.cell,
        known.line,
        known.peak,
        known.memory_limit,
        list(known.variables),
    )


def show_queued(runtime: RuntimeDocument, cell: QueuedCell) -> str:
    """Replace what the cell shows by a run that waits; returns the hash of its text."""
    hashed = source_hash(cell.source)
    entry = RunEntry(cell.run, cell.by, cell.by_name, "queued", source_hash=hashed, queued=stamp(cell.queued))
    runtime.begin_run(cell.cell, entry)
    return hashed


def show_started(runtime: RuntimeDocument, started: CellStarted) -> None:
    """Show that a cell runs."""
    runtime.update_run(started.cell.cell, state="running", started=stamp(started.at), count=started.count)


def show_ended(runtime: RuntimeDocument, ended: CellEnded) -> None:
    """Show how a cell ended."""
    more = {"count": ended.count} if ended.count is not None else {}
    if ended.suggestion is not None:
        more["suggestion"] = ended.suggestion  # type: ignore[assignment]
    runtime.update_run(ended.cell.cell, state=ended.state, ended=stamp(ended.at), **more)
