"""How values of the libraries that people compute with look. Nothing lazy is computed, nothing is loaded.

Every function gets an object of the library's exact type. What it calls answers from what is in memory, at a
cost that does not grow with the data; elements that are somebody's own objects are never touched.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from .kinds import DATA_LIBRARIES, attributes_of, library_of, name_of, own_dict
from .looks import PANDAS_SCALARS, Look, joined, short, short_scalar, written

WIDE = 100
"""Of a frame with more columns than this, the size is worked out from its types."""
SHOWN_COLUMNS = 8
SHOWN_ATTRIBUTES = 6
MOST_MODULES = 1000
NUMERIC = "biuf"


def library(value: Any) -> Look | None:
    """Return how a value of a known library looks; None for a type that is not known here."""
    found = library_of(type(value))
    if found is None:
        return None
    root, name = found
    make = _EXACT.get(found) or _ROOTS.get(root)
    if make is None:
        return None
    try:
        return make(value)
    except Exception:  # noqa: BLE001 - another version of the library, or a cell that is changing the value
        return Look("other", name)


def thing(value: Any) -> Look:
    """Return how an object of any other type looks: what hangs on it, under names that are not private."""
    held = attributes_of(value)
    if type(held.get("_parameters")) is dict and type(held.get("_modules")) is dict:
        return _torch_module(value, held)
    shown = [
        f"{name}={short(item, 1)}"
        for name, item in islice(held.items(), 2 * SHOWN_ATTRIBUTES)
        if type(name) is str and name[:1] != "_"
    ]
    preview = ", ".join(shown[:SHOWN_ATTRIBUTES]) + (", …" if len(shown) > SHOWN_ATTRIBUTES else "")
    return Look("other", name_of(type(value)), preview, children=bool(held))


def dtype_text(dtype: Any) -> str:
    """Return the name of a column's type. It can be somebody's own, with a text that is code."""
    return f"{dtype}" if is_known(dtype) else name_of(type(dtype))


def is_known(dtype: Any) -> bool:
    """Say whether a column's type, and with it what its values do, is a library's."""
    if type(dtype) is str:
        return True
    found = library_of(type(dtype))
    return found is not None and found[0] in DATA_LIBRARIES


# numpy


def _ndarray(value: Any) -> Look:
    dtype, size = value.dtype, int(value.size)
    few = value.flat[:8]
    items = few.astype("U").tolist() if dtype.kind in "mM" else few.tolist()
    text = joined(items, size) if dtype.kind not in "mM" else ", ".join(items) + (", …" if size > 8 else "")
    return Look(
        "array",
        f"ndarray {dtype}",
        f"[{text}]",
        shape=list(value.shape),
        size=int(value.nbytes),
        children=value.ndim > 0 and size > 0,
        plot=dtype.kind in NUMERIC and size > 1,
    )


def _array_of_a_kind(value: Any) -> Look:
    """Return the form of a masked array, a matrix, records, a file in memory: their values may be on disk."""
    dtype = "records" if value.dtype.names else f"{value.dtype}"
    return Look("array", f"{name_of(type(value))} {dtype}", shape=list(value.shape), size=int(value.nbytes))


def _numpy(value: Any) -> Look | None:
    kind = type(value)
    if not (hasattr(kind, "dtype") and hasattr(kind, "item")):
        return None
    if name_of(kind) in ("datetime64", "timedelta64"):
        return Look("date", name_of(kind), f"{value}")
    return Look("number", name_of(kind), short_scalar(value), size=int(value.nbytes))


# pandas


def _pandas_frame(value: Any) -> Look:
    rows, columns = value.shape
    dtypes = list(value.dtypes)
    size: int | None
    if not all(is_known(dtype) for dtype in dtypes):
        size = None
    elif columns <= WIDE:
        size = int(value.memory_usage(index=True, deep=False).sum())
    else:
        size = rows * sum(getattr(dtype, "itemsize", 8) for dtype in dtypes)
    names = list(value.columns[:SHOWN_COLUMNS])
    return Look(
        "frame",
        "DataFrame",
        columns_shown(names, dtypes, columns),
        shape=[rows, columns],
        size=size,
        children=columns > 0,
        frame=True,
    )


def _pandas_series(value: Any) -> Look:
    name, dtype, length = value.name, value.dtype, len(value)
    if not is_known(dtype):
        return Look("array", f"Series {dtype_text(dtype)}", length=length, shape=[length], frame=True)
    items = few_of(value)
    label = "" if name is None else f"{short(name)}: "
    return Look(
        "array",
        f"Series {dtype}",
        f"{label}[{joined(items, length)}]",
        length=length,
        shape=[length],
        size=int(value.memory_usage(index=True, deep=False)),
        plot=getattr(dtype, "kind", "O") in NUMERIC and length > 1,
        frame=True,
    )


def few_of(series: Any) -> list[Any]:
    """Return the first values of a pandas series or index, dates as text."""
    first = series.iloc[:8] if hasattr(type(series), "iloc") else series[:8]
    is_date = getattr(series.dtype, "kind", "O") in "mM"
    return list((first.astype(str) if is_date else first).tolist())


def _pandas_index(value: Any) -> Look:
    length = len(value)
    return Look(
        "array",
        f"{name_of(type(value))} {value.dtype}",
        f"[{joined(few_of(value), length)}]",
        length=length,
        shape=[length],
    )


def _pandas(value: Any) -> Look | None:
    name = name_of(type(value))
    if name.endswith("Index"):
        return _pandas_index(value)
    if name == "Categorical" or name.endswith("Array"):
        length = len(value)
        shown = joined(value[:8].tolist(), length)
        return Look("array", f"{name} {value.dtype}", f"[{shown}]", length=length, shape=[length])
    return None


def _written(value: Any) -> Look:
    return Look("date", name_of(type(value)), written(value))


def _missing(value: Any) -> Look:
    return Look("other", name_of(type(value)), f"{value}")


# polars, pyarrow, duckdb


def _polars_frame(value: Any) -> Look:
    rows, columns = value.shape
    return Look(
        "frame",
        "DataFrame",
        columns_shown(value.columns, value.dtypes, columns),
        shape=[rows, columns],
        size=int(value.estimated_size()),
        children=columns > 0,
        frame=True,
    )


def _polars_series(value: Any) -> Look:
    length, dtype = value.len(), value.dtype
    return Look(
        "array",
        f"Series {dtype}",
        f"{short(value.name)}: [{joined(value.head(8).to_list(), length)}]",
        length=length,
        shape=[length],
        size=int(value.estimated_size()),
        plot=(dtype.is_numeric() or f"{dtype}" == "Boolean") and length > 1,
        frame=True,
    )


def _lazy_frame(value: Any) -> Look:
    return Look("frame", "LazyFrame", "a query that has not run")


def _arrow_table(value: Any) -> Look:
    rows, columns = value.num_rows, value.num_columns
    schema = value.schema
    return Look(
        "frame",
        name_of(type(value)),
        columns_shown(schema.names[:SHOWN_COLUMNS], list(schema.types), columns),
        shape=[rows, columns],
        size=int(value.nbytes),
        children=columns > 0,
        frame=True,
    )


def _arrow(value: Any) -> Look | None:
    name = name_of(type(value))
    if not name.endswith("Array"):
        return None
    length, dtype = len(value), value.type
    numeric = f"{dtype}".startswith(("int", "uint", "float", "double", "halffloat", "bool"))
    return Look(
        "array",
        f"{name} {dtype}",
        f"[{joined(value.slice(0, 8).to_pylist(), length)}]",
        length=length,
        shape=[length],
        size=int(value.nbytes),
        plot=numeric and length > 1,
    )


def _relation(value: Any) -> Look:
    names = list(value.columns)
    shown = columns_shown(names[:SHOWN_COLUMNS], list(value.types), len(names))
    return Look("frame", "Relation", f"a query: {shown}", frame=True)


# xarray, torch, scikit-learn


def _data_array(value: Any) -> Look:
    variable = value.variable
    dims = ", ".join(
        f"{short(dim)[1:-1]}: {length}" for dim, length in zip(variable.dims, variable.shape, strict=True)
    )
    name = "" if value.name is None else f"{short(value.name)} "
    return Look(
        "array",
        f"DataArray {variable.dtype}",
        f"{name}({dims})",
        shape=list(variable.shape),
        size=int(variable.nbytes),
    )


def _dataset(value: Any) -> Look:
    dims = ", ".join(f"{short(dim)[1:-1]}: {length}" for dim, length in dict(value.sizes).items())
    names = list(value.data_vars)
    return Look(
        "frame",
        "Dataset",
        f"({dims}) {', '.join(short(name) for name in names[:SHOWN_COLUMNS])}",
        length=len(names),
        size=int(value.nbytes),
        children=bool(names),
    )


def _tensor(value: Any) -> Look:
    shape, dtype, device = [int(length) for length in value.shape], f"{value.dtype}", f"{value.device}"
    count = int(value.nelement())
    # Values on a GPU are not fetched: that would wait for it.
    here = device == "cpu" and count > 0 and value.is_contiguous()
    items = joined(value.detach().view(-1)[:8].tolist(), count) if here else "…"
    return Look(
        "array",
        f"{name_of(type(value))} {dtype.removeprefix('torch.')}",
        f"[{items}]" + (f" on {device}" if device != "cpu" else ""),
        shape=shape,
        size=count * int(value.element_size()),
        plot=here
        and count > 1
        and dtype.startswith(("torch.float", "torch.int", "torch.uint", "torch.bool")),
    )


def _torch_module(value: Any, held: dict[str, Any]) -> Look:
    """Say how many parameters a module of torch and those inside it have; none of them is fetched."""
    count, seen = 0, {id(held)}
    waiting = [held]
    while waiting and len(seen) < MOST_MODULES:
        each = waiting.pop()
        for parameter in dict(each["_parameters"]).values():
            found = library_of(type(parameter))
            if found is not None and found[0] == "torch" and id(parameter) not in seen:
                seen.add(id(parameter))
                count += int(parameter.nelement())
        for module in dict(each["_modules"]).values():
            inner = own_dict(module) or {}
            is_module = type(inner.get("_parameters")) is dict and type(inner.get("_modules")) is dict
            if is_module and id(inner) not in seen:
                seen.add(id(inner))
                waiting.append(inner)
    state = "" if type(held.get("training")) is not bool else "training" if held["training"] else "evaluating"
    told = [f"{count:,} parameters", *([state] if state else [])]
    return Look("model", name_of(type(value)), ", ".join(told), children=True)


def _estimator(value: Any) -> Look | None:
    held = own_dict(value)
    if held is None:
        return None
    held = {key: item for key, item in held.items() if type(key) is str}
    fitted = any(key.endswith("_") and not key.endswith("__") for key in held)
    given = [
        f"{key}={short(item)}"
        for key, item in list(held.items())[:6]
        if not key.endswith("_") and key[0] != "_"
    ]
    state = "fitted" if fitted else "not fitted"
    return Look(
        "model", name_of(type(value)), f"{state}: {', '.join(given)}" if given else state, children=True
    )


def columns_shown(names: list[Any], dtypes: list[Any], total: int) -> str:
    """Return the first columns of a table with their types."""
    pairs = zip(names[:SHOWN_COLUMNS], dtypes, strict=False)
    parts = [f"{name if type(name) is str else short(name)} {dtype_text(dtype)}" for name, dtype in pairs]
    return ", ".join(parts) + (", …" if total > len(parts) else "")


_EXACT: dict[tuple[str, str], Callable[[Any], Look | None]] = {
    ("numpy", "ndarray"): _ndarray,
    **dict.fromkeys(
        (("numpy", name) for name in ("matrix", "memmap", "recarray", "MaskedArray")), _array_of_a_kind
    ),
    ("pandas", "DataFrame"): _pandas_frame,
    ("pandas", "Series"): _pandas_series,
    **dict.fromkeys((("pandas", name) for name in PANDAS_SCALARS), _written),
    ("pandas", "NaTType"): _missing,
    ("pandas", "NAType"): _missing,
    ("polars", "DataFrame"): _polars_frame,
    ("polars", "Series"): _polars_series,
    ("polars", "LazyFrame"): _lazy_frame,
    ("pyarrow", "Table"): _arrow_table,
    ("pyarrow", "RecordBatch"): _arrow_table,
    ("duckdb", "DuckDBPyRelation"): _relation,
    ("_duckdb", "DuckDBPyRelation"): _relation,
    ("xarray", "DataArray"): _data_array,
    ("xarray", "Dataset"): _dataset,
    ("torch", "Tensor"): _tensor,
    ("torch", "Parameter"): _tensor,
}
_ROOTS: dict[str, Callable[[Any], Look | None]] = {
    "numpy": _numpy,
    "pandas": _pandas,
    "pyarrow": _arrow,
    "sklearn": _estimator,
}
