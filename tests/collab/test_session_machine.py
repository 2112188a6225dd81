"""People and a kernel in any order: what must hold in a session whatever happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, assert_never

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from collab.commands import (
    Answer,
    AnyCommand,
    Cancel,
    ClearOutputs,
    Interrupt,
    Keep,
    Restart,
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
    Report,
    Stopped,
    Unreachable,
)
from collab.session.state import Asker, CellText, Moment, QueuedCell, Session, Step

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CELLS = [f"cell-{letter}-000000" for letter in "abcde"]
PEOPLE = [Asker(UserId(role.value), role.value, capabilities_of(role)) for role in Role]

some_cells = st.lists(st.sampled_from(CELLS), max_size=4)
any_command: st.SearchStrategy[AnyCommand] = st.one_of(
    st.builds(RunCells, cell_id=st.sampled_from(CELLS)),
    st.builds(RunCells, cells=st.one_of(st.just("all"), some_cells)),
    st.builds(Cancel, cell_id=st.none() | st.sampled_from(CELLS)),
    st.just(Interrupt()),
    st.just(StartKernel()),
    st.builds(Restart, run_all=st.booleans()),
    st.just(Stop()),
    st.builds(Answer, run=st.from_regex(r"run-[0-9]", fullmatch=True), text=st.just("x")),
    st.builds(ClearOutputs, cells=st.one_of(st.just("all"), some_cells)),
    st.just(Keep()),
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

    # People

    @rule(command=any_command, person=st.sampled_from(PEOPLE), again=st.integers(0, 9))
    def somebody_asks(self, command: AnyCommand, person: Asker, again: int) -> None:
        repeated = again == 0 and bool(self.runs)
        run = self.runs[-1] if repeated else RunId(f"run-{len(self.runs)}")
        cells = tuple(CellText(CellId(c), self.types[c], self.texts[c]) for c in CELLS)
        before = self.session
        try:
            step = decide(before, command, person, Moment(self._tick(), run, cells, repeated))
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
            case "none" | "dead" | "idle":
                pass
            case _:
                assert_never(self.session.kernel)

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
        alive = self.session.epoch in self.kernels and self.session.kernel not in ("none", "dead", "starting")
        self._perform(
            resume(
                self.session.queue,
                self.session.epoch,
                self._tick(),
                has_kernel=alive,
                in_flight=self.session.in_flight,
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

    @invariant()
    def the_record_and_the_queue_agree(self) -> None:
        open_cells = [msg_id for msg_id in self.queued if msg_id not in self.ended]
        assert sorted(open_cells) == sorted(cell.msg_id for cell in self.session.queue)
        cells = [cell.cell for cell in self.session.queue]
        assert len(cells) == len(set(cells))

    @invariant()
    def only_a_dead_kernel_has_a_death(self) -> None:
        assert (self.session.kernel == "dead") == (self.session.death is not None)

    def teardown(self) -> None:
        """Let the world do what it owes, and the queue empties."""
        for _ in range(4 * len(self.session.queue) + 8):
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


PeopleAndKernel.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestPeopleAndKernel = PeopleAndKernel.TestCase
