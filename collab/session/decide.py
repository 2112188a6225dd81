"""What a person's command does to the session, or why it is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from collab.commands import (
    Answer,
    AnyCommand,
    Cancel,
    ChangeHardware,
    ClearOutputs,
    Comm,
    Command,
    ForgetVariables,
    Interrupt,
    Keep,
    Restart,
    RestoreVariables,
    RunCells,
    RunText,
    SetInput,
    StartKernel,
    Stop,
)
from collab.ids import CellId
from collab.session import ending, state
from collab.session.state import (
    Asker,
    CellsQueued,
    CellText,
    ClearCells,
    Ending,
    InterruptKernel,
    KeepKernel,
    Moment,
    QueuedCell,
    RestartKernel,
    SendInput,
    Session,
    Step,
    TextOptions,
    advance,
    cancel_waiting,
    end_running,
    text_cell,
    then,
)

MAX_QUEUE = 10_000
"""Cells that may wait in one notebook."""

USUAL_KEEP_HOURS = 8.0
_LONGEST_KEEP_HOURS = 24 * 7


class Refusal(Exception):
    """An answer to a person: a stable code, and a sentence that says what to do next."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def decide(session: Session, command: AnyCommand, asker: Asker, moment: Moment) -> Step:
    """Return what `command` leads to. Raises `Refusal`; then nothing has changed."""
    demand(command, asker)
    match command:
        case RunCells():
            return _run(session, command, asker, moment)
        case RunText():
            return _run_text(session, command, asker, moment)
        case Cancel():
            return _cancel(session, command, moment)
        case Interrupt():
            return _interrupt(session, moment)
        case StartKernel():
            return _start(session, command, asker)
        case Restart():
            return _restart(session, command, asker, moment)
        case Stop():
            return _stop(session, command, asker, moment)
        case Answer():
            return _answer(session, command)
        case ClearOutputs():
            return _clear(session, command, moment)
        case Keep():
            return _keep(session, command, asker, moment)
        case ChangeHardware():
            return _change_hardware(session, command, asker, moment)
        case RestoreVariables():
            return _restore(session, command, moment)
        case ForgetVariables():
            return Step(session, (state.ForgetVariables(_saved(command.saved, moment)),))
        case Comm():
            return _move(session)
        case SetInput():
            return _run_anew(session, asker, moment)
        case _:
            assert_never(command)


def demand(command: Command, asker: Asker) -> None:
    """Raise a `Refusal` unless `asker` holds the right that `command` needs."""
    for right in (command.needs, *([command.needs_too] if isinstance(command, RunText) else [])):
        if right not in asker.rights:
            raise Refusal("forbidden", f"This needs the right {right.value}; ask an admin of the project.")


def _run(session: Session, command: RunCells, asker: Asker, moment: Moment) -> Step:
    if moment.repeated:
        return Step(session, run=moment.run)
    chosen = _chosen(command, moment.cells)
    return advance(_enqueue(_awake(Step(session)), chosen, asker, moment), moment.now)


def _run_text(session: Session, command: RunText, asker: Asker, moment: Moment) -> Step:
    if moment.repeated:
        return Step(session, run=moment.run)
    if len(session.queue) >= MAX_QUEUE:
        raise _full()
    options = TextOptions(
        command.client,
        command.request,
        command.silent,
        command.store_history,
        command.allow_stdin,
        command.stop_on_error,
        command.expressions,
    )
    queued = QueuedCell(
        moment.run, text_cell(moment.run), asker.user, asker.name, command.code, moment.now, options
    )
    step = _awake(Step(session))
    step = then(step, replace(step.session, queue=(*step.session.queue, queued)), CellsQueued((queued,)))
    return advance(replace(step, run=moment.run), moment.now)


def _full() -> Refusal:
    return Refusal("queue_full", f"{MAX_QUEUE} cells wait already; stop them first.")


def _move(session: Session) -> Step:
    if session.kernel not in ("idle", "busy"):
        raise Refusal("no_kernel", "The kernel is not there. Run the widget's cell again when it is.")
    return _awake(Step(session))


def _run_anew(session: Session, asker: Asker, moment: Moment) -> Step:
    """Queue the cells of `moment` although they may wait already: they would run on an old value.

    While one of them runs, nothing is queued and the step names no run; ask again when it has ended.
    """
    if moment.repeated:
        return Step(session, run=moment.run)
    chosen = list(moment.cells)
    if not chosen or session.kernel in ("none", "dead", "stopping"):
        return Step(session)
    old = {cell.id for cell in chosen}
    step = cancel_waiting(_awake(Step(session)), moment.now, lambda cell: cell.cell in old)
    if session.running is not None and session.running.cell in old:
        return step
    return advance(_enqueue(step, chosen, asker, moment), moment.now)


def _awake(step: Step) -> Step:
    """Take back a stop for being idle: somebody wants something of the kernel."""
    session = step.session
    if session.ending is None or session.ending.cause != "idle":
        return step
    match session.kernel:
        case "saving":
            return ending.stay(step)
        case "busy" | "reconnecting":
            return then(step, replace(session, ending=None))
        case _:
            return step


def _chosen(command: RunCells, cells: tuple[CellText, ...]) -> list[CellText]:
    """Return the code cells that the command names, each once; "all" passes over everything else."""
    match command.cell_id, command.cells:
        case None, "all":
            chosen = [cell for cell in cells if cell.type == "code"]
        case str() as one, None:
            chosen = _named([one], cells)
        case None, list() as many:
            chosen = _named(many, cells)
        case _:
            raise Refusal("bad_command", 'Name one "cell_id", or "cells": a list or "all".')
    if not chosen:
        raise Refusal("nothing_to_run", "There is no code cell to run.")
    return chosen


def _named(ids: Iterable[str], cells: tuple[CellText, ...]) -> list[CellText]:
    known = {cell.id: cell for cell in cells}
    chosen = []
    for cell_id in dict.fromkeys(ids):
        cell = known.get(CellId(cell_id))
        if cell is None:
            raise Refusal(
                "unknown_cell", f"The notebook has no cell {cell_id}; somebody may have deleted it."
            )
        if cell.type == "code":
            chosen.append(cell)
    return chosen


def _enqueue(step: Step, chosen: list[CellText], asker: Asker, moment: Moment) -> Step:
    """Queue `chosen` behind everything else.

    The cell in flight is passed over: its outputs are still coming. A cell that
    waits keeps its place, unless its text has changed since; then the old wish
    is cancelled, so that what runs is what was last asked for.
    """
    session = step.session
    running = session.running
    waiting = {cell.cell: cell.source for cell in session.waiting}
    fresh = [
        cell
        for cell in chosen
        if not (running and running.cell == cell.id) and waiting.get(cell.id) != cell.source
    ]
    if not fresh:
        raise Refusal("already_queued", "This is running or waiting already; stop it first to run it anew.")
    if len(session.queue) + len(fresh) > MAX_QUEUE:
        raise _full()
    renewed = {cell.id for cell in fresh}
    step = cancel_waiting(step, moment.now, lambda cell: cell.cell in renewed)
    queued = tuple(
        QueuedCell(moment.run, cell.id, asker.user, asker.name, cell.source, moment.now) for cell in fresh
    )
    step = then(step, replace(step.session, queue=step.session.queue + queued), CellsQueued(queued))
    return replace(step, run=moment.run)


def _cancel(session: Session, command: Cancel, moment: Moment) -> Step:
    def is_meant(cell: QueuedCell) -> bool:
        return command.cell_id in (None, cell.cell) and command.run in (None, cell.run)

    names_something = command.cell_id is not None or command.run is not None
    if names_something and not any(map(is_meant, session.waiting)):
        raise Refusal("not_waiting", "This does not wait any more; use stop if it runs.")
    return cancel_waiting(Step(session), moment.now, is_meant)


def _interrupt(session: Session, moment: Moment) -> Step:
    answers = session.kernel in ("idle", "busy", "reconnecting", "saving", "restoring")
    if not session.queue and not answers:
        raise Refusal("not_running", "Nothing is running.")
    step = cancel_waiting(Step(session), moment.now)
    if session.kernel == "saving":
        step = ending.stay(step)
    if answers:
        step = then(step, step.session, InterruptKernel(session.epoch))
    return step


def _start(session: Session, command: StartKernel, asker: Asker) -> Step:
    if command.hardware is not None:
        demand(ChangeHardware(command.hardware), asker)
    match session.kernel:
        case "none" | "dead":
            return state.start(Step(session), command.hardware)
        case "stopping":
            raise _stopping()
        case "starting" | "idle" | "busy" | "restarting" | "reconnecting" | "restoring" | "saving":
            return _awake(Step(session))
        case _:
            assert_never(session.kernel)


def _restart(session: Session, command: Restart, asker: Asker, moment: Moment) -> Step:
    if command.run_all and moment.repeated:
        return Step(session, run=moment.run)
    if session.kernel == "stopping":
        raise _stopping()
    chosen = _chosen(RunCells(cells="all"), moment.cells) if command.run_all else []
    step = cancel_waiting(end_running(Step(session), "cancelled", moment.now), moment.now)
    match session.kernel:
        case "none" | "dead":
            step = state.start(step)
        case "starting" | "restarting":
            pass  # a fresh kernel is on its way
        case "idle" | "busy" | "reconnecting" | "saving" | "restoring":
            epoch = session.epoch + 1
            fresh = replace(
                step.session, kernel="restarting", epoch=epoch, language="", progress="", ending=None
            )
            step = then(step, fresh, RestartKernel(epoch))
        case _:
            assert_never(session.kernel)
    return advance(_enqueue(step, chosen, asker, moment), moment.now) if chosen else step


def _stop(session: Session, command: Stop, asker: Asker, moment: Moment) -> Step:
    asked = Ending("asked", keeps=command.keep_variables, by=asker.user, by_name=asker.name)
    step = cancel_waiting(Step(session), moment.now)
    match session.kernel:
        case "none":
            raise Refusal("no_kernel", "There is no kernel to stop.")
        case "dead":
            return then(step, replace(step.session, kernel="none", death=None))
        case "stopping":
            # What was to follow is not wanted any more.
            return then(step, replace(step.session, ending=replace(asked, keeps=False)))
        case "starting" | "idle" | "busy" | "restarting" | "reconnecting" | "restoring" | "saving":
            return ending.leave(step, asked, moment.now)
        case _:
            assert_never(session.kernel)


def _change_hardware(session: Session, command: ChangeHardware, asker: Asker, moment: Moment) -> Step:
    last = moment.saved[0] if moment.saved and command.keep_variables else None
    match session.kernel:
        case "none" | "dead":
            return state.start(Step(session), command.hardware, last, asker.user)
        case "stopping" | "saving" | "restoring":
            raise _stopping()
        case "reconnecting":
            raise Refusal(
                "kernel_away", "The kernel does not answer now. Wait until it does, or stop it first."
            )
        case "busy" if not command.interrupt:
            raise Refusal("kernel_busy", "A cell is running. Stop it first, or change and stop it in one.")
        case "starting" | "restarting" | "idle" | "busy":
            going = Ending("hardware", hardware=command.hardware, keeps=command.keep_variables, by=asker.user)
            is_fresh = session.kernel in ("starting", "restarting")
            step = Step(session) if is_fresh else cancel_waiting(Step(session), moment.now)
            return ending.leave(step, going, moment.now)
        case _:
            assert_never(session.kernel)


def _restore(session: Session, command: RestoreVariables, moment: Moment) -> Step:
    wanted = _saved(command.saved, moment)
    match session.kernel:
        case "none" | "dead":
            return state.start(Step(session), restore=wanted)
        case "starting" | "restarting":
            return Step(replace(session, restore=wanted))
        case "idle":
            return ending.restore(Step(session), wanted)
        case "busy" | "reconnecting" | "restoring":
            raise Refusal("kernel_busy", "The kernel is busy. Restore the variables when it is ready again.")
        case "stopping" | "saving":
            raise _stopping()
        case _:
            assert_never(session.kernel)


def _saved(wanted: str | None, moment: Moment) -> str:
    found = moment.saved[:1] if wanted is None else tuple(each for each in moment.saved if each == wanted)
    if not found:
        raise Refusal("nothing_saved", "There are no saved variables here any more.")
    return found[0]


def _answer(session: Session, command: Answer) -> Step:
    running = session.running
    if running is None or session.prompt is None or running.run != command.run:
        raise Refusal("input_gone", "Somebody has answered already, or the cell has ended.")
    answered = replace(session, prompt=None)
    return Step(answered, (SendInput(session.epoch, running, command.text),))


def _clear(session: Session, command: ClearOutputs, moment: Moment) -> Step:
    """Clear what is over; cells that run or wait begin with nothing anyway."""
    busy = {cell.cell for cell in session.queue}
    wanted = None if command.cells == "all" else set(command.cells)
    cells = tuple(
        cell.id for cell in moment.cells if cell.id not in busy and (wanted is None or cell.id in wanted)
    )
    return Step(session, (ClearCells(cells),) if cells else ())


def _keep(session: Session, command: Keep, asker: Asker, moment: Moment) -> Step:
    until = _kept_until(command, moment.now)
    if session.kernel in ("none", "dead", "stopping"):
        raise Refusal("no_kernel", "There is no kernel to keep.")
    step = _awake(Step(session)) if until is not None else Step(session)
    step = then(step, step.session, KeepKernel(until, asker.user, asker.name))
    return advance(step, moment.now)


def _kept_until(command: Keep, now: datetime) -> datetime | None:
    """Return until when a kernel is to be kept; None lets go of it."""
    hours, until = command.hours, command.until
    if hours is not None and until is not None:
        raise Refusal("bad_command", 'Give "hours" or "until", not both.')
    if until is not None:
        if until.tzinfo is None:
            raise Refusal("bad_command", '"until" needs a time zone, as in 2026-01-01T18:00:00Z.')
        hours = (until - now) / timedelta(hours=1)
    elif hours is None:
        hours = USUAL_KEEP_HOURS
    if not 0 <= hours <= _LONGEST_KEEP_HOURS:
        raise Refusal("bad_command", f"A kernel is kept for 0 to {_LONGEST_KEEP_HOURS} hours from now.")
    return now + timedelta(hours=hours) if hours else None


def _stopping() -> Refusal:
    return Refusal("kernel_stopping", "The kernel is stopping; try again in a moment.")
