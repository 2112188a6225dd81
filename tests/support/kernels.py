"""Real kernels for tests: place one, follow it, wait for what it says."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil

from kernel_manager.client import Loss, SupervisorClient, reach
from kernel_manager.engines.base import Endpoint, Engine, Handle, Placement
from kernel_manager.engines.local import LocalEngine
from kernel_manager.hardware import HardwareClass
from kernel_manager.reports import Finished, Message, Report
from kernel_manager.supervisor.spec import JOURNAL_BYTES

LIMIT_S = 60.0
"""How long a test waits for anything before it fails: generous, for machines that do other work."""

TOKEN = "token-of-the-tests"

R = TypeVar("R")


@dataclass
class Reports:
    """Every report of a client, in order, and a way to wait for the one that matters."""

    all: list[Report] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, report: Report) -> None:
        self.all.append(report)
        self._arrived.set()

    def lose(self, loss: Loss) -> None:
        self.losses.append(loss)
        self._arrived.set()

    def of(self, kind: type[R]) -> list[R]:
        return [report for report in self.all if isinstance(report, kind)]

    async def first(
        self, kind: type[R], matching: Callable[[R], bool] = lambda report: True, limit_s: float = LIMIT_S
    ) -> R:
        """Return the first report of a kind for which `matching` holds; waits for it."""
        seen = 0
        async with asyncio.timeout(limit_s):
            while True:
                self._arrived.clear()
                for report in self.all[seen:]:
                    if isinstance(report, kind) and matching(report):
                        return report
                seen = len(self.all)
                await self._arrived.wait()

    async def until(self, holds: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
        """Wait until a claim about the reports so far holds."""
        async with asyncio.timeout(limit_s):
            while not holds():
                self._arrived.clear()
                await self._arrived.wait()

    async def finished(self, msg_id: str, limit_s: float = LIMIT_S) -> Finished:
        return await self.first(Finished, lambda report: report.msg_id == msg_id, limit_s)

    async def lost(self, limit_s: float = LIMIT_S) -> Loss:
        await self.until(lambda: bool(self.losses), limit_s)
        return self.losses[0]

    def text(self, msg_id: str, name: str = "stdout") -> str:
        """Return everything that the request printed."""
        return "".join(
            message.content["text"]
            for message in self.of(Message)
            if message.msg_id == msg_id and message.msg_type == "stream" and message.content["name"] == name
        )

    def seqs(self) -> list[int]:
        return [report.seq for report in self.all if hasattr(report, "seq")]


@dataclass
class Placed:
    """A supervisor that a test placed, and where it answers."""

    engine: Engine
    handle: Handle
    endpoint: Endpoint

    async def attach(
        self, reports: Reports, *, fence: int = 1, since: int = 0, token: str = TOKEN
    ) -> SupervisorClient:
        async def is_gone() -> bool:
            return (await self.engine.status(self.handle)).phase in ("ended", "lost")

        return await SupervisorClient.attach(
            self.endpoint, token, fence, since, reports.take, on_lost=reports.lose, is_gone=is_gone
        )


def placement(folder: Path, **changes: Any) -> Placement:
    """Return a placement of a kernel in the tests' own interpreter."""
    values: Mapping[str, Any] = {
        "kernel_id": "kernel",
        "owner": "tests",
        "token": TOKEN,
        "hardware": HardwareClass("local", "This machine", "local"),
        "python": sys.executable,
        "folder": str(folder),
        **changes,
    }
    return Placement(**values)


def kernel_pid(handle: Handle) -> int:
    """Return the kernel's process, as this machine counts; inside its sandbox it has another number."""
    below = psutil.Process(handle["pid"]).children(recursive=True)
    return next(process.pid for process in below if "launch.py" in process.cmdline()[1:2][0])


@asynccontextmanager
async def placed(
    folder: Path, *, journal_bytes: int = JOURNAL_BYTES, **changes: Any
) -> AsyncIterator[Placed]:
    """Place a supervisor and take it away at the end, whatever happened to it."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    engine = LocalEngine(folder / "kernels", journal_bytes=journal_bytes)
    handle = await engine.submit(placement(work, **changes))
    try:
        yield Placed(engine, handle, await reach(engine, handle))
    finally:
        await engine.cancel(handle)


@asynccontextmanager
async def attached(folder: Path, **changes: Any) -> AsyncIterator[tuple[SupervisorClient, Reports, Placed]]:
    """Place a supervisor and attach to it."""
    async with placed(folder, **changes) as here:
        reports = Reports()
        client = await here.attach(reports)
        try:
            yield client, reports, here
        finally:
            await client.close()
