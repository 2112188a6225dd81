"""What is inside a value, one level at a time: where the items can be had without code of their own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from .kinds import attributes_of, library_of
from .looks import MAPPINGS, SEQUENCES, short

Child = tuple[str, Any]


def count_of(value: Any) -> int:
    """Return how many children a value has."""
    kind = type(value)
    if id(kind) in SEQUENCES or id(kind) in MAPPINGS:
        return len(value)
    found = library_of(kind)
    if found in (("pandas", "DataFrame"), ("polars", "DataFrame")):
        return int(value.shape[1])
    if found in (("pyarrow", "Table"), ("pyarrow", "RecordBatch")):
        return int(value.num_columns)
    if found == ("xarray", "Dataset"):
        return len(value.data_vars)
    if found == ("numpy", "ndarray"):
        return int(value.shape[0]) if value.ndim else 0
    return len(attributes_of(value))


def children_of(value: Any, start: int, stop: int) -> Iterator[Child]:
    """Yield the labels and values of the children from `start` to `stop`."""
    kind = type(value)
    found = library_of(kind)
    if id(kind) in MAPPINGS:
        for key, item in islice(value.items(), start, stop):
            yield short(key), item
    elif id(kind) in SEQUENCES:
        for index, item in enumerate(islice(value, start, stop), start):
            yield str(index), item
    elif found == ("pandas", "DataFrame"):
        for index in range(start, min(stop, value.shape[1])):
            yield _label(value.columns[index]), value.iloc[:, index]
    elif found == ("polars", "DataFrame"):
        for index in range(start, min(stop, value.shape[1])):
            yield value.columns[index], value.to_series(index)
    elif found in (("pyarrow", "Table"), ("pyarrow", "RecordBatch")):
        for index in range(start, min(stop, value.num_columns)):
            yield value.schema.names[index], value.column(index)
    elif found == ("xarray", "Dataset"):
        for name in list(value.data_vars)[start:stop]:
            yield _label(name), value[name]
    elif found == ("numpy", "ndarray"):
        for index in range(start, min(stop, value.shape[0] if value.ndim else 0)):
            yield str(index), value[index]
    else:
        for name, item in islice(attributes_of(value).items(), start, stop):
            yield (name if type(name) is str else short(name)), item


def _label(name: Any) -> str:
    return name if type(name) is str else short(name)
