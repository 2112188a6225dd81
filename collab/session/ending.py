"""How a kernel is ended with its variables saved, and how they come back: steps that several rules share.

The way out is always the same: the running cell is stopped if that was asked for, the variables are saved,
the kernel stops, and then its report is shown or the next kernel starts. Until the kernel stops, a wish to
run something or to keep it takes back a stop that nobody asked for.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from collab.session.state import (
    Ending,
    InterruptKernel,
    KernelDeath,
    RestoreVariables,
    SavedVariables,
    SaveVariables,
    Session,
    Step,
    StopKernel,
    Tell,
    advance,
    cancel_waiting,
    end_running,
    start,
    then,
)


def leave(step: Step, ending: Ending, at: datetime) -> Step:
    """Begin to end a kernel that lives; one that is on its way out already is ended at once."""
    session = step.session
    if not ending.keeps or session.ending is not None:
        return stop(step, replace(ending, keeps=False), at)
    match session.kernel:
        case "idle":
            return save(step, ending)
        case "busy":
            step = cancel_waiting(step, at)
            return then(step, replace(step.session, ending=ending), InterruptKernel(session.epoch))
        case "starting" | "restarting" | "reconnecting" | "restoring":
            return stop(step, replace(ending, keeps=False), at)
        case "none" | "dead" | "stopping" | "saving":
            return step
        case _:
            assert_never(session.kernel)


def go_on(step: Step, at: datetime) -> Step:
    """Do what is due with a kernel that has nothing to do: end it, give it its variables, or let it run."""
    session = step.session
    if session.kernel != "idle":
        return step
    if session.ending is not None:
        return save(step, session.ending)
    if session.restore is not None:
        return restore(step, session.restore)
    return advance(step, at)


def save(step: Step, ending: Ending) -> Step:
    """Save the variables of an idle kernel that is to end."""
    session = step.session
    saving = replace(session, kernel="saving", ending=ending, progress="")
    return then(step, saving, SaveVariables(session.epoch, ending.cause))


def stop(step: Step, ending: Ending, at: datetime) -> Step:
    """Stop a kernel now, whatever it does."""
    step = end_running(step, "cancelled", at)
    stopping = replace(step.session, kernel="stopping", ending=ending, restore=None)
    return then(step, stopping, StopKernel(stopping.epoch))


def stay(step: Step) -> Step:
    """Take back an end that is being prepared; the kernel is as it was."""
    return then(step, replace(step.session, kernel="idle", ending=None, progress=""))


def saved(session: Session, found: SavedVariables | None, failure: str, at: datetime) -> Step:
    """Go on to stop the kernel, now that its variables are safe.

    If nothing could be saved, whoever wanted to stop it with its variables is told, and it stays. One that is
    idle stops all the same: nobody is there to decide.
    """
    ending = session.ending
    if session.kernel != "saving" or ending is None:
        return Step(session)
    if failure and ending.cause in ("asked", "hardware"):
        told = Tell(f"The variables could not be saved, so the kernel goes on. {failure}")
        step = stay(Step(session))
        return advance(then(step, step.session, told), at)
    if failure:
        ending = replace(ending, reason=f"{ending.reason} Its variables could not be saved. {failure}")
    stopping = replace(session, kernel="stopping", ending=replace(ending, saved=found), progress="")
    return Step(stopping, (StopKernel(session.epoch),))


def stopped(session: Session, at: datetime) -> Step:
    """Do what comes after the end of a kernel: start the next one, or say why it ended."""
    if session.kernel != "stopping":
        return Step(session)
    ending = session.ending or Ending("asked")
    over = replace(session, kernel="none", language="", progress="", ending=None)
    match ending.cause:
        case "asked":
            by = ending.by_name or "somebody"
            death = KernelDeath("asked", _report(replace(ending, reason=f"Stopped by {by}.")), at)
            return advance(Step(replace(over, death=death)), at)
        case "hardware":
            saved_id = ending.saved.id if ending.saved else None
            return start(Step(over), ending.hardware, saved_id, ending.by)
        case "idle" | "max_life":
            if over.queue:
                return advance(Step(over), at)
            death = KernelDeath(ending.cause, _report(ending), at)
            return Step(replace(over, kernel="dead", death=death))
        case _:
            assert_never(ending.cause)


def restore(step: Step, saved_id: str) -> Step:
    """Bring saved variables into an idle kernel."""
    session = replace(step.session, kernel="restoring", restore=None, progress="")
    return then(step, session, RestoreVariables(session.epoch, saved_id))


def restored(session: Session, complaint: str, at: datetime) -> Step:
    """Let the queue go on, now that the variables are back."""
    if session.kernel != "restoring":
        return Step(session)
    told = (Tell(complaint),) if complaint else ()
    return advance(Step(replace(session, kernel="idle", progress=""), told), at)


def _report(ending: Ending) -> str:
    found = ending.saved
    if found is None or found.kept == 0:
        return ending.reason
    kept = "1 variable was kept." if found.kept == 1 else f"{found.kept} variables were kept."
    return f"{ending.reason} {kept}"
