"""What the cells of a notebook were at some moment: kept, compared with another moment, and brought back.

Bringing back is an edit like any other, made in the living document: cells
that came since go to the bin, those that are gone come back under their own
ids, and texts change by one replacement each. So nothing is lost by it and
nothing of the document's history is replaced. Pure; who may, and where
versions are kept, is known elsewhere.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal, cast

import msgspec

from collab.source import CELL_TYPES, CellType, CellView, SourceDocument

MAX_COMPARED_LINES: Final = 3000
"""Longer texts are compared as wholes: finding common lines takes a square of their number."""


class KeptCell(msgspec.Struct, frozen=True):
    """A cell as it was."""

    id: str
    type: str
    source: str
    meta: dict[str, Any] = {}


class LineChange(msgspec.Struct, frozen=True):
    """Lines that stand in both texts, only in the `old` one, or only in the `new` one."""

    kind: Literal["both", "old", "new"]
    lines: list[str]


@dataclass(frozen=True, slots=True)
class CellChange:
    """How one cell differs. `index` is its place in the newer list, in the older one if it is `removed`."""

    cell: str
    kind: Literal["added", "removed", "changed", "moved"]
    type: str
    index: int
    lines: tuple[LineChange, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many cells differ."""

    added: int = 0
    removed: int = 0
    changed: int = 0


def kept_of(source: SourceDocument) -> list[KeptCell]:
    """Return the living cells in order, as a version keeps them."""
    return [_kept(cell) for cell in source.cells()]


def packed(cells: Sequence[KeptCell]) -> bytes:
    """Return cells as bytes; the same cells always give the same."""
    return zlib.compress(msgspec.json.encode(cells, order="sorted"), 6)


def unpacked(content: bytes) -> list[KeptCell]:
    """Undo `packed`."""
    return msgspec.json.decode(zlib.decompress(content), type=list[KeptCell])


def counts(old: Sequence[KeptCell], new: Sequence[KeptCell]) -> Counts:
    """Return how many cells of `new` differ from `old`."""
    before, after = {cell.id: cell for cell in old}, {cell.id: cell for cell in new}
    both = before.keys() & after.keys()
    changed = sum((before[id].type, before[id].source) != (after[id].type, after[id].source) for id in both)
    return Counts(len(after.keys() - both), len(before.keys() - both), changed)


def compare(old: Sequence[KeptCell], new: Sequence[KeptCell]) -> list[CellChange]:
    """Return what differs, cell by cell, in the order of `new`, with removed cells where they were."""
    before = {cell.id: cell for cell in old}
    after = {cell.id: cell for cell in new}
    still = _unmoved([cell.id for cell in old if cell.id in after], [c.id for c in new if c.id in before])
    changes: list[tuple[float, CellChange]] = []
    for index, cell in enumerate(new):
        was = before.get(cell.id)
        if was is None:
            changes.append((index, CellChange(cell.id, "added", cell.type, index, _only("new", cell.source))))
        elif (was.source, was.type) != (cell.source, cell.type):
            lines = compare_lines(was.source, cell.source)
            changes.append((index, CellChange(cell.id, "changed", cell.type, index, lines)))
        elif cell.id not in still:
            changes.append(
                (index, CellChange(cell.id, "moved", cell.type, index, _only("both", cell.source)))
            )
    place = -0.5
    places = {cell.id: index for index, cell in enumerate(new)}
    for index, cell in enumerate(old):
        if cell.id in places:
            place = places[cell.id] + 0.5
        else:
            gone = CellChange(cell.id, "removed", cell.type, index, _only("old", cell.source))
            changes.append((place, gone))
    return [change for _, change in sorted(changes, key=lambda each: each[0])]


def compare_lines(old: str, new: str) -> tuple[LineChange, ...]:
    """Return the lines of both texts in order, each told where it stands."""
    before, after = old.split("\n"), new.split("\n")
    if len(before) + len(after) > MAX_COMPARED_LINES:
        return (*_only("old", old), *_only("new", new))
    parts: list[LineChange] = []
    for op, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if op == "equal":
            parts.append(LineChange("both", before[i1:i2]))
            continue
        if i2 > i1:
            parts.append(LineChange("old", before[i1:i2]))
        if j2 > j1:
            parts.append(LineChange("new", after[j1:j2]))
    return tuple(parts)


def bring_back(
    source: SourceDocument, cells: Sequence[KeptCell], at_ms: int, *, only: Collection[str] | None = None
) -> int:
    """Make the living cells what `cells` say; with `only`, these and no others. Returns how many changed.

    One transaction, for whoever has opened one. Cells that `cells` do not name go to the bin.
    """
    before = kept_of(source)
    wanted = [cell for cell in cells if only is None or cell.id in only]
    with source.transaction():
        if only is None:
            for gone in {cell.id for cell in before} - {cell.id for cell in cells}:
                source.delete(gone, at_ms)
        for cell in wanted:
            _bring_back(source, cells, cell)
        if only is None:
            _arrange(source, [cell.id for cell in cells])
    found = counts(before, kept_of(source))
    return found.added + found.removed + found.changed


def _bring_back(source: SourceDocument, cells: Sequence[KeptCell], cell: KeptCell) -> None:
    if cell.type not in CELL_TYPES:
        return
    type = cast(CellType, cell.type)
    if source.cell(cell.id) is None:
        if all(binned.id != cell.id for binned in source.bin()):  # of a file that was imported anew, say
            above = _above(source, cells, cell.id)
            source.insert(cell.id, type, cell.source, after=above, meta=cell.meta)
            return
        source.restore(cell.id)
    source.set_type(cell.id, type)
    if source.source_of(cell.id) != cell.source:
        source.set_source(cell.id, cell.source)
    meta = source.meta_of(cell.id)
    for key in meta.keys() | cell.meta.keys():
        if meta.get(key) != cell.meta.get(key):
            source.set_meta(cell.id, key, cell.meta.get(key))


def _above(source: SourceDocument, cells: Sequence[KeptCell], cell: str) -> str | None:
    """Return the nearest living cell that stood above `cell`."""
    living = {each.id for each in source.cells()}
    order = [each.id for each in cells]
    above = [each for each in order[: order.index(cell)] if each in living]
    return above[-1] if above else None


def _arrange(source: SourceDocument, order: Sequence[str]) -> None:
    """Put the cells into `order`, moving as few as need be."""
    now = [cell.id for cell in source.cells()]
    still = _unmoved(order, now)
    above: str | None = None
    for cell in order:
        if cell not in still:
            source.move(cell, above)
        above = cell


def _unmoved(old: Sequence[str], new: Sequence[str]) -> frozenset[str]:
    """Return the longest run of ids, not always neighbours, that stand in one order in both lists."""
    places = {id: index for index, id in enumerate(old)}
    tails: list[tuple[int, str]] = []
    previous: dict[str, str | None] = {}
    for id in new:
        place = places.get(id)
        if place is None:
            continue
        low, high = 0, len(tails)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if tails[middle][0] < place else (low, middle)
        previous[id] = tails[low - 1][1] if low else None
        tails[low : low + 1] = [(place, id)]
    found = []
    id_: str | None = tails[-1][1] if tails else None
    while id_ is not None:
        found.append(id_)
        id_ = previous[id_]
    return frozenset(found)


def _kept(cell: CellView) -> KeptCell:
    return KeptCell(cell.id, cell.type, cell.source, _plain(cell.meta))


def _plain(meta: Mapping[str, Any]) -> dict[str, Any]:
    return dict(meta)


def _only(kind: Literal["both", "old", "new"], text: str) -> tuple[LineChange, ...]:
    return (LineChange(kind, text.split("\n")),)
