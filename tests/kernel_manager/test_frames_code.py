"""The code of a view makes the rows that the view shows: whatever is filtered, sorted and searched."""

from __future__ import annotations

import datetime as dt
import decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel_manager.guest.frames.cells import text_of
from tests.kernel_manager.test_frames_operations import Shell

ROWS = 24
BERLIN = "Europe/Berlin"

DAYS = [dt.date(2024, 1, 1), dt.date(2023, 5, 6), None]
MOMENTS = [dt.datetime(2024, 1, 1), dt.datetime(2023, 5, 6, 12, 30), None]  # noqa: DTZ001
ZONED = [None if each is None else each.replace(tzinfo=ZoneInfo(BERLIN)) for each in MOMENTS]
TIMES = [dt.time(3), dt.time(1, 30), None]
WAITS = [dt.timedelta(days=1), dt.timedelta(hours=-2), None]
TEXTS = ["Paris", "paris", None, "", "a.b*c", "Straße", "10", "x\ny", " sp ", "مرحبا", "🙂"]
NUMBERS = [0.5, float("nan"), -1.5, float("inf"), -float("inf"), 2.0]
AMOUNTS = [decimal.Decimal("1.50"), decimal.Decimal("-2.00"), None]


def filled(values: list[Any]) -> list[Any]:
    return [values[at % len(values)] for at in range(ROWS)]


def of_pandas() -> dict[str, tuple[list[Any], Any]]:
    """Return the values and the type of each column."""
    objects = {
        "object text": ["Paris", "paris", None, "Straße", "ss"],
        "object flags": [True, None, False],
        "days": DAYS,
        "moments": [ZONED[0], MOMENTS[0], dt.datetime(2024, 1, 1, tzinfo=dt.UTC), None],
        "times": TIMES,
        "waits": WAITS,
        "decimals": [decimal.Decimal("1.5"), decimal.Decimal("NaN"), None, decimal.Decimal(-2)],
        "mixed": [1, "Ab", None, 2.5, "ab"],
        "bytes": [b"ab", b"c", None],
        "lists": [[1], [1, 2], None],
        "nothing": [None],
    }
    arrow = {
        "arrow text": (["Paris", "paris", None], pa.string()),
        "arrow whole": ([1, None, 3], pa.int64()),
        "arrow amount": (AMOUNTS, pa.decimal128(9, 2)),
        "arrow day": (DAYS, pa.date32()),
        "arrow moment": (MOMENTS, pa.timestamp("us")),
        "arrow zoned": (ZONED, pa.timestamp("us", BERLIN)),
        "arrow time": (TIMES, pa.time64("us")),
        "arrow wait": (WAITS, pa.duration("us")),
        "arrow list": ([[1], None], pa.list_(pa.int64())),
        "arrow choice": (["a", "B", None], pa.dictionary(pa.int32(), pa.string())),
    }
    stamps = [None if each is None else pd.Timestamp(each) for each in MOMENTS]
    categories = {
        "choice": ["low", "High", None, "mid"],
        "choice of numbers": [30, 4, None],
        "choice of days": [pd.Timestamp("2024-01-02"), pd.Timestamp("2024-01-01"), None],
        "choice of moments": stamps,
        "choice of dates": DAYS,
        "choice of both": [1, "a", None],
    }
    plain: dict[str, tuple[list[Any], Any]] = {
        "whole": ([3, 1, 2, 5, 4, 0], "int64"),
        "large": ([2**60 + 1, 5, 2**60], "int64"),
        "number": (NUMBERS, "float64"),
        "small number": ([0.1, float("nan"), 2.5], "float32"),
        "nullable": ([1, None, 3], "Int64"),
        "flag": ([True, False], bool),
        "nullable flag": ([True, None, False], "boolean"),
        "text": (TEXTS, "str"),
        "string": (["Paris", "paris", None, "Straße"], "string[python]"),
        "moment": (stamps, "datetime64[us]"),
        "zoned": ([None if each is None else pd.Timestamp(each) for each in ZONED], None),
        "wait": (WAITS, "timedelta64[us]"),
        "period": ([pd.Period("2024-01", "M"), pd.Period("2023-05", "M")], None),
        "interval": ([pd.Interval(0, 1), pd.Interval(1, 2)], None),
        "complex": ([1 + 2j, 0j], complex),
    }
    plain |= {name: (values, object) for name, values in objects.items()}
    plain |= {name: (values, pd.ArrowDtype(kind)) for name, (values, kind) in arrow.items()}
    return plain | {name: (values, "category") for name, values in categories.items()}


def of_polars() -> dict[str, pl.Series]:
    columns: dict[str, tuple[list[Any], Any]] = {
        "whole": ([3, 1, None, 5], pl.Int64),
        "large": ([3, 2**70], pl.Int128),
        "number": ([*NUMBERS, None], pl.Float64),
        "small number": ([0.1, float("nan"), None, 2.5], pl.Float32),
        "flag": ([True, False, None], pl.Boolean),
        "text": ([*TEXTS, "İx", "ΣΑΣ"], pl.String),
        "choice": (["low", "High", None], pl.Categorical),
        "enum": (["low", "high", None], pl.Enum(["low", "mid", "high"])),
        "day": (DAYS, pl.Date),
        "moment": (MOMENTS, pl.Datetime("ms")),
        "fine moment": (MOMENTS, pl.Datetime("ns")),
        "zoned": (ZONED, pl.Datetime("us", BERLIN)),
        "time": (TIMES, pl.Time),
        "wait": (WAITS, pl.Duration),
        "amount": (AMOUNTS, pl.Decimal(9, 2)),
        "list": ([[1], [1, 2], None], pl.List(pl.Int64)),
        "bytes": ([b"ab", None], pl.Binary),
        "nothing": ([None], pl.Null),
    }
    return {name: pl.Series(filled(values), dtype=kind) for name, (values, kind) in columns.items()}


def indexes() -> dict[str, Any]:
    dates = pd.date_range("2024-01-01", periods=ROWS, freq="12h", name="when")
    return {
        "plain": pd.RangeIndex(ROWS),
        "text": pd.Index(filled(["north", "South"]), name="place"),
        "dates": dates,
        "levels": pd.MultiIndex.from_arrays([filled(["a", "b"]), range(ROWS)], names=["letter", None]),
    }


FILTERS = {
    "integer": (">=", "<=", "=", "!=", ">", "<", "between", "missing", "present"),
    "date": ("between", ">=", "<", "=", "missing", "present"),
    "boolean": ("=", "missing", "present"),
    "category": ("in", "not in", "contains", "missing", "present"),
    "text": (
        "contains", "not contains", "starts", "ends", "=", "!=", "regex", "in", "missing", "present",
    ),
    "nested": ("missing", "present"),
}  # fmt: skip
"""What the page offers for each kind of column."""
FILTERS |= dict.fromkeys(("number", "duration"), FILTERS["integer"])
FILTERS |= dict.fromkeys(("datetime", "time"), FILTERS["date"])
FILTERS |= {"object": FILTERS["text"]} | dict.fromkeys(("binary", "image"), FILTERS["nested"])

TYPED = {
    "text": ("par", "PARIS", "ss", "ß", ".b*", "^p", "σ", "1", "n", "🙂", "مر"),
    "number": ("0.5", "1", "-2", "1e3", "inf"),
    "date": ("2024-01-01", "2023-12-31 12:00"),
    "time": ("01:30", "03:00:00"),
    "duration": ("1 days 00:00:00", "02:00:00", "3600"),
    "boolean": ("True", "False"),
}
TYPED |= {"integer": TYPED["number"], "datetime": TYPED["date"], "object": TYPED["text"]}
TYPED |= {"category": (*TYPED["text"], "30", "2024-01", "00:00", "12:30")}
SEARCHED = ("par", "1", "2024-01", "2024-01-01", "2023-05-06 12:30", "ss", "0.5", "north", "True", "nowhere")


@cache
def shell_of(library: str, index: str) -> Shell:
    if library == "pandas":
        columns = {
            name: pd.Series(filled(values), dtype=kind, index=indexes()[index])
            for name, (values, kind) in of_pandas().items()
        }
        frame = pd.concat([*columns.values(), columns["whole"]], axis=1)
        # Names that repeat, that are no text, that code has to quote.
        frame.columns = pd.Index([*columns, "text"], dtype=object)
        frame = frame.rename(columns={"whole": 7, "number": 'the "number"', "choice": ("a", 1)})
        return Shell(df=frame)
    return Shell(df=pl.DataFrame(of_polars()))


@cache
def opened(library: str, index: str) -> list[tuple[int, str, list[str]]]:
    """Return place, kind and values to filter by of every column and level."""
    shell = shell_of(library, index)
    table = shell.ask("open", table="df")
    found = []
    for at, column in enumerate([*table["columns"], *table["index"]]):
        place = at if at < len(table["columns"]) else at - len(table["columns"]) - len(table["index"])
        is_asked = column["kind"] not in ("nested", "binary")
        values = shell.ask("values", table="df", column=place)["values"] if is_asked else []
        known = [text_of(cell) for cell, _ in values]
        found.append((place, column["kind"], [*known, *TYPED.get(column["kind"], ())]))
    return found


@st.composite
def views(draw: st.DrawFn, library: str, index: str) -> dict[str, Any]:
    columns = opened(library, index)
    filters = []
    for place, kind, values in draw(st.lists(st.sampled_from(columns), max_size=2)):
        operation = draw(st.sampled_from(FILTERS[kind]))
        needed = {"missing": 0, "present": 0, "between": 2}.get(operation, 1)
        most = 3 if operation in ("in", "not in") else needed
        given = draw(st.lists(st.sampled_from(values or ["1"]), min_size=needed, max_size=most))
        filters.append({"column": place, "operation": operation, "values": given})
    keys = draw(st.lists(st.sampled_from([place for place, _, _ in columns]), max_size=2, unique=True))
    return {
        "filters": filters,
        "sort": [{"column": place, "descending": draw(st.booleans())} for place in keys],
        "search": draw(st.sampled_from(("", "", *SEARCHED))),
    }


def check(library: str, index: str, view: dict[str, Any]) -> None:
    """See that the rows of a view are those of its code, or that one of both says why not."""
    shell = shell_of(library, index)
    every = [place for place, _, _ in opened(library, index)]
    shown = shell.ask("page", table="df", view=view, start=0, stop=ROWS, columns=every)
    code = shell.ask("code", table="df", view=view)
    if "refused" in shown or "refused" in code:
        return
    names: dict[str, Any] = {"df": shell.user_ns["df"]}
    exec(code["code"], names)
    shell.user_ns["made"] = names["view"]
    made = shell.ask("page", table="made", start=0, stop=ROWS, columns=every)
    assert made["cells"] == shown["cells"], code["code"]


@pytest.mark.filterwarnings("ignore:This pattern is interpreted")
@pytest.mark.parametrize("index", ["plain", "text", "dates", "levels"])
@settings(max_examples=40)
@given(data=st.data())
def test_the_code_of_a_view_of_pandas_makes_its_rows(index: str, data: st.DataObject) -> None:
    check("pandas", index, data.draw(views("pandas", index)))


@settings(max_examples=100)
@given(data=st.data())
def test_the_code_of_a_view_of_polars_makes_its_rows(data: st.DataObject) -> None:
    check("polars", "plain", data.draw(views("polars", "plain")))
