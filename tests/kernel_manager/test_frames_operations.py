"""Working with tables: views are what the libraries make of them, pages never wrong, nothing is changed."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import io
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kernel_manager.guest.frames import matching
from kernel_manager.guest.frames.cells import text_of
from kernel_manager.guest.frames.operations import Operations
from kernel_manager.guest.frames.shown import Shown
from kernel_manager.guest.frames.tables import Tables

N = 400


class Shell:
    """As much of IPython's shell as tables use."""

    def __init__(self, **names: Any) -> None:
        self.user_ns: dict[str, Any] = names
        self._hooks: dict[str, list[Any]] = {}
        self.events = SimpleNamespace(
            register=lambda name, call: self._hooks.setdefault(name, []).append(call)
        )
        self.shown = Shown()
        self.operations = Operations(Tables(self, self.shown, "mark"))

    def run(self, code: str) -> None:
        """Run a cell."""
        for hook in self._hooks["pre_run_cell"]:
            hook()
        exec(code, self.user_ns)
        for hook in self._hooks["post_run_cell"]:
            hook()

    def ask(self, operation: str, **arguments: Any) -> dict[str, Any]:
        return self.operations.ask(f"frame.{operation}", arguments)[0]

    def page(
        self, table: str = "df", view: Any = None, stop: int = 1000, **more: Any
    ) -> list[tuple[Any, ...]]:
        """Return the rows of a page, as tuples of cells."""
        found = self.ask("page", table=table, view=view, start=0, stop=stop, **more)
        assert "cells" in found, found
        return list(zip(*found["cells"], strict=True))


def table() -> dict[str, list[Any]]:
    random = np.random.default_rng(7)
    start = dt.datetime(2024, 3, 30)  # noqa: DTZ001 - a column without a zone
    return {
        "number": [None if i % 11 == 0 else round(float(random.normal()), 1) for i in range(N)],
        "whole": [int(value) for value in random.integers(0, 9, N)],
        "city": [None if i % 13 == 0 else ["Berlin", "paris", "Łódź", "a.b*c"][i % 4] for i in range(N)],
        "when": [start + dt.timedelta(hours=7 * i) for i in range(N)],
        "wait": [dt.timedelta(minutes=int(value)) for value in random.integers(0, 3000, N)],
        "yes": [bool(i % 3) for i in range(N)],
    }


def frame_of(library: str) -> Any:
    if library == "pandas":
        frame = pd.DataFrame(table())
        frame["kind"] = pd.Categorical(frame["city"].where(frame["whole"] > 2))
        return frame
    frame = pl.DataFrame(table())
    kind = pl.when(pl.col("whole") > 2).then(pl.col("city")).cast(pl.Categorical).alias("kind")
    return frame.with_columns(kind)


def only(column: int, operation: str, *values: str) -> dict[str, Any]:
    return {"filters": [{"column": column, "operation": operation, "values": list(values)}]}


VIEWS: list[dict[str, Any]] = [
    {"sort": [{"column": 0}]},
    {"sort": [{"column": 0, "descending": True}]},
    {"sort": [{"column": 1, "descending": True}, {"column": 3}]},
    {"sort": [{"column": 2}, {"column": 4, "descending": True}]},
    *[only(0, operation, "0.5") for operation in ("=", "!=", "<", "<=", ">", ">=")],
    *[only(1, operation, "4") for operation in ("=", "!=", "<", "<=", ">", ">=")],
    only(0, "between", "-0.5", "0.5"),
    only(0, "missing"),
    only(0, "present"),
    only(1, "in", "2", "3"),
    only(1, "not in", "2", "3"),
    *[only(2, operation, "p") for operation in ("contains", "not contains", "starts")],
    only(2, "ends", "S"),
    only(2, "contains", ".b*"),
    only(2, "regex", "^[ab].*n$"),
    only(2, "=", "PARIS"),
    only(2, "!=", "PARIS"),
    only(2, "in", "Berlin", "Łódź"),
    only(2, "not in", "Berlin"),
    only(2, "missing"),
    only(3, "between", "2024-04-01", "2024-04-10"),
    only(3, ">=", "2024-06-01 12:00:00"),
    only(4, ">=", "1 days 00:00:00"),
    only(5, "=", "True"),
    only(6, "in", "Berlin"),
    only(6, "not in", "Berlin"),
    only(6, "contains", "ar"),
    only(6, "missing"),
    {"search": "par"},
    {"search": "4"},
    {
        "sort": [{"column": 3, "descending": True}],
        "filters": [
            {"column": 1, "operation": ">", "values": ["3"]},
            {"column": 2, "operation": "contains", "values": ["e"]},
        ],
        "search": "erl",
    },
]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_the_written_code_makes_the_rows_that_the_grid_shows(library: str) -> None:
    shell = Shell(df=frame_of(library))
    wrong = []
    for view in VIEWS:
        shown = shell.page(view=view)
        code = shell.ask("code", table="df", view=view)["code"]
        names: dict[str, Any] = {"df": shell.user_ns["df"]}
        exec(code, names)
        made = shell.user_ns["made"] = names["view"]
        if shell.page("made") != shown or not shown:
            wrong.append((view, code, len(shown), len(made)))
    assert wrong == []


def test_arrow_agrees_with_polars() -> None:
    frame = frame_of("polars")
    shell = Shell(df=frame, arrow=frame.to_arrow())
    for view in VIEWS:
        assert shell.page("arrow", view) == shell.page("df", view), view


def odd_columns() -> dict[str, Any]:
    """Return frames of one column each, of what libraries hold beside plain numbers, texts and moments."""
    berlin = dt.datetime(2024, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    objects: dict[str, list[Any]] = {
        "decimals": [decimal.Decimal(text) for text in ("2.5", "NaN", "-Infinity", "1", "Infinity")],
        "times": [dt.time(3), dt.time(1, 30), None, dt.time(23, 59, 59)],
        "moments": [dt.datetime(2024, 1, 2, tzinfo=dt.UTC), dt.datetime(2024, 1, 1), berlin],  # noqa: DTZ001
        "waits": [dt.timedelta(days=10), dt.timedelta(days=2), None],
        "texts": ["Paris", "paris", None, "Lyon"],
        "mixed": [3, "Ab", 1, None, "ab", 2.5],
    }
    frames = {name: pd.DataFrame({"c": pd.Series(each, dtype=object)}) for name, each in objects.items()}
    zoned = pa.timestamp("us", "Europe/Berlin")
    columns = {
        "periods": pd.period_range("2024-01", periods=3, freq="M"),
        "complex": [1 + 2j, 0j],
        "numbers as categories": pd.Categorical([30, 4, None, 30]),
        "days as categories": pd.Categorical(pd.to_datetime(["2024-01-02", "2024-01-01", None])),
        "moments of arrow": pd.Series([berlin, None]).astype(pd.ArrowDtype(zoned)),
        "times of arrow": pd.Series([dt.time(3), dt.time(1), None], dtype=pd.ArrowDtype(pa.time64("us"))),
    }
    frames |= {name: pd.DataFrame({"c": each}) for name, each in columns.items()}
    frames["polars with nan"] = pl.DataFrame({"c": [1.0, float("nan"), None, -1.0]})
    frames["arrow with zone"] = pa.table({"c": pa.array([berlin, None], zoned)})
    return frames


ODD_VIEWS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("decimals", {"sort": [{"column": 0}]}, ["-inf", "1", "2.5", "inf", "NaN"]),
    ("decimals", {"sort": [{"column": 0, "descending": True}]}, ["inf", "2.5", "1", "-inf", "NaN"]),
    ("times", {"sort": [{"column": 0}]}, ["01:30:00", "03:00:00", "23:59:59", "None"]),
    ("times", only(0, "between", "01:00", "03:00"), ["03:00:00", "01:30:00"]),
    ("moments", only(0, ">=", "2024-01-01"), ["2024-01-02 00:00:00+00:00", "2024-01-01 00:00:00"]),
    ("moments", {"sort": [{"column": 0}]}, [
        "2024-01-01 00:00:00+01:00", "2024-01-01 00:00:00", "2024-01-02 00:00:00+00:00",
    ]),
    ("waits", only(0, ">=", "3 days 00:00:00"), ["10 days 00:00:00"]),
    ("texts", only(0, "=", "PARIS"), ["Paris", "paris"]),
    ("mixed", only(0, "contains", "AB"), ["Ab", "ab"]),
    ("mixed", only(0, "not contains", "ab"), ["3", "1", "2.5"]),
    ("periods", only(0, "contains", "-02"), ["2024-02"]),
    ("periods", only(0, "in", "2024-03"), ["2024-03"]),
    ("complex", only(0, "contains", "2j"), ["(1+2j)"]),
    ("numbers as categories", only(0, "in", "30"), ["30", "30"]),
    ("days as categories", only(0, "in", "2024-01-02 00:00:00"), ["2024-01-02 00:00:00"]),
    ("moments of arrow", only(0, "=", "2024-01-01"), ["2024-01-01 00:00:00+01:00"]),
    ("times of arrow", only(0, ">", "02:00"), ["03:00:00"]),
    ("polars with nan", {"sort": [{"column": 0, "descending": True}]}, ["1.0", "-1.0", "NaN", "None"]),
    ("arrow with zone", only(0, "=", "2024-01-01"), ["2024-01-01 00:00:00+01:00"]),
]  # fmt: skip


def test_odd_columns_sort_and_filter_as_their_code_does() -> None:
    frames, wrong = odd_columns(), []
    for name, view, wanted in ODD_VIEWS:
        shell = Shell(df=frames[name])
        shown = [text_of(row[0]) for row in shell.page(view=view)]
        names: dict[str, Any] = {"df": frames[name]}
        exec(shell.ask("code", table="df", view=view)["code"], names)
        shell.user_ns["made"] = names["view"]
        made = [text_of(row[0]) for row in shell.page("made")]
        if shown != wanted or made != wanted:
            wrong.append((name, view, shown, made))
    assert wrong == []


def test_mixed_values_have_an_order_of_their_own_and_no_code() -> None:
    values = [10**400, "b", 3, None, decimal.Decimal(2), "a", 1.5, dt.date(2024, 1, 1)]
    shell = Shell(df=pd.DataFrame({"c": pd.Series(values, dtype=object)}))
    view = {"sort": [{"column": 0}]}
    assert [text_of(row[0])[:5] for row in shell.page(view=view)] == [
        "1.5", "2", "3", "10000", "a", "b", "2024-", "None",
    ]  # fmt: skip
    assert "no order" in shell.ask("code", table="df", view=view)["refused"]


def test_what_has_no_order_or_no_groups_is_refused_in_words() -> None:
    lists = {"c": [[1], [2]], "n": [1, 2]}
    frames = {"pandas": pd.DataFrame(lists), "polars": pl.DataFrame(lists), "arrow": pa.table(lists)}
    frames["typed"] = pd.DataFrame({"c": pd.Series(lists["c"], dtype=pd.ArrowDtype(pa.list_(pa.int64())))})
    shell = Shell(**frames)
    for name in frames:
        view = {"sort": [{"column": 0}]}
        assert "no order" in shell.ask("page", table=name, view=view)["refused"]
        assert "cannot be grouped" in shell.ask("chart", table=name, chart={"mark": "bar", "x": 0})["refused"]
    nothing = Shell(polars=pl.DataFrame({"c": [None]}), arrow=pa.table({"c": [None]}))
    for name in ("polars", "arrow"):
        assert nothing.ask("page", table=name, view=only(0, "in", "x"))["refused"]


def test_odd_columns_are_profiled_drawn_and_saved() -> None:
    frame = odd_columns()["times"]
    shell = Shell(df=frame)
    profile = shell.ask("profile", table="df")["profiles"]["0"]
    assert (profile["min"], profile["max"], profile["missing"]) == ("01:30:00", "23:59:59", 1)
    assert (
        sum(
            each["count"]
            for each in shell.ask("chart", table="df", chart={"mark": "histogram", "x": 0})["values"]
        )
        == 3
    )
    texts = ["\udcff", "a", 5, None, Unwritten()]
    half = np.array([0.5, 0.5, 1, 1, 1], dtype="float16")
    shell = Shell(df=pd.DataFrame({"t": pd.Series(texts, dtype=object), "half": half}))
    bars = shell.ask("chart", table="df", chart={"mark": "bar", "x": 0})["values"]
    assert {each["x"] for each in bars} >= {"\\udcff", "a", "5"}
    assert len(shell.ask("chart", table="df", chart={"mark": "bar", "x": 1})["values"]) == 2
    assert shell.page(view={"search": "\udcff"})
    assert pq.read_table(io.BytesIO(exported(shell, "parquet"))).column("t").to_pylist()[:3] == [
        "\\udcff",
        "a",
        "5",
    ]
    polars = Shell(df=pl.DataFrame({"o": pl.Series([Unwritten(), None], dtype=pl.Object)}))
    assert "Unwritten" in pq.read_table(io.BytesIO(exported(polars, "parquet"))).column("o").to_pylist()[0]


class Unwritten:
    """Calls itself pandas' and has no text."""

    def __str__(self) -> str:
        raise AssertionError


Unwritten.__module__ = "pandas"


def test_a_batch_of_arrow_is_a_table_too() -> None:
    batch = pa.record_batch({"a": [3, 1, 2]})
    shell = Shell(df=batch)
    token = shell.ask("open", table="df")["token"].partition(".")[2]
    assert shell.page(view={"sort": [{"column": 0}]}) == [("1",), ("2",), ("3",)]
    shell.run("unrelated = 1")
    assert shell.ask("open", table="df")["token"].partition(".")[2] == token


def test_objects_are_compared_only_where_their_types_are_known() -> None:
    class Hostile:
        def _refuse(self, *_: object) -> Any:
            raise AssertionError

        __eq__ = __lt__ = __hash__ = __repr__ = __str__ = _refuse

    values = [3, "b", None, Hostile(), 1.5, "a", decimal.Decimal("2"), (1,)]
    shell = Shell(
        df=pd.DataFrame({"o": pd.Series(values, dtype=object), "d": [decimal.Decimal(i) for i in range(8)]})
    )
    assert [row[0] for row in shell.page(view={"sort": [{"column": 0}]})][-1] == 0
    assert len(shell.page(view=only(0, "=", "a"))) == 1
    assert [row[1] for row in shell.page(view=only(1, ">=", "6"))] == ["6", "7"]
    assert len(shell.page(view={"search": "b"})) == 1
    assert shell.ask("profile", table="df")["profiles"]["0"]["missing"] == 1


def test_a_table_that_changed_says_so_and_gives_no_rows() -> None:
    shell = Shell(df=pd.DataFrame({"a": [3, 1, 2]}), other=5)
    opened = shell.ask("open", table="df")
    view = {"sort": [{"column": 0}]}
    again = {"table": "df", "view": view, "start": 0, "stop": 9, "token": opened["token"]}
    assert shell.ask("page", **again)["cells"] == [["1", "2", "3"]]
    for change in (
        "df.loc[0, 'a'] = -5",
        "df['b'] = 1",
        "df = df.copy()",
        "df = df.head(2)",
        "df.columns = ['z']",
    ):
        shell.user_ns["df"] = pd.DataFrame({"a": [3, 1, 2]})
        token = shell.ask("open", table="df")["token"]
        assert "cells" in shell.ask("page", **(again | {"token": token}))
        exec(change, shell.user_ns)  # while the cell still runs: no run has ended in between
        assert "df has changed" in shell.ask("page", **(again | {"token": token}))["changed"]
    shell.run("unrelated = 1")
    token = shell.ask("open", table="df")["token"]
    shell.run("unrelated = 2")
    assert "cells" in shell.ask("page", **(again | {"token": token}))
    shell.run("del df")
    assert "no variable called df" in shell.ask("page", **again)["refused"]
    assert "not a table" in shell.ask("open", table="other")["refused"]


def test_rows_of_a_view_are_found_anew_after_a_run_that_no_sample_sees() -> None:
    shell = Shell(df=pd.DataFrame({"a": np.arange(10_000)}), np=np)
    view = {"sort": [{"column": 0, "descending": True}]}
    assert shell.page(view=view, stop=1) == [("9999",)]
    shell.run("df.loc[5, 'a'] = 77_777")
    assert shell.page(view=view, stop=1) == [("77777",)]


def test_the_table_of_an_output_is_found_while_it_is_there() -> None:
    shell = Shell()
    frame = pd.DataFrame({"a": [1]})
    name = shell.shown.add(frame, 8, "mark")
    assert shell.page(f"@{name}") == [("1",)]
    assert "no longer in the kernel's memory" in shell.ask("open", table="@mark-99")["refused"]
    assert "started anew" in shell.ask("open", table="@other-1")["refused"]
    assert "no variable" in shell.ask("open", table="__import__('os')")["refused"]


def test_no_operation_changes_or_copies_the_table() -> None:
    frame = frame_of("pandas")
    before, copy = frame.copy(deep=True), []
    shell = Shell(df=frame)
    whole = frame.memory_usage(index=True).sum()
    for view in VIEWS:
        shell.page(view=view)
    kept = next(iter(shell.operations._tables._open.values())).rows
    copy = [rows.nbytes for rows in kept.values() if rows is not None]
    assert max(copy) <= 4 * N < whole
    pd.testing.assert_frame_equal(frame, before)


def test_pages_are_bounded_and_bad_views_are_refused_in_words() -> None:
    shell = Shell(df=pd.DataFrame(np.zeros((5000, 300))))
    found = shell.ask("page", table="df", start=10, stop=99_999, columns=list(range(300)))
    assert (len(found["cells"]), found["stop"] - found["start"], found["rows"]) == (200, 200, 5000)
    assert shell.ask("page", table="df", start=9999, stop=10_000)["cells"][0] == []
    for view in (
        {"sort": [{"column": 300}]},
        {"sort": [{"column": -2}]},
        {"sort": [{"column": True}]},
        {"sort": "x"},
        {"filters": [{"column": 0, "operation": "drop"}]},
        {"filters": [{"column": 0, "operation": ">"}]},
        {"filters": [{"column": 0, "operation": ">", "values": ["ten"]}]},
        {"filters": [{"column": 0, "operation": "regex", "values": ["("]}]},
        {"search": 5},
        [],
    ):
        assert shell.ask("page", table="df", view=view).get("refused"), view


def test_a_pattern_that_takes_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "PATTERN_S", 60.0)
    shell = Shell(df=pd.DataFrame({"t": pd.Series(["a" * 40 + "!", "b", None, 5], dtype=object)}))
    assert shell.page(view=only(0, "regex", "^b$")) == [("b",)]
    monkeypatch.setattr(matching, "PATTERN_S", 0.5)
    assert "took longer" in shell.ask("page", table="df", view=only(0, "regex", "(a+)+$"))["refused"]


def test_a_value_is_given_in_full() -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 400
    rows = {"t": ["x" * 5000], "n": [{"a": [list(range(99))]}], "b": [png], "f": [np.float64(0.1)]}
    shell = Shell(df=pd.DataFrame(rows))
    text, tree, picture, number = (shell.ask("cell", table="df", row=0, column=at) for at in range(4))
    assert (len(text["text"]), text["length"]) == (5000, 5000)
    assert tree["json"]["a"][0][98] == 98
    assert picture["picture"].startswith("data:image/png;base64,")
    assert number["text"] == "0.1"
    assert "no longer there" in shell.ask("cell", table="df", row=5, column=0)["changed"]


def exported(shell: Shell, form: str, **more: Any) -> bytes:
    parts, following = [], None
    for _ in range(100):
        content, buffers = shell.operations.ask(
            "frame.export", {"table": "df", "format": form, "next": following, **more}
        )
        assert "next" in content, content
        parts += [bytes(each) for each in buffers]
        following = content["next"]
        if following is None:
            return b"".join(parts)
    raise AssertionError("it does not end")


def test_csv_has_all_rows_of_the_view_and_no_formulas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel_manager.guest.frames.exports.CSV_CELLS", 5)
    rows = {
        "=name": ['=HYPERLINK("x")', "+1", "-2", "@a", "plain, with comma", 'say "hi"', None],
        "n": [-1.5, *range(6)],
    }
    shell = Shell(df=pd.DataFrame(rows))
    lines = list(csv.reader(io.StringIO(exported(shell, "csv").decode())))
    assert lines[0] == ["'=name", "n"]
    assert [line[0] for line in lines[1:]] == [
        "'=HYPERLINK(\"x\")", "'+1", "'-2", "'@a", "plain, with comma", 'say "hi"', "",
    ]  # fmt: skip
    assert lines[1][1] == "-1.5"
    view = {"sort": [{"column": 1, "descending": True}]}
    assert len(exported(shell, "csv", view=view, columns=[1]).decode().splitlines()) == 8


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_parquet_holds_the_view(library: str) -> None:
    frame = frame_of("polars").to_arrow() if library == "pyarrow" else frame_of(library)
    shell = Shell(df=frame)
    view = {"sort": [{"column": 0}], "filters": [{"column": 1, "operation": ">", "values": ["3"]}]}
    found = pq.read_table(io.BytesIO(exported(shell, "parquet", view=view)))
    assert found.column("number").to_pylist() == [
        None if row[0] in (0, 1) else float(row[0]) for row in shell.page(view=view)
    ]
    assert exported(shell, "parquet")


def test_parquet_takes_names_that_repeat_and_mixed_objects_become_text() -> None:
    frame = pd.DataFrame([[1, "a", (1,)], [2, 5, None]], columns=["x", "x", 3])
    shell = Shell(df=frame)
    found = pq.read_table(io.BytesIO(exported(shell, "parquet")))
    assert found.column_names == ["x", "x (2)", "3"]
    assert found.column("x (2)").to_pylist() == ["a", "5"]


def test_charts_are_aggregated_in_the_kernel() -> None:
    data = {"g": ["a", "b", "a", None], "n": [1, 2, 4, 8], "c": ["x", "x", "y", "y"]}
    frames = {"pandas": pd.DataFrame(data), "polars": pl.DataFrame(data), "arrow": pa.table(data)}
    shell = Shell(**frames)
    for name in frames:
        bars = {"mark": "bar", "x": 0, "y": 1, "aggregate": "mean"}
        values = shell.ask("chart", table=name, chart=bars)["values"]
        assert [(each["x"], float(each["y"]), each["count"]) for each in values] == [
            ("a", 2.5, 2),
            ("b", 2.0, 1),
        ]
        values = shell.ask("chart", table=name, chart={"mark": "bar", "x": 0, "color": 2})["values"]
        assert [(each["x"], each["color"], each["y"]) for each in values] == [
            ("a", "x", "1"), ("a", "y", "1"), ("b", "x", "1"),
        ]  # fmt: skip
        values = shell.ask("chart", table=name, chart={"mark": "histogram", "x": 1, "bins": 7})["values"]
        assert [each["count"] for each in values] == [1, 1, 0, 1, 0, 0, 1]
        values = shell.ask("chart", table=name, chart={"mark": "scatter", "x": 1, "y": 1, "color": 2})[
            "values"
        ]
        assert values[1] == {"x": "2", "y": "2", "color": "x"}
        (box,) = shell.ask(
            "chart", table=name, chart={"mark": "box", "x": 2, "y": 1}, view=only(2, "=", "y")
        )["values"]
        assert (float(box["min"]), float(box["max"]), box["count"]) == (4, 8, 2)
    assert "numbers" in shell.ask("chart", table="pandas", chart={"mark": "box", "x": 1, "y": 0})["refused"]
    code = shell.ask("code", table="pandas", chart={"mark": "bar", "x": 0, "y": 1, "aggregate": "mean"})[
        "code"
    ]
    compile(code, "cell", "exec")
    assert 'data = pandas[["g", "n"]]' in code
    assert 'alt.Chart(data).mark_bar().encode(x="g", y="mean(n)")' in code


def drawn(shell: Shell, chart: dict[str, Any]) -> dict[str, Any]:
    """Run the code of a chart, and return what Altair makes of it."""
    answer = shell.ask("code", table="df", chart=chart, variable="df")
    assert answer["lacking"] == []
    *lines, last = answer["code"].splitlines()
    names = dict(shell.user_ns)
    exec("\n".join(lines), names)
    found: dict[str, Any] = eval(last, names).to_dict()
    return found


@pytest.mark.parametrize("rows", [200, 20_000])
@pytest.mark.parametrize("library", ["pandas", "polars", "odd names"])
def test_the_code_of_a_chart_draws_what_altair_takes(library: str, rows: int) -> None:
    numbers = {"n": [at % 1000 / 4 for at in range(rows)], "k": [f"g.{at % 3}" for at in range(rows)]}
    frame: Any = pl.DataFrame(numbers) if library == "polars" else pd.DataFrame(numbers)
    if library == "odd names":
        frame.columns = pd.Index([7, "a:b"])
    shell = Shell(df=frame)
    bars = {"mark": "bar", "x": 1, "y": 0, "aggregate": "mean"}
    [values] = drawn(shell, bars)["datasets"].values()
    if rows > 5000:
        found = sorted(next(value for value in each.values() if type(value) is float) for each in values)
        assert found == pytest.approx(sorted(np.mean(numbers["n"][at::3]) for at in range(3)))
    for chart in (
        {"mark": "bar", "x": 1, "aggregate": "count"},
        {"mark": "line", "x": 0, "y": 0, "color": 1, "aggregate": "max"},
        {"mark": "scatter", "x": 0, "y": 0, "color": 1},
        {"mark": "histogram", "x": 0},
        {"mark": "box", "x": 1, "y": 0},
    ):
        [values] = drawn(shell, chart)["datasets"].values()
        assert 0 < len(values) <= 5000
        if chart["mark"] == "histogram" and rows > 5000:
            assert sum(each["number of rows"] for each in values) == rows
    assert shell.ask("code", table="df")["lacking"] == []


def test_code_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel_manager.guest.frames.operations.is_installed", lambda name: name != "altair")
    shell = Shell(df=pd.DataFrame({"n": [1, 2]}))
    assert shell.ask("code", table="df", chart={"mark": "histogram", "x": 0})["lacking"] == ["altair"]
    assert shell.ask("code", table="df")["lacking"] == []


def test_a_relation_is_read_once_and_a_lazy_frame_never() -> None:
    shell = Shell(relation=duckdb.sql("select range as a from range(50)"), lazy=pl.LazyFrame({"a": [1]}))
    shell.user_ns["broken"] = duckdb.sql("select error('no such day') as a")
    assert "failed: Invalid Input Error: no such day" in shell.ask("open", table="broken")["refused"]
    assert shell.page("relation", only(0, ">=", "48")) == [("48",), ("49",)]
    assert shell.ask("open", table="lazy")["columns"][0]["name"] == "a"
    assert "lazy" in shell.ask("page", table="lazy", view={"sort": [{"column": 0}]})["refused"]


def test_levels_of_an_index_sort_and_filter() -> None:
    index = pd.MultiIndex.from_tuples([("b", 1), ("a", 2), ("a", 1)], names=["k", "n"])
    shell = Shell(df=pd.DataFrame({"v": [10, 20, 30]}, index=index))
    view = {"sort": [{"column": -2}, {"column": -1, "descending": True}]}
    assert shell.page(view=view, columns=[-2, -1, 0]) == [
        ("a", "2", "20"),
        ("a", "1", "30"),
        ("b", "1", "10"),
    ]
    assert shell.page(view=only(-2, "=", "b"), columns=[0]) == [("10",)]


def test_a_running_cell_is_told_of() -> None:
    shell = Shell(df=pd.DataFrame({"a": [1]}))
    shell._hooks["pre_run_cell"][0]()
    assert shell.ask("open", table="df")["running"] is True
    shell._hooks["post_run_cell"][0]()
    assert shell.ask("open", table="df")["running"] is False


def test_tables_in_variables_are_listed_with_their_columns() -> None:
    shell = Shell(df=pd.DataFrame({"a": [1], "b": ["x"]}), n=1, _hidden=pd.DataFrame({"z": [1]}))
    shell.user_ns |= {"lazy": pl.LazyFrame({"y": [1]}), "series": pd.Series([1, 2])}
    found = {each["name"]: each for each in shell.ask("list")["tables"]}
    assert list(found) == ["df", "lazy", "series"]
    assert [column["name"] for column in found["df"]["columns"]] == ["a", "b"]
    assert (found["df"]["rows"], found["lazy"]["columns"][0]["name"]) == (1, "y")
    assert found["series"]["columns"][0]["name"] == "value"


def test_a_table_that_cannot_be_planned_hides_no_other() -> None:
    shell = Shell(good=frame_of("polars"), broken=pl.LazyFrame({"a": [1]}).select("nope"), number=1)
    listed = {each["name"]: len(each["columns"]) for each in shell.ask("list")["tables"]}
    assert listed == {"good": 7, "broken": 0}
