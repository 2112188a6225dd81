"""A table as it is stored with an output: schema, first rows and profiles, bounded in size and in time.

It reads well where no kernel is: for people who only watch, in an exported file, on paper.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from json import dumps
from typing import Any

from .cells import Cell
from .engine import Column, Engine
from .pictures import KIND, cells_in, thumbnails
from .profile import profile_of

MIME = "application/vnd.commonbook.frame+json"
VERSION = 1

MOST_ROWS, LEAST_ROWS = 500, 20
MOST_COLUMNS, LEAST_COLUMNS = 100, 20
LONGEST_TEXT = 160
MOST_BYTES = 64_000
PROFILE_S = 0.15
QUICK_S = 0.3
PICTURES_S = 0.3
PICTURE_ROWS = 40
PICTURE_BYTES = 36_000


def bundle_of(
    engine: Engine,
    frame: str,
    name: str | None,
    clock: Any = time.perf_counter,
    *,
    first_rows: Callable[[], Engine] | None = None,
) -> dict[str, Any]:
    """Return the stored form of a table: at most 64 kB of JSON, profiles for as many columns as 150 ms allow.

    `frame` is the id under which the kernel knows what was displayed, `name` the variable that held it.
    `first_rows` reads what can be profiled of a table that is a question, if its cells did not take long.
    """
    columns = list(engine.columns[:MOST_COLUMNS])
    rows = MOST_ROWS if engine.rows is None else min(engine.rows, MOST_ROWS)
    began = clock()
    cells, index = _cells(engine, columns, rows, LONGEST_TEXT)
    pictures = _pictures(engine, columns, rows)
    profiled = engine
    if first_rows is not None and clock() - began < QUICK_S:
        profiled = first_rows()
    profiles = _profiles(profiled, columns, clock() + PROFILE_S, clock)
    if profiled is not engine:
        for profile in filter(None, profiles):
            profile["sampled"] = profile["of"]
    longest = LONGEST_TEXT
    while True:
        found = _written(engine, frame, name, columns, cells, index, profiles, longest)
        if pictures:
            found["pictures"] = pictures
        excess = _size(found) / MOST_BYTES
        if excess <= 1:
            return found
        if rows > LEAST_ROWS:
            rows = max(LEAST_ROWS, int(rows / excess * 0.95))
        elif len(columns) > LEAST_COLUMNS:
            most = max(LEAST_COLUMNS, int(len(columns) / excess * 0.95))
            columns, cells, profiles = columns[:most], cells[:most], profiles[:most]
        else:
            rows, longest = max(1, rows // 2), longest // 2
        cells = [[_shortened(cell, longest) for cell in each[:rows]] for each in cells]
        index = [[_shortened(cell, longest) for cell in each[:rows]] for each in index]
        pictures = {at: each[:rows] for at, each in pictures.items() if int(at) < len(columns)}


def head_of(engine: Engine, name: str | None) -> dict[str, Any]:
    """Return what is known of a table beside its cells."""
    return {
        "version": VERSION,
        "name": name,
        "library": engine.library,
        "form": engine.form,
        "rows": engine.rows,
        "columns_total": len(engine.columns),
    }


def _written(
    engine: Engine,
    frame: str,
    name: str | None,
    columns: Sequence[Column],
    cells: list[list[Cell]],
    index: list[list[Cell]],
    profiles: Sequence[dict[str, Any] | None],
    longest: int,
) -> dict[str, Any]:
    described = [
        _cut_name(column.described(), longest) | ({} if profile is None else {"profile": profile})
        for column, profile in zip(columns, profiles, strict=True)
    ]
    return head_of(engine, name) | {
        "frame": frame,
        "columns": described,
        "index": [_cut_name(column.described(), longest) for column in engine.index],
        "cells": cells,
        "index_cells": index,
    }


def _cut_name(described: dict[str, Any], longest: int) -> dict[str, Any]:
    name = described["name"]
    return described if len(name) <= longest else described | {"name": f"{name[:longest]}…"}


def _cells(
    engine: Engine, columns: Sequence[Column], rows: int, longest: int
) -> tuple[list[list[Cell]], list[list[Cell]]]:
    every = [*engine.index, *columns]
    found = cells_in(engine, every, None, 0, rows, longest)
    levels = len(engine.index)
    return found[levels:], found[:levels]


def _pictures(engine: Engine, columns: Sequence[Column], rows: int) -> dict[str, list[str | None]]:
    """Return the thumbnails of the first rows, by the positions of columns of pictures."""
    holding = [column for column in columns if column.kind == KIND]
    shares = max(1, len(holding))
    return {
        str(column.at): thumbnails(
            engine.values(column, None, 0, min(rows, PICTURE_ROWS)),
            PICTURES_S / shares,
            PICTURE_BYTES // shares,
        )
        for column in holding
    }


def _profiles(
    engine: Engine, columns: Sequence[Column], end: float, clock: Any
) -> list[dict[str, Any] | None]:
    found: list[dict[str, Any] | None] = []
    for column in columns:
        if not engine.rows or clock() > end:
            found.append(None)
            continue
        try:
            found.append(profile_of(engine, column))
        except Exception:  # noqa: BLE001 - whatever a library makes of a strange column, its cells are shown
            found.append(None)
    return found


def _shortened(cell: Cell, longest: int) -> Cell:
    text, length = cell if isinstance(cell, list) else (cell, None)
    if not isinstance(text, str) or len(text) <= longest:
        return cell
    return [text[:longest], length or len(text)]


def _size(found: dict[str, Any]) -> int:
    return len(dumps(found, ensure_ascii=False, separators=(",", ":")).encode())
