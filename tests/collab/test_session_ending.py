"""How a kernel ends and what comes after: idle stops, changes of hardware, saved variables. By example."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from collab.commands import (
    AnyCommand,
    ChangeHardware,
    ForgetVariables,
    Interrupt,
    Keep,
    Restart,
    RestoreVariables,
    RunCells,
    StartKernel,
    Stop,
)
from collab.ids import CellId
from collab.session import state
from collab.session.decide import Refusal
from collab.session.reports import (
    Gone,
    Preparing,
    Reached,
    Restored,
    Saved,
    Unreachable,
)
from collab.session.state import CellText, Session
from tests.support.play import ADA, IDLE, NOON, ROOT, Play

ONE = CellId("cell-one-000")
CELLS = (CellText(ONE, "code", "x = 1"), CellText(CellId("cell-two-000"), "code", "y = 2"))


@pytest.fixture
def play() -> Play:
    return Play(CELLS, ROOT)


# Idle


def test_an_idle_kernel_saves_its_variables_before_it_stops_and_says_so(play: Play) -> None:
    play.idle()
    assert play.time_is_up() == [state.SaveVariables(1, "idle")]
    assert play.session.kernel == "saving"
    play.hear(Preparing(1, "Saving variables: 3 of 12."))
    assert play.session.progress == "Saving variables: 3 of 12."
    assert play.are_saved() == [state.StopKernel(1)]
    play.stopped()
    death = play.session.death
    assert death is not None
    assert (play.session.kernel, death.cause) == ("dead", "idle")
    assert death.reason == f"{IDLE} 12 variables were kept."


def test_a_stop_for_being_idle_without_variables_says_only_why(play: Play) -> None:
    play.idle().time_is_up()
    play.are_saved(None)
    play.stopped()
    assert play.session.death is not None
    assert play.session.death.reason == IDLE


@pytest.mark.parametrize("command", [Keep(hours=2), RunCells(cell_id=ONE), StartKernel()])
def test_whoever_wants_the_kernel_while_its_variables_are_saved_gets_it(
    play: Play, command: AnyCommand
) -> None:
    play.idle().time_is_up()
    effects = play.ask(command, ADA)
    assert play.session.ending is None
    assert play.session.kernel in ("idle", "busy")
    if isinstance(command, RunCells):
        assert isinstance(effects[-1], state.Execute)
    assert play.are_saved() == [], "the saving comes too late to stop anything"


def test_keeping_does_not_prolong_a_life(play: Play) -> None:
    play.idle().time_is_up("max_life")
    play.ask(Keep(hours=2))
    assert play.session.kernel == "saving"


def test_a_cell_queued_at_the_last_moment_gets_a_fresh_kernel(play: Play) -> None:
    play.idle().time_is_up()
    play.are_saved()
    play.ask(RunCells(cell_id=ONE))
    assert play.stopped() == [state.StartKernel(2)]


def test_a_cell_that_waited_for_an_answer_too_long_is_interrupted_and_then_saved(play: Play) -> None:
    play.busy()
    assert play.time_is_up() == [state.InterruptKernel(1)]
    assert isinstance(play.finish("error")[-1], state.SaveVariables)


def test_a_cell_that_ignores_the_interrupt_is_ended_when_its_time_is_up_again(play: Play) -> None:
    play.busy().time_is_up("max_life")
    assert isinstance(play.time_is_up("max_life")[-1], state.StopKernel)
    play.stopped()
    assert play.session.death is not None
    assert play.session.death.cause == "max_life"


def test_the_connection_may_break_on_the_way_out(play: Play) -> None:
    play.busy().time_is_up()
    play.hear(Unreachable(1))
    play.finish("error")
    assert play.session.kernel == "reconnecting"
    assert play.hear(Reached(1, NOON)) == [state.SaveVariables(1, "idle")]


@pytest.mark.parametrize("kernel", ["starting", "restarting", "reconnecting", "stopping"])
def test_no_time_is_up_for_a_kernel_that_is_not_there(play: Play, kernel: str) -> None:
    play.idle()
    play.session = Session(kernel, 1)  # type: ignore[arg-type]
    assert play.time_is_up() == []
    assert play.session.kernel == kernel


def test_a_death_while_variables_are_saved_is_a_death(play: Play) -> None:
    play.idle().time_is_up()
    play.hear(Gone(1, NOON, "memory", "No memory."))
    assert play.session.death is not None
    assert (play.session.death.cause, play.session.ending) == ("memory", None)


def test_a_stop_does_not_wait_for_the_saving(play: Play) -> None:
    play.idle().time_is_up()
    assert play.ask(Stop()) == [state.StopKernel(1)]
    play.stopped()
    assert play.session.kernel == "none"


def test_a_restart_takes_the_stop_back(play: Play) -> None:
    play.idle().time_is_up()
    assert play.ask(Restart()) == [state.RestartKernel(2)]
    assert play.session.ending is None


def test_an_interrupt_takes_the_stop_back(play: Play) -> None:
    play.idle().time_is_up()
    assert play.ask(Interrupt()) == [state.InterruptKernel(1)]
    assert play.session.kernel == "idle"


def test_a_stop_for_being_idle_says_what_went_wrong_with_the_variables(play: Play) -> None:
    play.idle().time_is_up()
    play.hear(Saved(1, NOON, None, "The disk is full."))
    play.stopped()
    assert play.session.death is not None
    assert "could not be saved. The disk is full." in play.session.death.reason


# Keep


def test_a_kernel_is_kept_for_hours_or_until_a_time_and_let_go_again(play: Play) -> None:
    play.idle()
    until = NOON + timedelta(hours=6)
    assert play.ask(Keep(hours=2)) == [state.KeepKernel(NOON + timedelta(hours=2), ROOT.user, "Root")]
    assert play.ask(Keep(until=until)) == [state.KeepKernel(until, ROOT.user, "Root")]
    assert play.ask(Keep()) == [state.KeepKernel(NOON + timedelta(hours=8), ROOT.user, "Root")]
    assert play.ask(Keep(hours=0)) == [state.KeepKernel(None, ROOT.user, "Root")]


@pytest.mark.parametrize(
    "command",
    [
        Keep(hours=1, until=NOON + timedelta(hours=1)),
        Keep(until=NOON - timedelta(minutes=1)),
        Keep(until=NOON + timedelta(days=8)),
        Keep(until=datetime(2026, 1, 1, 18)),  # noqa: DTZ001
        Keep(hours=-1),
    ],
)
def test_a_senseless_keep_is_refused(play: Play, command: Keep) -> None:
    play.idle()
    with pytest.raises(Refusal) as refusal:
        play.ask(command)
    assert refusal.value.code == "bad_command"


# Another machine


def test_a_change_of_hardware_saves_stops_starts_and_restores(play: Play) -> None:
    play.idle()
    assert play.ask(ChangeHardware("large")) == [state.SaveVariables(1, "hardware")]
    assert play.are_saved() == [state.StopKernel(1)]
    assert play.stopped() == [state.StartKernel(2, "large", ROOT.user)]
    assert play.ready() == [state.RestoreVariables(2, "saved-1")]
    assert play.session.kernel == "restoring"
    play.ask(RunCells(cell_id=ONE))
    assert isinstance(play.hear(Restored(2, NOON))[-1], state.Execute)


def test_without_a_wish_to_keep_nothing_is_saved(play: Play) -> None:
    play.idle()
    assert play.ask(ChangeHardware("large", keep_variables=False)) == [state.StopKernel(1)]
    play.stopped()
    play.ready()
    assert play.session.kernel == "idle"


def test_a_running_cell_is_stopped_only_if_that_was_asked_for(play: Play) -> None:
    play.busy()
    with pytest.raises(Refusal, match="A cell is running"):
        play.ask(ChangeHardware("large"))
    assert play.ask(ChangeHardware("large", interrupt=True)) == [state.InterruptKernel(1)]
    assert play.finish("error")[-1] == state.SaveVariables(1, "hardware")


def test_a_place_that_fails_leaves_the_variables_to_be_restored_elsewhere(play: Play) -> None:
    play.idle().ask(ChangeHardware("large"))
    play.are_saved()
    play.stopped()
    play.hear(Gone(2, NOON, "start_failed", "No machine is free."))
    assert (play.session.kernel, play.session.restore) == ("dead", None)
    play.saved = ("saved-1",)
    assert play.ask(ChangeHardware("small")) == [state.StartKernel(3, "small", ROOT.user)]
    assert play.ready() == [state.RestoreVariables(3, "saved-1")]


def test_cells_that_wait_for_a_start_go_with_it_to_the_other_machine(play: Play) -> None:
    play.ask(RunCells(cell_id=ONE))
    assert play.ask(ChangeHardware("large")) == [state.StopKernel(1)]
    assert play.stopped() == [state.StartKernel(2, "large", ROOT.user)]
    assert len(play.session.queue) == 1


def test_hardware_is_named_only_by_who_may_choose_it(play: Play) -> None:
    with pytest.raises(Refusal) as refusal:
        play.ask(StartKernel(hardware="large"), ADA)
    assert refusal.value.code == "forbidden"
    assert play.ask(StartKernel(hardware="large")) == [state.StartKernel(1, "large")]


def test_a_stop_during_the_change_starts_nothing(play: Play) -> None:
    play.idle().ask(ChangeHardware("large"))
    play.are_saved()
    play.ask(Stop())
    assert play.stopped() == []
    assert play.session.kernel == "none"


def test_a_kernel_whose_variables_cannot_be_saved_stays_where_it_is(play: Play) -> None:
    play.idle().ask(ChangeHardware("large"))
    (told,) = play.hear(Saved(1, NOON, None, "The disk is full."))
    assert isinstance(told, state.Tell)
    assert (play.session.kernel, play.session.ending) == ("idle", None)


# Restoring


def test_variables_are_restored_into_an_idle_kernel_or_into_one_that_is_started_for_it() -> None:
    play = Play(CELLS, ROOT, saved=("saved-2", "saved-1"))
    assert play.ask(RestoreVariables(), ADA) == [state.StartKernel(1)]
    assert play.ready() == [state.RestoreVariables(1, "saved-2")]
    play.hear(Restored(1, NOON))
    assert play.ask(RestoreVariables("saved-1"), ADA) == [state.RestoreVariables(1, "saved-1")]


def test_nothing_is_restored_under_a_running_cell() -> None:
    play = Play(CELLS, ROOT, saved=("saved-1",)).busy()
    with pytest.raises(Refusal) as refusal:
        play.ask(RestoreVariables())
    assert refusal.value.code == "kernel_busy"


@pytest.mark.parametrize("command", [RestoreVariables(), RestoreVariables("x"), ForgetVariables("x")])
def test_what_is_not_saved_here_is_neither_restored_nor_deleted(play: Play, command: AnyCommand) -> None:
    play.idle()
    with pytest.raises(Refusal) as refusal:
        play.ask(command)
    assert refusal.value.code == "nothing_saved"
