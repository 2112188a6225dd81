"""What the columns of pandas hold, by their types; of objects, by the first of their values."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterable
from typing import Any

from .arrow_engine import kind_of
from .cells import is_missing, type_name
from .matching import NUMBERS

_NUMPY_KINDS = {"i": "integer", "u": "integer", "f": "number", "c": "object", "b": "boolean"}

LOOKED_AT = 1000
"""How many values of a column of objects tell what all of them are."""

TIME_OF_DAY = "time of day"
"""What a series is called that counts times of day as the time since midnight."""


def kind_of_dtype(dtype: Any) -> str:
    """Return the kind of a type; "object" where only the values tell more."""
    name = type_name(type(dtype))
    if name == "ArrowDtype":
        return kind_of(dtype.pyarrow_dtype)
    if name == "CategoricalDtype":
        return "category"
    if name == "StringDtype":
        return "text"
    kind = getattr(dtype, "kind", "O")
    if kind == "M":
        return "datetime"
    if kind == "m":
        return "duration"
    if name in ("PeriodDtype", "IntervalDtype"):
        return "object"
    return _NUMPY_KINDS.get(kind, "object")


def kind_of_objects(values: Iterable[Any]) -> str:
    """Return what objects are, if they are all of one kind."""
    kinds = {type(value) for value in values if not is_missing(value)}
    if not kinds:
        return "object"
    for kind, names in (
        ("text", {"str"}),
        ("boolean", {"bool"}),
        ("number", {"Decimal"}),
        ("integer", {"int"}),
        ("number", {"float", "int"}),
        ("date", {"date"}),
        ("time", {"time"}),
        ("duration", {"timedelta"}),
        ("datetime", {"datetime", "Timestamp"}),
        ("binary", {"bytes", "bytearray"}),
        ("nested", {"list", "tuple", "dict", "set", "frozenset", "ndarray"}),
    ):
        if {type_name(each) for each in kinds} <= names:
            return kind
    return "object"


def of_one_type(series: Any, kind: str) -> Any:
    """Return objects that are moments or numbers in a type that counts; others become missing."""
    pandas = sys.modules["pandas"]
    if kind in ("date", "datetime"):
        return pandas.to_datetime(series, errors="coerce", utc=kind == "datetime")
    if kind == "duration":
        return pandas.to_timedelta(series, errors="coerce")
    if kind == "time":
        return pandas.to_timedelta(series.map(_isoformat), errors="coerce").rename(TIME_OF_DAY)
    if kind in ("integer", "number"):
        return pandas.to_numeric(series.map(_float_of), errors="coerce")
    return series


def _float_of(value: Any) -> float | None:
    return float(value) if type(value) in NUMBERS else None


def _isoformat(value: Any) -> str | None:
    return value.isoformat() if type(value) is datetime.time else None
