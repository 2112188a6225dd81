"""Ends what an engine still runs for this server although no kernel on record belongs to it.

A kernel's row comes before its placement and is read after the engine's list, so a kernel that is just being
placed is never taken for an orphan. One that seems so is reported first and ended after a grace.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping

from kernel_manager.engines.base import Engine, EngineRefused, Handle
from server.db.engine import Database
from server.db.repositories import kernels
from server.sessions.backend import kernel_id_of

FIRST_AFTER_S = 10.0
EVERY_S = 30.0
GRACE_S = 60.0

log = logging.getLogger("commonbook.kernels")


class Orphans:
    """What was seen without a row, and since when. `owner` marks what belongs to this server.

    `without_row` names the kernels that are meant to have none.
    """

    def __init__(
        self,
        database: Database,
        engines: Mapping[str, Engine],
        owner: str,
        without_row: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._database = database
        self._engines = engines
        self._owner = owner
        self._without_row = without_row
        self._since: dict[tuple[str, str], float] = {}

    async def end_for_ever(self) -> None:
        """Look again and again."""
        await asyncio.sleep(FIRST_AFTER_S)
        while True:
            await self.look(time.monotonic())
            await asyncio.sleep(EVERY_S)

    async def look(self, now: float) -> None:
        """Report what has no row, and end what had none a grace ago. `now` is of a monotonic clock."""
        found: dict[tuple[str, str], Handle] = {}
        silent = set()
        for name, engine in self._engines.items():
            try:
                for handle in await engine.list(self._owner):
                    found[name, kernel_id_of(handle)] = handle
            except EngineRefused as refused:
                silent.add(name)
                log.warning("an engine does not say what it runs: %s", refused, extra={"engine": name})
        async with self._database.read() as session:
            known = {kernel.id for kernel in await kernels.living(session)}
        known.update(self._without_row())
        orphans = {key: handle for key, handle in found.items() if key[1] not in known}
        self._since = {key: since for key, since in self._since.items() if key in orphans or key[0] in silent}
        for (name, kernel), handle in orphans.items():
            since = self._since.setdefault((name, kernel), now)
            extra = {"engine": name, "kernel": kernel}
            if since == now:
                log.warning("a kernel without a record was found; it is ended in %d s", GRACE_S, extra=extra)
            elif now - since >= GRACE_S:
                await self._end(name, kernel, handle)

    async def _end(self, name: str, kernel: str, handle: Handle) -> None:
        extra = {"engine": name, "kernel": kernel}
        try:
            await self._engines[name].cancel(handle)
        except EngineRefused as refused:
            log.warning("a kernel without a record is left behind: %s", refused, extra=extra)
        else:
            del self._since[name, kernel]
            log.warning("a kernel without a record was ended", extra=extra)
