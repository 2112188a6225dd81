"""What a column holds, in a few figures: how much is missing, how it is spread, what is frequent."""

from __future__ import annotations

import math
from typing import Any

from .engine import COUNTED, ORDERED, SAMPLE_ABOVE, SAMPLE_ROWS, Column, Engine, Rows

BINS = 20
TOP = 8


def profile_of(engine: Engine, column: Column, rows: Rows = None) -> dict[str, Any]:
    """Return the profile of a column of a view.

    Above 1,000,000 rows an evenly spread sample stands for all, and `sampled` says of how many. Counts are
    those of what was looked at, `of` values.
    """
    total = engine.count(rows)
    part = engine.part(column, rows, total if total <= SAMPLE_ABOVE else SAMPLE_ROWS)
    missing, of = engine.missing(part)
    found: dict[str, Any] = {"missing": missing, "of": of}
    if of < total:
        found["sampled"] = of
    if column.kind in ORDERED:
        found |= _spread(engine, column, part)
    elif column.kind in COUNTED and of > missing:
        top, different = engine.top(part, TOP)
        found["top"] = [[cell, count] for cell, count in top]
        found["different"] = different
    return found


def _spread(engine: Engine, column: Column, part: Any) -> dict[str, Any]:
    extent = engine.extent(part)
    if extent is None:
        return {}
    low, high, first, last = extent
    found: dict[str, Any] = {"min": first, "max": last}
    if column.kind == "integer" and high - low < BINS:
        # One bar for each number, or a gap would seem to lie between neighbours.
        found["bins"] = engine.binned(part, low - 0.5, high + 0.5, int(high - low) + 1)
        found["from"], found["to"] = low - 0.5, high + 0.5
    elif math.isfinite(high - low):
        found["bins"] = engine.binned(part, low, high, BINS)
        found["from"], found["to"] = low, high
    quartiles = engine.quartiles(part)
    if quartiles is not None:
        found["quartiles"] = quartiles
    mean = engine.mean(part)
    if mean is not None:
        found["mean"] = mean
    return found
