"""The names that living values have, for whoever completes code: attributes, keys and columns.

Read from the dictionaries that the system keeps of types and objects, and from tables of known libraries.
`__dir__`, `__getattr__` and properties are somebody's code and never asked; so is the comparison of a key
with another, which is why keys are gone through one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from time import thread_time
from types import (
    BuiltinFunctionType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

from .kinds import _DICT, _MRO, is_class, kinds, library_of, name_of, own_dict
from .libraries import dtype_text
from .looks import MAPPINGS, cut
from .operations import Operation, Reply

LIMIT_S = 0.05
MOST_NAMES = 200
MOST_READ = 10_000
LONGEST_NAME = 200
LONGEST_DETAIL = 60

_INDEXED = kinds(list, tuple)
_FUNCTIONS = kinds(
    FunctionType, BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType, classmethod, staticmethod
)
_PROPERTIES = kinds(property, GetSetDescriptorType, MemberDescriptorType)
_FRAMES = (("pandas", "DataFrame"), ("polars", "DataFrame"), ("polars", "LazyFrame"))
_TABLES = (("pyarrow", "Table"), ("pyarrow", "RecordBatch"))

Named = tuple[str, str, str]
"""A name, its kind as jedi calls it (or `column`, `key`), and a word on what it holds."""


class _NotThere(Exception):
    """A step leads nowhere, or would have to be computed."""


def operations() -> dict[str, Operation]:
    """Return what can be asked."""
    return {"names.complete": complete}


def complete(shell: Any, arguments: dict[str, Any]) -> Reply:
    """Return the names that fit at the end of `root` and `path` and begin with `typed`."""
    end, wanted, typed = thread_time() + LIMIT_S, arguments["wanted"], arguments["typed"].lower()
    found: list[dict[str, str]] = []
    seen: set[str] = set()
    try:
        for name, kind, detail in _wanted(shell, wanted, arguments["root"], arguments["path"]):
            if thread_time() > end or len(found) >= MOST_NAMES:
                break
            hidden = wanted not in ("keys", "columns") and name[:1] == "_" and typed[:1] != "_"
            if hidden or name in seen or len(name) > LONGEST_NAME or not name.lower().startswith(typed):
                continue
            seen.add(name)
            found.append(
                {"name": cut(name, LONGEST_NAME), "kind": kind, "detail": cut(detail, LONGEST_DETAIL)}
            )
    except (_NotThere, RuntimeError):
        pass  # also a cell that is changing the value right now
    return Reply({"names": found})


def _wanted(shell: Any, wanted: str, root: str, path: list[Any]) -> Iterator[Named]:
    if wanted == "names":
        yield from _held(shell.user_ns)
        return
    value = _at(shell, root, path)
    if wanted == "attributes":
        yield from (each for each in _columns(value) if each[0].isidentifier())
        yield from _attributes(value)
    else:
        yield from _columns(value)
        if wanted == "keys" and id(type(value)) in MAPPINGS:
            for key, item in islice(value.items(), MOST_READ):
                if type(key) is str:
                    yield key, "key", name_of(type(item))


def _at(shell: Any, root: str, path: list[Any]) -> Any:
    found = _looked_up(shell.user_ns, root)
    if found is None:
        raise _NotThere
    (value,) = found
    for how, step in path:
        value = _attribute(value, step) if how == "attribute" else _item(value, step)
    return value


def _attribute(value: Any, name: str) -> Any:
    if type(value) is ModuleType:
        held: Any = vars(value)
    elif library_of(type(value)) in _FRAMES:
        return _column(value, name)
    else:
        held = own_dict(value) or {}
    found = _looked_up(held, name)
    if found is not None:
        return found[0]
    if is_class(value):
        for each in _MRO(value):
            inherited = _looked_up(_DICT(each), name)
            if inherited is not None and id(type(inherited[0])) not in _PROPERTIES:
                return inherited[0]
    raise _NotThere


def _item(value: Any, key: Any) -> Any:
    kind = type(value)
    if id(kind) in _INDEXED and type(key) is int:
        if -len(value) <= key < len(value):
            return value[key]
    elif id(kind) in MAPPINGS:
        found = _looked_up(value, key)
        if found is not None:
            return found[0]
    elif library_of(kind) in _FRAMES:
        return _column(value, key)
    raise _NotThere


def _looked_up(held: Any, key: Any) -> tuple[Any] | None:
    """Return what a mapping holds under a key of exactly this type; no other key is asked if it equals it."""
    for each, item in islice(held.items(), MOST_READ):
        if type(each) is type(key) and each == key:
            return (item,)
    return None


def _column(value: Any, name: Any) -> Any:
    kind = library_of(type(value))
    if kind == ("pandas", "DataFrame"):
        for index, each in enumerate(islice(value.columns, MOST_READ)):
            if type(each) is type(name) and each == name:
                return value.iloc[:, index]
    elif kind == ("polars", "DataFrame") and name in value.columns:
        return value.to_series(value.columns.index(name))
    raise _NotThere


def _columns(value: Any) -> Iterator[Named]:
    """Yield the columns of a table that have a name."""
    kind = library_of(type(value))
    if kind in (("pandas", "DataFrame"), ("polars", "DataFrame")):
        pairs = zip(value.columns, value.dtypes, strict=False)
    elif kind in _TABLES:
        pairs = zip(value.schema.names, value.schema.types, strict=False)
    elif kind in (("duckdb", "DuckDBPyRelation"), ("_duckdb", "DuckDBPyRelation")):
        pairs = zip(value.columns, value.types, strict=False)
    elif kind == ("xarray", "Dataset"):
        pairs = ((name, "") for name in value.data_vars)  # type: ignore[assignment]
    elif kind == ("numpy", "ndarray"):
        pairs = ((name, "") for name in value.dtype.names or ())  # type: ignore[assignment]
    else:
        return
    for name, dtype in islice(pairs, MOST_READ):
        if type(name) is str:
            yield name, "column", dtype_text(dtype)


def _attributes(value: Any) -> Iterator[Named]:
    """Yield what a value and its types have in their own dictionaries."""
    if type(value) is ModuleType:
        yield from _held(vars(value))
        return
    yield from _held(own_dict(value) or {})
    for each in _MRO(value) if is_class(value) else ():
        yield from _held(_DICT(each))
    for each in _MRO(type(value)):
        yield from _held(_DICT(each))


def _held(held: Any) -> Iterator[Named]:
    for name, item in list(islice(held.items(), MOST_READ)):
        if type(name) is str:
            yield name, _kind(item), name_of(type(item))


def _kind(item: Any) -> str:
    kind = id(type(item))
    if kind in _FUNCTIONS:
        return "function"
    if kind in _PROPERTIES:
        return "property"
    if type(item) is ModuleType:
        return "module"
    return "class" if is_class(item) else "instance"
