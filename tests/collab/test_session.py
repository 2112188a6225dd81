"""The rules of a session by example: what a command or a kernel's word leads to."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from collab import commands
from collab.commands import (
    Answer,
    AnyCommand,
    Cancel,
    ClearOutputs,
    Interrupt,
    Keep,
    Restart,
    RunCells,
    Stop,
)
from collab.ids import CellId, UserId
from collab.roles import Capability
from collab.session.decide import Refusal
from collab.session.observe import observe, resume
from collab.session.reports import (
    Asked,
    Barred,
    Began,
    Ended,
    Gone,
    Preparing,
    Reached,
    Ready,
    Removed,
    Stopped,
    Unreachable,
)
from collab.session.state import (
    Asker,
    CellEnded,
    CellStarted,
    CellText,
    ClearCells,
    Execute,
    InterruptKernel,
    KernelDeath,
    RestartKernel,
    SendInput,
    Session,
    StartKernel,
    StopKernel,
)
from tests.support.play import ADA, NOON, Play

CELLS = (
    CellText(CellId("cell-one-000"), "code", "x = 1"),
    CellText(CellId("cell-two-000"), "markdown", "# Title"),
    CellText(CellId("cell-three-0"), "code", "print(x)"),
    CellText(CellId("cell-four-00"), "code", "  \n"),
    CellText(CellId("cell-five-00"), "code", "x / 0"),
)
ONE, _, THREE, EMPTY, FIVE = (cell.id for cell in CELLS)


@pytest.fixture
def play() -> Play:
    return Play(CELLS)


def test_the_first_run_starts_the_kernel_and_waits_for_it(play: Play) -> None:
    effects = play.ask(RunCells(cell_id=ONE))
    assert StartKernel(1) in effects
    assert not any(isinstance(e, Execute) for e in effects)

    [execute] = play.ready()
    assert isinstance(execute, Execute)
    assert execute.cell.source == "x = 1"
    assert play.session.kernel == "busy"


def test_the_text_of_the_moment_of_asking_runs(play: Play) -> None:
    play.ask(RunCells(cell_id=ONE))
    play.ask(RunCells(cell_id=THREE), cells=(CELLS[0], CellText(THREE, "code", "print(2)")))
    play.ready()
    [_, execute] = play.finish()
    assert isinstance(execute, Execute)
    assert execute.cell.source == "print(2)"


def test_run_all_takes_code_cells_in_order_and_empty_ones_are_done_at_once(play: Play) -> None:
    play.ask(RunCells(cells="all"))
    assert [cell.cell for cell in play.session.queue] == [ONE, THREE, EMPTY, FIVE]
    play.ready()
    play.finish()
    effects = play.finish()
    assert [type(e) for e in effects] == [CellEnded, CellStarted, CellEnded, Execute]
    assert play.ended() == {ONE: "done", THREE: "done", EMPTY: "done"}


def test_an_empty_cell_alone_needs_no_kernel(play: Play) -> None:
    play.ask(RunCells(cell_id=EMPTY))
    assert play.session.kernel == "none"
    assert play.ended() == {EMPTY: "done"}


def test_an_error_cancels_the_rest_of_its_run_and_nobody_elses(play: Play) -> None:
    play.ask(RunCells(cells=[ONE, FIVE]))
    play.ask(RunCells(cell_id=THREE))
    play.ready()
    effects = play.finish("error")
    assert play.ended() == {ONE: "error", FIVE: "cancelled"}
    assert [e.cell.cell for e in effects if isinstance(e, Execute)] == [THREE]


@pytest.mark.parametrize("command", list(commands.COMMANDS.values()))
def test_every_command_needs_its_right(play: Play, command: type[AnyCommand]) -> None:
    args = {each.encode_name: "x" for each in msgspec.structs.fields(command) if each.required}
    reviewer = Asker(UserId("eve"), "Eve", frozenset(Capability) - {command.needs})
    with pytest.raises(Refusal) as refusal:
        play.ask(commands.parse(command.op, args), reviewer)
    assert refusal.value.code == "forbidden"


def test_a_repeated_command_queues_nothing(play: Play) -> None:
    assert play.ask(RunCells(cell_id=ONE), repeated=True) == []
    assert play.ask(Restart(run_all=True), repeated=True) == []


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (RunCells(cell_id="nowhere"), "unknown_cell"),
        (RunCells(), "bad_command"),
        (RunCells(cell_id=ONE, cells="all"), "bad_command"),
        (RunCells(cell_id=CELLS[1].id), "nothing_to_run"),
        (RunCells(cells=[]), "nothing_to_run"),
        (Cancel(cell_id=ONE), "not_waiting"),
        (Interrupt(), "not_running"),
        (Stop(), "no_kernel"),
        (Keep(), "no_kernel"),
        (Keep(hours=1e9), "bad_command"),
        (Answer(run="r", text="t"), "input_gone"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(play: Play, command: AnyCommand, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        play.ask(command)
    assert refusal.value.code == code
    assert str(refusal.value).endswith((".", "?"))


def test_a_waiting_cell_is_queued_once_and_a_changed_text_replaces_it(play: Play) -> None:
    play.ask(RunCells(cells=[ONE, THREE]))
    with pytest.raises(Refusal, match="waiting already"):
        play.ask(RunCells(cell_id=THREE))
    play.ask(RunCells(cell_id=ONE), cells=(CellText(ONE, "code", "x = 2"),))
    assert [(cell.cell, cell.source) for cell in play.session.queue] == [(THREE, "print(x)"), (ONE, "x = 2")]
    assert play.ended() == {ONE: "cancelled"}


def test_a_running_cell_is_not_queued_again(play: Play) -> None:
    play.ask(RunCells(cell_id=ONE))
    play.ready()
    with pytest.raises(Refusal, match="running"):
        play.ask(RunCells(cell_id=ONE), cells=(CellText(ONE, "code", "x = 2"),))
    play.ask(RunCells(cells="all"))
    assert [cell.cell for cell in play.session.queue] == [ONE, THREE, EMPTY, FIVE]


def test_interrupt_stops_the_running_cell_and_empties_the_queue(play: Play) -> None:
    play.ask(RunCells(cells="all"))
    play.ready()
    effects = play.ask(Interrupt())
    assert effects[-1] == InterruptKernel(1)
    assert [cell.cell for cell in play.session.queue] == [ONE]
    assert play.ended() == {THREE: "cancelled", EMPTY: "cancelled", FIVE: "cancelled"}
    play.finish("error")
    assert play.session.kernel == "idle"


def test_restart_drops_the_late_words_of_the_old_kernel(play: Play) -> None:
    play.ask(RunCells(cells=[ONE, THREE]))
    play.ready()
    old = play.session.running
    assert old
    effects = play.ask(Restart())
    assert effects[-1] == RestartKernel(2)
    assert play.ended() == {ONE: "cancelled", THREE: "cancelled"}
    before = play.session
    for late in (
        Ended(1, NOON, old.msg_id, "ok", 1),
        Began(1, NOON, old.msg_id, 1),
        Asked(1, old.msg_id, "?", False),
        Gone(1, NOON, "signal", "Killed."),
        Ready(1, NOON, "late"),
        Stopped(1, NOON),
    ):
        assert play.hear(late) == []
    assert play.session == before


def test_restart_and_run_all_runs_everything_on_the_new_kernel(play: Play) -> None:
    play.ask(RunCells(cell_id=ONE))
    play.ready()
    play.ask(Restart(run_all=True))
    [execute] = play.ready()
    assert isinstance(execute, Execute)
    assert (execute.epoch, execute.cell.cell) == (2, ONE)
    assert len(play.session.queue) == 4


def test_the_first_answer_to_input_wins(play: Play) -> None:
    play.ask(RunCells(cell_id=ONE))
    play.ready()
    running = play.session.running
    assert running
    play.hear(Asked(1, running.msg_id, "name? ", False))
    assert play.session.prompt
    [answer] = play.ask(Answer(run=running.run, text="Ada"))
    assert answer == SendInput(1, running, "Ada")
    with pytest.raises(Refusal) as refusal:
        play.ask(Answer(run=running.run, text="Bob"))
    assert refusal.value.code == "input_gone"


def test_a_death_names_its_cell_and_empties_the_queue(play: Play) -> None:
    play.ask(RunCells(cells=[ONE, THREE]))
    play.ready()
    play.hear(Gone(1, NOON, "memory", "The kernel used more memory than it may."))
    assert play.ended() == {ONE: "error", THREE: "cancelled"}
    assert play.session.kernel == "dead"
    assert play.session.death
    assert play.session.death.cell == ONE
    assert StartKernel(2) in play.ask(RunCells(cell_id=ONE))


def test_a_kernel_that_cannot_be_found_leaves_its_cell_lost(play: Play) -> None:
    play.ask(RunCells(cell_id=ONE))
    play.ready()
    play.hear(Unreachable(1))
    assert play.session.kernel == "reconnecting"
    play.hear(Gone(1, NOON, "lost", "The machine is gone.", is_proven=False))
    assert play.ended() == {ONE: "lost"}


def test_a_kernel_that_answers_again_goes_on_with_the_same_request(play: Play) -> None:
    play.ask(RunCells(cells=[ONE, THREE]))
    play.ready()
    sent = play.session.running
    play.hear(Unreachable(1))
    assert play.hear(Reached(1, NOON)) == [Execute(1, sent)]  # type: ignore[arg-type]
    assert play.session.kernel == "busy"


def test_a_cell_that_ends_while_the_kernel_is_out_of_reach_lets_the_next_wait(play: Play) -> None:
    play.ask(RunCells(cells=[ONE, THREE]))
    play.ready()
    play.hear(Unreachable(1))
    assert not any(isinstance(e, Execute) for e in play.finish())
    assert [type(e) for e in play.hear(Reached(1, NOON))] == [Execute]


def test_what_is_asked_while_the_kernel_stops_gets_a_new_kernel(play: Play) -> None:
    play.ask(RunCells(cell_id=ONE))
    play.ready()
    assert play.ask(Stop())[-1] == StopKernel(1)
    play.ask(RunCells(cell_id=THREE))
    assert play.hear(Stopped(1, NOON)) == [StartKernel(2)]


def test_a_notebook_says_who_stopped_its_kernel_until_another_one_starts(play: Play) -> None:
    play.ask(RunCells(cell_id=ONE))
    play.ready()
    play.ask(Stop())
    play.hear(Stopped(1, NOON))
    assert play.session.death == KernelDeath("asked", "Stopped by Ada.", NOON)
    assert play.session.kernel == "none"
    play.ask(RunCells(cell_id=ONE))
    assert play.session.death is None


def test_clear_leaves_running_and_waiting_cells_alone(play: Play) -> None:
    play.ask(RunCells(cells=[ONE]))
    assert play.ask(ClearOutputs()) == [ClearCells(tuple(cell.id for cell in CELLS if cell.id != ONE))]
    assert play.ask(ClearOutputs(cells=[ONE])) == []


def test_a_suggestion_travels_with_the_end_of_its_cell(play: Play) -> None:
    play.ask(RunCells(cell_id=ONE))
    play.ready()
    [ended] = play.finish(suggestion="%load x.py")
    assert isinstance(ended, CellEnded)
    assert ended.suggestion == "%load x.py"


def test_after_a_restart_of_the_server_the_queue_goes_on(play: Play) -> None:
    play.ask(RunCells(cells=[ONE, THREE]))
    play.ready()
    stored = play.session
    later = NOON + timedelta(seconds=5)

    step = resume(stored.queue, 1, later, has_kernel=True, in_flight=True)
    assert step.session.kernel == "reconnecting"
    assert step.effects == ()
    assert observe(step.session, Reached(1, later)).effects == (Execute(1, stored.queue[0]),)

    fresh = resume(stored.queue, 1, later, has_kernel=False, in_flight=False)
    assert fresh.effects == (StartKernel(2),)


def test_a_kernel_that_still_waits_for_its_machine_is_starting_for_the_next_server_too(play: Play) -> None:
    play.ask(RunCells(cells=[ONE]))
    step = resume(play.session.queue, 1, NOON, has_kernel=True, in_flight=False, is_new=True)
    assert (step.session.kernel, step.effects) == ("starting", ())
    waiting = observe(step.session, Preparing(1, "Place 1 in the queue.")).session
    assert waiting.progress == "Place 1 in the queue."
    assert observe(waiting, Reached(1, NOON)).session == waiting, "what is reached need not be ready"
    assert observe(waiting, Ready(1, NOON, "Python 3")).effects == (Execute(1, play.session.queue[0]),)


def test_a_start_says_what_it_waits_for_until_the_kernel_is_ready() -> None:
    session = Session("starting", 1)
    waiting = observe(session, Preparing(1, "Installing pandas.")).session
    assert waiting.progress == "Installing pandas."
    assert observe(waiting, Ready(1, NOON, "Python 3")).session.progress == ""
    assert observe(waiting, Gone(1, NOON, "start_failed", "No disk.")).session.progress == ""
    assert observe(waiting, Preparing(0, "A late word.")).session == waiting


def test_who_may_not_run_any_more_loses_what_waits_and_not_what_runs(play: Play) -> None:
    bob = Asker(UserId("bob"), "Bob", ADA.rights)
    play.ask(RunCells(cells=[ONE, THREE]), bob)
    play.ready()
    play.ask(RunCells(cell_id=FIVE))
    play.hear(Barred(NOON, frozenset({bob.user})))
    assert play.ended() == {THREE: "cancelled"}
    assert [(cell.cell, cell.by) for cell in play.session.queue] == [(ONE, bob.user), (FIVE, ADA.user)]
    play.finish()
    assert play.session.running
    assert play.session.running.cell == FIVE


def test_a_cell_that_is_deleted_waits_no_more_and_runs_on(play: Play) -> None:
    play.ask(RunCells(cells=[ONE, THREE, FIVE]))
    play.ready()
    play.hear(Removed(NOON, frozenset({ONE, THREE})))
    assert play.ended() == {THREE: "cancelled"}
    assert [cell.cell for cell in play.session.queue] == [ONE, FIVE]


def test_while_a_kernel_is_looked_for_the_session_says_what_that_waits_for(play: Play) -> None:
    play.ask(RunCells(cell_id=ONE))
    play.ready()
    play.hear(Unreachable(1))
    play.hear(Preparing(1, "gpu1 does not answer."))
    assert (play.session.kernel, play.session.progress) == ("reconnecting", "gpu1 does not answer.")
    play.hear(Reached(1, NOON))
    assert (play.session.kernel, play.session.progress) == ("busy", "")
    play.hear(Preparing(1, "late"))
    assert play.session.progress == ""
