"""Engines as the contract suite meets them: each with a place for kernels, and words to make it anew."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from kernel_manager.client import SupervisorClient
from kernel_manager.engines.base import Endpoint, Engine, Handle, NotReady
from kernel_manager.engines.ssh.engine import SshEngine
from kernel_manager.hardware import HardwareClass
from tests.support.kernels import LIMIT_S, Placed, Reports, placement

POLL_S = 0.05


@dataclass
class Site:
    """One engine. `recipe` is Python that makes the same engine in another process."""

    engine: Engine
    recipe: str
    work: Path
    hardware: HardwareClass
    placed: dict[str, Handle] = field(default_factory=dict)

    async def submit(self, name: str = "kernel", **changes: Any) -> Handle:
        """Place a supervisor; it is taken away when the test is over."""
        changes = {"kernel_id": name, "hardware": self.hardware, **changes}
        handle = self.placed[name] = await self.engine.submit(placement(self.work, **changes))
        return handle

    async def reach(self, handle: Handle) -> Placed:
        """Wait until a supervisor answers, however it gets there."""
        return Placed(self.engine, handle, await endpoint(self.engine, handle))

    async def attach(self, name: str = "kernel", **changes: Any) -> tuple[SupervisorClient, Reports, Placed]:
        """Place a supervisor and attach to it."""
        here = await self.reach(await self.submit(name, **changes))
        reports = Reports()
        return await here.attach(reports), reports, here

    async def clear(self) -> None:
        """End everything that the test placed."""
        for handle in self.placed.values():
            await self.engine.cancel(handle)
        if isinstance(self.engine, SshEngine):
            await self.engine.close()


def need(missing: str) -> None:
    """Skip where a service is missing, and say which; on CI that is a failure."""
    if missing and os.environ.get("CI"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


async def endpoint(engine: Engine, handle: Handle) -> Endpoint:
    """Return where a supervisor answers, once it does; fails at once if it has ended."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                return await engine.endpoint(handle)
            except NotReady:
                status = await engine.status(handle)
                assert status.phase in ("queued", "starting", "running"), status
                await asyncio.sleep(POLL_S)


async def until_phase(engine: Engine, handle: Handle, *phases: str, limit_s: float = LIMIT_S) -> str:
    """Wait until the engine says one of `phases`; returns its reason."""
    async with asyncio.timeout(limit_s):
        while True:
            status = await engine.status(handle)
            if status.phase in phases:
                return status.reason
            await asyncio.sleep(POLL_S)


def processes_of(handle: Handle) -> list[psutil.Process]:
    """Return the supervisor of a handle and everything below it, wherever on this machine it runs."""
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter(["cmdline"]):
        if str(handle["dir"]) in (process.info["cmdline"] or ()):
            with suppress(psutil.NoSuchProcess):
                found |= {each.pid: each for each in [process, *process.children(recursive=True)]}
    return list(found.values())


def kill(processes: list[psutil.Process]) -> None:
    """End processes as a power cut would."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


@asynccontextmanager
async def cleared(site: Site) -> AsyncIterator[Site]:
    """Give a site to a test, and end afterwards what it placed."""
    try:
        yield site
    finally:
        await site.clear()


def living(processes: list[psutil.Process]) -> Iterator[psutil.Process]:
    """Return those of the processes that have not ended."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                yield process
