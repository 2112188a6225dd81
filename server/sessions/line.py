"""The line from one notebook to its kernel: places it, attaches to it, ends it, passes its words on.

Everything slow runs in tasks beside the actor and comes back as a report, so
a machine that takes minutes never holds up a notebook.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from collab.ids import NotebookId, ProjectId, UserId, new_id
from collab.session import reports as told
from collab.session.decide import Refusal
from collab.session.state import Asker
from kernel_manager.client import CommandRefused, Loss, SupervisorLost
from kernel_manager.engines.base import EngineRefused, Handle
from kernel_manager.reports import Report
from server import refusals, storage
from server.db.engine import Database
from server.db.repositories import kernels
from server.db.repositories.kernels import RecordedKernel
from server.sessions.backend import KernelBackend, Link
from server.sessions.machines import Choice, Machines
from server.sessions.warm import Warm, WarmKernels
from server.tasks import Tasks

START_LIMIT_S = 600.0
"""A place may have to make the project's environment first."""

INTERRUPT_LIMIT_S = 10.0
CHOICE_RETRY_S = 1.0

FAILURES = (EngineRefused, SupervisorLost, CommandRefused, TimeoutError, OSError, *storage.DATABASE_AWAY)

_LOSSES: dict[Loss, str] = {
    "gone": "The kernel's machine is gone, or the process beside it that looks after it.",
    "displaced": "Another server with the same database has taken this kernel over. Stop one of the two.",
    "refused": "The kernel's supervisor no longer knows this server.",
    "foreign": "The kernel's supervisor is of a version of Commonbook that this server cannot talk to.",
}

log = logging.getLogger("commonbook.kernels")


class KernelLine:
    """At most one kernel at a time. `hear` gets the kernel's own reports, `tell` what happened to it."""

    def __init__(
        self,
        notebook: NotebookId,
        project: ProjectId,
        backend: KernelBackend,
        machines: Machines,
        database: Database,
        tasks: Tasks,
        hear: Callable[[RecordedKernel, Report], None],
        tell: Callable[[told.Report], None],
        warm: WarmKernels | None = None,
    ) -> None:
        self.kernel: RecordedKernel | None = None
        self.link: Link | None = None
        self._notebook = notebook
        self._project = project
        self._backend = backend
        self._machines = machines
        self._database = database
        self._tasks = tasks
        self._hear = hear
        self._tell = tell
        self._warm = warm
        self._taken: Warm | None = None
        self._starting: asyncio.Task[None] | None = None

    async def demand(self, hardware: str | None, asker: Asker) -> None:
        """Raise the session's `Refusal` for a class that somebody names and may not take now."""
        if hardware is None:
            return
        try:
            await self._machines.check(hardware, asker.user, self._notebook)
        except refusals.Refusal as refusal:
            raise Refusal(refusal.code, str(refusal)) from None

    async def choose(self, by: UserId | None, wanted: str | None = None) -> Choice:
        """Return the machine that a kernel started by `by` is to get; the start refuses, not this.

        A kernel that waits warm for that is taken, for `order` to put on record.
        """
        while True:
            try:
                choice = await self._machines.choice(self._project, by, wanted)
                if self._warm is not None:
                    self._taken = await self._warm.take(self._project, choice.id)
                return choice
            except Exception as failure:
                if not storage.is_away(failure):
                    raise
                log.warning("no machine is chosen yet", exc_info=True, extra={"notebook": self._notebook})
            await asyncio.sleep(CHOICE_RETRY_S)

    def order(self, epoch: int, machine: Choice, by: UserId | None) -> RecordedKernel:
        """Return the kernel `epoch` as an intent, to be put on record before `start`."""
        taken = self._taken
        self.kernel = RecordedKernel(
            id=taken.id if taken else new_id(),
            notebook=self._notebook,
            hardware=machine.id,
            engine=self._backend.engine,
            token=taken.placement.token if taken else secrets.token_urlsafe(32),
            epoch=epoch,
            first_epoch=epoch,
            state="living",
            started_by=by,
            label=machine.label,
            price_per_hour=machine.price_per_hour,
        )
        return self.kernel

    def start(self) -> None:
        """Place the ordered kernel and attach to it."""
        assert self.kernel is not None
        self._starting = self._spawn("start kernel", self._start(self.kernel))

    def reattach(self, kernel: RecordedKernel, since: int) -> None:
        """Attach to a kernel that an earlier server placed; what it said after `since` comes again."""
        self.kernel = kernel
        self._starting = self._spawn("reattach kernel", self._reattach(kernel, since))

    def interrupt(self) -> None:
        """Interrupt what runs, at once."""
        if self.link is not None:
            self._spawn("interrupt kernel", self._interrupt(self.link))

    def restart(self, epoch: int) -> None:
        """Replace the kernel by number `epoch`."""
        assert self.kernel is not None
        self.kernel = replace(self.kernel, epoch=epoch)
        self._spawn("restart kernel", self._restart(self.kernel))

    def stop(self, epoch: int) -> None:
        """End the kernel, also one that is still being placed, and tell when it is over."""
        self._spawn("stop kernel", self._stop(self.kernel, epoch))

    def beside(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Do something slow with the kernel beside the actor."""
        self._spawn(name, work)

    async def surround(self) -> str | None:
        """Give the kernel what it is to find in its environment now; returns why it has not got it."""
        if self.kernel is None or self.link is None:
            return None
        return await self._backend.surround(self.kernel, self.link)

    def let_go(self, kernel: RecordedKernel) -> None:
        """Clear away what is left of a kernel that has ended."""
        link = None
        if self.kernel is not None and self.kernel.id == kernel.id:
            link, self.link, self.kernel = self.link, None, None
        self._spawn("clear kernel", self._clear(kernel, link))

    async def close(self) -> None:
        """Hang up and leave the kernel running."""
        if self._starting is not None:
            self._starting.cancel()
        if self.link is not None:
            await self.link.close()
            self.link = None

    def epoch_of(self, report_epoch: int) -> int:
        """Return the notebook's count of the kernel that its supervisor counts as `report_epoch`."""
        assert self.kernel is not None
        return self.kernel.first_epoch + report_epoch - 1

    # Tasks

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._tasks.start(name, work)

    async def _start(self, kernel: RecordedKernel) -> None:
        try:
            async with asyncio.timeout(START_LIMIT_S):
                await self._machines.demand(kernel)
                kernel = await self._choose_engine(kernel)
                taken, self._taken = self._taken, None
                handle = taken.handle if taken and taken.id == kernel.id else None
                if handle is None:
                    handle = await self._backend.place(kernel, self._project, self._progress(kernel))
            self.kernel = kernel = replace(kernel, handle=handle)
            await self._note_place(kernel, handle)
            await self._attach(kernel, 0, is_new=True)
        except FAILURES as failure:
            self._failed(kernel, failure)

    async def _choose_engine(self, kernel: RecordedKernel) -> RecordedKernel:
        """Put on record which engine places the kernel: after a crash only that one is asked for it."""
        engine = await self._backend.engine_of(kernel.hardware, self._project)
        if engine != kernel.engine:
            await self._database.write_plain(lambda c: kernels.choose_engine(c, kernel.id, engine))
            self.kernel = kernel = replace(kernel, engine=engine)
        return kernel

    def _progress(self, kernel: RecordedKernel) -> Callable[[str], None]:
        return lambda sentence: self._tell(told.Preparing(kernel.epoch, sentence))

    async def _reattach(self, kernel: RecordedKernel, since: int) -> None:
        try:
            if kernel.handle is None:
                handle = await self._backend.find(kernel)
                if handle is None:
                    raise EngineRefused("The kernel was never placed; run again.")
                self.kernel = kernel = replace(kernel, handle=handle)
                await self._note_place(kernel, handle)
            await self._attach(kernel, since, is_new=False)
        except FAILURES as failure:
            is_gone = isinstance(failure, SupervisorLost) and failure.loss == "gone"
            cause = "hardware_lost" if is_gone else "lost"
            self._tell(told.Gone(kernel.epoch, datetime.now(UTC), cause, _sentence(failure), is_proven=False))

    async def _attach(self, kernel: RecordedKernel, since: int, *, is_new: bool) -> None:
        held: list[Report] = []
        is_open = False

        def on_report(report: Report) -> None:
            if is_open:
                self._hear(kernel, report)
            else:
                held.append(report)

        async with self._database.begin() as session:
            fence = await kernels.next_fence(session, kernel.id)
        link = await self._backend.attach(
            kernel,
            fence,
            since,
            on_report,
            lambda loss, reason: self._lost(kernel, loss, reason),
            self._progress(kernel),
        )
        self.link = link
        await self._note_running(kernel)
        link.on_contact = lambda is_reached: self._contact(kernel, link, is_reached=is_reached)
        if not is_new:
            if self.epoch_of(link.epoch) < kernel.epoch:
                await link.restart()  # the earlier server was killed on the way
            elif link.state == "ready":
                self._tell(told.Reached(kernel.epoch, datetime.now(UTC)))
        is_open = True
        for report in held:
            self._hear(kernel, report)

    async def _note_running(self, kernel: RecordedKernel) -> None:
        now = datetime.now(UTC)
        await self._database.write_plain(lambda connection: kernels.mark_running(connection, kernel.id, now))

    async def _note_place(self, kernel: RecordedKernel, handle: Handle) -> None:
        await self._database.write_plain(lambda connection: kernels.placed(connection, kernel, handle))

    async def _interrupt(self, link: Link) -> None:
        try:
            async with asyncio.timeout(INTERRUPT_LIMIT_S):
                await link.interrupt()
        except FAILURES as failure:
            log.warning("interrupt failed: %s", failure, extra={"notebook": self._notebook})

    async def _restart(self, kernel: RecordedKernel) -> None:
        if self._starting is not None:  # the server has just begun, and the kernel is not reached yet
            await asyncio.wait([self._starting])
        try:
            if self.link is None:
                raise EngineRefused("The kernel is out of reach. Stop it and start again.")
            await self.link.restart()
        except FAILURES as failure:
            self._failed(kernel, failure)

    async def _stop(self, kernel: RecordedKernel | None, epoch: int) -> None:
        if self._starting is not None and not self._starting.done():
            self._starting.cancel()
            await asyncio.wait([self._starting])
            kernel = self.kernel
        link, self.link = self.link, None
        if kernel is not None:
            await self._clear(kernel, link)
        self._tell(told.Stopped(epoch, datetime.now(UTC)))

    async def _clear(self, kernel: RecordedKernel, link: Link | None) -> None:
        try:
            if link is not None:
                await link.shutdown()
        except FAILURES:
            pass  # force comes next
        finally:
            if link is not None:
                await link.close()
        try:
            await self._backend.end(kernel)
        except FAILURES as failure:
            log.warning("kernel left behind: %s", failure, extra={"kernel": kernel.id})

    def _failed(self, kernel: RecordedKernel, failure: BaseException) -> None:
        log.warning("kernel failed to start: %s", failure, extra={"notebook": self._notebook})
        self._tell(told.Gone(kernel.epoch, datetime.now(UTC), "start_failed", _sentence(failure)))

    def _contact(self, kernel: RecordedKernel, link: Link, *, is_reached: bool) -> None:
        if self.kernel is None or self.kernel.id != kernel.id:
            return
        if not is_reached:
            self._tell(told.Unreachable(self.kernel.epoch))
        elif link.state == "ready":  # or its journal says what became of it
            self._tell(told.Reached(self.kernel.epoch, datetime.now(UTC)))

    def _lost(self, kernel: RecordedKernel, loss: Loss, reason: str) -> None:
        if self.kernel is not None and self.kernel.id == kernel.id:
            epoch = self.kernel.epoch
            if loss == "displaced":
                self.kernel = self.link = None  # it is another server's now, and not ours to end
            now, cause = datetime.now(UTC), "hardware_lost" if loss == "gone" else "lost"
            words = _sentence(SupervisorLost(loss, reason))
            self._tell(told.Gone(epoch, now, cause, words, is_proven=False))


def _sentence(failure: BaseException) -> str:
    if isinstance(failure, TimeoutError):
        return "The kernel did not start in time. Try again, or choose another machine."
    if isinstance(failure, SupervisorLost):
        return failure.reason or _LOSSES[failure.loss]
    if storage.is_away(failure):
        return str(storage.refusal())
    return str(failure) or "The kernel could not be started."
