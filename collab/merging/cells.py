"""Cells of a notebook file as comparisons see them, and which of one version is which of another. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

ALIKE = 0.5
"""How much of a cell's text must be the same for it to be the same cell under another id."""

LONGEST_COMPARED = 4_000


@dataclass(frozen=True, slots=True)
class Piece:
    """One cell. `id` is that of the file, empty where it has none; `outputs` is canonical text."""

    id: str
    type: str
    source: str
    meta: Mapping[str, Any]
    outputs: str

    def is_like(self, other: Piece) -> bool:
        """Whether both have the same type and text."""
        return self.type == other.type and self.source == other.source


def pieces_of(notebook: Mapping[str, Any]) -> list[Piece]:
    """Return the cells of a file of format 4, as parsed JSON. What is no cell is left out by nobody."""
    cells = notebook.get("cells")
    return [_piece(cell) for cell in cells] if isinstance(cells, list) else []


def aligned(base: Sequence[Piece], other: Sequence[Piece]) -> list[int | None]:
    """Return, for each cell of `other`, the index of the same cell in `base`, or None for a new one.

    By id first; what is left by its text, in order. A cell of one is the same as at most one of the other.
    """
    ids = {piece.id: index for index, piece in enumerate(base) if piece.id}
    found: list[int | None] = []
    taken: set[int] = set()
    for piece in other:
        index = ids.get(piece.id) if piece.id else None
        if index is not None and index in taken:
            index = None
        if index is not None:
            taken.add(index)
        found.append(index)
    if len(taken) < len(base):
        _align_rest(base, other, found, taken)
    return found


def _align_rest(
    base: Sequence[Piece], other: Sequence[Piece], found: list[int | None], taken: set[int]
) -> None:
    left = [index for index in range(len(base)) if index not in taken]
    new = [index for index, match in enumerate(found) if match is None]
    matcher = SequenceMatcher(
        None,
        [(base[index].type, base[index].source) for index in left],
        [(other[index].type, other[index].source) for index in new],
        autojunk=False,
    )
    for op, i1, i2, j1, j2 in matcher.get_opcodes():
        if op == "equal":
            for step in range(i2 - i1):
                found[new[j1 + step]] = left[i1 + step]
        elif op == "replace":
            _align_changed(base, other, found, left[i1:i2], new[j1:j2])


def _align_changed(
    base: Sequence[Piece],
    other: Sequence[Piece],
    found: list[int | None],
    left: list[int],
    new: list[int],
) -> None:
    """Match what was changed in between, in order, where enough of the text is the same."""
    for index in new:
        for place, old in enumerate(left):
            both_named = base[old].id and other[index].id
            if not both_named and base[old].type == other[index].type and _are_alike(base[old], other[index]):
                found[index] = old
                del left[: place + 1]
                break


def _are_alike(one: Piece, other: Piece) -> bool:
    first, second = one.source[:LONGEST_COMPARED], other.source[:LONGEST_COMPARED]
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def joined(value: Any) -> Any:
    """Return text that a file may hold as a list of lines."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "".join(value)
    return value


def _piece(cell: Any) -> Piece:
    if not isinstance(cell, dict):
        return Piece("", "raw", json.dumps(cell), {}, "")
    identity, meta, source = cell.get("id"), cell.get("metadata"), joined(cell.get("source"))
    return Piece(
        identity if isinstance(identity, str) else "",
        str(cell.get("cell_type")),
        source if isinstance(source, str) else "",
        meta if isinstance(meta, dict) else {},
        _outputs(cell),
    )


def _outputs(cell: Mapping[str, Any]) -> str:
    found = cell.get("outputs")
    if not isinstance(found, list) or not found:
        return ""
    return json.dumps([_output(each) for each in found], sort_keys=True, ensure_ascii=False)


def _output(output: Any) -> Any:
    if not isinstance(output, dict):
        return output
    plain = {key: joined(value) for key, value in output.items() if key != "execution_count"}
    if isinstance(plain.get("data"), dict):
        plain["data"] = {key: joined(value) for key, value in plain["data"].items()}
    if isinstance(output.get("traceback"), list):
        plain["traceback"] = output["traceback"]
    return plain
