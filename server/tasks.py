"""Supervised background tasks: the only place that calls `create_task`.

Each task has a name, its end is logged once, and all are cancelled at
shutdown. A task that may come back is restarted after a pause that grows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

log = logging.getLogger("commonbook.tasks")

MAX_PAUSE_S = 30.0


class Tasks:
    """All background work of one server. Close it once, at the end."""

    def __init__(self, on_fatal: Callable[[str], None] | None = None) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._on_fatal = on_fatal
        self._closing = False

    @property
    def is_closing(self) -> bool:
        """Whether the server stops: nothing new is to be begun."""
        return self._closing

    def start(self, name: str, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run `work` once. An exception is logged, and raised again to whoever awaits the task."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def keep(self, name: str, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Run `work` for as long as the server lives: when it fails, log it and begin again."""
        return self.start(name, self._again_and_again(name, work))

    def require(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` once; when it fails, the server cannot go on and stops."""
        task = self.start(name, work)
        task.add_done_callback(self._fatal)
        return task

    async def close(self, within_s: float = 5.0) -> None:
        """Cancel everything and wait for it; log the names of what does not end in time."""
        self._closing = True
        for task in list(self._running):
            task.cancel()
        if self._running:
            _, late = await asyncio.wait(list(self._running), timeout=within_s)
            if late:
                log.warning("tasks did not end", extra={"tasks": sorted(task.get_name() for task in late)})

    async def _again_and_again(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        pause_s = 0.5
        while True:
            try:
                await work()
            except Exception:
                log.exception("task failed, starting again", extra={"task": name, "pause_s": pause_s})
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, MAX_PAUSE_S)
            else:
                return

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            log.error("task failed", exc_info=failure, extra={"task": task.get_name()})

    def _fatal(self, task: asyncio.Task[Any]) -> None:
        failed = not task.cancelled() and task.exception() is not None
        if failed and self._on_fatal is not None and not self._closing:
            self._on_fatal(task.get_name())
