"""People and a kernel in any order: what must hold in a session whatever happens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, assert_never

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from collab.commands import (
    Answer,
    AnyCommand,
    Cancel,
    ChangeHardware,
    ClearOutputs,
    ForgetVariables,
    Interrupt,
    Keep,
    Restart,
    RestoreVariables,
    RunCells,
    StartKernel,
    Stop,
)
from collab.ids import CellId, RunId, UserId
from collab.roles import Role, capabilities_of
from collab.session import state
from collab.session.decide import Refusal, decide
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
    Report,
    Restored,
    Saved,
    Stopped,
    TimeIsUp,
    Unreachable,
)
from collab.session.state import Asker, CellText, Moment, QueuedCell, SavedVariables, Session, Step
from tests.support.play import NOON

pytestmark = pytest.mark.no_cover

CELLS = [f"cell-{letter}-000000" for letter in "abcde"]
PEOPLE = [Asker(UserId(role.value), role.value, capabilities_of(role)) for role in Role]
ADMIN = Asker(UserId("admin"), "Ada", capabilities_of(Role.ADMIN))

some_cells = st.lists(st.sampled_from(CELLS), max_size=4)
any_command: st.SearchStrategy[AnyCommand] = st.one_of(
    st.builds(RunCells, cell_id=st.sampled_from(CELLS)),
    st.builds(RunCells, cells=st.one_of(st.just("all"), some_cells)),
    st.builds(Cancel, cell_id=st.none() | st.sampled_from(CELLS)),
    st.just(Interrupt()),
    st.builds(StartKernel, hardware=st.none() | st.just("large")),
    st.builds(Restart, run_all=st.booleans()),
    st.builds(Stop, keep_variables=st.booleans()),
    st.builds(Answer, run=st.from_regex(r"run-[0-9]", fullmatch=True), text=st.just("x")),
    st.builds(ClearOutputs, cells=st.one_of(st.just("all"), some_cells)),
    st.builds(Keep, hours=st.sampled_from([None, 0.0, 2.0])),
    st.builds(
        ChangeHardware,
        hardware=st.sampled_from(["small", "large"]),
        keep_variables=st.booleans(),
        interrupt=st.booleans(),
    ),
    st.builds(RestoreVariables, saved=st.none() | st.just("saved-0")),
    st.builds(ForgetVariables, saved=st.just("saved-0")),
)


class PeopleAndKernel(RuleBasedStateMachine):
    """The real session beside a simple world: one kernel, the record of all cells, a clock."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session()
        self.texts = dict.fromkeys(CELLS, "1 + 1") | {CELLS[4]: " "}
        self.types = dict.fromkeys(CELLS, "code") | {CELLS[3]: "markdown"}
        self.now = NOON
        self.runs: list[RunId] = []
        self.queued: dict[str, QueuedCell] = {}
        self.ended: dict[str, str] = {}
        self.executed: dict[str, int] = {}
        self.kernels: set[int] = set()
        self.asked_to_stop: set[int] = set()
        self.asked_to_save: set[int] = set()
        self.asked_to_restore: set[int] = set()
        self.saved: list[str] = []

    # People

    @rule(command=any_command, person=st.sampled_from(PEOPLE), again=st.integers(0, 9))
    def somebody_asks(self, command: AnyCommand, person: Asker, again: int) -> None:
        repeated = again == 0 and bool(self.runs)
        run = self.runs[-1] if repeated else RunId(f"run-{len(self.runs)}")
        cells = tuple(CellText(CellId(c), self.types[c], self.texts[c]) for c in CELLS)
        before = self.session
        try:
            step = decide(before, command, person, self._moment(run, cells, repeated))
        except Refusal:
            return
        assert command.needs in person.rights
        if not repeated:
            self.runs.append(run)
        self._perform(step)

    @rule(cells=st.lists(st.sampled_from(CELLS[:3]), min_size=1, max_size=3))
    def a_colleague_runs(self, cells: list[str]) -> None:
        self.somebody_asks(RunCells(cells=cells), PEOPLE[3], 1)

    @rule(cell=st.sampled_from(CELLS), text=st.sampled_from(["1 + 1", "2", "", "boom()"]))
    def somebody_types(self, cell: str, text: str) -> None:
        self.texts[cell] = text

    @rule(people=st.frozensets(st.sampled_from(PEOPLE)))
    def some_lose_the_right_to_run(self, people: frozenset[Asker]) -> None:
        before, barred = self.session, frozenset(person.user for person in people)
        self._tell(Barred(self._tick(), barred))
        assert self.session.running == before.running
        assert self.session.waiting == tuple(cell for cell in before.waiting if cell.by not in barred)

    @rule(cells=st.frozensets(st.sampled_from(CELLS)))
    def some_cells_are_deleted(self, cells: frozenset[str]) -> None:
        before, removed = self.session, frozenset(map(CellId, cells))
        self._tell(Removed(self._tick(), removed))
        assert self.session.running == before.running
        assert self.session.waiting == tuple(cell for cell in before.waiting if cell.cell not in removed)

    def _moment(self, run: RunId, cells: tuple[CellText, ...], repeated: bool) -> Moment:
        return Moment(self._tick(), run, cells, repeated, tuple(reversed(self.saved)))

    @rule()
    def an_admin_moves_to_another_machine(self) -> None:
        self.somebody_asks(ChangeHardware("large", interrupt=True), ADMIN, 1)

    @precondition(lambda self: self.saved)
    @rule()
    def a_colleague_wants_the_variables_back(self) -> None:
        self.somebody_asks(RestoreVariables(), PEOPLE[3], 1)

    @rule(hours=st.sampled_from([0.5, 8.0]))
    def somebody_keeps_the_kernel_while_it_is_being_ended_as_idle(self, hours: float) -> None:
        before = self.session
        if before.ending is None or before.ending.cause != "idle" or before.kernel == "stopping":
            return
        self.somebody_asks(Keep(hours=hours), PEOPLE[3], 1)
        assert self.session.ending is None
        assert self.session.kernel != "saving"

    # The kernel

    def _tell(self, report: Report) -> None:
        self._perform(observe(self.session, report))

    @rule()
    def the_kernel_does_what_it_owes(self) -> None:
        match self.session.kernel:
            case "starting" | "restarting":
                self._tell(Ready(self.session.epoch, self._tick(), "Python"))
            case "busy":
                self.the_cell_ends("ok")
            case "reconnecting":
                self._tell(Reached(self.session.epoch, self._tick()))
            case "stopping":
                self.the_kernel_has_stopped()
            case "saving":
                self.the_variables_are_saved(1)
            case "restoring":
                self.the_variables_are_back()
            case "none" | "dead" | "idle":
                pass
            case _:
                assert_never(self.session.kernel)

    @precondition(lambda self: self.kernels)
    @rule(cause=st.sampled_from(["idle", "max_life"]), is_late=st.booleans())
    def its_time_is_up(self, cause: Any, is_late: bool) -> None:
        before = self.session
        epoch = max(self.kernels) - (1 if is_late else 0)
        self._tell(TimeIsUp(epoch, self._tick(), cause, "Nothing happened for an hour."))
        if is_late or before.kernel not in ("idle", "busy"):
            assert self.session == before
        elif before.kernel == "idle":
            assert self.session.kernel == "saving"

    @precondition(lambda self: self.asked_to_save)
    @rule(kept=st.integers(0, 2), failure=st.sampled_from(["", "", "The disk is full."]))
    def the_variables_are_saved(self, kept: int, failure: str = "") -> None:
        epoch = max(self.asked_to_save)
        self.asked_to_save.discard(epoch)
        found = SavedVariables(f"saved-{len(self.saved)}", kept, 1) if kept else None
        if found is not None:
            self.saved.append(found.id)
        self._tell(Saved(epoch, self._tick(), found, "" if found else failure))

    @precondition(lambda self: self.asked_to_restore)
    @rule()
    def the_variables_are_back(self) -> None:
        epoch = max(self.asked_to_restore)
        self.asked_to_restore.discard(epoch)
        self._tell(Restored(epoch, self._tick()))

    @precondition(lambda self: self.kernels)
    @rule()
    def the_start_takes_its_time(self) -> None:
        self._tell(Preparing(max(self.kernels), "Looking for a machine."))

    @precondition(lambda self: self.kernels)
    @rule()
    def the_kernel_says_it_is_ready_again(self) -> None:
        before = self.session
        if before.kernel not in ("starting", "restarting", "reconnecting") or before.in_flight:
            self._tell(Ready(max(self.kernels), self._tick(), "Python"))
            assert self.session == before

    @precondition(lambda self: self.session.in_flight)
    @rule()
    def the_cell_begins(self) -> None:
        self._tell(Began(self.session.epoch, self._tick(), self.session.queue[0].msg_id, 1))

    @precondition(lambda self: self.session.in_flight)
    @rule()
    def the_cell_asks(self) -> None:
        self._tell(Asked(self.session.epoch, self.session.queue[0].msg_id, "?", False))

    @precondition(lambda self: self.session.in_flight)
    @rule(status=st.sampled_from(["ok", "ok", "error", "aborted"]))
    def the_cell_ends(self, status: Any) -> None:
        self._tell(Ended(self.session.epoch, self._tick(), self.session.queue[0].msg_id, status, 1))

    @precondition(lambda self: self.executed)
    @rule(data=st.data(), epoch=st.integers(0, 5))
    def a_late_word_arrives(self, data: st.DataObject, epoch: int) -> None:
        msg_id = data.draw(st.sampled_from(sorted(self.executed)))
        running = self.session.running
        if epoch == self.session.epoch and running and running.msg_id == msg_id:
            return
        before = self.session
        self._tell(Ended(epoch, self._tick(), msg_id, "ok", 1))
        self._tell(Asked(epoch, msg_id, "?", True))
        assert self.session == before

    @precondition(lambda self: self.kernels)
    @rule(is_proven=st.booleans())
    def the_kernel_ends(self, is_proven: bool) -> None:
        epoch = max(self.kernels)
        self._tell(Gone(epoch, self._tick(), "signal", "Killed.", is_proven))
        self.kernels.discard(epoch)

    @precondition(lambda self: self.kernels)
    @rule()
    def the_connection_breaks(self) -> None:
        self._tell(Unreachable(max(self.kernels)))

    @precondition(lambda self: self.kernels)
    @rule()
    def the_connection_is_back(self) -> None:
        self._tell(Reached(max(self.kernels), self._tick()))

    @precondition(lambda self: self.asked_to_stop)
    @rule()
    def the_kernel_has_stopped(self) -> None:
        epoch = max(self.asked_to_stop)
        self.asked_to_stop.discard(epoch)
        self.kernels.discard(epoch)
        self._tell(Stopped(epoch, self._tick()))

    @rule(chance=st.integers(0, 3))
    def the_server_is_killed_and_starts_again(self, chance: int) -> None:
        if chance or self.session.kernel == "stopping":
            return  # the stop is carried on before anything else; nothing was kept of the queue
        alive = self.session.epoch in self.kernels and self.session.kernel not in ("none", "dead")
        self._perform(
            resume(
                self.session.queue,
                self.session.epoch,
                self._tick(),
                has_kernel=alive,
                in_flight=self.session.in_flight,
                is_new=self.session.kernel == "starting",
            )
        )

    # What must hold

    @invariant()
    def one_cell_at_most_is_in_flight_and_it_is_the_head(self) -> None:
        if self.session.in_flight:
            assert self.session.kernel in ("busy", "reconnecting")
            assert self.executed[self.session.queue[0].msg_id] == self.session.epoch
        else:
            assert self.session.kernel != "busy"
            assert self.session.prompt is None

    @invariant()
    def nothing_waits_for_ever(self) -> None:
        """Whenever something is in the queue, a kernel or a machine owes us a word."""
        if self.session.queue:
            assert self.session.kernel not in ("none", "idle", "dead")
        if self.session.kernel == "stopping":
            assert self.session.epoch in self.asked_to_stop
        if self.session.kernel == "saving":
            assert self.session.epoch in self.asked_to_save
        if self.session.kernel == "restoring":
            assert self.session.epoch in self.asked_to_restore

    @invariant()
    def a_kernel_on_its_way_out_is_sent_nothing_new(self) -> None:
        """What is saved is what the last cell left: nothing runs between the two."""
        ending = self.session.ending
        if self.session.kernel == "saving":
            assert ending is not None
            assert ending.keeps
        if ending is not None:
            assert self.session.kernel in ("busy", "reconnecting", "saving", "stopping")
        if self.session.restore is not None:
            assert self.session.kernel in ("starting", "restarting")
            assert self.session.restore in self.saved

    @invariant()
    def the_record_and_the_queue_agree(self) -> None:
        open_cells = [msg_id for msg_id in self.queued if msg_id not in self.ended]
        assert sorted(open_cells) == sorted(cell.msg_id for cell in self.session.queue)
        cells = [cell.cell for cell in self.session.queue]
        assert len(cells) == len(set(cells))

    @invariant()
    def only_a_dead_kernel_has_a_death(self) -> None:
        asked = self.session.death is not None and self.session.death.cause == "asked"
        over = "none" if asked else "dead"
        assert (self.session.kernel == over) == (self.session.death is not None)

    def teardown(self) -> None:
        """Let the world do what it owes, and the queue empties."""
        for _ in range(4 * len(self.session.queue) + 12):
            self.the_kernel_does_what_it_owes()
        assert self.session.queue == ()

    # The world

    def _tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def _perform(self, step: Step) -> None:
        assert step.session.epoch >= self.session.epoch
        was_reconnecting = self.session.kernel == "reconnecting"
        self.session = step.session
        for effect in step.effects:
            match effect:
                case state.CellsQueued():
                    for cell in effect.cells:
                        assert cell.msg_id not in self.queued
                        assert self.types[cell.cell] == "code"
                        self.queued[cell.msg_id] = cell
                case state.CellEnded():
                    assert effect.cell.msg_id in self.queued
                    assert effect.cell.msg_id not in self.ended, "a cell ends once"
                    self.ended[effect.cell.msg_id] = effect.state
                case state.Execute():
                    msg_id = effect.cell.msg_id
                    assert effect.epoch in self.kernels, "only a living kernel is sent anything"
                    assert msg_id not in self.ended
                    if msg_id in self.executed:
                        assert was_reconnecting, "a request is sent again only to a kernel that drops repeats"
                        assert self.executed[msg_id] == effect.epoch
                    self.executed[msg_id] = effect.epoch
                case state.SaveVariables():
                    assert effect.epoch in self.kernels
                    assert not self.session.in_flight
                    self.asked_to_save.add(effect.epoch)
                case state.RestoreVariables():
                    assert effect.epoch in self.kernels
                    assert effect.saved in self.saved
                    self.asked_to_restore.add(effect.epoch)
                case state.Tell():
                    assert effect.sentence
                case state.ForgetVariables():
                    assert effect.saved in self.saved
                case state.StartKernel():
                    assert effect.epoch not in self.kernels
                    self.kernels = {effect.epoch}
                case state.RestartKernel():
                    self.kernels = {effect.epoch}
                case state.StopKernel():
                    self.asked_to_stop.add(effect.epoch)
                case state.CellStarted() | state.InterruptKernel() | state.SendInput():
                    pass
                case state.ClearCells():
                    assert not {cell.cell for cell in self.session.queue} & set(effect.cells)
                case state.KeepKernel():
                    pass
                case _:
                    assert_never(effect)


PeopleAndKernel.TestCase.settings = settings(max_examples=200, stateful_step_count=40)
TestPeopleAndKernel = PeopleAndKernel.TestCase
