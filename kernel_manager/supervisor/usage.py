"""Measures a kernel's process tree. A sample that cannot be had is None: unknown, not zero."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from kernel_manager.supervisor.wire import UsageNow

EVERY_S = 2.0


@dataclass(slots=True)
class Meter:
    """Turns the CPU seconds of a tree into cores between two samples."""

    memory_limit: int | None = None
    _before: dict[int, float] = field(default_factory=dict)
    _at: float = 0.0

    def sample(self, pid: int) -> UsageNow | None:
        """Return the use of `pid` and all below it now; None for the first sample of a kernel, or a lost one.

        Reads the system's whole process table: some milliseconds, so not for an event loop.
        """
        import psutil  # not before it is needed: a new kernel would wait for it

        now = time.monotonic()
        seconds: dict[int, float] = {}
        memory = 0
        try:
            root = psutil.Process(pid)
            processes = [root, *root.children(recursive=True)]
        except psutil.Error:
            return None
        for process in processes:
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    memory += process.memory_info().rss
            except psutil.Error:
                continue  # a child that ended in the meantime
            seconds[process.pid] = times.user + times.system
        before, at = self._before, self._at
        self._before, self._at = seconds, now
        if pid not in before:
            return None
        spent = sum(max(0.0, total - before.get(one, 0.0)) for one, total in seconds.items())
        return UsageNow(round(spent / max(now - at, 1e-3), 3), memory, self.memory_limit)
