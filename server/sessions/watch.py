"""Looks at the idle clocks of all open notebooks every few seconds. Cheap: 200 kernels cost milliseconds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from datetime import UTC, datetime

from server import storage
from server.sessions.actor import NotebookSession
from server.sessions.machines import Machines
from server.sessions.vigil import rules_of

EVERY_S = 5.0
RULES_EVERY_S = 60.0
"""How soon a changed idle time counts for kernels that live."""

log = logging.getLogger("commonbook.kernels")


class Watch:
    """One loop for all notebooks."""

    def __init__(self, live: Callable[[], Collection[NotebookSession]], machines: Machines) -> None:
        self._live = live
        self._machines = machines
        self._read_at = float("-inf")

    async def for_ever(self) -> None:
        """Look again and again."""
        while True:
            await self.look(asyncio.get_running_loop().time())
            await asyncio.sleep(EVERY_S)

    async def look(self, now: float) -> None:
        """Look once: learn the rules where they are due, then let each notebook judge its kernel."""
        sessions = [session for session in self._live() if session.has_kernel]
        if any(session.vigil.rules is None for session in sessions) or now - self._read_at > RULES_EVERY_S:
            await self._learn(sessions, now)
        wall = datetime.now(UTC)
        for session in sessions:
            session.watch(now, wall)

    async def _learn(self, sessions: Collection[NotebookSession], now: float) -> None:
        try:
            classes = {each.hardware.id: each.hardware for each in await self._machines.all()}
        except Exception as failure:
            if not storage.is_away(failure):
                raise
            log.warning("the idle times cannot be read now", exc_info=True)
            return  # nobody is stopped by rules that nobody knows
        self._read_at = now
        for session in sessions:
            known = classes.get(session.hardware)
            if known is not None:  # a class that was deleted leaves its kernels the rules they had
                session.vigil.rules = rules_of(known)
