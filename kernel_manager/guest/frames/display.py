"""Adds the stored form of a table to what a cell displays, beside its text and its HTML."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from .bundle import MIME, bundle_of
from .engine import Engine, Unsupported
from .engines import engine_of
from .page import page_of
from .schema_only import LOOKED_AT, RelationEngine
from .shown import Shown

_TYPES = (
    ("pandas", "DataFrame"),
    ("pandas.core.frame", "DataFrame"),
    ("pandas", "Series"),
    ("pandas.core.series", "Series"),
    ("polars.dataframe.frame", "DataFrame"),
    ("polars.series.series", "Series"),
    ("polars.lazyframe.frame", "LazyFrame"),
    ("pyarrow.lib", "Table"),
    ("pyarrow.lib", "RecordBatch"),
    ("duckdb", "DuckDBPyRelation"),
    ("duckdb.duckdb", "DuckDBPyRelation"),
    ("_duckdb", "DuckDBPyRelation"),
    ("duckdb._relation", "DuckDBPyRelation"),
)
"""Where the libraries have their classes, from version to version. None of them is imported for this."""


class Display:
    """Makes the stored form of a table when it is displayed."""

    def __init__(self, shell: Any, shown: Shown) -> None:
        self._shell = shell
        self._shown = shown
        self.mark = os.urandom(6).hex()
        """Tells the ids of this kernel from those of others."""

    def register(self) -> None:
        """Have the shell's formatter ask here."""
        formatter = self._shell.display_formatter.mimebundle_formatter
        for module, name in _TYPES:
            formatter.for_type_by_name(module, name, self.bundle)

    def bundle(self, value: Any, include: Any = None, exclude: Any = None) -> Any:
        """Return what a cell displays of a table in addition; never fails."""
        own: Any = {}
        try:
            # What the class itself has to say stays; a relation of duckdb makes its text there.
            method = getattr(type(value), "_repr_mimebundle_", None)
            if method is not None:
                own = method(value, include=include, exclude=exclude)
        except Exception:  # noqa: BLE001 - the class's own trouble; its other forms are still shown
            own = {}
        data, metadata = own if isinstance(own, tuple) else (own or {}, {})
        try:
            engine = engine_of(value)
            if engine is None:
                return data, metadata
            frame = self._shown.add(value, engine.weight(), self.mark)
            first_rows = None
            if isinstance(engine, RelationEngine):
                first_rows = partial(_first_rows, engine)
            stored = bundle_of(engine, frame, self.name_of(value), first_rows=first_rows)
            if getattr(type(value), "_repr_html_", None) is None and "text/html" not in data:
                data = {**data, "text/html": page_of(stored)}
            return {**data, MIME: stored}, metadata
        except Exception:  # noqa: BLE001 - a table that cannot be read here is still displayed by its library
            return data, metadata

    def name_of(self, value: Any) -> str | None:
        """Return the variable that holds a table; None where there is none."""
        for name, held in list(self._shell.user_ns.items()):
            if held is value and type(name) is str and not name.startswith("_"):
                return name
        return None


def _first_rows(relation: RelationEngine) -> Engine:
    """Return a relation's first rows as a table; itself, without figures, where nothing can hold them."""
    try:
        return engine_of(relation.table(LOOKED_AT)) or relation
    except Unsupported:
        return relation
