"""The source document as a list of cells: a typed view over its Y types.

Everything that the server itself reads or writes in a source document goes
through here; the schema is in `docs/protocol.md`. Knows no clients, rights or
storage.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

import msgspec
from pycrdt import Doc, Map, Text

from collab import ids, positions

CellType = Literal["code", "markdown", "raw"]
CELL_TYPES: Final = frozenset(get_args(CellType))
SCHEMA = 1
END: Final = object()
"""The place below the last cell, as an `after`."""

_NESTED = "json:"
_MAX_EXACT = 2**53


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell as it is now. `deleted_ms` is set for one in the bin (milliseconds since 1970)."""

    id: str
    type: str
    source: str
    pos: str
    meta: Mapping[str, Any]
    deleted_ms: int | None = None


@dataclass(frozen=True, slots=True)
class CellContent:
    """A cell to be made by `populate`. Nested metadata is packed by the document."""

    id: str
    type: CellType
    source: str
    meta: Mapping[str, Any] = field(default_factory=dict)


class NoSuchCell(KeyError):
    """The document holds no living cell of that id."""


class SourceDocument:
    """A typed view of one source document. Each call is one transaction, or part of the one around it."""

    def __init__(self, doc: Doc[Any], *, rng: random.Random | None = None) -> None:
        self.doc = doc
        self._meta: Map[Any] = doc.get("meta", type=Map)
        self._cells: Map[Any] = doc.get("cells", type=Map)
        self._rng = rng or random.SystemRandom()

    def transaction(self) -> AbstractContextManager[Any]:
        """Join several changes into one update."""
        return self.doc.transaction()

    # Reading

    def cells(self) -> list[CellView]:
        """Return the living cells in order. Costs about 5 µs a cell."""
        return [cell for cell in self._ordered() if cell.deleted_ms is None]

    def bin(self) -> list[CellView]:
        """Return the deleted cells, the last deleted first."""
        deleted = [cell for cell in self._ordered() if cell.deleted_ms is not None]
        return sorted(deleted, key=lambda cell: cell.deleted_ms or 0, reverse=True)

    def cell(self, cell_id: str) -> CellView | None:
        """Return one living cell, or None."""
        cell = self._cells.get(cell_id)
        view = _view(cell_id, msgspec.json.decode(str(cell))) if isinstance(cell, Map) else None
        return view if view is not None and view.deleted_ms is None else None

    def source_of(self, cell_id: str) -> str | None:
        """Return the text of a living cell, or None."""
        cell = self._living(cell_id)
        return str(cell["source"]) if cell is not None else None

    def meta_of(self, cell_id: str) -> Mapping[str, Any]:
        """Return the metadata of a living cell; empty for one that is not there."""
        cell = self._living(cell_id)
        meta = cell.get("meta") if cell is not None else None
        return unpacked(msgspec.json.decode(str(meta))) if isinstance(meta, Map) else {}

    def text_of(self, cell_id: str) -> Text | None:
        """Return the text of a living cell as its Y type, for positions in it, or None."""
        cell = self._living(cell_id)
        text = cell["source"] if cell is not None else None
        return text if isinstance(text, Text) else None

    def type_of(self, cell_id: str) -> str | None:
        """Return the type of a living cell, or None."""
        cell = self._living(cell_id)
        return str(cell["type"]) if cell is not None else None

    def metadata(self) -> dict[str, Any]:
        """Return the notebook's metadata, without the schema's number."""
        values = msgspec.json.decode(str(self._meta))
        values.pop("schema", None)
        return unpacked(values)

    # Writing

    def populate(self, cells: Iterable[CellContent], metadata: Mapping[str, Any] | None = None) -> None:
        """Fill an empty document, in one transaction. Raises `ValueError` when it holds cells already."""
        if len(self._cells):
            raise ValueError("the document holds cells already")
        contents = list(cells)
        with self.transaction():
            self._meta["schema"] = SCHEMA
            for key, value in packed(metadata or {}).items():
                self._meta[key] = value
            for content, pos in zip(contents, positions.spaced(len(contents)), strict=True):
                self._create(content.id, content.type, content.source, pos, content.meta)

    def insert(
        self,
        cell_id: str | None,
        type: CellType,
        source: str,
        *,
        after: str | object | None = END,
        meta: Mapping[str, Any] | None = None,
    ) -> str:
        """Make a cell below `after` (None: at the top; left out: at the bottom) and return its id.

        Raises `ValueError` for an id that was ever used here, `NoSuchCell` for an unknown `after`.
        """
        cell_id = cell_id or ids.new_id()
        if cell_id in self._cells:
            raise ValueError(f"the cell {cell_id} exists already")
        with self.transaction():
            self._create(cell_id, type, source, self._place(after), meta or {})
        return cell_id

    def set_source(self, cell_id: str, text: str) -> None:
        """Make the text of a cell `text` by the smallest single replacement, so cursors and notes survive."""
        source = self._demand(cell_id)["source"]
        old, new = str(source).encode(), text.encode()
        start, old_end, new_end = changed_span(old, new)
        with self.transaction():
            if old_end > start:
                del source[start:old_end]
            if new_end > start:
                source.insert(start, new[start:new_end].decode())

    def move(self, cell_id: str, after: str | object | None) -> None:
        """Put a cell below `after` (None: at the top, `END`: at the bottom). Below itself changes nothing."""
        cell = self._demand(cell_id)
        if after == cell_id:
            return
        with self.transaction():
            cell["pos"] = self._place(after, without=cell_id)

    def set_type(self, cell_id: str, type: CellType) -> None:
        """Change what a cell is."""
        cell = self._demand(cell_id)
        if cell["type"] != type:
            cell["type"] = type

    def set_meta(self, cell_id: str, key: str, value: Any) -> None:
        """Set one entry of a cell's metadata; None removes it."""
        with self.transaction():
            _put(self._demand(cell_id)["meta"], key, value)

    def set_metadata(self, key: str, value: Any) -> None:
        """Set one entry of the notebook's metadata; None removes it."""
        with self.transaction():
            _put(self._meta, key, value)

    def delete(self, cell_id: str, at_ms: int) -> None:
        """Move a cell into the bin."""
        self._demand(cell_id)["deleted"] = at_ms

    def restore(self, cell_id: str) -> None:
        """Take a cell out of the bin, to its old place. Raises `NoSuchCell`; a living cell stays as it is."""
        cell = self._cells.get(cell_id)
        if not isinstance(cell, Map):
            raise NoSuchCell(cell_id)
        if "deleted" in cell:
            del cell["deleted"]

    def respace(self) -> bool:
        """Give all cells short keys in their present order if any key is too long, bad or shared."""
        order = [cell.pos for cell in self._ordered()]
        if len(set(order)) == len(order) and all(is_good_place(pos) for pos in order):
            return False
        self._respace()
        return True

    # Private

    def _ordered(self) -> list[CellView]:
        cells = msgspec.json.decode(str(self._cells))
        return sorted((_view(*item) for item in cells.items()), key=lambda cell: (cell.pos, cell.id))

    def _living(self, cell_id: str) -> Map[Any] | None:
        cell = self._cells.get(cell_id)
        return cell if isinstance(cell, Map) and "deleted" not in cell else None

    def _demand(self, cell_id: str) -> Map[Any]:
        cell = self._living(cell_id)
        if cell is None:
            raise NoSuchCell(cell_id)
        return cell

    def _create(self, cell_id: str, type: str, source: str, pos: str, meta: Mapping[str, Any]) -> None:
        self._cells[cell_id] = Map(
            {"type": type, "pos": pos, "source": Text(source), "meta": Map(packed(meta))}
        )

    def _place(self, after: str | object | None, *, without: str | None = None) -> str:
        try:
            low, high = self._neighbours(after, without)
            return positions.place_between(low, high, self._rng)
        except ValueError:
            self._respace()
            low, high = self._neighbours(after, without)
            return positions.place_between(low, high, self._rng)

    def _neighbours(self, after: str | object | None, without: str | None) -> tuple[str | None, str | None]:
        order = [cell for cell in self._ordered() if cell.id != without]
        if after is END:
            return (order[-1].pos if order else None), None
        if after is None:
            return None, (order[0].pos if order else None)
        for index, cell in enumerate(order):
            if cell.id == after and cell.deleted_ms is None:
                return cell.pos, (order[index + 1].pos if index + 1 < len(order) else None)
        raise NoSuchCell(after)

    def _respace(self) -> None:
        order = self._ordered()
        with self.transaction():
            for cell, pos in zip(order, positions.spaced(len(order)), strict=True):
                self._cells[cell.id]["pos"] = pos


def is_good_place(pos: object) -> bool:
    """Say whether others can be placed beside `pos`, and it is not too long."""
    return isinstance(pos, str) and len(pos) <= positions.MAX_LENGTH and positions.is_key(pos)


def packed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata as the document holds it: scalars as they are, the rest as JSON text at `json:KEY`."""
    out = {}
    for key, value in values.items():
        name, stored = _packed(key, value)
        out[name] = stored
    return out


def unpacked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Undo `packed`. An entry that is not JSON text after all is left as it stands."""
    out = {}
    for key, value in values.items():
        if key.startswith(_NESTED) and isinstance(value, str):
            try:
                out[key.removeprefix(_NESTED)] = msgspec.json.decode(value)
                continue
            except msgspec.DecodeError:
                pass
        out[key] = value
    return out


def observe_cells(doc: Doc[Any], on_change: Callable[[list[Any]], None]) -> Callable[[], None]:
    """Call `on_change` with the deep events of `cells`; return what ends it."""
    cells: Map[Any] = doc.get("cells", type=Map)
    subscription = cells.observe_deep(on_change)
    return lambda: cells.unobserve(subscription)


def _view(cell_id: str, values: Any) -> CellView:
    deleted = values.get("deleted")
    return CellView(
        cell_id,
        str(values.get("type", "code")),
        str(values.get("source", "")),
        str(values.get("pos", "")),
        unpacked(values.get("meta") or {}),
        None if deleted is None else int(deleted),
    )


def _packed(key: str, value: Any) -> tuple[str, Any]:
    # A number that a double cannot hold exactly would change on its way through a browser.
    exact = not isinstance(value, int) or isinstance(value, bool) or abs(value) < _MAX_EXACT
    if (value is None or isinstance(value, str | int | float)) and exact and not key.startswith(_NESTED):
        return key, value
    return _NESTED + key, msgspec.json.encode(value).decode()


def _put(map: Map[Any], key: str, value: Any) -> None:
    name, stored = _packed(key, value)
    for old in (key, _NESTED + key):
        if old in map and (value is None or old != name):
            del map[old]
    if value is not None:
        map[name] = stored


def changed_span(old: bytes, new: bytes) -> tuple[int, int, int]:
    """Return `start, old_end, new_end`: replacing `old[start:old_end]` by `new[start:new_end]` gives `new`.

    Offsets are in UTF-8 bytes, as pycrdt counts them, and never inside a character.
    """
    start, limit = 0, min(len(old), len(new))
    if old[:limit] == new[:limit]:
        start = limit
    else:
        start = next(index for index in range(limit) if old[index] != new[index])
    while start and (_inside(old, start) or _inside(new, start)):
        start -= 1
    tail = 0
    while tail < limit - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    while tail and (_inside(old, len(old) - tail) or _inside(new, len(new) - tail)):
        tail -= 1
    return start, len(old) - tail, len(new) - tail


def _inside(text: bytes, offset: int) -> bool:
    return offset < len(text) and text[offset] & 0xC0 == 0x80
