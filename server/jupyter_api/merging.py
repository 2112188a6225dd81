"""A notebook file that a program saves, brought into the living document.

The program has read a state, and others have typed since. So only what it changed itself is taken over: cells
it added, moved or deleted, texts it wrote, results it got. What it left alone stays as others have it now.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from collab.ipynb import ImportedCell, shown_ids
from collab.ipynb.values import KEPT
from collab.source import CellView, SourceDocument

Cells = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A cell as a program has read it."""

    type: str
    source: str
    results: str
    metadata: Mapping[str, Any]


@dataclass(slots=True)
class Changes:
    """What came of a save: the cells whose results the program brings."""

    results: list[tuple[str, ImportedCell]] = field(default_factory=list)


def seen(cells: Cells) -> dict[str, Seen]:
    """Return the cells of a file of ours, by the ids they have there."""
    return {str(cell["id"]): _seen(cell) for cell in cells}


def known_ids(cells: Sequence[CellView]) -> dict[str, str]:
    """Return the ids of the document's cells by those that a file of them has."""
    return {name: cell.id for cell, name in zip(cells, shown_ids(cells), strict=True)}


def with_ids(cells: list[dict[str, Any]], base: Mapping[str, Seen]) -> None:
    """Give cells of an older format the ids of the cells that they are, by what stands in them."""
    if any("id" in cell for cell in cells):
        return
    ids = list(base)
    before = [(base[each].type, base[each].source) for each in ids]
    after = [(str(cell.get("cell_type")), _joined(cell.get("source"))) for cell in cells]
    for tag, low, high, start, end in difflib.SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal" or (tag == "replace" and high - low == end - start):
            for cell, known in zip(cells[start:end], ids[low:high], strict=True):
                cell["id"] = known


def apply(
    source: SourceDocument,
    wanted: Sequence[ImportedCell],
    file: Cells,
    base: Mapping[str, Seen],
    known: Mapping[str, str],
    at_ms: int,
) -> Changes:
    """Write into the document what `wanted` changes of `base`. `file` is the same as `wanted`, as JSON."""
    changes = Changes()
    living = {cell.id: cell for cell in source.cells()}
    mine = [(known.get(_shown(cell)), cell, _seen(raw)) for cell, raw in zip(wanted, file, strict=True)]
    kept = {cell_id for cell_id, _, _ in mine if cell_id is not None}
    shown = {cell_id: name for name, cell_id in known.items()}
    for cell_id in living:
        if cell_id not in kept and shown.get(cell_id) in base:
            source.delete(cell_id, at_ms)
    before = [known[name] for name in base if known.get(name) in kept and known[name] in living]
    after = [cell_id for cell_id, _, _ in mine if cell_id in living and shown[cell_id] in base]
    moves = before != after
    above: str | None = None
    for own_id, cell, now in mine:
        was = base.get(_shown(cell))
        if own_id is None:
            if was is not None:
                continue  # somebody has deleted it meanwhile
            above = source.insert(None, cell.type, cell.source, after=above, meta=cell.meta)
            if cell.outputs or cell.count is not None:
                changes.results.append((above, cell))
            continue
        cell_id = own_id
        if cell_id not in living:
            continue
        if moves:
            source.move(cell_id, above)
        above = cell_id
        if was is None or now.type != was.type:
            source.set_type(cell_id, cell.type)
        if was is None or now.source != was.source:
            source.set_source(cell_id, cell.source)
        if was is not None and now.metadata != was.metadata:
            _change_metadata(source, cell_id, was.metadata, cell.meta)
        if was is None or now.results != was.results:
            changes.results.append((cell_id, cell))
    return changes


def _change_metadata(
    source: SourceDocument, cell_id: str, was: Mapping[str, Any], now: Mapping[str, Any]
) -> None:
    plain = {key: value for key, value in now.items() if key not in (KEPT, "attachments")}
    for key, value in plain.items():
        if was.get(key) != value:
            source.set_meta(cell_id, key, value)
    for key in was.keys() - plain.keys() - {KEPT, "attachments"}:
        source.set_meta(cell_id, key, None)


def _seen(cell: Mapping[str, Any]) -> Seen:
    results = [_flat(output) for output in cell.get("outputs") or () if isinstance(output, dict)]
    text = json.dumps([cell.get("execution_count"), results], sort_keys=True)
    metadata = cell.get("metadata")
    return Seen(
        str(cell.get("cell_type")),
        _joined(cell.get("source")),
        hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        metadata if isinstance(metadata, dict) else {},
    )


def _flat(output: Mapping[str, Any]) -> dict[str, Any]:
    """Return an output with its lines joined: programs save lists of lines, and read texts."""
    flat = {key: _text(value) for key, value in output.items() if key not in ("metadata", "transient")}
    data = output.get("data")
    if isinstance(data, dict):
        flat["data"] = {mime: _text(value) for mime, value in data.items()}
    return flat


def _text(value: Any) -> Any:
    is_lines = isinstance(value, list) and all(isinstance(line, str) for line in value)
    return "".join(value) if is_lines else value


def _joined(source: Any) -> str:
    return str(_text(source)) if isinstance(source, (str, list)) else ""


def _shown(cell: ImportedCell) -> str:
    mark = cell.meta.get(KEPT)
    given = mark.get("id") if isinstance(mark, dict) else None
    return given if isinstance(given, str) else cell.id
