"""What a kernel's word or a lost right does to a session, and how it begins again after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal, assert_never

from collab.ids import CellId
from collab.session import ending
from collab.session.reports import (
    Asked,
    Barred,
    Began,
    Ended,
    Gone,
    KernelReport,
    Preparing,
    Reached,
    Ready,
    Removed,
    Report,
    Restored,
    Saved,
    Stopped,
    TimeIsUp,
    Unreachable,
)
from collab.session.state import (
    CellStarted,
    Ending,
    Execute,
    KernelDeath,
    Prompt,
    QueuedCell,
    Session,
    Step,
    advance,
    cancel_waiting,
    end_running,
    then,
)
from collab.wire import RunState


def observe(session: Session, report: Report) -> Step:
    """Return what `report` leads to. A word of another epoch, or about another cell, changes nothing."""
    if isinstance(report, Barred):
        return cancel_waiting(Step(session), report.at, lambda cell: cell.by in report.people)
    if isinstance(report, Removed):
        return cancel_waiting(Step(session), report.at, lambda cell: cell.cell in report.cells)
    return _heard(session, report) if report.epoch == session.epoch else Step(session)


def _heard(session: Session, report: KernelReport) -> Step:
    match report:
        case Preparing():
            waits = session.kernel in ("starting", "restarting", "reconnecting", "saving", "restoring")
            return Step(replace(session, progress=report.sentence) if waits else session)
        case Ready():
            return _ready(session, report)
        case Began():
            running = _running(session, report.msg_id)
            began = (CellStarted(running, report.at, report.count),) if running else ()
            return Step(session, began)
        case Asked():
            running = _running(session, report.msg_id)
            prompt = Prompt(report.prompt, report.password) if running else session.prompt
            return Step(replace(session, prompt=prompt))
        case Ended():
            return _ended(session, report)
        case Unreachable():
            alive = session.kernel in ("idle", "busy")
            return Step(replace(session, kernel="reconnecting") if alive else session)
        case Reached():
            return _reached(session, report)
        case Gone():
            return _gone(session, report)
        case Stopped():
            return ending.stopped(session, report.at)
        case TimeIsUp():
            return _time_is_up(session, report)
        case Saved():
            return ending.saved(session, report.saved, report.failure, report.at)
        case Restored():
            return ending.restored(session, report.complaint, report.at)
        case _:
            assert_never(report)


def resume(
    queue: Sequence[QueuedCell],
    epoch: int,
    now: datetime,
    *,
    has_kernel: bool,
    in_flight: bool,
    is_new: bool = False,
    language: str = "",
) -> Step:
    """Return the session as it stood when the server ended; `language` is what its kernel said it speaks.

    With a kernel on record it waits for `Reached` or `Gone`, which decide what
    becomes of the queue; one that `is_new` was never ready, and is still
    starting. Without one nothing was sent, and the queue goes on.
    """
    known: Literal["starting", "reconnecting"] = "starting" if is_new and not in_flight else "reconnecting"
    session = Session(known if has_kernel else "none", epoch, queue=tuple(queue), language=language)
    if has_kernel and queue:
        return Step(replace(session, in_flight=in_flight))
    return advance(Step(session), now)


def _ready(session: Session, report: Ready) -> Step:
    is_awaited = session.kernel in ("starting", "restarting")
    # After a restart of the server nobody knows whether the kernel was ready before.
    is_unsure = session.kernel == "reconnecting" and not session.in_flight
    if not is_awaited and not is_unsure:
        return Step(session)
    ready = replace(session, kernel="idle", language=report.language, progress="")
    return ending.go_on(Step(ready), report.at)


def _time_is_up(session: Session, report: TimeIsUp) -> Step:
    """End the kernel. One that runs a cell is interrupted first, and ended if that changes nothing."""
    if session.kernel not in ("idle", "busy"):
        return Step(session)
    return ending.leave(Step(session), Ending(report.cause, report.reason), report.at)


def _reached(session: Session, report: Reached) -> Step:
    """Go on where the connection was lost; the request in flight is sent again, and runs at most once."""
    if session.kernel != "reconnecting":
        return Step(session)
    running = session.running
    if running is None:
        return ending.go_on(Step(replace(session, kernel="idle", progress="")), report.at)
    return Step(replace(session, kernel="busy", progress=""), (Execute(session.epoch, running),))


def _ended(session: Session, report: Ended) -> Step:
    running = _running(session, report.msg_id)
    if running is None:
        return Step(session)
    state: RunState
    match report.status:
        case "ok":
            state = "done"
        case "error":
            state = "error"
        case "aborted":
            state = "cancelled"
        case _:
            assert_never(report.status)
    step = end_running(Step(session), state, report.at, report.count, report.suggestion)
    if session.kernel == "busy":
        step = then(step, replace(step.session, kernel="idle"))
    if report.status != "ok":
        step = cancel_waiting(
            step, report.at, lambda cell: cell.run == running.run or _fails_with(cell, running)
        )
    return ending.go_on(step, report.at)


def _gone(session: Session, report: Gone) -> Step:
    """End everything: what ran has failed or is lost, what waited would run without its variables."""
    match session.kernel:
        case "none" | "dead" | "stopping":
            return Step(session)
        case "starting" | "restarting" | "idle" | "busy" | "reconnecting" | "saving" | "restoring":
            pass
        case _:
            assert_never(session.kernel)
    running = session.running
    cell: CellId | None = running.cell if running else None
    step = end_running(Step(session), "error" if report.is_proven else "lost", report.at)
    step = cancel_waiting(step, report.at)
    death = KernelDeath(report.cause, report.reason, report.at, cell, report.remains)
    dead = replace(
        step.session, kernel="dead", death=death, language="", progress="", ending=None, restore=None
    )
    return then(step, dead)


def _fails_with(cell: QueuedCell, failed: QueuedCell) -> bool:
    """Whether a program counts on the code that failed before it sent this."""
    if cell.text is None or failed.text is None or not failed.text.stop_on_error:
        return False
    return cell.text.client == failed.text.client


def _running(session: Session, msg_id: str) -> QueuedCell | None:
    running = session.running
    return running if running and running.msg_id == msg_id else None
