"""What a transaction changed in the source document: the cells, and whether their places are still good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from pycrdt import Doc, Map

from collab.source import SourceDocument, is_good_place


class SourceWatch:
    """Gathers the ids of changed cells until they are taken."""

    def __init__(self, doc: Doc[Any], on_change: Callable[[], None]) -> None:
        """`on_change` is called inside the transaction, so it must not write."""
        self._on_change = on_change
        self._touched: set[str] = set()
        cells = _all_cells(doc)
        self.living = {cell.id for cell in cells if cell.deleted_ms is None}
        """The cells that are not in the bin."""
        self._places = {cell.id: cell.pos for cell in cells}
        self._taken = Counter(self._places.values())
        self.is_crowded = any(self._is_bad(pos) for pos in self._places.values())
        self._cells: Map[Any] = doc.get("cells", type=Map)
        self._subscription = self._cells.observe_deep(self._observe)

    def take(self) -> frozenset[str]:
        """Return the ids of all cells changed since the last call."""
        touched, self._touched = frozenset(self._touched), set()
        return touched

    def settled(self) -> None:
        """Note that all places have been made good."""
        self.is_crowded = any(self._is_bad(pos) for pos in self._places.values())

    def close(self) -> None:
        """Stop watching."""
        self._cells.unobserve(self._subscription)

    def _observe(self, events: list[Any]) -> None:
        for event in events:
            path = event.path
            if not path:
                for cell_id, change in event.keys.items():
                    self._touched.add(cell_id)
                    self._place(cell_id, change.get("newValue"))
                    self._live(cell_id, change.get("newValue"))
            else:
                cell_id = path[0]
                self._touched.add(cell_id)
                if len(path) == 1 and "pos" in event.keys:
                    self._place(cell_id, event.target)
                if len(path) == 1 and "deleted" in event.keys:
                    self._live(cell_id, event.target)
        self._on_change()

    def _live(self, cell_id: str, cell: object) -> None:
        if isinstance(cell, Map) and "deleted" not in cell:
            self.living.add(cell_id)
        else:
            self.living.discard(cell_id)

    def _place(self, cell_id: str, cell: object) -> None:
        old = self._places.pop(cell_id, None)
        if old is not None:
            self._taken[old] -= 1
            if not self._taken[old]:
                del self._taken[old]
        if isinstance(cell, Map):
            pos = str(cell.get("pos"))
            self._places[cell_id] = pos
            self._taken[pos] += 1
            self.is_crowded = self.is_crowded or self._is_bad(pos)

    def _is_bad(self, pos: str) -> bool:
        return self._taken[pos] > 1 or not is_good_place(pos)


def _all_cells(doc: Doc[Any]) -> list[Any]:
    source = SourceDocument(doc)
    return [*source.cells(), *source.bin()]
