"""Kernels that wait for their notebook: placed ahead of need, taken by the first start that they fit exactly.

A warm kernel is placed as the project's next kernel would be, under an id and a token of its own, and no row
is written: the notebook that takes it puts id and token on record as its own, and from then on it is a
kernel like any other. So a server that is killed leaves nothing but kernels without a row, which the next
one ends before it warms any. A fence of 0 tells the supervisor that nobody has taken its kernel yet.

Only this machine keeps kernels warm, and only those without GPUs: elsewhere they would hold what others
wait for.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from collab.ids import ProjectId, UserId, new_id
from kernel_manager.client import SupervisorClient, SupervisorLost, reach
from kernel_manager.engines.base import Engine, EngineRefused, Handle, Placement
from kernel_manager.engines.room import Machine, room, this_machine
from kernel_manager.hardware import HardwareClass
from kernel_manager.prewarmed import IDLE_S, Waiting, Wish, plan
from kernel_manager.reports import Died, Ready, Report, Usage
from server import storage
from server.db.engine import Database
from server.db.repositories import kernels
from server.sessions.backend import Supervised, kernel_id_of
from server.sessions.machines import Machines
from server.tasks import Tasks

LOOK_EVERY_S = 5.0
REFILL_AFTER_S = 5.0
"""How long whoever took a kernel has the machine alone before the next one is warmed."""

PAUSE_AFTER_FAILURE_S = 300.0
READY_LIMIT_S = 60.0
CLOSE_LIMIT_S = 15.0

NOBODYS = 0
"""The fence of whoever only waits with a kernel."""

log = logging.getLogger("commonbook.kernels")


@dataclass(slots=True, eq=False)
class Warm:
    """One kernel that waits. `state` is the folder of the environment that its Python began in."""

    project: ProjectId
    placement: Placement
    state: str
    since: datetime
    handle: Handle | None = None
    is_ready: bool = False
    memory: int | None = None
    client: SupervisorClient | None = None
    following: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def id(self) -> str:
        return self.placement.kernel_id

    @property
    def hardware(self) -> HardwareClass:
        return self.placement.hardware


class WarmKernels:
    """The kernels that wait on one server: up to `each` in a project, up to `most` in all.

    `has_python` says whether a project's environment is at hand: none is built for a kernel nobody asked for.
    """

    def __init__(
        self,
        backend: Supervised,
        machines: Machines,
        database: Database,
        tasks: Tasks,
        *,
        each: int,
        most: int,
        has_python: Callable[[ProjectId], bool],
        machine: Callable[[], Machine] = this_machine,
    ) -> None:
        self._backend = backend
        self._machines = machines
        self._database = database
        self._tasks = tasks
        self._each = each
        self._most = most
        self._has_python = has_python
        self._machine = machine
        self._engine: Engine = backend.engines["local"]
        self._waiting: dict[str, Warm] = {}
        self._active: dict[tuple[ProjectId, UserId], float] = {}
        self._not_before: dict[ProjectId, float] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._has_cleared = False

    @property
    def waiting(self) -> Sequence[Warm]:
        """What waits or gets ready now, the oldest first."""
        return list(self._waiting.values())

    def expect(self, project: ProjectId, user: UserId) -> None:
        """Note that somebody who may run is at work in a project: a kernel may be wanted soon."""
        if self._each == 0:
            return
        if (project, user) not in self._active:
            self._news.set()
        self._active[project, user] = _now()

    async def take(self, project: ProjectId, hardware: str) -> Warm | None:
        """Return a kernel that is as one placed now would be, to whoever asks first; None without one."""
        fitting = [
            one
            for one in self.waiting
            if (one.project, one.hardware.id) == (project, hardware) and one.handle is not None
        ]
        for warm in sorted(fitting, key=lambda one: not one.is_ready):
            try:
                is_current = await self._is_current(warm)
            except Exception as failure:
                if not storage.is_away(failure):
                    raise
                return None
            if not is_current:
                self._end(warm)
            elif self._waiting.pop(warm.id, None) is not None:
                self._not_before[project] = _now() + REFILL_AFTER_S
                await _let_go(warm)
                return warm
        return None

    async def tend(self) -> None:
        """Keep as many kernels warm as there should be, for ever."""
        if not self._has_cleared:
            await self._end_leftovers()
            self._has_cleared = True
        while self._each > 0:
            self._news.clear()
            await self.look(_now())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), LOOK_EVERY_S)

    async def look(self, now: float) -> None:
        """Look once: end what is not as it should be, and warm what is missing. `now` is the loop's time."""
        for warm in self.waiting:
            if not await self._is_current(warm):
                self._end(warm)
        wishes = await self._wishes(now)
        machine = await asyncio.to_thread(self._machine)
        decided = plan(
            wishes,
            [Waiting(one.id, one.project, one.hardware.id) for one in self.waiting],
            each=self._each,
            most=self._most,
            now=now,
            free=machine.free_mib / machine.memory_mib,
        )
        for kernel in decided.end:
            if (ended := self._waiting.get(kernel)) is not None:
                self._end(ended)
        for project, hardware in decided.warm:
            if now >= self._not_before.get(ProjectId(project), now):
                await self._warm(ProjectId(project), hardware, machine)

    def end(self, kernel: str) -> bool:
        """End a kernel that waits, as an admin wants it; its project gets no other for a while."""
        warm = self._waiting.get(kernel)
        if warm is None:
            return False
        self._not_before[warm.project] = _now() + IDLE_S
        self._end(warm)
        return True

    def forget(self, project: ProjectId) -> None:
        """End what waits for a project that is gone."""
        self._active = {key: at for key, at in self._active.items() if key[0] != project}
        for warm in self.waiting:
            if warm.project == project:
                self._end(warm)

    async def close(self) -> None:
        """End everything that waits. Nothing is warmed afterwards."""
        self._each = 0
        for warm in self.waiting:
            self._end(warm)
        if self._ending:
            await asyncio.wait(list(self._ending), timeout=CLOSE_LIMIT_S)

    async def _wishes(self, now: float) -> list[Wish]:
        """Return which machines people would get who were active lately, of the most active ones."""
        self._active = {key: at for key, at in self._active.items() if now - at < IDLE_S}
        latest = sorted(self._active.items(), key=lambda each: -each[1])[: self._most]
        wishes = []
        for (project, user), at in latest:
            if self._has_python(project):
                hardware = await self._machines.next_for(project, user)
                if hardware is not None and hardware.engine == self._engine.name and hardware.gpus == 0:
                    wishes.append(Wish(project, hardware.id, at))
        return wishes

    async def _warm(self, project: ProjectId, hardware: str, machine: Machine) -> None:
        warm: Warm | None = None
        try:
            placement = await self._backend.placement(
                new_id(), secrets.token_urlsafe(32), hardware, project, _nobody_hears
            )
            if self._each == 0 or room(placement.hardware, machine).free == 0:
                return
            warm = Warm(project, placement, _state_of(placement.python), datetime.now(UTC))
            self._waiting[warm.id] = warm
            warm.handle = await self._engine.submit(placement)
        except EngineRefused as refused:
            self._failed(project, warm, str(refused))
            return
        if warm.id not in self._waiting:  # ended in the meantime
            await self._engine.cancel(warm.handle)
            return
        warm.following = self._tasks.start("follow a warm kernel", self._follow(warm, warm.handle))

    async def _follow(self, warm: Warm, handle: Handle) -> None:
        def on_report(report: Report) -> None:
            match report:
                case Ready():
                    warm.is_ready = True
                case Usage():
                    warm.memory = report.memory
                case Died():
                    self._failed(warm.project, warm, report.reason)
                case _:
                    pass

        try:
            async with asyncio.timeout(READY_LIMIT_S):
                warm.client = await SupervisorClient.attach(
                    await reach(self._engine, handle),
                    warm.placement.token,
                    NOBODYS,
                    0,
                    on_report,
                    on_lost=lambda loss: self._failed(warm.project, warm, f"It was lost ({loss})."),
                )
        except (EngineRefused, SupervisorLost, TimeoutError, OSError) as failure:
            self._failed(warm.project, warm, str(failure))

    async def _is_current(self, warm: Warm) -> bool:
        """Say whether a kernel placed now would be the same, and this one is alive."""
        if warm.handle is None:
            return True  # it is just being placed
        if not self._has_python(warm.project) or (await self._engine.status(warm.handle)).phase == "ended":
            return False
        known = warm.placement
        try:
            anew = await self._backend.placement(
                known.kernel_id, known.token, known.hardware.id, warm.project, _nobody_hears
            )
        except EngineRefused:
            return False
        return anew == known and _state_of(anew.python) == warm.state

    def _failed(self, project: ProjectId, warm: Warm | None, why: str) -> None:
        if warm is not None and self._waiting.get(warm.id) is not warm:
            return  # somebody has it, or nobody wants it any more
        log.warning("no kernel is kept warm: %s", why, extra={"project": project})
        self._not_before[project] = _now() + PAUSE_AFTER_FAILURE_S
        if warm is not None:
            self._end(warm)

    def _end(self, warm: Warm) -> None:
        if self._waiting.pop(warm.id, None) is not None:
            task = self._tasks.start("end a warm kernel", self._clear(warm))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _clear(self, warm: Warm) -> None:
        await _let_go(warm)
        if warm.handle is not None:
            await self._engine.cancel(warm.handle)

    async def _end_leftovers(self) -> None:
        """End what an earlier server kept warm: this one has placed nothing yet that has no row."""
        left = await self._engine.list(self._backend.owner)
        async with self._database.read() as session:
            known = {kernel.id for kernel in await kernels.living(session)}
        for handle in left:
            if kernel_id_of(handle) not in known:
                log.info("a kernel of an earlier server is ended", extra={"kernel": kernel_id_of(handle)})
                await self._engine.cancel(handle)


async def _let_go(warm: Warm) -> None:
    """Stop following a kernel; it goes on."""
    if warm.following is not None:
        warm.following.cancel()
    if warm.client is not None:
        await warm.client.close()


def _state_of(python: str) -> str:
    """Return the folder that an interpreter's environment is in, behind the link that states follow."""
    return os.path.realpath(os.path.dirname(os.path.dirname(python)))


def _now() -> float:
    return asyncio.get_running_loop().time()


def _nobody_hears(sentence: str) -> None:
    """Nobody waits for a warm kernel."""
