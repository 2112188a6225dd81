"""Writes the Python that makes a view: what a person clicked, as code of pandas or polars to go on with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .chart_code import chart_lines, quoted
from .engine import Column, Engine, Unsupported
from .filters import (
    TEXTUAL,
    Condition,
    View,
    boolean_of,
    number_of,
    seconds_of,
    span_of,
    text_pattern,
    wall_clock,
    within,
)
from .pandas_engine import PandasEngine

RESULT = "view"


def code_of(
    engine: Engine,
    name: str,
    view: View,
    columns: Sequence[Column] | None = None,
    chart: Any = None,
    rows: int = 0,
) -> str:
    """Return the code of a view of the table in variable `name`, and of a chart of its `rows` if asked."""
    if not name.isidentifier():
        raise Unsupported("Only a table in a variable can be named in code.")
    lines, source = [], name
    if engine.library == "pyarrow":
        lines.append(f"{RESULT} = {name}.to_pandas()")
        source = RESULT
    if engine.form == "Series":
        lines.append(f"{RESULT} = {name}.to_frame()")
        source = RESULT
    writer = _Polars(engine) if engine.library == "polars" else _Pandas(engine)
    lines += writer.view(source, view)
    if columns is not None and [each.at for each in columns] != [each.at for each in engine.columns]:
        lines.append(writer.chosen(source if not lines else RESULT, columns))
    imports = sorted({each for each in writer.imports if any(f"{each[-2:]}." in line for line in lines)})
    if chart is not None:
        more, drawn = chart_lines(engine, RESULT if lines else name, rows, chart)
        return "\n".join([*sorted({*imports, *more}), "", *lines, *drawn])
    if not lines:
        lines = [f"{RESULT} = {name}"]
    return "\n".join([*imports, *([""] if imports else []), *lines, RESULT])


class _Pandas:
    imports = ("import pandas as pd", "import datetime as dt")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._labels = [quoted(column.label) for column in engine.columns]

    def column(self, frame: str, at: int) -> str:
        if at < 0:
            level = len(self._engine.index) + at
            return (
                f"{frame}.index"
                if len(self._engine.index) == 1
                else f"{frame}.index.get_level_values({level})"
            )
        label = self._labels[at]
        is_plain = type(self._engine.columns[at].label) in (str, int, float, bool, tuple)
        if is_plain and self._labels.count(label) == 1:
            return f"{frame}[{label}]"
        return f"{frame}.iloc[:, {at}]"

    def view(self, frame: str, view: View) -> list[str]:
        lines = []
        is_alone = len(view.filters) == 1 and not view.search
        write = self.condition if is_alone else self.decided
        conditions = [write(frame, each) for each in view.filters]
        if view.search:
            conditions.append(self.search(frame, view.search))
        if len(conditions) == 1:
            lines.append(f"{RESULT} = {frame}[{conditions[0]}]")
        elif conditions:
            joined = "\n    & ".join(f"({each})" for each in conditions)
            lines += [f"{RESULT} = {frame}[", f"    {joined}", "]"]
        source = RESULT if lines else frame
        if view.sort:
            lines.append(self.sort(source, view))
        return lines

    def sort(self, frame: str, view: View) -> str:
        ups = [not descending for _, descending in view.sort]
        columns = [_column(self._engine, at) for at, _ in view.sort]
        for column in columns:
            if column.kind == "object" and column.type == "object":
                raise Unsupported(
                    f"pandas has no order for all values of {column.name}. Sort by another column."
                )
        forms = [_comparable(column) for column in columns]
        accessors = [self.column(frame, at) for at, _ in view.sort]
        if len(set(forms)) == 1 and all(
            each == f"{frame}[{self._labels[at]}]" for each, (at, _) in zip(accessors, view.sort, strict=True)
        ):
            by = ", ".join(self._labels[at] for at, _ in view.sort)
            order = ups[0] if len(ups) == 1 else ups
            given = by if len(ups) == 1 else f"[{by}]"
            key = "" if forms[0] == "{}" else f", key=lambda values: {forms[0].format('values')}"
            return f'{RESULT} = {frame}.sort_values({given}, ascending={order}, kind="stable"{key})'
        keys = ", ".join(
            f"{n}: {form.format(each)}.array"
            for n, (each, form) in enumerate(zip(accessors, forms, strict=True))
        )
        by = ", ".join(str(n) for n in range(len(ups)))
        table = f'pd.DataFrame({{{keys}}}).sort_values([{by}], ascending={ups}, kind="stable")'
        return f"{RESULT} = {frame}.iloc[{table}.index]"

    def chosen(self, frame: str, columns: Sequence[Column]) -> str:
        labels = [self._labels[column.at] for column in columns]
        if all(self._labels.count(label) == 1 for label in labels):
            return f"{RESULT} = {frame}[[{', '.join(labels)}]]"
        return f"{RESULT} = {frame}.iloc[:, {[column.at for column in columns]}]"

    def condition(self, frame: str, condition: Condition) -> str:
        column, operation = _column(self._engine, condition.column), condition.operation
        accessor = self.column(frame, condition.column)
        if operation in ("missing", "present"):
            return f"{accessor}.isna()" if operation == "missing" else f"{accessor}.notna()"
        is_text = column.kind == "text" or column.type == "object"
        texts = accessor if is_text else f"{accessor}.astype(str)"
        if column.kind == "category":
            texts = f'{accessor}.map(str, na_action="ignore")'  # `astype` makes text of what is missing
        wanted, case = condition.values[0], condition.match_case
        lowered, given = (texts, quoted(wanted)) if case else (f"{texts}.str.lower()", quoted(wanted.lower()))
        match operation:
            case "contains" | "not contains":
                found = f"{lowered}.str.contains({given}, regex=False, na=False)"
                if not case and self._is_arrow_text(condition.column):
                    found = f"{texts}.str.contains({quoted(wanted)}, case=False, regex=False, na=False)"
                return found if operation == "contains" else f"~{found} & {accessor}.notna()"
            case "regex":
                return f"{texts}.str.contains({quoted(wanted)}{'' if case else ', case=False'}, na=False)"
            case "starts" | "ends":
                return f"{lowered}.str.{operation}with({given}, na=False)"
        if column.kind in ("text", "category", "object") and operation in ("=", "!=") and not case:
            sign = "==" if operation == "=" else "!="
            rest = f" & {accessor}.notna()" if operation == "!=" else ""
            return f"({lowered} {sign} {given}){rest}"
        if column.kind == "object":
            accessor = texts
        if _holds_moments(column):
            accessor = f"pd.to_datetime({accessor}, utc=True)"
        values = [self.literal(column, value) for value in condition.values]
        match operation:
            case "in":
                return f"{accessor}.isin([{', '.join(values)}])"
            case "not in":
                return f"~{accessor}.isin([{', '.join(values)}]) & {accessor}.notna()"
            case "between":
                return f"({accessor} >= {values[0]}) & ({accessor} <= {values[1]})"
            case "!=":
                return f"({accessor} != {values[0]}) & {accessor}.notna()"
        return f"{accessor} {'==' if operation == '=' else operation} {values[0]}"

    def decided(self, frame: str, condition: Condition) -> str:
        """Return a condition without NA, which does not go together with the conditions of other columns."""
        code = self.condition(frame, condition)
        dtype = _column(self._engine, condition.column).type
        has_na = dtype[:1].isupper() or dtype.startswith(("boolean", "string")) or dtype.endswith("[pyarrow]")
        is_open = has_na and condition.operation in ("=", "<", "<=", ">", ">=", "between")
        return f"({code}).fillna(False)" if is_open else code

    def _is_arrow_text(self, at: int) -> bool:
        return not isinstance(self._engine, PandasEngine) or self._engine.is_arrow_text(at)

    def literal(self, column: Column, text: str) -> str:
        match column.kind:
            case "integer" | "number":
                return quoted(number_of(text))
            case "boolean":
                return quoted(boolean_of(text))
            case "datetime":
                zone = "UTC" if _holds_moments(column) else _zone(column)
                given = f", tz={quoted(zone)}" if zone else ""
                moment = text if zone else _OFFSET.sub("", text)
                return f"pd.Timestamp({quoted(moment)}{given})"
            case "date":
                return f"pd.Timestamp({quoted(text)}).date()"
            case "time":
                return f"dt.time.fromisoformat({quoted(text)})"
            case "duration":
                return f"pd.Timedelta({quoted(text)})"
            case "category":
                return self.category(column, text)
        return quoted(text)

    def category(self, column: Column, text: str) -> str:
        """Return a category as its column holds it: a number, a moment or a text."""
        held = column.type.removeprefix("category of ")
        kind = next((kind for start, kind in _HELD if held.startswith(start)), "text")
        return self.literal(Column(column.at, column.name, held, kind, column.label), text)

    def search(self, frame: str, text: str) -> str:
        parts = []
        for column in (*self._engine.index, *self._engine.columns):
            found = [self.decided(frame, each) for each in searched(column, text, (*TEXTS, "object"))]
            if found:
                is_call = column.kind in (*TEXTS, "object")
                parts.append(found[0] if is_call else f"({' & '.join(map(_bracketed, found))})")
        return " | ".join(parts) or f"[False] * len({frame})"


class _Polars:
    imports = ("import polars as pl", "import datetime as dt")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def column(self, at: int) -> str:
        return f"pl.col({quoted(self._engine.columns[at].label)})"

    def view(self, frame: str, view: View) -> list[str]:
        conditions = [self.condition(each) for each in view.filters]
        if view.search:
            conditions.append(self.search(view.search))
        steps = []
        if conditions:
            steps.append(f".filter({', '.join(conditions)})")
        if view.sort:
            by = ", ".join(self.key(at) for at, _ in view.sort)
            down = [descending for _, descending in view.sort]
            steps.append(f".sort([{by}], descending={down}, nulls_last=True, maintain_order=True)")
        return [f"{RESULT} = {frame}{''.join(steps)}"] if steps else []

    def key(self, at: int) -> str:
        """Return what stands for a column in `sort`. The greatest number is no NaN; it comes last."""
        column = self._engine.columns[at]
        is_float = column.type.startswith("Float")
        return f"{self.column(at)}.fill_nan(None)" if is_float else quoted(column.label)

    def chosen(self, frame: str, columns: Sequence[Column]) -> str:
        return f"{RESULT} = {frame}.select({', '.join(quoted(column.label) for column in columns)})"

    def condition(self, condition: Condition) -> str:
        column, operation = _column(self._engine, condition.column), condition.operation
        accessor = self.column(condition.column)
        is_float = column.type.startswith("Float")
        if operation == "missing":
            return f"{accessor}.is_null() | {accessor}.is_nan()" if is_float else f"{accessor}.is_null()"
        if operation == "present":
            return (
                f"{accessor}.is_not_null() & {accessor}.is_not_nan()"
                if is_float
                else f"{accessor}.is_not_null()"
            )
        texts = accessor if column.kind == "text" else f"{accessor}.cast(pl.String)"
        if operation in TEXTUAL:
            found = f"{texts}.str.contains({quoted(text_pattern(condition))})"
            return f"~{found}" if operation == "not contains" else found
        if column.kind in TEXTS and operation in ("=", "!=") and not condition.match_case:
            sign = "==" if operation == "=" else "!="
            return f"{texts}.str.to_lowercase() {sign} {quoted(condition.values[0].lower())}"
        values = [self.literal(column, value) for value in condition.values]
        match operation:
            case "in":
                return f"{texts if column.kind == 'category' else accessor}.is_in([{', '.join(values)}])"
            case "not in":
                return f"~{texts if column.kind == 'category' else accessor}.is_in([{', '.join(values)}])"
            case "between":
                return f"{accessor}.is_between({values[0]}, {values[1]})"
        present = f" & {accessor}.is_not_nan()" if is_float and operation in ("!=", ">", ">=") else ""
        found = f"{accessor} {'==' if operation == '=' else operation} {values[0]}"
        return f"({found}){present}" if present else found

    def literal(self, column: Column, text: str) -> str:
        match column.kind:
            case "integer" | "number":
                return quoted(number_of(text))
            case "boolean":
                return quoted(boolean_of(text))
            case "date":
                return f"dt.date.fromisoformat({quoted(text[:10])})"
            case "datetime":
                zone = _zone(column)
                clock = wall_clock(text, zone).isoformat(" ")
                moment = f"pl.lit(dt.datetime.fromisoformat({quoted(clock)}))"
                return f"{moment}.dt.replace_time_zone({quoted(zone)})" if zone else moment
            case "time":
                return f"dt.time.fromisoformat({quoted(text)})"
            case "duration":
                return f"dt.timedelta(seconds={seconds_of(text):g})"
        return quoted(text)

    def search(self, text: str) -> str:
        parts = []
        for column in self._engine.columns:
            found = [self.condition(each) for each in searched(column, text, TEXTS)]
            if found:
                is_call = column.kind in TEXTS
                each = found[0] if is_call else f"({' & '.join(map(_bracketed, found))})"
                parts.append(f"{each}.fill_null(False)")
        return " | ".join(parts) or "pl.lit(False)"


TEXTS = ("text", "category")


def searched(column: Column, text: str, texts: Sequence[str]) -> list[Condition]:
    """Return what all holds where a column has a searched text; nothing where it cannot."""
    if column.kind in texts:
        return [Condition(column.at, "contains", (text,))]
    if column.kind in ("integer", "number") and _is_number(text):
        return [Condition(column.at, "=", (text,))]
    span = span_of(text) if column.kind in ("date", "datetime") else None
    if span is not None:
        return list(within(column.at, span))
    return []


def _bracketed(code: str) -> str:
    return f"({code})"


_OFFSET = re.compile(r"(Z|[+-]\d\d:\d\d)$")
_HELD = (
    ("int", "integer"),
    ("uint", "integer"),
    ("float", "number"),
    ("bool", "boolean"),
    ("datetime64", "datetime"),
    ("timedelta64", "duration"),
)
"""What categories are, by how the name of their type begins."""


def _holds_moments(column: Column) -> bool:
    """Say whether a column of pandas holds moments as objects, which may have different zones."""
    return column.kind == "datetime" and column.type == "object"


def _comparable(column: Column) -> str:
    """Return how a column of pandas becomes one that sorts, as a form of code around it."""
    if _holds_moments(column):
        return "pd.to_datetime({}, utc=True)"
    return "{}.astype(object)" if column.type.startswith("dictionary<") else "{}"


def _zone(column: Column) -> str:
    """Return the time zone in the name of a type, as `datetime64[us, UTC]` or `timestamp[us, tz=UTC]`."""
    return column.type.partition(", ")[2].removeprefix("tz=").partition("]")[0]


def _column(engine: Engine, at: int) -> Column:
    return engine.columns[at] if at >= 0 else engine.index[len(engine.index) + at]


def _is_number(text: str) -> bool:
    try:
        number_of(text)
    except ValueError:
        return False
    return True
