"""Marks cells whose text differs from what ran, as people type."""

from __future__ import annotations

from collections.abc import Iterable

from collab.hub import Room
from collab.kinds import text_of
from collab.packed_run import HASH_DIGITS
from server.sessions.outputs import source_hash


class StaleMarks:
    """Knows what last ran in each cell. Writes to the runtime document only when a mark flips."""

    def __init__(self, room: Room) -> None:
        self._room = room
        entries = room.runtime.entries()
        self._ran = {cell: entry.source_hash for cell, entry in entries.items()}
        self._stale = {cell for cell, entry in entries.items() if entry.stale}

    def ran(self, cell: str, hashed: str) -> None:
        """Another text of the cell is on its way, or ran."""
        self._ran[cell] = hashed
        self._stale.discard(cell)
        self.touched((cell,))

    def forget(self, cell: str) -> None:
        """The cell has no run any more."""
        self._ran.pop(cell, None)
        self._stale.discard(cell)

    def touched(self, cells: Iterable[str]) -> None:
        """Compare these cells with what ran."""
        for cell in cells:
            hashed = self._ran.get(cell)
            if not hashed:
                continue
            text = text_of(self._room.source, cell)
            if text is None:
                continue
            is_stale = not source_hash(text).startswith(hashed[:HASH_DIGITS])
            if is_stale != (cell in self._stale):
                (self._stale.add if is_stale else self._stale.discard)(cell)
                self._room.runtime.update_run(cell, stale=is_stale)
