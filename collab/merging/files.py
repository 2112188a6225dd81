"""Merged and partly taken notebooks as the JSON of their files. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from collab.merging.cells import aligned, pieces_of
from collab.merging.notebooks import Merged, Placed

Notebook = Mapping[str, Any]


def merged_file(base: Notebook, mine: Notebook, theirs: Notebook, merged: Merged) -> dict[str, Any]:
    """Return the notebook that `merged` says, of the cells of both files."""
    cells = [_cell(placed, mine["cells"], theirs["cells"]) for placed in merged.cells]
    was, ours, others = (_dict(each.get("metadata")) for each in (base, mine, theirs))
    metadata = dict(ours)
    for key in {*was, *others}:
        if others.get(key) != was.get(key) and ours.get(key) == was.get(key):
            metadata.pop(key, None)
            if key in others:
                metadata[key] = others[key]
    return _whole({**mine, "metadata": metadata}, cells)


def partly(before: Notebook, after: Notebook, chosen: Collection[str]) -> dict[str, Any]:
    """Return `before` with the changes of `after` to the chosen cells alone, which `key_of` names."""
    old, new = pieces_of(before), pieces_of(after)
    matches = aligned(old, new)
    cells: list[Any] = []
    placed: dict[int, int] = {}
    for index, match in enumerate(matches):
        if match is None:
            if key_of(new[index].id, index, is_new=True) in chosen:
                cells.append(after["cells"][index])
            continue
        takes = key_of(old[match].id or new[index].id, match, is_new=False) in chosen
        placed[match] = len(cells)
        cells.append(after["cells"][index] if takes else before["cells"][match])
    for index in range(len(old)):
        if index not in placed and key_of(old[index].id, index, is_new=False) not in chosen:
            at = placed[index - 1] + 1 if index else 0
            cells.insert(at, before["cells"][index])
            placed = {cell: place + (place >= at) for cell, place in placed.items()}
            placed[index] = at
        elif index not in placed:
            placed[index] = placed[index - 1] if index else -1
    return _whole(before, cells)


def key_of(identity: str, index: int, *, is_new: bool) -> str:
    """Return what a cell is called in a comparison: its id, or its place in the file that has it."""
    return identity or f"{'new' if is_new else 'old'}-{index}"


def _cell(placed: Placed, mine: list[Any], theirs: list[Any]) -> dict[str, Any]:
    if placed.mine is None:
        assert placed.theirs is not None
        return dict(theirs[placed.theirs])
    cell = dict(mine[placed.mine])
    if placed.source is not None:
        cell["source"] = placed.source
    if placed.type is not None and placed.type != cell.get("cell_type"):
        cell["cell_type"] = placed.type
        for name in ("outputs", "execution_count", "attachments"):
            cell.pop(name, None)
        if placed.type == "code":
            cell |= {"outputs": [], "execution_count": None}
    if placed.meta:
        meta = {**_dict(cell.get("metadata")), **placed.meta}
        cell["metadata"] = {key: value for key, value in meta.items() if value is not None}
    if placed.outputs is not None:
        for name in ("outputs", "execution_count"):
            if name in theirs[placed.outputs]:
                cell[name] = theirs[placed.outputs][name]
    return cell


def _whole(notebook: Notebook, cells: list[Any]) -> dict[str, Any]:
    """Return a notebook in which either every cell has an id of its own, or none has."""
    made = {**notebook, "cells": [dict(cell) for cell in cells]}
    if not any("id" in cell for cell in made["cells"]):
        return made
    taken: set[str] = set()
    for number, cell in enumerate(made["cells"]):
        if not isinstance(cell.get("id"), str) or cell["id"] in taken:
            text = f"{number}\0{cell.get('source')}"
            cell["id"] = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]
        taken.add(cell["id"])
    made["nbformat_minor"] = max(5, made.get("nbformat_minor") or 0)
    return made


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
