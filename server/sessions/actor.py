"""One open notebook: one inbox, one task, one order of events.

Takes commands and kernel words, lets `collab.session` decide, and carries out
what it says, always in this order: show it, put it on record, act on it. So a
server killed at any point knows afterwards what it had promised.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import assert_never

from collab import commands, wire
from collab.commands import ChangeHardware
from collab.hub import Room
from collab.ids import CellId, RunId, UserId, new_id
from collab.inputs import Option
from collab.ipynb import ImportedCell, entry_of
from collab.kinds import text_to_run
from collab.packed_run import stamp
from collab.session import reports as told
from collab.session.decide import Refusal, decide, demand
from collab.session.observe import observe, resume
from collab.session.state import (
    Asker,
    CellEnded,
    CellsQueued,
    CellStarted,
    CellText,
    ClearCells,
    Effect,
    Execute,
    ForgetVariables,
    InterruptKernel,
    KeepKernel,
    Moment,
    QueuedCell,
    RestartKernel,
    RestoreVariables,
    SaveVariables,
    SendInput,
    Session,
    StartKernel,
    Step,
    StopKernel,
    Tell,
    TextOptions,
)
from kernel_manager import reports as words
from server.db.repositories.kernels import RecordedKernel
from server.services import ChangedModules
from server.sessions import view
from server.sessions.answers import Answers
from server.sessions.asides import AnswersCells, Asides, connection_wanted, install_line
from server.sessions.backend import Link
from server.sessions.calls import CallFailed, Calls
from server.sessions.edits import EditNote
from server.sessions.inbox import Asked, Heard, Inbox, Reply, Word
from server.sessions.inputs import Inputs
from server.sessions.ledger import Ledger, queued_again
from server.sessions.line import KernelLine
from server.sessions.marks import StaleMarks
from server.sessions.outputs import Keep
from server.sessions.screen import Screen
from server.sessions.shelf import Shelf, Survey
from server.sessions.streams import StreamFiles
from server.sessions.taps import Taps, absent_of
from server.sessions.translate import in_own_words, truncation_notice
from server.sessions.variables import Variables
from server.sessions.versions import Versions
from server.sessions.vigil import Vigil, report_of
from server.sessions.widgets import Widgets

SLICE_S = 0.001
"""How long kernel words are folded before everybody else on the loop has a turn."""

_NO_KERNEL = ("none", "dead")
_ENDING = (commands.Interrupt, commands.Stop, commands.Restart)

log = logging.getLogger("commonbook.sessions")


class NotebookSession:
    """The actor of one notebook. `run` is its task; the rest of the server posts into it."""

    def __init__(
        self,
        room: Room,
        ledger: Ledger,
        streams: StreamFiles,
        keep: Keep,
        line_for: Callable[[NotebookSession], KernelLine],
        shelf_for: Callable[[NotebookSession, Calls], Shelf],
        widgets_for: Callable[[NotebookSession], Widgets],
        versions: Versions,
        hardware: str,
    ) -> None:
        self.room = room
        self.versions = versions
        self.state = Session()
        self.usage: words.Usage | None = None
        self.vigil = Vigil()
        self.alive: wire.Alive | None = None
        self.task: asyncio.Task[None] | None = None
        self.hardware = hardware
        self.install: AnswersCells | None = None
        """Installs what a cell's `%pip` line names, then calls back with the answer for the kernel."""
        self.lend: AnswersCells | None = None
        """Opens the connection that a cell of SQL names, then calls back with the answer for the kernel."""
        self.acted_at = datetime.now(UTC)
        """When something last happened here that was more than a word."""
        self.taps: Taps = {}
        """Whoever else hears the kernel: other programs' sockets."""
        self._ledger = ledger
        self._inbox = Inbox()
        self._line = line_for(self)
        self._calls = Calls()
        self.shelf = shelf_for(self, self._calls)
        self.variables = Variables(room, ledger, lambda: self._line.link, self._line.beside)
        self._marks = StaleMarks(room)
        self._asides = Asides()
        self._screen = Screen(room, streams, keep, self._inbox.ring)
        self._edits = EditNote(room, ledger, self._inbox.ring)
        self.widgets = widgets_for(self)
        self._inputs = Inputs(room, self.cells)
        self._answers = Answers()
        self._texts: tuple[int, tuple[CellText, ...]] | None = None
        self._seq = 0
        self._closing = False
        self._stepped = asyncio.Event()

    # For the rest of the server

    @property
    def is_needed(self) -> bool:
        """Whether a kernel lives, something waits, or somebody is connected."""
        busy = self.has_kernel or self.state.queue or not self._inbox.is_empty
        return bool(busy or self.room.connections or self.taps or self._edits.is_waiting)

    @property
    def has_kernel(self) -> bool:
        """Whether there is a kernel, or one is on its way in or out."""
        return self.state.kernel not in _NO_KERNEL

    @property
    def began(self) -> Mapping[str, datetime]:
        """When the cells that run began, by the ids of their requests."""
        return self._ledger.began

    @property
    def people_waiting(self) -> set[UserId]:
        """Whoever has asked for something that has not begun."""
        asked = {each.user for each in (*self._inbox.commands, *self._inputs.waiting)}
        return {cell.by for cell in self.state.waiting} | asked

    @property
    def link(self) -> Link | None:
        """The line to the supervisor of the kernel that lives."""
        return self._line.link

    async def surround(self) -> str | None:
        """Give the kernel what it is to find in its environment now; returns why it has not got it."""
        return await self._line.surround()

    def ask(self, asked: Asked) -> None:
        """Queue a command. One that was asked before is answered with the same answer, and done once."""
        if self._answers.is_new(asked):
            self._inbox.ask(asked)

    def cells(self) -> tuple[CellText, ...]:
        """Return the living cells as they are now, read anew only after something was written."""
        if self._texts is None or self._texts[0] != self.room.source_seq:
            found = (
                CellText(CellId(cell.id), cell.type, text_to_run(cell.type, cell.source, cell.meta))
                for cell in self.room.source.cells()
            )
            self._texts = self.room.source_seq, tuple(found)
        return self._texts[1]

    def hear(self, kernel: RecordedKernel, report: words.Report) -> None:
        """Queue a word of the kernel."""
        self._inbox.tell(Heard(kernel, report))

    def tell(self, report: told.Report) -> None:
        """Queue what happened to the kernel."""
        self._inbox.tell(report)

    def watch(self, now: float, wall: datetime) -> None:
        """Look at the idle clock: tell the room what changed, and the actor when the time is up."""
        alive, due = self.vigil.look(self.state, self.began, now, wall)
        if alive != self.alive:
            self.alive = alive
            self.room.send_control(alive)
        if due is not None and due.cause is not None and self.vigil.rules is not None:
            reason = report_of(due, self.vigil.rules)
            self.tell(told.TimeIsUp(self.state.epoch, wall, due.cause, reason))

    def explained(self) -> wire.Alive:
        """Return why the kernel lives now, and when it stops."""
        if not self.has_kernel:
            return wire.Alive("There is no kernel.")
        self.watch(asyncio.get_running_loop().time(), datetime.now(UTC))
        assert self.alive is not None
        return self.alive

    def moved(self, name: str | None) -> None:
        """Somebody is at work here."""
        self.vigil.moved(name, asyncio.get_running_loop().time())

    async def survey(self) -> Survey:
        """Return the variables that could be kept; raises `CallFailed`."""
        if self.state.kernel == "busy":
            raise CallFailed("A cell is running, so the kernel cannot list its variables now.")
        if self.state.kernel != "idle":
            raise CallFailed("The kernel is not ready, so its variables cannot be listed now.")
        return await self.shelf.survey(self._line.link)

    def source_changed(self, cells: frozenset[str], by: UserId | None) -> None:
        """Mark cells that differ from what ran, and note the editor after a while."""
        self.moved(next((c.person.name for c in self.room.connections if c.user == by), None))
        self._marks.touched(cells)
        self.variables.edited(cells)
        self._edits.edited(by)
        self.versions.edited(by)
        waiting = cells & {each.cell for each in self.state.waiting}
        removed = frozenset(CellId(each) for each in waiting if self.room.source.source_of(each) is None)
        if removed:
            self.tell(told.Removed(datetime.now(UTC), removed))

    def show_results(self, cell_id: str, cell: ImportedCell) -> None:
        """Show what a program got when it ran a cell elsewhere, unless the cell waits or runs here."""
        entry = self.room.runtime.entry(cell_id)
        if entry is None or entry.state not in ("queued", "running"):
            self._screen.forget(cell_id)
            made = entry_of(cell, new_id())
            self.room.runtime.begin_run(cell_id, made)
            self._marks.ran(CellId(cell_id), made.source_hash)

    async def note_edit(self) -> None:
        """Put on record, for lists, who edited last and how many cells there are, and keep a version."""
        await self._edits.write()
        await self.versions.consider(datetime.now(UTC))

    async def look_again(self, changed: Sequence[ChangedModules]) -> None:
        """Have the kernel find new modules, and ask which of the changed distributions it has loaded."""
        if self._line.link is not None and self.state.kernel in ("idle", "busy"):
            msg_id, code = self._asides.question(changed)
            await self._note_advice()
            if self._line.link is not None:
                self._line.link.execute(msg_id, code, store_history=False)

    @property
    def advice(self) -> wire.RestartAdvised | None:
        """What a restart of this kernel would bring, for whoever comes."""
        return self._asides.advice

    async def advise(self, stale: Sequence[wire.LoadedVersion]) -> None:
        """Tell everybody that this kernel goes on with what is not installed any more."""
        if self._line.link is not None and (advice := self._asides.advise(stale)) is not None:
            self.room.send_control(advice)
            await self._note_advice()

    async def _note_advice(self) -> None:
        if self._line.kernel is not None:
            await self._ledger.note_advice(self._line.kernel, self._asides.memory())

    async def changed(self) -> None:
        """Return after the next step."""
        await self._stepped.wait()

    async def resume(self) -> None:
        """Take up what an earlier server left: its kernel, and what waits for it."""
        now = datetime.now(UTC)
        await self.shelf.load()
        await self.widgets.load()
        open_cells = await self._ledger.open_cells()
        names = await self._ledger.names({row.by for row in open_cells})
        queue = tuple(queued_again(row, names.get(row.by, "")) for row in open_cells)
        self._mend(queue, now)
        absent_of(queue, self.taps)
        in_flight = bool(open_cells) and open_cells[0].state == "running"
        living = list(await self._ledger.living_kernels())
        kernel = living.pop() if living and living[-1].state != "stopping" else None
        for other in living:
            await self._ledger.end_kernel(other)
            self._line.let_go(other)
        if kernel is None:
            await self._resume_without_kernel(queue, now, in_flight=in_flight)
            return
        self._seq = (open_cells[0].journal_seq or 0) if in_flight else kernel.acked_seq
        self.widgets.take_up()
        if in_flight and not queue[0].is_text:
            self._screen.open(queue[0].cell, queue[0].msg_id, again=True)
            self.widgets.began(queue[0])
        self.hardware = kernel.hardware
        self.vigil.begin(kernel.kept_until, kernel.kept_by, asyncio.get_running_loop().time(), now)
        self._line.reattach(kernel, self._seq)
        is_new = kernel.running_since is None and kernel.acked_seq == 0
        shown = self.room.runtime.kernel()
        resumed = resume(
            queue,
            kernel.epoch,
            now,
            has_kernel=True,
            in_flight=in_flight,
            is_new=is_new,
            language=shown.language or "" if int(shown.epoch) == kernel.epoch else "",
        )
        await self._perform(resumed)
        self._asides.recall(kernel.advice)

    def _mend(self, queue: tuple[QueuedCell, ...], now: datetime) -> None:
        """Make the document agree with the record, where the server was killed between writing the two."""
        runtime, runs = self.room.runtime, {cell.cell: cell.run for cell in queue}
        entries = runtime.entries()
        with runtime.transaction():
            for cell in queue:
                if cell.is_text:
                    continue
                if cell.cell not in entries or entries[cell.cell].run != cell.run:
                    self._screen.forget(cell.cell)
                    self._marks.ran(cell.cell, view.show_queued(runtime, cell))
            for cell_id, entry in entries.items():
                if entry.state in ("queued", "running") and runs.get(CellId(cell_id)) is None:
                    runtime.update_run(cell_id, state="cancelled", ended=stamp(now))

    async def _resume_without_kernel(
        self, queue: tuple[QueuedCell, ...], now: datetime, *, in_flight: bool
    ) -> None:
        shown = self.room.runtime.kernel()
        epoch = int(shown.epoch)
        if in_flight:  # its kernel has ended since
            self.state = Session("reconnecting", epoch, queue=queue, in_flight=True)
            gone = told.Gone(epoch, now, "lost", "The kernel is gone.", is_proven=False)
            await self._perform(observe(self.state, gone))
        elif not queue and shown.death is not None:
            over: wire.KernelState = "none" if shown.death.cause == "asked" else "dead"
            self.state = Session(over, epoch, death=view.death_shown(shown.death))
        else:
            await self._perform(resume(queue, epoch, now, has_kernel=False, in_flight=False))
        self._show(())

    async def run(self) -> None:
        """Do everything that comes, one thing after the other, until cancelled."""
        while not self._closing:
            await self._inbox.wait()
            await self._work()

    async def close(self) -> None:
        """Do what waits, show what was put out, hang up, and leave the kernel running."""
        self._closing = True
        if self.task is not None and not self.task.done():
            self._inbox.ring()
            await asyncio.wait([self.task])
        self.variables.close()
        self._screen.quiet()
        self._edits.quiet()
        self.widgets.close()
        await self._line.close()
        has_failed = self.task is not None and self.task.done() and self.task.exception() is not None
        if not self.room.is_closed:
            if not has_failed:
                await self._work()
                await self._screen.flush()
                await self.note_edit()
                await self.versions.leave(datetime.now(UTC))
            await self.room.close()
        self._screen.close()

    # The work

    async def _work(self) -> None:
        while not self._inbox.is_empty:
            while self._inbox.commands:
                await self._command(self._inbox.commands.popleft())
            end = time.perf_counter() + SLICE_S
            while self._inbox.words and not self._inbox.commands and time.perf_counter() < end:
                await self._word(self._inbox.words.popleft())
            if self._screen.is_due():
                await self._screen.flush()
            await asyncio.sleep(0)
        while self._screen.is_due():  # asked once more after each flush: a text that grew is measured later
            await self._screen.flush()
        if self._edits.is_due:
            await self.note_edit()

    async def _command(self, asked: Asked) -> None:
        reply: Reply
        try:
            asker = asked.asker()
            self.moved(asker.name)
            if isinstance(asked.command, commands.Comm):
                self._answers.give(asked, await self._move(asked.command, asker))
                return
            if isinstance(asked.command, commands.SetInput):
                self._answers.give(asked, await self._set_input(asked, asked.command, asker))
                return
            if isinstance(asked.command, _ENDING):
                self._inputs.take()
            if isinstance(asked.command, (ChangeHardware, commands.StartKernel)):
                await self._line.demand(asked.command.hardware, asker)
            repeated = await self._ledger.knows(asked.run)
            moment = Moment(datetime.now(UTC), asked.run, asked.cells, repeated, self.shelf.ids)
            step = decide(self.state, asked.command, asker, moment)
            await self._perform(step, asked.user)
            reply = {"run": step.run} if step.run else {}
        except Refusal as refusal:
            reply = refusal
        self._answers.give(asked, reply)

    async def _move(self, command: commands.Comm, asker: Asker) -> Reply:
        """Pass on what somebody did to a widget. It makes no run, so nothing is asked of the database."""
        now = datetime.now(UTC)
        step = decide(self.state, command, asker, Moment(now, RunId("")))
        if step.session != self.state or step.effects:
            await self._perform(step, asker.user)
        moved = self.widgets.move(command, asker, self._line.link, asyncio.get_running_loop().time())
        return {"message": moved}

    async def _set_input(self, asked: Asked, command: commands.SetInput, asker: Asker) -> Reply:
        """Set an input, and run what depends on it; where that runs just now, once more when it has ended."""
        demand(command, asker)
        definition = self._inputs.set(command, asker.user)
        if not command.run:
            return {}
        cells = await self._inputs.affected(command.cell_id, definition)
        repeated = await self._ledger.knows(asked.run)
        step = decide(self.state, command, asker, Moment(datetime.now(UTC), asked.run, cells, repeated))
        running = self.state.running
        if running is not None and any(cell.id == running.cell for cell in cells):
            self._inputs.hold(asked, command.cell_id)
        await self._perform(step, asker.user)
        return {"run": step.run} if step.run else {}

    async def input_options(self, cell_id: str) -> tuple[Option, ...]:
        """Return what a select may be set to; raises `Refusal`."""
        return await self._inputs.offer(cell_id, self._line.link)

    async def _run_held(self) -> None:
        """Run what depends on inputs that were set while it ran."""
        for asked in self._inputs.take():
            assert isinstance(asked.command, commands.SetInput)
            with suppress(Refusal):  # the input is gone, or whoever set it may not run any more
                await self._set_input(asked, asked.command, asked.asker())

    async def _moved(self, report: words.Finished) -> bool:
        """Note that the kernel has dealt with a move; False if it was something else that ended."""
        move = self.widgets.finished(report, self._line.link)
        if move is None:
            return False
        await self._screen.returned(report.msg_id)
        if move.owner is not None and self.widgets.is_new_mover(move):
            view.show_moved(self.room.runtime, move.owner, move.name, datetime.now(UTC))
        if self.state.running is None and self._line.link is not None:
            self._line.link.acknowledge(self._seq)
        return True

    def _lend(self, message: words.Message) -> None:
        """Give what a widget's code puts out a place: below the outputs of the cell that made the widget."""
        move = self.widgets.mover_of(message.msg_id)
        if move is not None and move.owner is not None:
            self._screen.lend(message.msg_id, move.owner.cell, move.owner.run)

    async def _word(self, word: Word) -> None:
        if not isinstance(word, Heard):
            if isinstance(word, told.Barred):
                self._inputs.take(of=word.people)
            await self._perform(observe(self.state, word))
            if isinstance(word, told.Reached):
                self.widgets.ask_states(self._line.link)
            return
        if self._line.kernel is None or word.kernel.id != self._line.kernel.id:
            return
        report = word.report
        if isinstance(report, words.Usage):
            self._measured(report)
            return
        self._seq = report.seq
        if not isinstance(report, words.InputWanted):
            self._tell_taps(report)
        if self._asides.hears(report):
            advice = self._asides.take(report)
            if advice is not None:
                self.room.send_control(advice)
            if isinstance(report, words.Finished):
                await self._note_advice()
            return
        epoch = self._line.epoch_of(report.epoch)
        if isinstance(report, (words.Message, words.Finished)) and self._calls.took(report):
            return
        if isinstance(report, words.Finished) and await self._moved(report):
            return
        if isinstance(report, words.Message):
            if epoch == self.state.epoch and not self.widgets.took(report):
                self._lend(report)
                self._screen.take(report)
        elif isinstance(report, words.Truncated):
            if self.state.running is not None:
                self._screen.take(truncation_notice(report, self.state.running.msg_id))
        else:
            if isinstance(report, words.InputWanted):
                if self._asks_the_server(report):
                    return
                self._tell_taps(report)
                await self._screen.flush()
            await self._perform(observe(self.state, in_own_words(report, epoch)))
            if isinstance(report, words.Finished):
                await self._run_held()

    def _tell_taps(self, report: words.Report) -> None:
        for tap in list(self.taps):
            tap.heard(report)

    def _asks_the_server(self, report: words.InputWanted) -> bool:
        """Take a question of the guest for what it is: `%pip install`, or a connection for SQL."""
        cell = self.state.running
        if cell is None or cell.msg_id != report.msg_id:
            return False
        wanted, do = install_line(report), self.install
        if wanted is None:
            wanted, do = connection_wanted(report), self.lend
        if wanted is None or do is None:
            return False

        def answer(text: str, secrets: tuple[str, ...] = ()) -> None:
            if self._line.link is not None:
                self._line.link.answer(report.msg_id, text, secrets)

        do(cell, wanted, answer)
        return True

    def _measured(self, usage: words.Usage) -> None:
        self.usage = usage
        self.vigil.heard(usage, asyncio.get_running_loop().time())
        if usage.cpu is not None:
            gpus = [wire.GpuMetrics(gpu.name, gpu.use, gpu.memory, gpu.memory_total) for gpu in usage.gpus]
            self.room.send_control(
                wire.Metrics(usage.cpu, usage.memory, usage.memory_limit, gpus, usage.unsandboxed)
            )

    async def _perform(self, step: Step, by: UserId | None = None) -> None:
        """Show a step, put it on record, then act on it.

        A kernel is started by whoever asked, or else by the person whose cell is the first to run.
        """
        before, self.state = self.state, step.session
        if step.effects:
            self.acted_at = datetime.now(UTC)
        ended = False
        fresh: StartKernel | None = None
        for effect in step.effects:
            if isinstance(effect, CellEnded):
                ended = True
                await self._screen.finish(effect.cell.msg_id)
            elif isinstance(effect, StartKernel):
                fresh = effect
            elif isinstance(effect, RestartKernel):
                await self.widgets.end()
        over = self._line.kernel if fresh or self.state.kernel in ("dead", "none") else None
        if over is not None:
            self.usage = self.alive = None
            self._calls.fail_all()
            await self.widgets.end()
            self.vigil.begin(None, None, asyncio.get_running_loop().time(), datetime.now(UTC))
        if (over is not None or self.state.epoch != before.epoch) and self._asides.forget():
            self.room.send_control(wire.RestartAdvised([]))
        if fresh is not None:
            starter = fresh.by or by or (self.state.queue[0].by if self.state.queue else None)
            machine = await self._line.choose(starter, fresh.hardware)
            self.hardware = machine.id
            self._line.order(self.state.epoch, machine, starter)
        if self.state != before or step.effects:
            self._show(step.effects)
        if ended:
            await self.room.flush()
        await self._ledger.record(step.effects, self._line.kernel, self._seq, over=over)
        for effect in step.effects:
            self._act(effect)
        self.variables.follow(self.state, ended=ended)
        if self.state.epoch != before.epoch or self.state.kernel in _NO_KERNEL:
            self._inputs.take()
        if self.has_kernel and self.state.kernel != before.kernel:
            self.watch(asyncio.get_running_loop().time(), datetime.now(UTC))
        for tap in list(self.taps):
            tap.stepped(before, self.state, step.effects)
        self._stepped.set()
        self._stepped = asyncio.Event()
        if over is not None:
            self._line.let_go(over)
        elif ended and self._line.link is not None:
            self._line.link.acknowledge(self._seq)

    def _show(self, effects: Sequence[Effect]) -> None:
        runtime = self.room.runtime
        with runtime.transaction():
            for effect in effects:
                match effect:
                    case CellsQueued(cells):
                        for cell in (each for each in cells if not each.is_text):
                            self._screen.forget(cell.cell)
                            self._marks.ran(cell.cell, view.show_queued(runtime, cell))
                    case CellStarted() if not effect.cell.is_text:
                        view.show_started(runtime, effect)
                    case CellEnded() if not effect.cell.is_text:
                        view.show_ended(runtime, effect)
                    case ClearCells(gone):
                        for cell_id in gone:
                            self._screen.forget(cell_id)
                            self._marks.forget(cell_id)
                            runtime.remove(cell_id)
                    case ForgetVariables(saved):
                        self.shelf.drop(saved)
                    case _:
                        pass
            if self.state.epoch != runtime.kernel().epoch:
                runtime.set_kernel(started_at=stamp(datetime.now(UTC)))
            view.show_session(runtime, self.state, self.hardware, self.shelf.offer)

    def _act(self, effect: Effect) -> None:
        line = self._line
        match effect:
            case CellsQueued() | CellStarted() | ClearCells():
                pass
            case CellEnded():
                self._screen.drop_old()
            case Execute(_, cell) if cell.is_text:
                self._execute_text(cell)
            case Execute(_, cell):
                self._screen.open(cell.cell, cell.msg_id, again=False)
                self.widgets.began(cell)
                if line.link is not None:
                    line.link.execute(cell.msg_id, cell.source)
            case StartKernel():
                line.start()
            case RestartKernel(epoch):
                line.restart(epoch)
            case StopKernel(epoch):
                line.stop(epoch)
            case InterruptKernel():
                line.interrupt()
            case SendInput(_, cell, text):
                if line.link is not None:
                    # A program shows the answers of its person itself.
                    line.link.answer(cell.msg_id, text, is_shown=not cell.is_text)
            case KeepKernel(until, _, by_name):
                now, wall = asyncio.get_running_loop().time(), datetime.now(UTC)
                self.vigil.keep(until, by_name if until else None, now, wall)
                self.watch(now, wall)
            case SaveVariables(epoch, cause):
                saving = self.shelf.save(line.link, epoch, self.hardware, cause, self._is_saving(epoch))
                line.beside("save variables", saving)
            case RestoreVariables(epoch, saved):
                line.beside("restore variables", self.shelf.restore(line.link, epoch, saved))
            case ForgetVariables(saved):
                line.beside("forget variables", self.shelf.forget([saved]))
            case Tell(sentence):
                self.room.send_control(wire.Notice("failure", sentence))
            case _:
                assert_never(effect)

    def _execute_text(self, cell: QueuedCell) -> None:
        """Send code that no cell holds; its outputs are for whoever taps."""
        link, options = self._line.link, cell.text or TextOptions("")
        if link is not None:
            link.execute(
                cell.msg_id,
                cell.source,
                store_history=options.store_history,
                silent=options.silent,
                allow_stdin=options.allow_stdin,
                expressions=options.expressions,
            )

    def _is_saving(self, epoch: int) -> Callable[[], bool]:
        return lambda: self.state.kernel == "saving" and self.state.epoch == epoch
