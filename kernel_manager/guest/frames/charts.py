"""The data of a chart: aggregated here, so that a chart of ten million rows is a few hundred numbers.

Bars and lines group by `x` and aggregate `y`; points are a sample of the rows; a histogram counts equal
steps; a box plot is five figures a group.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .cells import Cell
from .engine import ORDERED, Column, Engine, Rows
from .filters import BadView

MARKS = ("bar", "line", "scatter", "histogram", "box")
AGGREGATES = ("count", "sum", "mean", "median", "min", "max")

MOST_GROUPS = {"bar": 40, "line": 500, "box": 30}
MOST_SERIES = 8
MOST_POINTS = 2000
MOST_BINS = 100
MOST_ROWS = 2_000_000
"""Beyond so many rows an evenly spread sample is aggregated, and `sampled` says so."""


class Chart:
    """What was asked for, checked."""

    def __init__(self, engine: Engine, given: Any) -> None:
        if not isinstance(given, Mapping) or given.get("mark") not in MARKS:
            raise BadView("There is no such chart.")
        known = {column.at: column for column in (*engine.index, *engine.columns)}

        def column(name: str) -> Column | None:
            at = given.get(name)
            if at is None:
                return None
            if at not in known:
                raise BadView("There is no such column. Load the table again.")
            return known[at]

        self.mark: str = given["mark"]
        self.x, self.y, self.color = column("x"), column("y"), column("color")
        self.aggregate = given.get("aggregate") if given.get("aggregate") in AGGREGATES else "count"
        bins = given.get("bins")
        self.bins = min(MOST_BINS, max(2, bins)) if type(bins) is int else 30
        if self.x is None:
            raise BadView("Choose a column for the chart.")
        if self.mark in ("scatter", "box") and self.y is None:
            raise BadView("Choose a second column for the chart.")
        if self.mark in ("scatter", "histogram") and self.x.kind not in ORDERED:
            raise BadView(f"This chart needs numbers or dates; {self.x.name} has neither.")
        for each in (self.x, self.color):
            if each is not None and each.kind in ("nested", "binary", "image"):
                raise BadView(
                    f"Values such as those of {each.name} cannot be grouped. Choose another column."
                )
        if self.y is not None and self.y.kind not in ("integer", "number"):
            raise BadView(f"This chart needs numbers; {self.y.name} has none.")
        if self.aggregate != "count" and self.y is None:
            self.aggregate = "count"


def chart_of(engine: Engine, rows: Rows, given: Any) -> dict[str, Any]:
    """Return `values`, a list of points, and what was left out of them."""
    chart = Chart(engine, given)
    total = engine.count(rows)
    if chart.mark == "histogram":
        return _histogram(engine, chart, rows)
    if chart.mark == "scatter":
        columns = [each for each in (chart.x, chart.y, chart.color) if each is not None]
        step = max(1, -(-total // MOST_POINTS))
        some = engine.every(rows, step)
        cells = engine.page(columns, some, 0, engine.count(some), 80)
        values = [_point(chart, each) for each in zip(*cells, strict=True)]
        return {"values": values, "sampled": len(values) if step > 1 else None, "rows": total}
    step = max(1, -(-total // MOST_ROWS))
    groups = engine.grouped(chart, rows, step)
    most, left = MOST_GROUPS[chart.mark], 0
    names: dict[Any, int] = {}
    for group in groups:
        key = _key(group["x"])
        names[key] = names.get(key, 0) + group["count"]
    if len(names) > most:
        # A line keeps its course when points are left out evenly; bars and boxes keep the largest groups.
        ranked = list(names)[:: -(-len(names) // most)] if chart.mark == "line" else None
        kept = set(ranked or sorted(names, key=lambda name: -names[name])[:most])
        left = len(names) - len(kept)
        groups = [group for group in groups if _key(group["x"]) in kept]
    return {
        "values": groups,
        "left_out": left,
        "sampled": -(-total // step) if step > 1 else None,
        "rows": total,
    }


def _key(cell: Cell) -> Any:
    return tuple(cell) if isinstance(cell, list) else cell


def _point(chart: Chart, cells: tuple[Cell, ...]) -> dict[str, Cell]:
    point = {"x": cells[0], "y": cells[1]}
    return point | {"color": cells[2]} if chart.color is not None else point


def _histogram(engine: Engine, chart: Chart, rows: Rows) -> dict[str, Any]:
    assert chart.x is not None
    part = engine.part(chart.x, rows, engine.count(rows))
    extent = engine.extent(part)
    if extent is None:
        return {"values": [], "rows": engine.count(rows)}
    low, high, first, last = extent
    counts = engine.binned(part, low, high, chart.bins)
    return {
        "values": [{"bin": place, "count": count} for place, count in enumerate(counts)],
        "bounds": [low, high, first, last],
        "rows": engine.count(rows),
    }
