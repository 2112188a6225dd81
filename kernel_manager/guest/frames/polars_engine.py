"""Tables of polars: DataFrames and Series."""

from __future__ import annotations

import datetime
import decimal
import sys
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from .cells import MOST_TEXT, Cell, cell_of, cells_of, plain_text
from .engine import Column, Rows, Unsupported
from .filters import (
    TEXTUAL,
    BadView,
    Condition,
    boolean_of,
    decimal_of,
    number_of,
    seconds_of,
    span_of,
    text_pattern,
    wall_clock,
    within,
)
from .pictures import with_pictures

_KINDS = {
    "String": "text",
    "Categorical": "category",
    "Enum": "category",
    "Boolean": "boolean",
    "Date": "date",
    "Datetime": "datetime",
    "Time": "time",
    "Duration": "duration",
    "Binary": "binary",
    "List": "nested",
    "Array": "nested",
    "Struct": "nested",
    "Object": "object",
    "Null": "object",
    "Float32": "number",
    "Float64": "number",
    "Float16": "number",
    "Decimal": "number",
}


class PolarsEngine:
    """See `Engine`. Rows are `Series`; filters run on Series, where odd names of columns mean nothing."""

    library = "polars"

    def __init__(self, frame: Any) -> None:
        self._polars = sys.modules["polars"]
        self.form = "DataFrame" if hasattr(frame, "columns") else "Series"
        self._given = frame
        self._frame = frame if self.form == "DataFrame" else frame.to_frame()
        self.rows = int(self._frame.height)
        columns = columns_of(zip(self._frame.columns, self._frame.dtypes, strict=True))
        self.columns = with_pictures(columns, self.values)
        self.index: list[Column] = []

    def _series(self, at: int) -> Any:
        return self._frame.to_series(at)

    def page(
        self, columns: Sequence[Column], rows: Rows, start: int, stop: int, longest: int
    ) -> list[list[Cell]]:
        return [self._cells(self._few(column, rows, start, stop), column, longest) for column in columns]

    def _few(self, column: Column, rows: Rows, start: int, stop: int) -> Any:
        series, length = self._series(column.at), stop - start
        return series.slice(start, length) if rows is None else series.gather(rows.slice(start, length))

    def _cells(self, few: Any, column: Column, longest: int) -> list[Cell]:
        if column.type == "Float32":
            texts = few.cast(self._polars.String).to_list()
            return [
                text
                if text is not None and value is not None and abs(value) < float("inf")
                else cell_of(value)
                for text, value in zip(texts, few.to_list(), strict=True)
            ]
        if column.kind == "datetime" and few.dtype.time_unit == "ns":
            return cells_of(
                few.dt.strftime("%Y-%m-%d %H:%M:%S%.f%:z" if few.dtype.time_zone else "%Y-%m-%d %H:%M:%S%.f")
            )
        return cells_of(few.to_list(), longest)

    def values(self, column: Column, rows: Rows, start: int, stop: int) -> list[Any]:
        return list(self._few(column, rows, start, stop).to_list())

    def count(self, rows: Rows) -> int:
        return self.rows if rows is None else int(rows.len())

    # Selecting

    def select(self, conditions: Sequence[Condition], search: str) -> Rows:
        mask = None
        for condition in conditions:
            fits = self._mask(condition).fill_null(False)
            mask = fits if mask is None else mask & fits
        if search:
            found = self._polars.Series([False]).new_from_index(0, self.rows) if self.rows else None
            for column in self.columns:
                fits = self._holding(column, search)
                found = fits if found is None else (found | fits if fits is not None else found)
            if found is not None:
                mask = found if mask is None else mask & found
        return None if mask is None else mask.arg_true()

    def _mask(self, condition: Condition) -> Any:
        polars, column = self._polars, self.columns[condition.column]
        series, operation = self._series(condition.column), condition.operation
        is_float = column.type.startswith("Float")
        missing = (series.is_null() | series.is_nan()) if is_float else series.is_null()
        if operation == "missing":
            return missing.fill_null(True)
        if operation == "present":
            return ~missing.fill_null(True)
        if operation in TEXTUAL:
            return self._text_mask(series, condition)
        if column.kind == "object":
            raise Unsupported("The values of this column cannot be compared.")
        if column.kind == "category":
            series = series.cast(polars.String)
        if column.kind in ("text", "category") and not condition.match_case and operation in ("=", "!="):
            lowered = series.str.to_lowercase()
            return (
                lowered == condition.values[0].lower()
                if operation == "="
                else lowered != condition.values[0].lower()
            )
        values = [self._parsed(text, column) for text in condition.values]
        if operation in ("in", "not in"):
            fits = series.is_in(values)
            return fits if operation == "in" else ~fits & ~missing
        first = values[0]
        match operation:
            case "=":
                return series == first
            case "!=":
                return (series != first) & ~missing
            case "<":
                return series < first
            case "<=":
                return series <= first
            case ">":
                return (series > first) & ~missing
            case ">=":
                return (series >= first) & ~missing
            case "between":
                return (series >= first) & (series <= values[1])
        raise Unsupported("This filter does not fit the column.")

    def _text_mask(self, series: Any, condition: Condition) -> Any:
        """Match text. The library's expressions take linear time whatever the pattern."""
        try:
            texts = series.cast(self._polars.String)
        except Exception:  # noqa: BLE001 - a type without text
            raise Unsupported("This column has no text to search in.") from None
        try:
            fits = texts.str.contains(text_pattern(condition))
        except self._polars.exceptions.ComputeError:
            raise BadView("polars does not know this pattern.") from None
        return ~fits if condition.operation == "not contains" else fits

    def _parsed(self, text: str, column: Column) -> Any:
        match column.kind:
            case "integer" | "number":
                return decimal_of(text) if column.type.startswith("Decimal") else number_of(text)
            case "boolean":
                return boolean_of(text)
            case "date" | "datetime" | "time" | "duration":
                return self._moment(text, column)
        return text

    def _moment(self, text: str, column: Column) -> Any:
        try:
            if column.kind == "date":
                return datetime.date.fromisoformat(text.strip()[:10])
            if column.kind == "time":
                return datetime.time.fromisoformat(text.strip())
            if column.kind == "duration":
                return datetime.timedelta(seconds=seconds_of(text))
            zone = self._series(column.at).dtype.time_zone
            moment = wall_clock(text, zone)
        except ValueError:
            raise BadView(f"{text[:40]!r} is not a {column.kind}.") from None
        return moment if zone is None else moment.replace(tzinfo=ZoneInfo(zone))

    def _holding(self, column: Column, search: str) -> Any:
        try:
            match column.kind:
                case "text" | "category":
                    return self._mask(Condition(column.at, "contains", (search,))).fill_null(False)
                case "integer" | "number":
                    return self._mask(Condition(column.at, "=", (search,))).fill_null(False)
                case "date" | "datetime" if span := span_of(search):
                    first, after = within(column.at, span)
                    return (self._mask(first) & self._mask(after)).fill_null(False)
        except (BadView, decimal.InvalidOperation, OverflowError):
            pass
        return None

    # Sorting

    def sort(self, keys: Sequence[tuple[Column, bool]], rows: Rows) -> Rows:
        polars = self._polars
        series = {f"c{n}": self._series(column.at) for n, (column, _) in enumerate(keys)}
        if any(str(each.dtype).startswith(("List", "Object", "Array")) for each in series.values()):
            raise Unsupported("Lists and objects have no order. Sort by another column.")
        if rows is not None:
            series = {name: each.gather(rows) for name, each in series.items()}
        # NaN counts as missing, and not as the greatest number.
        series = {n: each.fill_nan(None) if each.dtype.is_float() else each for n, each in series.items()}
        down = [descending for _, descending in keys]
        parts = polars.DataFrame(series)
        best = parts.select(
            polars.arg_sort_by(list(series), descending=down, nulls_last=True, maintain_order=True)
        ).to_series()
        return best if rows is None else rows.gather(best)

    # Counting

    def part(self, column: Column, rows: Rows, most: int) -> Any:
        series = self._series(column.at)
        step = max(1, -(-self.count(rows) // most))
        if rows is None:
            return series.gather_every(step) if step > 1 else series
        return series.gather(rows.gather_every(step))

    def missing(self, part: Any) -> tuple[int, int]:
        gone = part.null_count()
        if str(part.dtype).startswith("Float"):
            gone += int(part.is_nan().sum() or 0)
        return int(gone), int(part.len())

    def _numbers(self, part: Any) -> Any:
        polars = self._polars
        if part.dtype.is_temporal():
            return part.drop_nulls().to_physical()
        values = part.drop_nulls()
        if str(part.dtype).startswith("Float"):
            return values.filter(values.is_finite())
        return values.cast(polars.Float64) if str(part.dtype).startswith("Decimal") else values

    def extent(self, part: Any) -> tuple[float, float, Cell, Cell] | None:
        values = self._numbers(part)
        if values.len() == 0:
            return None
        low, high = values.min(), values.max()
        first, last = self._as_moments([low, high], part)
        return float(low), float(high), first, last

    def _as_moments(self, ticks: Sequence[Any], part: Any) -> list[Cell]:
        if not part.dtype.is_temporal():
            return [cell_of(tick) for tick in ticks]
        whole = self._polars.Series([int(tick) for tick in ticks], dtype=self._polars.Int64)
        physical = part.to_physical().dtype
        return cells_of(whole.cast(physical).cast(part.dtype).to_list())

    def binned(self, part: Any, low: float, high: float, bins: int) -> list[int]:
        values = self._numbers(part)
        if high <= low:
            return [int(values.len())]
        places = ((values.cast(self._polars.Float64) - low) * (bins / (high - low))).floor().clip(0, bins - 1)
        counts = places.cast(self._polars.UInt8).value_counts(name="count")
        found = [0] * bins
        for place, count in counts.iter_rows():
            found[place] = count
        return found

    def quartiles(self, part: Any) -> list[Cell] | None:
        values = self._numbers(part)
        if values.len() == 0:
            return None
        few = values.gather_every(max(1, values.len() // 1_000_000)).cast(self._polars.Float64)
        return self._as_moments([few.quantile(share, "linear") for share in (0.25, 0.5, 0.75)], part)

    def mean(self, part: Any) -> Cell | None:
        values = self._numbers(part)
        return None if part.dtype.is_temporal() or values.len() == 0 else cell_of(float(values.mean()))

    def top(self, part: Any, most: int) -> tuple[list[tuple[Cell, int]], int]:
        counts = part.drop_nulls().value_counts(sort=True, name="count")
        best = counts.head(most)
        values, numbers = best.to_series(0).to_list(), best.to_series(1).to_list()
        return [(cell_of(v, 80), int(n)) for v, n in zip(values, numbers, strict=True)], int(counts.height)

    # Charts and files

    def every(self, rows: Rows, step: int) -> Rows:
        if rows is not None:
            return rows.gather_every(step)
        return self._polars.int_range(0, self.rows, step, eager=True)

    def grouped(self, chart: Any, rows: Rows, step: int) -> list[dict[str, Any]]:
        polars = self._polars
        data = {}
        for name, column in (("x", chart.x), ("color", chart.color), ("y", chart.y)):
            if column is not None:
                series = self._series(column.at)
                if rows is not None:
                    series = series.gather(rows)
                data[name] = series.gather_every(step) if step > 1 else series
        keys = [name for name in ("x", "color") if name in data]
        y = polars.col("y")
        if chart.mark == "box":
            names = ("min", "q1", "median", "q3", "max")
            shares = (0.0, 0.25, 0.5, 0.75, 1.0)
            figures = [
                y.quantile(share, "linear").alias(name) for name, share in zip(names, shares, strict=True)
            ]
        elif chart.aggregate == "count":
            figures = [polars.len().alias("y")]
        else:
            figures = [getattr(y, chart.aggregate)().alias("y")]
        frame = polars.DataFrame(data).drop_nulls(keys)
        groups = frame.group_by(keys).agg(polars.len().alias("count"), *figures).sort(keys)
        return [
            {name: value if name == "count" else cell_of(value) for name, value in row.items()}
            for row in groups.iter_rows(named=True)
        ]

    def batches(self, columns: Sequence[Column], rows: Rows, size: int) -> Iterator[Any]:
        frame = self._frame.select([column.name for column in columns])
        frame = frame if rows is None else frame[rows]
        for at, column in enumerate(columns):
            if column.type == "Object":
                texts = [plain_text(cell) for cell in cells_of(frame.to_series(at).to_list(), MOST_TEXT)]
                frame = frame.with_columns(self._polars.Series(column.name, texts))
        yield frame

    # Itself

    def fingerprint(self) -> Any:
        few = self._frame.gather_every(max(1, self.rows // 32)) if self.rows else self._frame
        names = tuple((column.name, column.type) for column in self.columns)
        values = tuple(
            str(few.to_series(column.at).to_list()) for column in self.columns[:32] if column.kind != "object"
        )
        return (id(self._given), self._frame.shape, hash(names), hash(values))

    def weight(self) -> int:
        return int(self._frame.estimated_size())


def columns_of(pairs: Any) -> list[Column]:
    """Return the columns of a schema of polars."""
    found = []
    for at, (name, dtype) in enumerate(pairs):
        text = str(dtype)
        base = text.partition("(")[0]
        kind = _KINDS.get(base) or ("integer" if "Int" in base else "object")
        found.append(Column(at, name, _short(dtype, base, text), kind, name))
    return found


def _short(dtype: Any, base: str, text: str) -> str:
    """Return a type in a few characters, as `Datetime[us, UTC]`."""
    if base in ("Datetime", "Duration"):
        parts = [dtype.time_unit, getattr(dtype, "time_zone", None)]
        return f"{base}[{', '.join(part for part in parts if part)}]"
    if base == "Decimal":
        return f"Decimal[{dtype.precision}, {dtype.scale}]"
    return base if base in ("Categorical", "Enum", "Struct") else text[:80]
