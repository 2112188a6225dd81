"""Which engine reads which object. An object's class is looked up by name, never asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .arrow_engine import ArrowEngine
from .engine import Engine
from .pandas_engine import PandasEngine
from .polars_engine import PolarsEngine
from .schema_only import LazyEngine, RelationEngine

_KNOWN: dict[tuple[str, str], Callable[[Any], Engine]] = {
    ("pandas", "DataFrame"): PandasEngine,
    ("pandas", "Series"): PandasEngine,
    ("polars", "DataFrame"): PolarsEngine,
    ("polars", "Series"): PolarsEngine,
    ("polars", "LazyFrame"): LazyEngine,
    ("pyarrow", "Table"): ArrowEngine,
    ("pyarrow", "RecordBatch"): ArrowEngine,
    ("duckdb", "DuckDBPyRelation"): RelationEngine,
}


def root_of(value: Any) -> tuple[str, str]:
    """Return (library, class) of the first class of an object that a library here is known for."""
    for kind in type.__dict__["__mro__"].__get__(type(value)):
        module = type.__dict__["__module__"].__get__(kind)
        name = type.__dict__["__name__"].__get__(kind)
        if type(module) is str:
            root = module.partition(".")[0].lstrip("_")
            if (root, name) in _KNOWN:
                return root, name
    return "", ""


def engine_of(value: Any) -> Engine | None:
    """Return the engine for a table or a series; None for anything else."""
    root, name = root_of(value)
    make = _KNOWN.get((root, name))
    return make(value) if make is not None else None


def is_frame(value: Any) -> bool:
    """Say whether there is an engine for an object."""
    return root_of(value) in _KNOWN
