"""What the agent can be asked about tables. Arguments come as JSON and are checked; answers are bounded."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import PathFinder
from typing import Any

from .bundle import head_of
from .cells import cell_of, nested, text_of, type_name
from .charts import chart_of
from .code import code_of
from .engine import Column, Engine, Rows, Unsupported
from .engines import engine_of
from .exports import Exports
from .filters import BadView, View
from .pictures import cells_in, thumbnails
from .pictures import whole_of as whole_picture
from .profile import profile_of
from .tables import Changed, Opened, Tables

MOST_PAGE_ROWS = 1000
MOST_PAGE_COLUMNS = 200
MOST_PAGE_CELLS = 40_000
MOST_COLUMNS = 10_000
MOST_LISTED, MOST_LISTED_COLUMNS = 300, 300
PAGE_TEXT = 200
MOST_VALUE = 1_000_000
MOST_PICTURES = 100
MOST_PICTURES_BYTES = 2 << 20
PICTURES_S = 0.4
PROFILES_S = 1.0
MOST_VALUES = 200

Content = dict[str, Any]
Answer = tuple[Content, Sequence[Any]]


class Operations:
    """The operations on the tables of one kernel, by name in `table`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._exports = Exports(tables)
        self.table: dict[str, Callable[[Mapping[str, Any]], Answer]] = {
            "frame.list": self.listed,
            "frame.open": self.open,
            "frame.page": self.page,
            "frame.profile": self.profile,
            "frame.values": self.values,
            "frame.cell": self.cell,
            "frame.pictures": self.pictures,
            "frame.chart": self.chart,
            "frame.code": self.code,
            "frame.export": self._exports.step,
        }

    def ask(self, operation: str, arguments: Mapping[str, Any]) -> Answer:
        """Return an answer; what cannot be done is an answer too, with `changed` or `refused` in words."""
        try:
            return self.table[operation](arguments)
        except Changed as change:
            return {"changed": str(change)}, ()
        except (Unsupported, BadView) as refusal:
            return {"refused": str(refusal)}, ()

    def listed(self, arguments: Mapping[str, Any]) -> Answer:
        """Return the tables in variables, with their columns as SQL over tables sees them."""
        found: list[dict[str, Any]] = []
        for name, value in self._tables.named():
            if len(found) == MOST_LISTED:
                break
            try:
                engine = engine_of(value)
                assert engine is not None
                columns = [column.described() for column in engine.columns[:MOST_LISTED_COLUMNS]]
                rows = engine.rows
            except Exception:  # noqa: BLE001 - whatever a library makes of a table that is only a plan
                columns, rows = [], None
            told = [{"name": (each["name"] or "value")[:300], "type": each["type"][:300]} for each in columns]
            found.append({"name": name[:300], "rows": rows, "columns": told})
        return {"tables": found}, ()

    def open(self, arguments: Mapping[str, Any]) -> Answer:
        """Return the schema of a table and the token of its state."""
        opened = self._opened(arguments)
        engine = opened.engine
        name = None if opened.name.startswith("@") else opened.name
        columns = [column.described() for column in engine.columns[:MOST_COLUMNS]]
        index = [column.described() for column in engine.index]
        return self._said(opened, head_of(engine, name) | {"columns": columns, "index": index}), ()

    def page(self, arguments: Mapping[str, Any]) -> Answer:
        """Return the cells of some rows and columns of a view, and how many rows it has."""
        opened, _, rows = self._viewed(arguments)
        engine = opened.engine
        total = engine.count(rows)
        columns = _columns(engine, arguments.get("columns"))[:MOST_PAGE_COLUMNS]
        most = max(1, min(MOST_PAGE_ROWS, MOST_PAGE_CELLS // max(1, len(columns))))
        start = min(_whole(arguments, "start"), total)
        stop = max(start, min(_whole(arguments, "stop"), total, start + most))
        cells = cells_in(engine, columns, rows, start, stop, PAGE_TEXT)
        found = {"rows": total, "start": start, "stop": stop, "cells": cells}
        return self._said(opened, found | {"columns": [column.at for column in columns]}), ()

    def profile(self, arguments: Mapping[str, Any]) -> Answer:
        """Return the profiles of columns of a view, as many as there is time for."""
        opened, _, rows = self._viewed(arguments)
        end = time.monotonic() + PROFILES_S
        found: dict[str, Any] = {}
        for column in _columns(opened.engine, arguments.get("columns")):
            if time.monotonic() > end:
                break
            try:
                found[str(column.at)] = profile_of(opened.engine, column, rows)
            except Unsupported:
                raise
            except Exception:  # noqa: BLE001 - whatever a library makes of a strange column
                found[str(column.at)] = None
        return self._said(opened, {"profiles": found, "rows": opened.engine.count(rows)}), ()

    def values(self, arguments: Mapping[str, Any]) -> Answer:
        """Return a column's most frequent values, to choose from in a filter."""
        opened = self._opened(arguments)
        (column,) = _columns(opened.engine, [arguments.get("column")])
        part = opened.engine.part(column, None, 200_000)
        top, different = opened.engine.top(part, MOST_VALUES)
        return self._said(
            opened, {"values": [[cell, count] for cell, count in top], "different": different}
        ), ()

    def cell(self, arguments: Mapping[str, Any]) -> Answer:
        """Return one value in full: its text, its tree if it is nested, its picture if it is one."""
        opened, _, rows = self._viewed(arguments)
        (column,) = _columns(opened.engine, [arguments.get("column")])
        row = _whole(arguments, "row")
        if row >= opened.engine.count(rows):
            raise Changed("This row is no longer there. Load the table again.")
        (value,) = opened.engine.values(column, rows, row, row + 1)
        return self._said(opened, whole_of(value)), ()

    def pictures(self, arguments: Mapping[str, Any]) -> Answer:
        """Return thumbnails of a column of pictures from row `start` on, as many as there is time for."""
        opened, _, rows = self._viewed(arguments)
        (column,) = _columns(opened.engine, [arguments.get("column")])
        total = opened.engine.count(rows)
        start = min(_whole(arguments, "start"), total)
        stop = max(start, min(_whole(arguments, "stop"), total, start + MOST_PICTURES))
        values = opened.engine.values(column, rows, start, stop)
        found = thumbnails(values, PICTURES_S, MOST_PICTURES_BYTES)
        return self._said(opened, {"pictures": found, "start": start}), ()

    def chart(self, arguments: Mapping[str, Any]) -> Answer:
        """Return the aggregated data of a chart of a view."""
        opened, _, rows = self._viewed(arguments)
        return self._said(opened, chart_of(opened.engine, rows, arguments.get("chart"))), ()

    def code(self, arguments: Mapping[str, Any]) -> Answer:
        """Return Python that makes a view, and a chart of it if one is named; and the modules it lacks."""
        opened, view, rows = self._viewed(arguments)
        name = _string(arguments, "variable") or (opened.name if not opened.name.startswith("@") else "df")
        chosen = arguments.get("columns")
        columns = None if chosen is None else _columns(opened.engine, chosen)
        chart = arguments.get("chart")
        code = code_of(opened.engine, name, view, columns, chart, opened.engine.count(rows))
        lacking = ["altair"] if chart is not None and not is_installed("altair") else []
        return self._said(opened, {"code": code, "lacking": lacking}), ()

    def _opened(self, arguments: Mapping[str, Any]) -> Opened:
        return self._tables.open(_string(arguments, "table"), arguments.get("token"))

    def _viewed(self, arguments: Mapping[str, Any]) -> tuple[Opened, View, Rows]:
        opened = self._opened(arguments)
        view, rows = self._tables.view(opened, arguments.get("view"))
        return opened, view, rows

    def _said(self, opened: Opened, content: Content) -> Content:
        return content | {"token": self._tables.token(opened), "running": self._tables.is_running}


def whole_of(value: Any) -> Content:
    """Return a value in full, up to a megabyte."""
    kind = type(value)
    cell = cell_of(value, MOST_VALUE)
    found: Content = {"text": text_of(cell) if not isinstance(cell, list) else cell[0]}
    found["length"] = cell[1] if isinstance(cell, list) else len(found["text"])
    if issubclass(kind, (dict, list, tuple, set, frozenset)) or type_name(kind) == "ndarray":
        found["json"] = nested(value, depth=12, items=500)
    picture = whole_picture(value)
    return found if picture is None else found | {"picture": picture}


def is_installed(name: str) -> bool:
    """Say whether a cell could import a module, without importing it."""
    return name in sys.modules or PathFinder.find_spec(name) is not None


def _columns(engine: Engine, given: Any) -> list[Column]:
    """Return columns by their positions; all of them where none are named."""
    known = {column.at: column for column in (*engine.index, *engine.columns)}
    if given is None:
        return list(engine.columns)
    if not isinstance(given, list) or not all(type(at) is int and at in known for at in given):
        raise BadView("There is no such column. Load the table again.")
    return [known[at] for at in given]


def _whole(arguments: Mapping[str, Any], name: str) -> int:
    value = arguments.get(name, 0)
    return value if type(value) is int and value >= 0 else 0


def _string(arguments: Mapping[str, Any], name: str) -> str:
    value = arguments.get(name, "")
    return value if type(value) is str else ""
