"""Notes for lists who edited a notebook last, a while after the edit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from collab.hub import Room
from collab.ids import UserId
from server.sessions.ledger import Ledger

NOTED_AFTER_S = 2.0


class EditNote:
    """The last edit that is not on record yet. `ring` is called when it should be."""

    def __init__(self, room: Room, ledger: Ledger, ring: Callable[[], None]) -> None:
        self._room = room
        self._ledger = ledger
        self._ring = ring
        self._by: tuple[UserId | None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_waiting(self) -> bool:
        return self._by is not None

    @property
    def is_due(self) -> bool:
        loop = asyncio.get_running_loop()
        return self.is_waiting and self._timer is not None and self._timer.when() <= loop.time()

    def edited(self, by: UserId | None) -> None:
        """Somebody has edited."""
        self._by = (by,)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(NOTED_AFTER_S, self._ring)

    async def write(self) -> None:
        """Put on record who edited last and how many cells there are, if anybody did."""
        by, self._by = self._by, None
        self.quiet()
        if by is not None:
            with suppress(KeyError):
                await self._ledger.note_edit(by[0], self._room.cell_count)

    def quiet(self) -> None:
        """Ring no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
