"""Tables that are not there yet: a LazyFrame of polars, a relation of duckdb.

A LazyFrame is never collected. A relation is asked for its first rows when it is displayed, as its own text
form asks; working with it reads its first rows once into a library that the person's code has imported.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from .cells import Cell, cells_of
from .engine import Column, Rows, Unsupported
from .filters import Condition
from .polars_engine import columns_of

MOST_ROWS = 1_000_000
LOOKED_AT = 10_000
"""Of so many first rows a relation has figures when it is displayed; its own text form asks for as many."""

_KINDS = {
    "BOOLEAN": "boolean",
    "VARCHAR": "text",
    "UUID": "text",
    "ENUM": "category",
    "FLOAT": "number",
    "DOUBLE": "number",
    "DECIMAL": "number",
    "DATE": "date",
    "TIME": "time",
    "INTERVAL": "duration",
    "BLOB": "binary",
    "STRUCT": "nested",
    "MAP": "nested",
    "UNION": "nested",
}


class SchemaOnly:
    """What both have in common: columns, and no rows to work with. See `Engine`."""

    library = ""
    form = ""
    rows: int | None = None
    columns: Sequence[Column] = ()
    index: Sequence[Column] = ()
    why = ""

    def page(
        self, columns: Sequence[Column], rows: Rows, start: int, stop: int, longest: int
    ) -> list[list[Cell]]:
        return [[] for _ in columns]

    def select(self, conditions: Sequence[Condition], search: str) -> Rows:
        raise Unsupported(self.why)

    def sort(self, keys: Sequence[tuple[Column, bool]], rows: Rows) -> Rows:
        raise Unsupported(self.why)

    def count(self, rows: Rows) -> int:
        return 0

    def part(self, column: Column, rows: Rows, most: int) -> Any:
        raise Unsupported(self.why)

    def missing(self, part: Any) -> tuple[int, int]:
        raise Unsupported(self.why)

    def extent(self, part: Any) -> tuple[float, float, Cell, Cell] | None:
        return None

    def binned(self, part: Any, low: float, high: float, bins: int) -> list[int]:
        return []

    def quartiles(self, part: Any) -> list[Cell] | None:
        return None

    def mean(self, part: Any) -> Cell | None:
        return None

    def top(self, part: Any, most: int) -> tuple[list[tuple[Cell, int]], int]:
        return [], 0

    def values(self, column: Column, rows: Rows, start: int, stop: int) -> list[Any]:
        raise Unsupported(self.why)

    def every(self, rows: Rows, step: int) -> Rows:
        raise Unsupported(self.why)

    def grouped(self, chart: Any, rows: Rows, step: int) -> list[dict[str, Any]]:
        raise Unsupported(self.why)

    def batches(self, columns: Sequence[Column], rows: Rows, size: int) -> Iterator[Any]:
        raise Unsupported(self.why)

    def fingerprint(self) -> Any:
        return id(self)

    def weight(self) -> int:
        return 0


class LazyEngine(SchemaOnly):
    """The schema of a LazyFrame."""

    library, form = "polars", "LazyFrame"
    why = "This frame is lazy: it has a plan and no rows yet. Call collect() in a cell to work with them."

    def __init__(self, frame: Any) -> None:
        self.columns = columns_of(frame.collect_schema().items())


class RelationEngine(SchemaOnly):
    """The first rows of a relation."""

    library, form = "duckdb", "Relation"
    why = "Import pandas, polars or pyarrow in a cell to sort and filter this relation, or call its df()."

    def __init__(self, relation: Any) -> None:
        self._relation = relation
        names, types = list(relation.columns), [str(each) for each in relation.types]
        self.columns = [
            Column(at, name, dtype[:80], _kind(dtype), name)
            for at, (name, dtype) in enumerate(zip(names, types, strict=True))
        ]

    def page(
        self, columns: Sequence[Column], rows: Rows, start: int, stop: int, longest: int
    ) -> list[list[Cell]]:
        found = self._relation.limit(stop - start, start).fetchall()
        return [cells_of([row[column.at] for row in found], longest) for column in columns]

    def table(self, most: int = MOST_ROWS) -> Any:
        """Return the first rows as a table that can be worked with; raises `Unsupported`."""
        try:
            return self._read(self._relation.limit(most))
        except sys.modules["duckdb"].Error as failure:
            told = str(failure).partition("\n")[0][:300]
            raise Unsupported(f"The query of this relation failed: {told}") from None

    def _read(self, first: Any) -> Any:
        if "pyarrow" in sys.modules:
            return first.to_arrow_table() if hasattr(first, "to_arrow_table") else first.arrow()
        if "pandas" in sys.modules:
            return first.df()
        if "polars" in sys.modules:
            return sys.modules["polars"].DataFrame(first.fetchall(), schema=list(first.columns), orient="row")
        raise Unsupported(self.why)


def _kind(dtype: str) -> str:
    if dtype.endswith("]"):
        return "nested"
    base = dtype.partition("(")[0].partition(" ")[0]
    if base.startswith("TIMESTAMP"):
        return "datetime"
    return _KINDS.get(base) or ("integer" if base.endswith("INT") or base == "INTEGER" else "object")
