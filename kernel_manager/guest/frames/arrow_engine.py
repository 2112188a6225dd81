"""Tables of pyarrow, and batches of their rows."""

from __future__ import annotations

import datetime
import importlib
import sys
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from .cells import NAN, Cell, cell_of, cells_of
from .engine import Column, Rows, Unsupported, unique_names
from .filters import (
    BadView,
    Condition,
    boolean_of,
    decimal_of,
    number_of,
    seconds_of,
    span_of,
    wall_clock,
    within,
)
from .pictures import with_pictures


def compute() -> Any:
    """Return pyarrow's functions."""
    return importlib.import_module("pyarrow.compute")


def kind_of(dtype: Any) -> str:
    """Return what a type of arrow means for a table."""
    types = sys.modules["pyarrow"].types
    for test, kind in (
        (types.is_dictionary, "category"),
        (types.is_boolean, "boolean"),
        (types.is_integer, "integer"),
        (types.is_floating, "number"),
        (types.is_decimal, "number"),
        (types.is_date, "date"),
        (types.is_timestamp, "datetime"),
        (types.is_time, "time"),
        (types.is_duration, "duration"),
        (types.is_string, "text"),
        (types.is_large_string, "text"),
        (types.is_nested, "nested"),
        (types.is_binary, "binary"),
        (types.is_large_binary, "binary"),
        (types.is_fixed_size_binary, "binary"),
    ):
        if test(dtype):
            return kind
    return "text" if str(dtype) == "string_view" else "object"


def text_mask(values: Any, condition: Condition) -> Any:
    """Return where text fits a condition, by expressions that take linear time."""
    pc = compute()
    wanted, any_case = condition.values[0], not condition.match_case

    def lowered() -> Any:
        return pc.utf8_lower(values) if any_case else values

    try:
        match condition.operation:
            case "contains":
                return pc.match_substring(values, wanted, ignore_case=any_case)
            case "not contains":
                return pc.invert(pc.match_substring(values, wanted, ignore_case=any_case))
            case "starts":
                return pc.starts_with(lowered(), wanted.lower() if any_case else wanted)
            case "ends":
                return pc.ends_with(lowered(), wanted.lower() if any_case else wanted)
            case "regex":
                return pc.match_substring_regex(values, wanted, ignore_case=any_case)
            case "=" | "!=":
                fits = pc.equal(lowered(), wanted.lower() if any_case else wanted)
                return fits if condition.operation == "=" else pc.invert(fits)
    except sys.modules["pyarrow"].lib.ArrowInvalid:
        raise BadView("pyarrow does not know this pattern.") from None
    raise Unsupported("This filter does not fit the column.")


def _short(dtype: Any) -> str:
    types = sys.modules["pyarrow"].types
    if types.is_dictionary(dtype):
        return f"dictionary<{dtype.value_type}>"
    return "struct" if types.is_struct(dtype) else str(dtype)[:80]


class ArrowEngine:
    """See `Engine`. Rows are arrow arrays of row numbers."""

    library = "pyarrow"

    def __init__(self, table: Any) -> None:
        self._arrow = sys.modules["pyarrow"]
        self._given = table
        self._table = table if hasattr(table, "to_batches") else self._arrow.Table.from_batches([table])
        self.form = "Table" if self._table is table else "RecordBatch"
        self.rows = int(table.num_rows)
        columns = [
            Column(at, field.name, _short(field.type), kind_of(field.type), field.name)
            for at, field in enumerate(table.schema)
        ]
        self.columns = with_pictures(columns, self.values)
        self.index: list[Column] = []

    def page(
        self, columns: Sequence[Column], rows: Rows, start: int, stop: int, longest: int
    ) -> list[list[Cell]]:
        return [self._cells(self._few(column, rows, start, stop), column, longest) for column in columns]

    def _cells(self, few: Any, column: Column, longest: int) -> list[Cell]:
        if column.type in ("float", "halffloat"):
            texts = few.cast(self._arrow.string()).to_pylist()
            return [
                cell_of(value) if value is None or not abs(value) < float("inf") else text
                for text, value in zip(texts, few.to_pylist(), strict=True)
            ]
        if "[ns" in column.type and column.kind in ("datetime", "duration"):
            texts = few.cast(self._arrow.string()).to_pylist()
            return cells_of(
                [None if text is None else text.replace("Z", "+00:00") for text in texts], longest
            )
        if column.kind == "nested" and self._arrow.types.is_map(few.type):
            return cells_of([None if v is None else dict(v) for v in few.to_pylist()], longest)
        return cells_of(few.to_pylist(), longest)

    def values(self, column: Column, rows: Rows, start: int, stop: int) -> list[Any]:
        return list(self._few(column, rows, start, stop).to_pylist())

    def _few(self, column: Column, rows: Rows, start: int, stop: int) -> Any:
        values = self._table.column(column.at)
        return (
            values.slice(start, stop - start)
            if rows is None
            else values.take(rows.slice(start, stop - start))
        )

    def count(self, rows: Rows) -> int:
        return self.rows if rows is None else len(rows)

    # Selecting

    def select(self, conditions: Sequence[Condition], search: str) -> Rows:
        pc = compute()
        mask = None
        for condition in conditions:
            try:
                fits = pc.fill_null(self._mask(condition), False)
            except self._arrow.lib.ArrowException:
                raise Unsupported("This filter does not fit the column.") from None
            mask = fits if mask is None else pc.and_(mask, fits)
        if search:
            masks = [m for m in (self._holding(column, search) for column in self.columns) if m is not None]
            if not masks:
                return self._arrow.array([], self._arrow.uint64())
            found = masks[0]
            for other in masks[1:]:
                found = pc.or_(found, other)
            mask = found if mask is None else pc.and_(mask, found)
        return None if mask is None else pc.indices_nonzero(mask)

    def _mask(self, condition: Condition) -> Any:
        pc, column = compute(), self.columns[condition.column]
        values, operation = self._table.column(condition.column), condition.operation
        if operation in ("missing", "present"):
            gone = pc.is_null(values, nan_is_null=self._arrow.types.is_floating(values.type))
            return gone if operation == "missing" else pc.invert(gone)
        if column.kind == "category":
            values = values.cast(values.type.value_type)
        is_text = column.kind == "text" or (column.kind == "category" and kind_of(values.type) == "text")
        if operation in ("contains", "not contains", "starts", "ends", "regex"):
            return text_mask(values if is_text else values.cast(self._arrow.string()), condition)
        if is_text and operation in ("=", "!=") and not condition.match_case:
            return text_mask(values, condition)
        scalars = [self._parsed(text, column, values.type) for text in condition.values]
        if operation in ("in", "not in"):
            fits = pc.is_in(values, value_set=self._arrow.array(scalars, values.type))
            return fits if operation == "in" else pc.and_(pc.invert(fits), pc.is_valid(values))
        names = {
            "=": "equal",
            "!=": "not_equal",
            "<": "less",
            "<=": "less_equal",
            ">": "greater",
            ">=": "greater_equal",
        }
        if operation == "between":
            return pc.and_(pc.greater_equal(values, scalars[0]), pc.less_equal(values, scalars[1]))
        fits = getattr(pc, names[operation])(values, scalars[0])
        if operation == "!=" and self._arrow.types.is_floating(values.type):
            return pc.and_(fits, pc.invert(pc.is_nan(values)))
        return fits

    def _parsed(self, text: str, column: Column, dtype: Any) -> Any:
        match column.kind:
            case "integer" | "number":
                return decimal_of(text) if "decimal" in column.type else number_of(text)
            case "boolean":
                return boolean_of(text)
            case "date" | "datetime" | "time" | "duration":
                try:
                    return self._moment(text, dtype, column.kind)
                except (ValueError, self._arrow.lib.ArrowInvalid):
                    raise BadView(f"{text[:40]!r} is not a {column.kind}.") from None
        return text

    def _moment(self, text: str, dtype: Any, kind: str) -> Any:
        if kind == "date":
            return datetime.date.fromisoformat(text.strip()[:10])
        if kind == "time":
            return self._arrow.scalar(datetime.time.fromisoformat(text.strip()), dtype)
        if kind == "duration":
            return self._arrow.scalar(datetime.timedelta(seconds=seconds_of(text)), dtype)
        moment = wall_clock(text, dtype.tz)
        return self._arrow.scalar(
            moment if dtype.tz is None else moment.replace(tzinfo=ZoneInfo(dtype.tz)), dtype
        )

    def _holding(self, column: Column, search: str) -> Any:
        pc = compute()
        try:
            match column.kind:
                case "text" | "category":
                    return pc.fill_null(self._mask(Condition(column.at, "contains", (search,))), False)
                case "integer" | "number":
                    return pc.fill_null(self._mask(Condition(column.at, "=", (search,))), False)
                case "date" | "datetime" if span := span_of(search):
                    first, after = within(column.at, span)
                    return pc.fill_null(pc.and_(self._mask(first), self._mask(after)), False)
        except (BadView, self._arrow.lib.ArrowException, ArithmeticError, UnicodeError):
            pass
        return None

    # Sorting

    def sort(self, keys: Sequence[tuple[Column, bool]], rows: Rows) -> Rows:
        pc = compute()
        parts = [self._table.column(column.at) for column, _ in keys]
        parts = [
            part.cast(part.type.value_type) if kind_of(part.type) == "category" else part for part in parts
        ]
        if rows is not None:
            parts = [part.take(rows) for part in parts]
        named = self._arrow.table({f"c{n}": part for n, part in enumerate(parts)})
        order = [(f"c{n}", "descending" if down else "ascending") for n, (_, down) in enumerate(keys)]
        try:
            best = pc.sort_indices(named, sort_keys=order)
        except (self._arrow.lib.ArrowNotImplementedError, self._arrow.lib.ArrowTypeError):
            raise Unsupported("Values of this type have no order. Sort by another column.") from None
        return best if rows is None else rows.take(best)

    # Counting

    def part(self, column: Column, rows: Rows, most: int) -> Any:
        values, total = self._table.column(column.at), self.count(rows)
        step = max(1, -(-total // most))
        if step == 1:
            return values if rows is None else values.take(rows)
        places = self._arrow.array(range(0, total, step), self._arrow.int64())
        return values.take(places if rows is None else rows.take(places))

    def missing(self, part: Any) -> tuple[int, int]:
        gone = part.null_count
        if self._arrow.types.is_floating(part.type):
            gone += compute().sum(compute().is_nan(part)).as_py() or 0
        return int(gone), len(part)

    def _numbers(self, part: Any) -> Any:
        pc, types = compute(), self._arrow.types
        values = part.drop_null()
        if types.is_floating(part.type):
            return values.filter(pc.is_finite(values)).cast(self._arrow.float64())
        if types.is_decimal(part.type):
            return values.cast(self._arrow.float64())
        if types.is_date32(part.type) or types.is_time32(part.type):
            return values.cast(self._arrow.int32()).cast(self._arrow.int64())
        return values if types.is_unsigned_integer(part.type) else values.cast(self._arrow.int64())

    def extent(self, part: Any) -> tuple[float, float, Cell, Cell] | None:
        values = self._numbers(part)
        if len(values) == 0:
            return None
        found = compute().min_max(values).as_py()
        first, last = self._as_moments([found["min"], found["max"]], part)
        return float(found["min"]), float(found["max"]), first, last

    def _as_moments(self, ticks: Sequence[Any], part: Any) -> list[Cell]:
        types = self._arrow.types
        if not types.is_temporal(part.type):
            return [cell_of(tick) for tick in ticks]
        is_short = types.is_date32(part.type) or types.is_time32(part.type)
        whole = self._arrow.array(
            [int(t) for t in ticks], self._arrow.int32() if is_short else self._arrow.int64()
        )
        moments = whole.cast(part.type)
        is_fine = "[ns" in str(part.type)
        return cells_of(moments.cast(self._arrow.string()).to_pylist() if is_fine else moments.to_pylist())

    def binned(self, part: Any, low: float, high: float, bins: int) -> list[int]:
        pc, values = compute(), self._numbers(part)
        if high <= low:
            return [len(values)]
        scaled = pc.multiply(
            pc.subtract(values.cast(self._arrow.float64(), safe=False), low), bins / (high - low)
        )
        places = pc.min_element_wise(pc.floor(scaled), float(bins - 1)).cast(self._arrow.int8())
        found = [0] * bins
        for entry in pc.value_counts(places).to_pylist():
            found[entry["values"]] = entry["counts"]
        return found

    def quartiles(self, part: Any) -> list[Cell] | None:
        values = self._numbers(part)
        if len(values) == 0:
            return None
        return self._as_moments(compute().quantile(values, q=[0.25, 0.5, 0.75]).to_pylist(), part)

    def mean(self, part: Any) -> Cell | None:
        values = self._numbers(part)
        if len(values) == 0 or self._arrow.types.is_temporal(part.type):
            return None
        found = compute().mean(values).as_py()
        return NAN if found is None else cell_of(float(found))

    def top(self, part: Any, most: int) -> tuple[list[tuple[Cell, int]], int]:
        pc = compute()
        if kind_of(part.type) == "category":
            part = part.cast(part.type.value_type)
        counts = pc.value_counts(part.drop_null())
        best = pc.select_k_unstable(counts.field("counts"), min(most, len(counts)), [("", "descending")])
        rows = counts.take(best).to_pylist()
        return [(cell_of(row["values"], 80), int(row["counts"])) for row in rows], len(counts)

    # Charts and files

    def every(self, rows: Rows, step: int) -> Rows:
        places = self._arrow.array(range(0, self.count(rows), step), self._arrow.int64())
        return places if rows is None else rows.take(places)

    def grouped(self, chart: Any, rows: Rows, step: int) -> list[dict[str, Any]]:
        data = {}
        where = None if rows is None and step == 1 else self.every(rows, step)
        for name, column in (("x", chart.x), ("color", chart.color), ("y", chart.y)):
            if column is not None:
                values = self._table.column(column.at)
                values = values if where is None else values.take(where)
                is_category = self._arrow.types.is_dictionary(values.type)
                data[name] = values.cast(values.type.value_type) if is_category else values
        keys = [name for name in ("x", "color") if name in data]
        box = ("min", "q1", "median", "q3", "max")
        figures: list[Any] = [([], "count_all")]
        if chart.mark == "box":
            shares = [0.0, 0.25, 0.5, 0.75, 1.0]
            figures.append(("y", "tdigest", compute().TDigestOptions(q=shares)))
        elif chart.aggregate != "count":
            figures.append(("y", {"median": "approximate_median"}.get(chart.aggregate, chart.aggregate)))
        groups = (
            self._arrow.table(data)
            .group_by(keys)
            .aggregate(figures)
            .sort_by([(k, "ascending") for k in keys])
        )
        found = []
        for row in groups.to_pylist():
            if any(row[key] is None for key in keys):
                continue
            rest = [value for name, value in row.items() if name not in (*keys, "count_all")]
            group = {key: cell_of(row[key]) for key in keys} | {"count": row["count_all"]}
            if chart.mark == "box":
                group |= dict(zip(box, map(cell_of, rest[0]), strict=True))
            else:
                group["y"] = cell_of(rest[0]) if rest else str(row["count_all"])
            found.append(group)
        return found

    def batches(self, columns: Sequence[Column], rows: Rows, size: int) -> Iterator[Any]:
        names = unique_names(columns)
        for start in range(0, max(self.count(rows), 1), size):
            if rows is None:
                parts = [self._table.column(column.at).slice(start, size) for column in columns]
            else:
                parts = [self._table.column(column.at).take(rows.slice(start, size)) for column in columns]
            yield self._arrow.table(parts, names=names)

    # Itself

    def fingerprint(self) -> Any:
        return (id(self._given), self._table.shape)  # its values never change

    def weight(self) -> int:
        return int(self._table.nbytes)
