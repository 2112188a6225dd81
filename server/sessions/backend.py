"""Where kernels come from, as a session needs it; and the real one: supervisors placed by an engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal, Protocol

from collab.ids import ProjectId
from kernel_manager.client import Loss, SupervisorClient, SupervisorLost, reach
from kernel_manager.engines.base import Engine, EngineRefused, Handle, Placement
from kernel_manager.hardware import HardwareClass
from kernel_manager.reports import Report
from server.db.repositories.kernels import RecordedKernel

OnReport = Callable[[Report], None]
OnLost = Callable[[Loss], None]
OnContact = Callable[[bool], None]
"""Hears False when a supervisor has not been reached for a while, True when it is reached again."""

Progress = Callable[[str], None]
"""Hears, in a sentence, what a start waits for."""


class Link(Protocol):
    """A line to one living supervisor; it mends itself until it is closed or the supervisor is lost."""

    epoch: int
    state: Literal["starting", "ready", "dead"]
    on_contact: OnContact

    def execute(self, msg_id: str, code: str) -> None:
        """Run `code` as the request `msg_id`, at most once however often this is called."""

    def answer(self, msg_id: str, text: str) -> None:
        """Answer the `input()` of a request."""

    def acknowledge(self, seq: int) -> None:
        """Say that every report up to `seq` is safe."""

    async def interrupt(self) -> None:
        """Interrupt what runs."""

    async def restart(self) -> None:
        """Replace the kernel; its `Ready` follows."""

    async def shutdown(self) -> None:
        """End the kernel and its supervisor."""

    async def close(self) -> None:
        """Hang up. The kernel goes on."""


class KernelBackend(Protocol):
    """Places kernels and finds them again."""

    engine: str

    async def place(self, kernel: RecordedKernel, project: ProjectId, progress: Progress) -> Handle:
        """Place a supervisor; raises `EngineRefused`. `progress` hears what that waits for."""

    async def attach(
        self, kernel: RecordedKernel, fence: int, since: int, on_report: OnReport, on_lost: OnLost
    ) -> Link:
        """Reach a placed supervisor; raises `EngineRefused`, `SupervisorLost` or `TimeoutError`."""

    async def find(self, kernel: RecordedKernel) -> Handle | None:
        """Return the handle of a kernel of which only the intent is on record."""

    async def end(self, kernel: RecordedKernel) -> None:
        """End a supervisor and its kernel by force; harmless when they are gone."""


PythonOf = Callable[[ProjectId, Progress], Awaitable[str]]
"""Returns the interpreter of a project's environment, which may have to be made first."""


class Supervised:
    """Kernels beside supervisors of one engine. `owner` marks what belongs to this server."""

    def __init__(
        self, engine: Engine, *, owner: str, folder_of: Callable[[ProjectId], Path], python_of: PythonOf
    ) -> None:
        self.engine = engine.name
        self._engine = engine
        self._owner = owner
        self._folder_of = folder_of
        self._python_of = python_of

    async def place(self, kernel: RecordedKernel, project: ProjectId, progress: Progress) -> Handle:
        folder = self._folder_of(project)
        folder.mkdir(parents=True, exist_ok=True)
        placement = Placement(
            kernel_id=kernel.id,
            owner=self._owner,
            token=kernel.token,
            hardware=await self._hardware(kernel.hardware),
            python=await self._python_of(project, progress),
            folder=str(folder),
        )
        return await self._engine.submit(placement)

    async def attach(
        self, kernel: RecordedKernel, fence: int, since: int, on_report: OnReport, on_lost: OnLost
    ) -> Link:
        handle = kernel.handle
        if handle is None:
            raise EngineRefused("The kernel was never placed.")
        if (await self._engine.status(handle)).phase == "ended":
            raise SupervisorLost("gone")

        async def is_gone() -> bool:
            return (await self._engine.status(handle)).phase == "ended"

        endpoint = await reach(self._engine, handle)
        return await SupervisorClient.attach(
            endpoint, kernel.token, fence, since, on_report, on_lost=on_lost, is_gone=is_gone
        )

    async def find(self, kernel: RecordedKernel) -> Handle | None:
        for handle in await self._engine.list(self._owner):
            if kernel.id in (handle.get("kernel_id"), Path(str(handle.get("dir", ""))).name):
                return handle
        return None

    async def end(self, kernel: RecordedKernel) -> None:
        handle = kernel.handle or await self.find(kernel)
        if handle is not None:
            await self._engine.cancel(handle)

    async def _hardware(self, wanted: str) -> HardwareClass:
        classes = await self._engine.classes()
        for each in classes:
            if wanted in ("", each.id):
                return each
        raise EngineRefused(f"There is no machine {wanted!r} any more. Choose another one.")
