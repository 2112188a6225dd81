"""The texts and numbers that a value holds, for a form to choose from. Nobody's own code runs for it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from math import isfinite
from typing import Any

from .kinds import kinds, library_of
from .looks import MAPPINGS, SEQUENCES
from .operations import Refused

MOST_READ = 20_000
MOST_OPTIONS = 500

_PLAIN = kinds(str, int, float)
_COLUMNS = {
    ("pandas", "DataFrame"),
    ("polars", "DataFrame"),
}
_NAMED = {("pyarrow", "Table"), ("duckdb", "DuckDBPyRelation"), ("_duckdb", "DuckDBPyRelation")}


def options_of(value: Any) -> list[str | int | float]:
    """Return the first 500 different texts and numbers in a value, in their order.

    Of a dict that is its keys, of a table the names of its columns. Raises `Refused` for a value of another
    kind.
    """
    found = dict.fromkeys(
        each
        for each in islice(_items(value), MOST_READ)
        if id(type(each)) in _PLAIN and (type(each) is str or isfinite(each))
    )
    return list(islice(found, MOST_OPTIONS))


def _items(value: Any) -> Iterable[Any]:
    kind, library = type(value), library_of(type(value))
    if id(kind) in SEQUENCES or id(kind) in MAPPINGS:
        return list(islice(value, MOST_READ))
    if library in _COLUMNS:
        return list(value.columns)
    if library in _NAMED:
        return list(value.schema.names if library == ("pyarrow", "Table") else value.columns)
    if library == ("numpy", "ndarray") and value.ndim == 1:
        return list(value[:MOST_READ].tolist())
    if library is not None and library[0] == "pandas" and library[1].endswith(("Series", "Index")):
        if library_of(type(value.dtype)) is not None and hasattr(value.dtype, "categories"):
            return list(value.dtype.categories.tolist())
        few = value.iloc[:MOST_READ] if library[1] == "Series" else value[:MOST_READ]
        return list(few.tolist())
    if library is not None and library[0] == "polars" and library[1] == "Series":
        return list(value.head(MOST_READ).to_list())
    if library in (("pyarrow", "ChunkedArray"), ("pyarrow", "Array")):
        return list(value.slice(0, MOST_READ).to_pylist())
    raise Refused("Only a list, a column, the keys of a dict or a table's columns can be chosen from.")
