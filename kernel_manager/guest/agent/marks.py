"""A small mark of what a value holds, to notice that it changed in place: samples, never everything.

A value that cannot change needs none. Two equal marks do not prove that nothing changed.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from types import FunctionType, ModuleType
from typing import Any
from zlib import crc32

from .kinds import attributes_of, is_class, library_of
from .libraries import is_known
from .looks import MAPPINGS, short

SAMPLED = 16
SAMPLED_COLUMNS = 32


def mark_of(value: Any) -> int:
    """Return the mark of a value, 0 for one of which nothing more is known than where it lies."""
    kind = type(value)
    if kind is list:
        return _of(len(value), [id(value[i]) for i in strided(len(value))])
    if id(kind) in MAPPINGS:
        return _of(len(value), [id(item) for item in islice(value.values(), SAMPLED)])
    if kind is set or kind is deque:
        return _of(len(value), [id(item) for item in islice(value, SAMPLED)])
    if kind is bytearray:
        return _of(len(value), [value[i] for i in strided(len(value))])
    if kind is FunctionType or kind is ModuleType or is_class(value):
        return 0
    try:
        found = library_of(kind)
        ask = _LIBRARIES.get(found) if found is not None else None
        if ask is not None:
            return _of(*ask(value))
        held = attributes_of(value)
    except Exception:  # noqa: BLE001 - another version of a library, or somebody changes the value now
        return 0
    return _of(len(held), [id(item) for item in islice(held.values(), SAMPLED)]) if held else 0


def strided(length: int) -> range:
    """Return at most about `SAMPLED` positions, spread over the length."""
    return range(0, length, max(1, length // SAMPLED))


def _of(*parts: Any) -> int:
    return crc32(f"{parts}".encode("utf-8", "replace"))


def _ndarray(value: Any) -> tuple[Any, ...]:
    size = int(value.size)
    items = value.flat[:: max(1, size // SAMPLED)].tolist() if size else []
    shown = [id(item) for item in items] if value.dtype.kind == "O" else items
    return value.shape, shown


def _pandas_frame(value: Any) -> tuple[Any, ...]:
    rows, columns = value.shape
    narrow = value.iloc[:, :SAMPLED_COLUMNS]
    if not all(is_known(dtype) for dtype in narrow.dtypes):
        return rows, columns
    few = narrow.iloc[[*{0, rows // 2, rows - 1}]] if rows else narrow
    cells = few.to_numpy(dtype=object).tolist() if rows else []
    return (
        rows,
        columns,
        list(value.columns[:SAMPLED_COLUMNS].map(short)),
        [[short(c) for c in row] for row in cells],
    )


def _pandas_series(value: Any) -> tuple[Any, ...]:
    length = len(value)
    if not is_known(value.dtype):
        return (length,)
    return length, [short(item) for item in value.iloc[:: max(1, length // SAMPLED)].tolist()]


def _polars_frame(value: Any) -> tuple[Any, ...]:
    few = value[:, :SAMPLED_COLUMNS]
    return value.shape, few.columns, [short(row) for row in (*few.head(2).rows(), *few.tail(2).rows())]


def _polars_series(value: Any) -> tuple[Any, ...]:
    length = value.len()
    return length, [short(item) for item in value.gather_every(max(1, length // SAMPLED)).to_list()]


def _xarray(value: Any) -> tuple[Any, ...]:
    found = [(short(name), id(each)) for name, each in value.variables.items()]
    return len(found), found[:SAMPLED]


def _data_array(value: Any) -> tuple[Any, ...]:
    held = value.variable._data
    return id(held), _ndarray(held) if library_of(type(held)) == ("numpy", "ndarray") else ()


def _tensor(value: Any) -> tuple[Any, ...]:
    return tuple(value.shape), int(value._version)


_LIBRARIES = {
    ("numpy", "ndarray"): _ndarray,
    ("pandas", "DataFrame"): _pandas_frame,
    ("pandas", "Series"): _pandas_series,
    ("numpy", "MaskedArray"): _ndarray,
    ("polars", "DataFrame"): _polars_frame,
    ("polars", "Series"): _polars_series,
    ("xarray", "Dataset"): _xarray,
    ("xarray", "DataArray"): _data_array,
    ("torch", "Tensor"): _tensor,
    ("torch", "Parameter"): _tensor,
}
