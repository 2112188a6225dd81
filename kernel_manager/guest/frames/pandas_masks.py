"""Where the values of a column of pandas fit a condition, as arrays of booleans of numpy."""

from __future__ import annotations

import datetime
import decimal
import sys
from collections.abc import Callable, Sequence
from typing import Any

from . import matching
from .arrow_engine import text_mask
from .cells import BUILTIN, MOST_TEXT, cell_of, text_of, type_name
from .engine import Unsupported
from .filters import TEXTUAL, BadView, Condition, boolean_of, decimal_of, number_of, span_of, within
from .pandas_kinds import LOOKED_AT, kind_of_dtype, of_one_type


def mask_of(series: Any, kind: str, condition: Condition) -> Any:
    """Return which values fit a condition. Raises `BadView` and `Unsupported`."""
    numpy = sys.modules["numpy"]
    if condition.operation == "missing":
        return numpy.asarray(series.isna(), dtype=bool)
    if condition.operation == "present":
        return ~numpy.asarray(series.isna(), dtype=bool)
    if type_name(type(series.dtype)) == "CategoricalDtype":
        return _category_mask(series, condition)
    return _values_mask(decoded(series), kind, condition)


def holding(series: Any, kind: str, search: str) -> Any:
    """Return which values hold a searched text; numbers fit if they are just that, moments if within it."""
    try:
        match kind:
            case "text" | "category" | "object":
                return mask_of(series, kind, Condition(0, "contains", (search,)))
            case "integer" | "number":
                return mask_of(series, kind, Condition(0, "=", (search,)))
            case "datetime" | "date" if span := span_of(search):
                first, after = within(0, span)
                return mask_of(series, kind, first) & mask_of(series, kind, after)
    except (BadView, TypeError, AttributeError, decimal.InvalidOperation, UnicodeEncodeError):
        pass
    return sys.modules["numpy"].zeros(len(series), dtype=bool)


def _category_mask(series: Any, condition: Condition) -> Any:
    """Ask the categories and look up each row's code, which is far less work than asking each row."""
    codes = series.cat.codes.to_numpy()
    categories = sys.modules["pandas"].Series(series.cat.categories)
    is_text = kind_of_dtype(categories.dtype) == "text"
    if not is_text and condition.operation in TEXTUAL:
        shown = [text_of(cell_of(value, MOST_TEXT)) for value in categories.tolist()]
        categories = sys.modules["pandas"].Series(shown, dtype=object)
    if series.cat.ordered and condition.operation in ("<", "<=", ">", ">=", "between"):
        fits = _ordered_fit(categories, condition)
    else:
        kind = kind_of_dtype(categories.dtype)
        fits = _values_mask(categories, "text" if kind == "object" else kind, condition)
    return sys.modules["numpy"].append(fits, False)[codes]


def _ordered_fit(categories: Any, condition: Condition) -> Any:
    texts = [str(value) for value in categories]
    try:
        bounds = [texts.index(value) for value in condition.values]
    except ValueError:
        raise BadView(f"There is no category {condition.values[0][:40]!r}.") from None
    return _compare(sys.modules["numpy"].arange(len(texts)), condition.operation, bounds)


def decoded(series: Any) -> Any:
    """Return a series with its values themselves where arrow keeps them in a dictionary."""
    dtype = getattr(series.dtype, "pyarrow_dtype", None)
    if dtype is None or not sys.modules["pyarrow"].types.is_dictionary(dtype):
        return series
    return series.astype(type(series.dtype)(dtype.value_type))


def _values_mask(series: Any, kind: str, condition: Condition) -> Any:
    numpy, operation = sys.modules["numpy"], condition.operation
    if operation in TEXTUAL:
        return _text_mask(series, condition)
    if kind in ("text", "object") and not condition.match_case and operation in ("=", "!="):
        return _text_mask(series, condition)
    if kind == "object" and series.dtype != object:
        series = _texts(series)
    if series.dtype == object and kind in ("datetime", "duration"):
        series = of_one_type(series, kind)
    values = [_parsed(text, kind, series) for text in condition.values]
    if series.dtype == object:
        fits = _slow_compare(series, operation, values)
        return fits if operation != "!=" else fits & ~_bools(series.isna())
    if operation in ("in", "not in"):
        fits = _bools(series.isin(values))
        return fits if operation == "in" else ~fits & ~_bools(series.isna())
    if isinstance(series.dtype, numpy.dtype) and series.dtype.kind in "iufb":
        plain = series.to_numpy()
        fits = _compare(plain, operation, values)
        return fits if operation != "!=" or plain.dtype.kind != "f" else fits & (plain == plain)
    fits = _bools(_compare(series, operation, values))
    return fits if operation != "!=" else fits & ~_bools(series.isna())


def _slow_compare(series: Any, operation: str, values: list[Any]) -> Any:
    """Compare value by value, in a column of objects of which not all can be compared."""

    def fits(value: Any) -> bool:
        if operation in ("in", "not in"):
            return (value in values) == (operation == "in")
        try:
            return bool(_compare(value, operation, values))
        except (TypeError, ArithmeticError):
            return operation == "!="

    each_fits = (type(value) in BUILTIN and fits(value) for value in series)
    return sys.modules["numpy"].fromiter(each_fits, dtype=bool, count=len(series))


def _bools(series: Any) -> Any:
    numpy = sys.modules["numpy"]
    if hasattr(series, "fillna") and not isinstance(series.dtype, numpy.dtype):
        series = series.fillna(False)
    return numpy.asarray(series, dtype=bool)


def _text_mask(series: Any, condition: Condition) -> Any:
    """Match text; in a column of text with pyarrow's own search, which knows no slow pattern."""
    numpy, chunks = sys.modules["numpy"], getattr(series.array, "_pa_array", None)
    if chunks is not None and "pyarrow" in sys.modules:
        return numpy.asarray(text_mask(chunks, condition).fill_null(False), dtype=bool)
    found = matching.fitting(_texts(series).tolist(), condition)
    return numpy.fromiter(found, dtype=bool, count=len(series))


def _texts(series: Any) -> Any:
    """Return periods, intervals and their like as the text that stands for them; objects as they are."""
    if series.dtype == object or type_name(type(series.dtype)) == "StringDtype":
        return series
    return series.astype(str).astype(object).where(series.notna(), None)


def _parsed(text: str, kind: str, series: Any) -> Any:
    match kind:
        case "integer" | "number":
            return decimal_of(text) if _is_decimal(series) else number_of(text)
        case "boolean":
            return boolean_of(text)
        case "datetime" | "date" | "time" | "duration":
            return _moment(text, kind, series)
        case _:
            return text


def _is_decimal(series: Any) -> bool:
    if series.dtype != object:
        return False
    first = next((value for value in series.iloc[:LOOKED_AT] if value is not None), None)
    return isinstance(first, decimal.Decimal)


def _moment(text: str, kind: str, series: Any) -> Any:
    pandas = sys.modules["pandas"]
    try:
        if kind == "duration":
            return pandas.Timedelta(text)
        if kind == "time":
            return datetime.time.fromisoformat(text.strip())
        stamp = pandas.Timestamp(text)
    except ValueError:
        raise BadView(f"{text[:40]!r} is not a {kind}.") from None
    if kind == "date":
        return stamp.date()
    zone = getattr(series.dt, "tz", None)
    if zone is None:
        return stamp.tz_localize(None)
    return stamp.tz_localize(zone) if stamp.tzinfo is None else stamp.tz_convert(zone)


def _compare(values: Any, operation: str, bounds: Sequence[Any]) -> Any:
    first = bounds[0]
    compare: dict[str, Callable[[], Any]] = {
        "=": lambda: values == first,
        "!=": lambda: values != first,
        "<": lambda: values < first,
        "<=": lambda: values <= first,
        ">": lambda: values > first,
        ">=": lambda: values >= first,
        "between": lambda: (values >= first) & (values <= bounds[1]),
    }
    if operation not in compare:
        raise Unsupported("This filter does not fit the column.")
    return compare[operation]()
