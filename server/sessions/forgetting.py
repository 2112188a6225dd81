"""Lets go of large outputs that a notebook holds and no longer shows: a re-run replaced them, say.

A blob is let go once its notebook was seen without a word of it for a whole
day, at each look. So a run in flight, whose blob is on record before its
output is, loses nothing, and neither does whoever undoes an edit that took an
attachment away. The files go with the other leftovers, after a day more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from collab.hub import Room
from collab.ids import NotebookId
from collab.references import names_in, names_in_kept, names_in_stored
from collab.store import DocumentStore
from server.db.engine import Database
from server.db.repositories import blobs as rows
from server.db.repositories import versions

GRACE = timedelta(days=1)
FIRST_AFTER_S = 300.0
EVERY_S = 4 * 3600.0


class Forgetting:
    """Remembers since when each held blob is without a reference; a new server begins to count anew."""

    def __init__(
        self, database: Database, store: DocumentStore, room_of: Callable[[NotebookId], Room | None]
    ) -> None:
        self._database = database
        self._store = store
        self._room_of = room_of
        self._since: dict[tuple[NotebookId, str], datetime] = {}

    async def for_ever(self) -> None:
        """Look every few hours."""
        await asyncio.sleep(FIRST_AFTER_S)
        while True:
            await self.look(datetime.now(UTC))
            await asyncio.sleep(EVERY_S)

    async def look(self, now: datetime) -> None:
        """Compare what notebooks hold with what they show, and let go of what is due."""
        async with self._database.read() as session:
            holders = await rows.holders(session)
        seen: dict[tuple[NotebookId, str], datetime] = {}
        for notebook, held in holders.items():
            try:
                idle = held - await self._references(notebook)
                if idle:
                    idle -= await self._in_versions(notebook)
            except KeyError:
                continue  # removed for good meanwhile
            seen |= {(notebook, name): self._since.get((notebook, name), now) for name in idle}
            due = frozenset(name for name in idle if now - seen[notebook, name] >= GRACE)
            if due:
                await self._let_go(notebook, due, now)
        self._since = seen

    async def _let_go(self, notebook: NotebookId, due: frozenset[str], now: datetime) -> None:
        async with self._database.begin() as session:
            room = self._room_of(notebook)
            if room is not None:  # somebody may have brought one back this very moment
                due -= names_in(room.source.doc, room.runtime.doc)
            await rows.let_go(session, notebook, due, now - GRACE)

    async def _in_versions(self, notebook: NotebookId) -> frozenset[str]:
        """Return what a version names that could be brought back."""
        async with self._database.read() as session:
            contents = await versions.contents(session, notebook)
        return await asyncio.to_thread(lambda: frozenset().union(*map(names_in_kept, contents)))

    async def _references(self, notebook: NotebookId) -> frozenset[str]:
        room = self._room_of(notebook)
        if room is not None:
            return names_in(room.source.doc, room.runtime.doc)
        loaded = await self._store.load(notebook)
        return await asyncio.to_thread(names_in_stored, loaded)
