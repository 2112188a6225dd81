"""Where kernels come from, as a session needs it; and the real one: supervisors placed by engines."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from collab.ids import ProjectId
from kernel_manager.asking import Answer
from kernel_manager.client import CommandRefused, Loss, SupervisorClient, SupervisorLost, reach
from kernel_manager.engines.base import Endpoint, Engine, EngineAway, EngineRefused, Handle, Placement, Status
from kernel_manager.hardware import HardwareClass
from kernel_manager.reports import Report
from server.db.repositories.kernels import RecordedKernel
from server.refusals import Refusal

log = logging.getLogger("commonbook.kernels")

OnReport = Callable[[Report], None]
OnLost = Callable[[Loss, str], None]
"""Hears why a line was given up, and the engine's own words on it, where it has any."""

OnContact = Callable[[bool], None]
"""Hears False when a supervisor has not been reached for a while, True when it is reached again."""

Progress = Callable[[str], None]
"""Hears, in a sentence, what a start waits for."""


@dataclass(frozen=True, slots=True, repr=False)
class Surroundings:
    """What a kernel finds in its environment: variables, files that some stand for, and what is secret of it.

    Never log or show one.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()


SurroundingsOf = Callable[[RecordedKernel], Awaitable[Surroundings]]
"""Returns what a kernel is to find in its environment; raises a `Refusal` where that cannot be known."""


class Link(Protocol):
    """A line to one living supervisor; it mends itself until it is closed or the supervisor is lost.

    `isolation` and `limits` say in words what holds the kernel. `takes_comms` is false for a supervisor that
    began under an earlier version of the server.
    """

    epoch: int
    state: Literal["starting", "ready", "dead"]
    isolation: str
    limits: str
    takes_comms: bool
    on_contact: OnContact

    def execute(
        self,
        msg_id: str,
        code: str,
        *,
        store_history: bool = True,
        silent: bool = False,
        allow_stdin: bool = True,
        expressions: Mapping[str, str] | None = None,
    ) -> None:
        """Run `code` as the request `msg_id`, at most once however often this is called."""

    def call(self, msg_id: str, function: Literal["save", "restore", "survey"], arguments: str) -> None:
        """Have the guest in the kernel do something, at most once however often this is called."""

    async def ask(self, operation: str, arguments: Mapping[str, Any], timeout: float) -> Answer:
        """Have the agent in the kernel do `operation`, also while a cell runs; raises `AskFailed`."""

    def comm(
        self,
        msg_id: str,
        msg_type: Literal["comm_open", "comm_msg", "comm_close"],
        content: bytes,
        buffers: tuple[bytes, ...] = (),
        *,
        is_work: bool = True,
    ) -> None:
        """Say something to a comm, at most once however often this is called."""

    def answer(
        self, msg_id: str, text: str, secrets: tuple[str, ...] = (), *, is_shown: bool = False
    ) -> None:
        """Answer the `input()` of a request; the kernel's words are shown without `secrets` from then on.

        With `is_shown` the question and its answer stay below the cell.
        """

    def acknowledge(self, seq: int) -> None:
        """Say that every report up to `seq` is safe."""

    async def surround(
        self, variables: dict[str, str], files: dict[str, str], secrets: Sequence[str]
    ) -> None:
        """Give the kernel environment variables in place of those before; raises `CommandRefused`."""

    async def interrupt(self) -> None:
        """Interrupt what runs."""

    async def restart(self) -> None:
        """Replace the kernel; its `Ready` follows."""

    async def shutdown(self) -> None:
        """End the kernel and its supervisor."""

    async def close(self) -> None:
        """Hang up. The kernel goes on."""


class KernelBackend(Protocol):
    """Places kernels and finds them again. `engine` is where a kernel goes if its class says nothing else."""

    engine: str

    async def engine_of(self, hardware: str, project: ProjectId) -> str:
        """Return the engine of a hardware class; raises `EngineRefused` where there is no such class."""

    async def place(self, kernel: RecordedKernel, project: ProjectId, progress: Progress) -> Handle:
        """Place a supervisor; raises `EngineRefused`. `progress` hears what that waits for."""

    async def attach(
        self,
        kernel: RecordedKernel,
        fence: int,
        since: int,
        on_report: OnReport,
        on_lost: OnLost,
        progress: Progress,
    ) -> Link:
        """Reach a placed supervisor, however long it is queued; `progress` hears why.

        Raises `EngineRefused`, `SupervisorLost` or `TimeoutError`.
        """

    async def find(self, kernel: RecordedKernel) -> Handle | None:
        """Return the handle of a kernel of which only the intent is on record.

        Waits while the engine does not answer: a kernel that cannot be looked for may be alive.
        """

    async def surround(self, kernel: RecordedKernel, link: Link) -> str | None:
        """Give a living kernel what it is to find in its environment now; returns why it has not got it."""

    async def end(self, kernel: RecordedKernel) -> None:
        """End a supervisor and its kernel by force; harmless when they are gone."""


PythonOf = Callable[[ProjectId, Progress], Awaitable[str]]
"""Returns the interpreter of a project's environment, which may have to be made first."""

ClassOf = Callable[[str, ProjectId], Awaitable[HardwareClass]]
"""Returns the hardware class of an id, as a project gets it; raises `EngineRefused` where there is none."""

QUEUE_POLL_S = (0.2, 2.0)
"""How often a queued kernel is looked at, at first and at last. An engine may answer from memory."""


class Supervised:
    """Kernels beside supervisors of several engines. `owner` marks what belongs to this server.

    A new kernel goes to the engine of its hardware class, the first of `engines` by default; a kernel on
    record belongs to the engine that its row names.
    """

    def __init__(
        self,
        engines: Mapping[str, Engine],
        *,
        owner: str,
        folder_of: Callable[[ProjectId], Path],
        python_of: PythonOf,
        class_of: ClassOf | None = None,
        allow_unsandboxed: bool = False,
        surroundings_of: SurroundingsOf | None = None,
        opened_networks: Callable[[], Awaitable[tuple[str, ...]]] | None = None,
    ) -> None:
        self.engines = engines
        self.engine = next(iter(engines))
        self.owner = owner
        self._folder_of = folder_of
        self._python_of = python_of
        self._allow_unsandboxed = allow_unsandboxed
        self._class_of = class_of or self._offered
        self._surroundings_of = surroundings_of
        self._opened_networks = opened_networks

    async def engine_of(self, hardware: str, project: ProjectId) -> str:
        return (await self._class_of(hardware, project)).engine

    async def placement(
        self, kernel_id: str, token: str, hardware: str, project: ProjectId, progress: Progress
    ) -> Placement:
        """Return how a kernel of a project is placed now; its environment may have to be made first."""
        found = await self._class_of(hardware, project)
        folder = self._folder_of(project)
        folder.mkdir(parents=True, exist_ok=True)
        return Placement(
            kernel_id=kernel_id,
            owner=self.owner,
            token=token,
            hardware=found,
            python=found.python or await self._python_of(project, progress),
            folder=str(folder),
            project=project,
            allow_unsandboxed=self._allow_unsandboxed,
            opened_networks=await self._opened_networks() if self._opened_networks else (),
        )

    async def place(self, kernel: RecordedKernel, project: ProjectId, progress: Progress) -> Handle:
        placement = await self.placement(kernel.id, kernel.token, kernel.hardware, project, progress)
        engine = self._engine(kernel.engine)
        while True:
            try:
                return await engine.submit(placement)
            except EngineAway as away:
                progress(f"{away} It is tried again.")
            # It may have taken the kernel before it fell silent, and must not get it twice.
            stray = await self.find(kernel)
            if stray is not None:
                await engine.cancel(stray)
            await asyncio.sleep(QUEUE_POLL_S[1])

    async def attach(
        self,
        kernel: RecordedKernel,
        fence: int,
        since: int,
        on_report: OnReport,
        on_lost: OnLost,
        progress: Progress,
    ) -> Link:
        handle = kernel.handle
        if handle is None:
            raise EngineRefused("The kernel was never placed.")
        engine = self._engine(kernel.engine)
        last = await self._leave_queue(engine, handle, progress)
        if last.phase == "ended":
            raise SupervisorLost("gone", last.reason)

        async def is_gone() -> bool:
            nonlocal last
            last = await engine.status(handle)
            if last.phase in ("ended", "lost"):
                return True
            progress(last.reason or f"{last.node or 'Its machine'} does not answer. It is tried again.")
            return False

        def lost(loss: Loss) -> None:
            on_lost(loss, last.reason if loss == "gone" else "")

        async def renew() -> Endpoint:
            return await engine.endpoint(handle)

        client = await SupervisorClient.attach(
            await reach(engine, handle),
            kernel.token,
            fence,
            since,
            on_report,
            on_lost=lost,
            is_gone=is_gone,
            renew=renew,
        )
        # Before anybody can ask it to run something: the supervisor holds that back until the kernel has it.
        missing = await self.surround(kernel, client)
        if missing is not None:
            log.warning("a kernel has not got its connections: %s", missing, extra={"kernel": kernel.id})
        return client

    async def surround(self, kernel: RecordedKernel, link: Link) -> str | None:
        if self._surroundings_of is None:
            return None
        try:
            wanted = await self._surroundings_of(kernel)
            await link.surround(dict(wanted.variables), dict(wanted.files), wanted.secrets)
        except (Refusal, CommandRefused, SupervisorLost, TimeoutError) as failure:
            return str(getattr(failure, "reason", failure)) or "The kernel does not answer."
        return None

    async def find(self, kernel: RecordedKernel) -> Handle | None:
        while True:
            try:
                return await self._look_for(kernel)
            except EngineAway:
                await asyncio.sleep(QUEUE_POLL_S[1])

    async def end(self, kernel: RecordedKernel) -> None:
        handle = kernel.handle or await self._look_for(kernel)
        if handle is not None:
            await self._engine(kernel.engine).cancel(handle)

    async def _look_for(self, kernel: RecordedKernel) -> Handle | None:
        placed = await self._engine(kernel.engine).list(self.owner)
        return next((handle for handle in placed if kernel_id_of(handle) == kernel.id), None)

    async def _leave_queue(self, engine: Engine, handle: Handle, progress: Progress) -> Status:
        """Wait until a placed supervisor is queued no more; say what it waits for whenever that changes."""
        said, pause_s = "", QUEUE_POLL_S[0]
        while (status := await engine.status(handle)).phase == "queued":
            if status.reason and status.reason != said:
                said = status.reason
                progress(said)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, QUEUE_POLL_S[1])
        return status

    def _engine(self, name: str) -> Engine:
        try:
            return self.engines[name]
        except KeyError:
            raise EngineRefused(
                f"This server has no engine {name!r} now. Ask an admin to set it up again."
            ) from None

    async def _offered(self, wanted: str, project: ProjectId) -> HardwareClass:
        """Return a class that an engine offers by itself."""
        for engine in self.engines.values():
            for each in await engine.classes():
                if wanted in ("", each.id):
                    return each
        raise EngineRefused(f"There is no machine {wanted!r} any more. Choose another one.")


def kernel_id_of(handle: Handle) -> str:
    """Return the kernel that a handle was made for: each is placed in a folder of its name."""
    return Path(str(handle["dir"])).name
