"""Rows as a table of the library that the project has: pandas, else polars."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from .session import MissingDriver, Outcome


def unique(columns: Sequence[str]) -> list[str]:
    """Return the names of columns so that each stands once: `id`, `id_2`."""
    found: list[str] = []
    for number, column in enumerate(columns, 1):
        name, count = column or f"column_{number}", 2
        while name in found:
            name, count = f"{column or 'column'}_{count}", count + 1
        found.append(name)
    return found


def table(outcome: Outcome) -> Any:
    """Return the rows of an outcome as a DataFrame. Raises `MissingDriver` where no library makes one."""
    names = unique(outcome.columns or ())
    if outcome.frame is not None:
        frame = outcome.frame
        if list(frame.columns) != names:
            frame = frame.set_axis(names, axis=1)
        return frame.reset_index(drop=True)
    try:
        import pandas  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        return _of_polars(names, outcome.rows)
    if not outcome.rows:
        return pandas.DataFrame(columns=names)
    columns = zip(*outcome.rows, strict=True)
    series = (_column(pandas, list(values)) for values in columns)
    return pandas.concat(dict(enumerate(series)), axis=1).set_axis(names, axis=1)


def _column(pandas: Any, values: list[Any]) -> Any:
    """Return a column in the type that keeps whole numbers whole where some are missing."""
    kinds = {type(value) for value in values}
    has_missing = type(None) in kinds
    kinds.discard(type(None))
    if kinds == {Decimal}:
        return pandas.Series([None if value is None else float(value) for value in values], dtype="float64")
    if has_missing and kinds == {int} and all(value is None or abs(value) < 2**63 for value in values):
        return pandas.Series(values, dtype="Int64")
    if has_missing and kinds == {bool}:
        return pandas.Series(values, dtype="boolean")
    if kinds and kinds <= {list, dict, tuple, memoryview, bytes}:
        return pandas.Series([bytes(v) if isinstance(v, memoryview) else v for v in values], dtype=object)
    return pandas.Series(values)


def _of_polars(names: list[str], rows: Sequence[Sequence[Any]]) -> Any:
    try:
        import polars
    except ImportError:
        raise MissingDriver(
            "No module named 'pandas'. The result of a query needs it.", name="pandas"
        ) from None
    return polars.DataFrame(list(rows), schema=names, orient="row", infer_schema_length=None, strict=False)
