"""Tables of pandas: DataFrames and Series, of version 1.5 to 3."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from . import matching
from .arrow_engine import kind_of
from .cells import (
    BUILTIN,
    MOST_TEXT,
    NOT_A_TIME,
    NULL,
    Cell,
    cell_of,
    cells_of,
    cut,
    is_missing,
    plain_text,
    type_name,
)
from .engine import Column, Rows, Unsupported, unique_names
from .filters import Condition
from .pandas_kinds import LOOKED_AT, TIME_OF_DAY, kind_of_dtype, kind_of_objects, of_one_type
from .pandas_masks import decoded, holding, mask_of
from .pictures import with_pictures

_LARGE_BYTES = 1_000_000
_MIDNIGHT = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 - only its time is used


class PandasEngine:
    """See `Engine`. Rows are arrays of numpy; a column is a `Series`."""

    library = "pandas"

    def __init__(self, frame: Any) -> None:
        self._pandas, self._numpy = sys.modules["pandas"], sys.modules["numpy"]
        self._frame = frame
        self.form = "DataFrame" if frame.ndim == 2 else "Series"
        self.rows = int(frame.shape[0])
        if frame.ndim == 2:
            labels, types = list(frame.columns), list(frame.dtypes)
        else:
            labels, types = [frame.name], [frame.dtype]
        columns = [
            Column(
                at,
                name_of(label) if self.form == "DataFrame" or label is not None else "",
                *self._type(t, at),
                label,
            )
            for at, (label, t) in enumerate(zip(labels, types, strict=True))
        ]
        self.columns = with_pictures(columns, self.values)
        index = frame.index
        names = list(index.names)
        levels = [
            index.get_level_values(n).dtype if index.nlevels == 1 else index.levels[n].dtype
            for n in range(index.nlevels)
        ]
        self.index = [
            Column(n - index.nlevels, "" if name is None else name_of(name), *self._index_type(dtype), name)
            for n, (name, dtype) in enumerate(zip(names, levels, strict=True))
        ]

    # Types

    def _type(self, dtype: Any, at: int) -> tuple[str, str]:
        text = str(dtype)[:80]
        kind = kind_of_dtype(dtype)
        if kind == "object":
            kind = kind_of_objects(self._series(at).iloc[:LOOKED_AT].tolist())
        if type_name(type(dtype)) == "CategoricalDtype":
            held = kind_of_dtype(dtype.categories.dtype)
            text = "category" if held in ("text", "object") else f"category of {dtype.categories.dtype}"[:80]
        return text, kind

    def _index_type(self, dtype: Any) -> tuple[str, str]:
        kind = kind_of_dtype(dtype)
        return str(dtype)[:80], "text" if kind == "object" else kind

    # Reading

    def _series(self, at: int) -> Any:
        """Return a column, or a level of the index, as a Series that shares its memory."""
        if at < 0:
            index = self._frame.index
            values = index.get_level_values(index.nlevels + at) if index.nlevels > 1 else index
            return self._pandas.Series(values.array, copy=False)
        return self._frame.iloc[:, at] if self.form == "DataFrame" else self._frame

    def is_arrow_text(self, at: int) -> bool:
        """Say whether a column is text that arrow holds, and so searches by its own rules."""
        array = getattr(self._series(at).array, "_pa_array", None)
        return array is not None and kind_of(array.type) == "text"

    def page(
        self, columns: Sequence[Column], rows: Rows, start: int, stop: int, longest: int
    ) -> list[list[Cell]]:
        where = slice(start, stop) if rows is None else rows[start:stop]
        found = []
        for column in columns:
            if column.at < 0:
                index = self._frame.index[where]
                values = index.get_level_values(index.nlevels + column.at) if index.nlevels > 1 else index
                found.append(self._cells(self._pandas.Series(values.array, copy=False), longest))
            else:
                found.append(self._cells(self._series(column.at).iloc[where], longest))
        return found

    def _cells(self, few: Any, longest: int) -> list[Cell]:
        dtype = few.dtype
        kind = getattr(dtype, "kind", "O")
        if kind == "f" and isinstance(dtype, self._numpy.dtype) and dtype.itemsize < 8:
            return cells_of(few.to_numpy(), longest)
        if kind in "mM" and isinstance(dtype, self._numpy.dtype):
            return [NOT_A_TIME if value is self._pandas.NaT else cut(str(value), longest) for value in few]
        if type_name(type(dtype)) == "StringDtype" and few.array.nbytes > _LARGE_BYTES:
            lengths, heads = few.str.len().tolist(), few.str.slice(0, longest).tolist()
            return [
                NULL
                if is_missing(head)
                else cut(head, longest)
                if length <= longest
                else [cut(head, longest), int(length)]
                for head, length in zip(heads, lengths, strict=True)
            ]
        if type_name(type(dtype)) in ("StringDtype", "CategoricalDtype"):
            return [NULL if is_missing(value) else cell_of(value, longest) for value in few.tolist()]
        return cells_of(few.tolist(), longest)

    def values(self, column: Column, rows: Rows, start: int, stop: int) -> list[Any]:
        where = slice(start, stop) if rows is None else rows[start:stop]
        return list(self._series(column.at).iloc[where].array)

    def count(self, rows: Rows) -> int:
        return self.rows if rows is None else len(rows)

    # Selecting

    def select(self, conditions: Sequence[Condition], search: str) -> Rows:
        numpy = self._numpy
        mask = None
        for condition in conditions:
            column = self._column(condition.column)
            fits = mask_of(self._series(column.at), column.kind, condition)
            mask = fits if mask is None else mask & fits
        if search:
            found = numpy.zeros(self.rows, dtype=bool)
            for column in (*self.index, *self.columns):
                found |= holding(self._series(column.at), column.kind, search)
            mask = found if mask is None else mask & found
        return None if mask is None else self._small(numpy.flatnonzero(mask))

    def _small(self, rows: Any) -> Any:
        """Return row numbers in half the memory, where they fit."""
        return rows.astype(self._numpy.int32) if self.rows < 2**31 else rows

    def _column(self, at: int) -> Column:
        return self.columns[at] if at >= 0 else self.index[len(self.index) + at]

    # Sorting

    def sort(self, keys: Sequence[tuple[Column, bool]], rows: Rows) -> Rows:
        order = None if rows is None else self._numpy.asarray(rows)
        for column, descending in reversed(keys):
            if column.kind == "nested":
                raise Unsupported("Lists and dicts have no order. Sort by another column.")
            series = decoded(self._series(column.at))
            if column.kind == "datetime" and series.dtype == object:
                series = of_one_type(series, column.kind)
            values = series if order is None else series.iloc[order]
            best = self._argsort(values, descending)
            order = best if order is None else order[best]
        return None if order is None else self._small(order)

    def _argsort(self, series: Any, descending: bool) -> Any:
        numpy = self._numpy
        if isinstance(series.dtype, numpy.dtype) and series.dtype.kind in "iub" and not descending:
            return numpy.argsort(series.to_numpy(), kind="stable")
        if series.dtype != object:
            return series.array.argsort(ascending=not descending, kind="stable", na_position="last")
        return numpy.array(matching.ordered(series.tolist(), descending), dtype=numpy.int64)

    # Counting

    def part(self, column: Column, rows: Rows, most: int) -> Any:
        series = self._series(column.at)
        total = self.count(rows)
        step = max(1, -(-total // most))
        if rows is not None:
            series = series.iloc[rows[::step]]
        elif step > 1:
            series = series.iloc[::step]
        is_mixed = series.dtype == object or column.kind == "time"
        return of_one_type(series, column.kind) if is_mixed else series

    def missing(self, part: Any) -> tuple[int, int]:
        return int(part.isna().sum()), len(part)

    def _numbers(self, part: Any) -> Any:
        """Return a part's finite values as numbers, moments as their ticks."""
        numpy, dtype = self._numpy, part.dtype
        if getattr(dtype, "kind", "O") in "mM" and type_name(type(dtype)) != "ArrowDtype":
            values = part.array.asi8 if hasattr(part.array, "asi8") else part.to_numpy().astype("int64")
            return values[~numpy.asarray(part.isna(), dtype=bool)]
        if isinstance(dtype, numpy.dtype) and dtype.kind in "iuf":
            values = part.to_numpy()
        else:
            present = part[~numpy.asarray(part.isna(), dtype=bool)]
            if getattr(dtype, "kind", "O") in "mM":
                return present.to_numpy(dtype=f"{dtype.kind}8[ns]").astype("int64")
            values = present.to_numpy(dtype="float64")
        return values[numpy.isfinite(values)] if values.dtype.kind == "f" else values

    def extent(self, part: Any) -> tuple[float, float, Cell, Cell] | None:
        values = self._numbers(part)
        if len(values) == 0:
            return None
        low, high = values.min(), values.max()
        texts = self._as_moments([low, high], part)
        return float(low), float(high), texts[0], texts[1]

    def _as_moments(self, ticks: Sequence[Any], part: Any) -> list[Cell]:
        kind = getattr(part.dtype, "kind", "O")
        if kind in "mM":
            whole = self._numpy.array([int(tick) for tick in ticks], dtype="int64")
            unit = "ns" if type_name(type(part.dtype)) == "ArrowDtype" else self._unit(part.dtype)
            series = self._pandas.Series(whole.astype(f"{kind}8[{unit}]"))
            if part.name is TIME_OF_DAY:
                return [cell_of((_MIDNIGHT + wait).time()) for wait in series]
            zone = getattr(part.dtype, "tz", None)
            if zone is not None:
                series = series.dt.tz_localize("UTC").dt.tz_convert(zone)
            return [cell_of(value) for value in series]
        return [cell_of(tick.item() if hasattr(tick, "item") else tick) for tick in ticks]

    def _unit(self, dtype: Any) -> str:
        return str(getattr(dtype, "unit", None) or self._numpy.datetime_data(dtype)[0])

    def binned(self, part: Any, low: float, high: float, bins: int) -> list[int]:
        values = self._numbers(part)
        if high <= low:
            return [len(values)]
        if values.dtype.kind == "u" or (values.dtype.kind == "i" and high - low > 2**52):
            values = values.astype("float64")
        counts, _ = self._numpy.histogram(values, bins=bins, range=(low, high))
        return [int(count) for count in counts]

    def quartiles(self, part: Any) -> list[Cell] | None:
        values = self._numbers(part)
        if len(values) == 0:
            return None
        step = max(1, len(values) // 1_000_000)
        found = self._numpy.quantile(values[::step], [0.25, 0.5, 0.75])
        return self._as_moments(list(found), part)

    def mean(self, part: Any) -> Cell | None:
        values = self._numbers(part)
        if len(values) == 0 or getattr(part.dtype, "kind", "O") in "mM":
            return None
        return cell_of(float(values.mean()))

    def top(self, part: Any, most: int) -> tuple[list[tuple[Cell, int]], int]:
        if part.dtype == object:
            return matching.counted(part.tolist(), most)
        counts = part.value_counts(dropna=True)
        different = int((counts > 0).sum())
        found = counts.iloc[:most]
        return [
            (cell_of(value, 80), int(count))
            for value, count in zip(found.index.tolist(), found.tolist(), strict=True)
            if count > 0
        ], different

    # Charts and files

    def every(self, rows: Rows, step: int) -> Rows:
        return self._numpy.arange(0, self.rows, step) if rows is None else rows[::step]

    def grouped(self, chart: Any, rows: Rows, step: int) -> list[dict[str, Any]]:
        data = {}
        for name, column in (("x", chart.x), ("color", chart.color), ("y", chart.y)):
            if column is not None:
                series = self._series(column.at)
                series = series.iloc[::step] if rows is None else series.iloc[rows[::step]]
                if series.dtype == object and column.kind != "time":
                    series = of_one_type(series, column.kind)
                if series.dtype == object:
                    is_mixed = column.kind in ("text", "object")
                    plain = [
                        _text_or_none(value) if is_mixed else value if type(value) in BUILTIN else None
                        for value in series
                    ]
                    series = self._pandas.Series(plain, dtype=object)
                data[name] = (
                    series.astype("float32").array if str(series.dtype) == "float16" else series.array
                )
        keys = [name for name in ("x", "color") if name in data]
        groups = self._pandas.DataFrame(data).groupby(keys, observed=True, sort=True)
        sizes = groups.size()
        if chart.mark == "box":
            figures = groups["y"].quantile([0, 0.25, 0.5, 0.75, 1]).unstack()
            names = ("min", "q1", "median", "q3", "max")
            rest = [dict(zip(names, map(cell_of, each), strict=True)) for each in figures.to_numpy().tolist()]
        elif chart.aggregate == "count":
            rest = [{"y": str(count)} for count in sizes.tolist()]
        else:
            rest = [
                {"y": cell_of(float(value))} for value in getattr(groups["y"], chart.aggregate)().tolist()
            ]
        found = []
        for key, count, figure in zip(sizes.index.tolist(), sizes.tolist(), rest, strict=True):
            given = key if len(keys) > 1 else (key,)
            found.append({**dict(zip(keys, map(cell_of, given), strict=True)), "count": count, **figure})
        return found

    def batches(self, columns: Sequence[Column], rows: Rows, size: int) -> Iterator[Any]:
        arrow = sys.modules.get("pyarrow")
        if arrow is None:
            raise Unsupported("Import pyarrow in a cell to save Parquet, or save CSV.")
        total, names = self.count(rows), unique_names(columns)
        types: dict[int, Any] = {}
        for start in range(0, max(total, 1), size):
            where = slice(start, min(start + size, total)) if rows is None else rows[start : start + size]
            arrays = []
            for column in columns:
                part = self._series(column.at).iloc[where]
                try:
                    array = arrow.Array.from_pandas(part, type=types.get(column.at))
                except (arrow.lib.ArrowException, OverflowError, TypeError, UnicodeEncodeError):
                    texts = [plain_text(cell) for cell in self._cells(part, MOST_TEXT)]
                    array = arrow.array(texts, arrow.string())
                    if types.get(column.at, array.type) != array.type:
                        raise Unsupported(
                            f"The values of {column.name} are of several types. Save CSV."
                        ) from None
                if arrow.types.is_null(array.type):
                    array = array.cast(arrow.string())
                types[column.at] = array.type
                arrays.append(array)
            yield arrow.Table.from_arrays(arrays, names=names)

    # Itself

    def fingerprint(self) -> Any:
        frame = self._frame
        few = [
            tuple(map(str, self._series(column.at).iloc[:: max(1, self.rows // 32)].tolist()))
            for column in self.columns[:32]
            if column.kind in ("integer", "number", "text", "boolean", "datetime", "category")
        ]
        labels = id(frame.columns) if self.form == "DataFrame" else hash(self.columns[0].name)
        return (id(frame), frame.shape, labels, id(frame.index), hash(tuple(few)))

    def weight(self) -> int:
        used = self._frame.memory_usage(index=True, deep=False)
        return int(used.sum() if self.form == "DataFrame" else used)


def name_of(label: Any) -> str:
    """Return a column's name as people see it; a name of several levels is joined."""
    if type(label) is tuple:
        return " · ".join(name_of(each) for each in label if each != "")
    found = cell_of(label, 200)
    if isinstance(found, list):
        return f"{found[0]}…"
    return found if isinstance(found, str) else str(label)


def _text_or_none(value: Any) -> str | None:
    return None if is_missing(value) else plain_text(cell_of(value, 80))
