"""Writes the Python that draws a chart of a view with Altair.

Altair puts every row that it is given into the notebook, so of a large table it is given as much as the
picture needs: groups with their figures, the steps of a histogram, or a sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isinf
from typing import Any

from .charts import Chart
from .engine import Column, Engine

MOST_ROWS = 5000
"""Altair's own limit: it refuses to draw more."""

MOST_BARS, MOST_POINTS = 40, 2000

COUNT = "number of rows"


def chart_lines(
    engine: Engine, frame: str, rows: int, given: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """Return what a chart of the table in variable `frame` imports, and the lines that draw its `rows`."""
    chart = Chart(engine, given)
    assert chart.x is not None
    is_polars = engine.library == "polars"
    used = list({each.at: each for each in (chart.x, chart.y, chart.color) if each is not None}.values())
    lines = [f"data = {_chosen(engine, frame, used)}"]
    imports = ["import pandas as pd"] if "pd." in lines[0] else []
    encoding, mark = _encoded(chart)
    if rows > MOST_ROWS:
        more, reduced = (_polars if is_polars else _pandas)(chart)
        lines += reduced
        imports += more
        if _has_steps(chart):
            x = quoted(f"{_field(chart.x.name)}:Q")
            encoding = f'x=alt.X({x}, bin="binned"), x2="to:Q", y={quoted(COUNT + ":Q")}'
        elif chart.mark in ("bar", "line"):
            encoding = encoding.replace(quoted(_figure(chart)), quoted(f"{_field(_name_of_figure(chart))}:Q"))
    drawn = f'alt.Chart(data).{mark}.encode({encoding}).properties(width="container")'
    return [*imports, "import altair as alt"], [*lines, drawn]


def quoted(value: Any) -> str:
    """Return a value as people write it in code, text in double quotes."""
    if type(value) is float and isinf(value):
        return f'float("{value}")'
    text = repr(value)
    if type(value) is not str or not text.startswith("'") or '"' in text or "\\'" in text:
        return text
    return f'"{text[1:-1]}"'


def _encoded(chart: Chart) -> tuple[str, str]:
    """Return the encoding of a chart of all rows, and its mark."""
    assert chart.x is not None
    x = quoted(_field(chart.x.name))
    y = "" if chart.y is None else quoted(_field(chart.y.name))
    color = "" if chart.color is None else f", color={quoted(_field(chart.color.name))}"
    match chart.mark:
        case "histogram":
            return f'x=alt.X({x}, bin=alt.Bin(maxbins={chart.bins})), y="count()"', "mark_bar()"
        case "scatter":
            return f"x={x}, y={y}{color}", "mark_circle()"
        case "box":
            return f"x={x}, y={y}{color}", "mark_boxplot()"
    return f"x={x}, y={quoted(_figure(chart))}{color}", f"mark_{chart.mark}()"


def _has_steps(chart: Chart) -> bool:
    """Whether a histogram counts by steps of a number, and not each value."""
    return chart.mark == "histogram" and chart.x is not None and chart.x.kind in ("integer", "number")


def _measured(chart: Chart) -> Column | None:
    """Return the column whose figures are drawn; None where rows are counted."""
    return None if chart.aggregate == "count" else chart.y


def _figure(chart: Chart) -> str:
    measured = _measured(chart)
    return "count()" if measured is None else f"{chart.aggregate}({_field(measured.name)})"


def _name_of_figure(chart: Chart) -> str:
    measured = _measured(chart)
    return COUNT if measured is None else f"{chart.aggregate} of {measured.name}"


def _field(name: str) -> str:
    return name.replace(":", "\\:").replace(".", "\\.").replace("[", "\\[")


def _chosen(engine: Engine, frame: str, used: Sequence[Column]) -> str:
    """Return the columns of a chart as a table: Altair takes no odd names, and keeps all that it gets."""
    names = ", ".join(quoted(each.name) for each in used)
    if engine.library == "polars":
        return f"{frame}.select({names})"
    labels = [each.label for each in engine.columns]
    if len(engine.index) == 1 and all(
        each.at >= 0 and type(each.label) is str and labels.count(each.label) == 1 for each in used
    ):
        return f"{frame}[[{names}]]"
    columns = ", ".join(f"{quoted(each.name)}: {_accessor(engine, frame, each)}" for each in used)
    return f"pd.DataFrame({{{columns}}})"


def _accessor(engine: Engine, frame: str, column: Column) -> str:
    if column.at >= 0:
        return f"{frame}.iloc[:, {column.at}].array"
    level = len(engine.index) + column.at
    return (
        f"{frame}.index.array" if len(engine.index) == 1 else f"{frame}.index.get_level_values({level}).array"
    )


def _keys(chart: Chart) -> str:
    named = dict.fromkeys(quoted(each.name) for each in (chart.x, chart.color) if each is not None)
    return ", ".join(named)


def _pandas(chart: Chart) -> tuple[list[str], list[str]]:
    """Return imports, and lines that make `data` as little as the chart needs."""
    assert chart.x is not None
    x = quoted(chart.x.name)
    if _has_steps(chart):
        counts = f"counts, edges = np.histogram(data[{x}].dropna(), bins={chart.bins})"
        made = f'data = pd.DataFrame({{{x}: edges[:-1], "to": edges[1:], {quoted(COUNT)}: counts}})'
        return ["import numpy as np", "import pandas as pd"], [counts, made]
    if chart.mark in ("histogram", "scatter", "box"):
        return [], [f"data = data.sample({MOST_ROWS}, random_state=0)"]
    keys = _keys(chart)
    groups = f"data.groupby([{keys}], observed=True)"
    name = quoted(_name_of_figure(chart))
    figure = ".size()"
    if (measured := _measured(chart)) is not None:
        figure = f"[{quoted(measured.name)}].{chart.aggregate}()"
    few = f"data = data.nlargest({MOST_BARS}, {name})"
    if chart.mark == "line":
        few = f"data = data.iloc[:: max(1, len(data) // {MOST_POINTS})]"
    return [], [f"data = {groups}{figure}.reset_index(name={name})", few]


def _polars(chart: Chart) -> tuple[list[str], list[str]]:
    assert chart.x is not None
    x = quoted(chart.x.name)
    if _has_steps(chart):
        counts = f"counts, edges = np.histogram(data[{x}].drop_nulls().drop_nans(), bins={chart.bins})"
        if chart.x.kind == "integer":
            counts = counts.replace(".drop_nans()", "")
        made = f'data = pl.DataFrame({{{x}: edges[:-1], "to": edges[1:], {quoted(COUNT)}: counts}})'
        return ["import numpy as np", "import polars as pl"], [counts, made]
    if chart.mark in ("histogram", "scatter", "box"):
        return [], [f"data = data.sample({MOST_ROWS}, seed=0)"]
    keys = _keys(chart)
    name = quoted(_name_of_figure(chart))
    figure = "pl.len()"
    if (measured := _measured(chart)) is not None:
        figure = f"pl.col({quoted(measured.name)}).{chart.aggregate}()"
    few = f"data = data.top_k({MOST_BARS}, by={name})"
    if chart.mark == "line":
        few = f"data = data.gather_every(max(1, len(data) // {MOST_POINTS}))"
    made = f"data = data.group_by({keys}).agg({figure}.alias({name})).sort({keys})"
    return ["import polars as pl"], [made, few]
