"""The stored form of a table: every kind of value, within bounds, and nobody's own code called."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import weakref
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from IPython.core.formatters import DisplayFormatter

from kernel_manager.guest.frames.bundle import MIME, MOST_BYTES, bundle_of
from kernel_manager.guest.frames.cells import INFINITE, NAN, NOT_A_TIME, NULL, cell_of
from kernel_manager.guest.frames.display import Display
from kernel_manager.guest.frames.engines import engine_of
from kernel_manager.guest.frames.shown import KEPT_BYTES_EACH, Shown


class Hostile:
    """Fails, or worse, at whatever it is asked."""

    def _refuse(self, *_: object) -> Any:
        raise AssertionError("the code of a value was called")

    __repr__ = __str__ = __hash__ = __eq__ = __lt__ = __len__ = __iter__ = __bool__ = __float__ = _refuse

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"an attribute of a value was asked for: {name}")


def stored(value: Any) -> dict[str, Any]:
    engine = engine_of(value)
    assert engine is not None
    found = bundle_of(engine, "f-1", "df", clock=lambda: 0.0)
    text = json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    assert len(text.encode()) <= MOST_BYTES
    return found


def column(found: dict[str, Any], name: str) -> tuple[str, list[Any]]:
    at = next(at for at, each in enumerate(found["columns"]) if each["name"] == name)
    return found["columns"][at]["kind"], found["cells"][at]


MIXED = [
    1,
    "a",
    None,
    float("nan"),
    pd.NaT,
    pd.NA,
    Hostile(),
    float("inf"),
    (1, {"b": [None]}),
    dt.date(2020, 1, 1),
    b"\x00",
    10**6000,
]
TEXTS = ["שלום", "🎉 party", "a\nb", None, "\udcff", "x" * 1_000_000, *"abcdef"]


def test_every_kind_of_column_of_pandas_has_its_kind_and_its_text() -> None:
    n = 12
    frame = pd.DataFrame(
        {
            "int": range(n),
            "float": [0.1, float("nan"), float("inf"), -float("inf"), 1e-300, 1e300, *range(6)],
            "float32": np.full(n, 0.1, "float32"),
            "text": pd.Series(TEXTS, dtype=object),
            "zone": pd.date_range("2024-03-31", periods=n, freq="h", tz="Europe/Berlin"),
            "nat": pd.to_datetime(["2024-01-01 10:00", None] * 6),
            "wait": pd.to_timedelta(range(n), unit="h"),
            "category": pd.Categorical(["a", "b", None] * 4),
            "nullable": pd.array([1, None] * 6, dtype="Int64"),
            "decimal": [decimal.Decimal("1.50"), decimal.Decimal("NaN")] * 6,
            "day": [dt.date(2024, 1, 1 + i) for i in range(n)],
            "bytes": [b"\x89PNG\r\n\x1a\n123"] * n,
            "nested": [{"a": [1, {"b": None}]}] * n,
            "mixed": pd.Series(MIXED, dtype=object),
            "period": pd.period_range("2024-01", periods=n, freq="M"),
            "bool": [True, False] * 6,
        }
    )
    found = stored(frame)
    assert column(found, "int") == ("integer", [str(i) for i in range(n)])
    assert column(found, "float")[1][:5] == ["0.1", NAN, INFINITE, 3, "1e-300"]
    assert column(found, "float32") == ("number", ["0.1"] * n)
    kind, texts = column(found, "text")
    assert (kind, texts[:4]) == ("text", ["שלום", "🎉 party", "a\nb", NULL])
    assert texts[5][1] == 1_000_000
    kind, moments = column(found, "zone")
    assert kind == "datetime"
    assert moments[1:3] == ["2024-03-31 01:00:00+01:00", "2024-03-31 03:00:00+02:00"]
    assert column(found, "nat")[1][:2] == ["2024-01-01 10:00:00", NOT_A_TIME]
    assert column(found, "wait") == ("duration", [f"0 days {i:02d}:00:00" for i in range(n)])
    assert column(found, "category") == ("category", ["a", "b", NULL] * 4)
    assert column(found, "nullable") == ("integer", ["1", NULL] * 6)
    assert column(found, "decimal") == ("number", ["1.50", NAN] * 6)
    assert column(found, "day")[0] == "date"
    assert column(found, "bytes") == ("image", ["PNG image, 11 bytes"] * n)
    assert column(found, "nested") == ("nested", ['{"a": [1, {"b": null}]}'] * n)
    kind, mixed = column(found, "mixed")
    assert kind == "object"
    assert mixed[:6] == ["1", "a", NULL, NAN, NOT_A_TIME, NULL]
    assert "Hostile" in mixed[6]
    assert mixed[7:10] == [INFINITE, '[1, {"b": [null]}]', "2020-01-01"]
    assert column(found, "period")[1][0] == "2024-01"


def test_profiles_say_what_is_missing_spread_and_frequent() -> None:
    found = stored(
        pd.DataFrame(
            {"n": [1, 2, 2, None], "t": ["a", "a", None, "b"], "d": pd.to_datetime(["2024-01-01", None] * 2)}
        )
    )
    numbers, texts, days = (each["profile"] for each in found["columns"])
    assert (numbers["missing"], numbers["of"], numbers["min"], numbers["max"]) == (1, 4, "1.0", "2.0")
    assert sum(numbers["bins"]) == 3
    assert (texts["top"], texts["different"]) == ([["a", 2], ["b", 1]], 2)
    assert (days["missing"], days["min"]) == (2, "2024-01-01 00:00:00")


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_the_libraries_agree(make: Any) -> None:
    start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    table = {
        "n": [3, 1, 2],
        "x": [0.5, 1.5, 2.5],
        "t": ["b", "a", "b"],
        "d": [start + dt.timedelta(hours=i) for i in range(3)],
        "w": [dt.timedelta(hours=1)] * 3,
        "l": [[1, 2]] * 3,
    }
    found = stored(make(table))
    kinds = ["integer", "number", "text", "datetime", "duration", "nested"]
    assert [each["kind"] for each in found["columns"]] == kinds
    assert [cells[1] for cells in found["cells"]] == [
        "1", "1.5", "a", "2024-01-01 01:00:00+00:00", "0 days 01:00:00", "[1, 2]",
    ]  # fmt: skip
    profile = found["columns"][1]["profile"]
    assert (profile["min"], profile["max"], sum(profile["bins"])) == ("0.5", "2.5", 3)
    assert found["columns"][2]["profile"]["top"][0] == ["b", 2]


def test_names_may_repeat_be_anything_and_have_levels() -> None:
    frame = pd.DataFrame([[1, 2, 3, 4]], columns=["a", "a", 5, "x"])
    frame.columns = pd.Index(["a", "a", 5, ("x", dt.date(2024, 1, 1))], dtype=object)
    assert [each["name"] for each in stored(frame)["columns"]] == ["a", "a", "5", "x · 2024-01-01"]
    levels = frame.set_axis(pd.MultiIndex.from_tuples([("k", 7)], names=["key", None]))
    found = stored(levels)
    assert [each["name"] for each in found["index"]] == ["key", ""]
    assert found["index_cells"] == [["k"], ["7"]]


def test_two_thousand_columns_and_texts_of_a_megabyte_are_cut_and_say_so() -> None:
    wide = stored(pd.DataFrame(np.ones((300, 2000))))
    assert (wide["columns_total"], wide["rows"]) == (2000, 300)
    assert 20 <= len(wide["columns"]) < 2000
    assert len(wide["cells"][0]) >= 20
    long = stored(pd.DataFrame({"k" * 100_000: ["y" * 1_000_000] * 5}))
    assert long["cells"][0][0][1] == 1_000_000
    assert len(long["columns"][0]["name"]) < 1000


def test_profiles_stop_when_their_time_is_over() -> None:
    ticks = iter(range(100))
    engine = engine_of(pd.DataFrame({"a": [1], "b": [2]}))
    assert engine is not None
    found = bundle_of(engine, "f", None, clock=lambda: float(next(ticks)))
    assert all("profile" not in each for each in found["columns"])
    assert found["cells"] == [["1"], ["2"]]


def test_large_tables_are_sampled_and_say_so() -> None:
    engine = engine_of(pd.DataFrame({"a": np.arange(1_000_001)}))
    assert engine is not None
    profile = bundle_of(engine, "f", None, clock=lambda: 0.0)["columns"][0]["profile"]
    assert profile["sampled"] == profile["of"] < 1_000_001


def test_a_lazy_frame_is_never_collected_and_a_relation_shows_its_first_rows() -> None:
    def fail(frame: pl.DataFrame) -> pl.DataFrame:
        raise AssertionError("collected")

    lazy = pl.LazyFrame({"a": [1]}).map_batches(fail, schema={"a": pl.Int64})
    found = stored(lazy)
    assert (found["rows"], found["cells"], found["columns"][0]["kind"]) == (None, [[]], "integer")
    relation = stored(duckdb.sql("select 1 as a, {'x': [1]} as s, 1.5::decimal(9,2) as d"))
    assert relation["cells"] == [["1"], ['{"x": [1]}'], ["1.50"]]


def test_a_relation_is_displayed_with_figures_of_its_first_rows() -> None:
    shell = SimpleNamespace(display_formatter=DisplayFormatter(), user_ns={})
    Display(shell, Shown()).register()
    relation = duckdb.sql("select i, i % 3 = 0 as third, 'part ' || i % 2 as part from range(20000) r(i)")
    found = shell.display_formatter.format(relation)[0][MIME]
    whole, third, part = (column["profile"] for column in found["columns"])
    assert (found["rows"], whole["sampled"], sum(whole["bins"]), whole["max"]) == (
        None,
        10_000,
        10_000,
        "9999",
    )
    assert third["top"][0] == ["False", 6666]
    assert part["different"] == 2


def test_display_adds_to_what_the_libraries_show_and_options_do_not_break_it() -> None:
    shell = SimpleNamespace(display_formatter=DisplayFormatter(), user_ns={"_": 1, "sales": None})
    display = Display(shell, Shown())
    display.register()
    frame = pd.DataFrame({"a": range(100)})
    shell.user_ns["sales"] = frame
    with pd.option_context("display.max_rows", 2, "display.max_columns", 1, "display.precision", 1):
        data, _ = shell.display_formatter.format(frame)
    assert {MIME, "text/html", "text/plain"} <= set(data)
    assert (data[MIME]["name"], data[MIME]["rows"], len(data[MIME]["cells"][0])) == ("sales", 100, 100)
    for other in (frame["a"], pl.DataFrame({"a": [1]}), pl.LazyFrame({"a": [1]}), pa.table({"a": [1]})):
        data, _ = shell.display_formatter.format(other)
        assert {MIME, "text/plain"} <= set(data)
    data, _ = shell.display_formatter.format(duckdb.sql("select 1"))
    assert {MIME, "text/plain"} <= set(data)

    class Own(pd.DataFrame):
        def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
            return {"text/html": "<b>own</b>"}

    data, _ = shell.display_formatter.format(Own({"a": [1]}))
    assert data["text/html"] == "<b>own</b>"
    assert MIME in data


def test_every_table_has_html_for_programs_that_do_not_know_its_stored_form() -> None:
    shell = SimpleNamespace(display_formatter=DisplayFormatter(), user_ns={})
    Display(shell, Shown()).register()
    data = {"<a>": ["<b>&", None], "n": [1.5, float("inf")]}
    series = pd.Series(["<b>&"], index=["<i>"], name="<a>")
    for value, size in (
        (pa.table(data), "2 rows × 2 columns"),
        (pa.record_batch(data), "2 rows × 2 columns"),
        (duckdb.sql("select '<b>&' as \"<a>\""), "VARCHAR"),
        (series, "1 rows × 1 columns"),
        (pl.LazyFrame({"a": [1]}), "naive plan"),
        (pd.DataFrame(data), "dataframe"),
        (pl.Series("<a>", ["<b>&"]), "<table"),
    ):
        html = shell.display_formatter.format(value)[0]["text/html"]
        assert size in html
        assert "<b>&" not in html
        assert "&lt;a&gt;" in html or isinstance(value, pl.LazyFrame)
    wide = shell.display_formatter.format(pa.table({f"c{at}": range(500) for at in range(60)}))[0][
        "text/html"
    ]
    assert (wide.count("<tr>"), wide.count("c19<br>"), wide.count("c20<br>")) == (21, 1, 0)
    assert "500 rows × 60 columns" in wide


def test_what_was_shown_is_kept_while_small_and_only_known_while_large() -> None:
    shown = Shown()
    small, large = pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]})
    gone = weakref.ref(large)
    small_id, large_id = shown.add(small, 8, "k"), shown.add(large, KEPT_BYTES_EACH + 1, "k")
    assert shown.get(large_id) is large
    del small, large
    assert gone() is None
    assert shown.get(small_id) is not None
    assert shown.get(large_id) is None
    for _ in range(30):
        shown.add(pd.DataFrame({"a": [1]}), 8, "k")
    assert shown.get(small_id) is None


def test_no_value_has_code_of_its_own_called() -> None:
    class Text(str):
        def __str__(self) -> str:
            raise AssertionError

    class Table(dict[str, int]):
        def items(self) -> Any:
            raise AssertionError

    assert cell_of(Text("plain")) == "plain"
    assert cell_of(Table(a=1)) == '{"a": 1}'
    around: list[Any] = [Hostile()]
    around.append(around)
    assert "Hostile" in str(cell_of(around))
