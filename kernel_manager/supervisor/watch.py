"""Looks at a running cell's memory as often as the guard advises, and does what it advises."""

from __future__ import annotations

import asyncio
import time

from kernel_manager.supervisor.guard import EVERY_S, INTERRUPT_AT, Guard, interrupted
from kernel_manager.supervisor.kernel import Kernel
from kernel_manager.supervisor.service import Supervisor


async def watch_memory(supervisor: Supervisor) -> None:
    """Guard the kernels of a supervisor, one after another, for ever."""
    guard: Guard | None = None
    guarded: Kernel | None = None
    while True:
        await supervisor.busy.wait()
        kernel = supervisor.kernel
        if kernel is not guarded:
            limit = (
                None if kernel is None or kernel.process.group is None else kernel.process.group.memory_limit
            )
            guarded, guard = kernel, None if limit is None else Guard(limit)
        await asyncio.sleep(EVERY_S if kernel is None else _look(supervisor, kernel, guard))


def _look(supervisor: Supervisor, kernel: Kernel, guard: Guard | None) -> float:
    """Look once; returns how many seconds to wait before the next time."""
    group = kernel.process.group
    if group is None or guard is None:
        return EVERY_S
    used = group.full()
    if used is not None and used >= INTERRUPT_AT * guard.limit:
        used = group.memory()  # the system's file cache is no reason to interrupt anybody
    if used is None:
        return EVERY_S
    if used > guard.limit // 2:
        kernel.outlived(group.oom_kills() or 0, time.monotonic())
    match guard.look(used, time.monotonic()):
        case "interrupt":
            kernel.process.ask_where()
            supervisor.interrupt_for(interrupted(used, guard.limit))
        case "ask_where":
            kernel.process.ask_where()
        case "calm":
            pass
    return guard.pause(used, time.monotonic())
