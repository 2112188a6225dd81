"""One value as one cell of a table: short text, or a number for what has no text of its own.

Runs inside the kernel. Text is canonical and whole numbers keep every digit: the page adds separators and
aligns. Nobody's own code is called: a type is looked up, never asked.
"""

from __future__ import annotations

import datetime
import decimal
import math
import sys
from collections.abc import Callable, Iterable
from json import dumps
from types import ModuleType
from typing import Any

NULL, NAN, INFINITE, NEGATIVE_INFINITE, NOT_A_TIME = range(5)
"""What stands for a value without text."""

Cell = Any
"""`str`, one of the numbers above, or `[str, int]`: the beginning of a longer text and its length."""

CUT = 200
MOST_TEXT = 1_000_000
"""The longest text that a file gets of one value."""
NESTED_ITEMS = 40
NESTED_DEPTH = 4

_TRUSTED = {
    ("uuid", "UUID"),
    ("fractions", "Fraction"),
    ("builtins", "complex"),
    ("builtins", "range"),
    ("builtins", "slice"),
    *(("ipaddress", f"IPv{v}{kind}") for v in (4, 6) for kind in ("Address", "Network", "Interface")),
    *((module, name) for module in ("pathlib", "pathlib._local") for name in ("PosixPath", "PurePosixPath")),
}
"""Types whose own text is short and runs no code of the person's."""

_TRUSTED_ROOTS = ("pandas", "numpy", "shapely", "pyarrow")


def cell_of(value: Any, longest: int = CUT) -> Cell:
    """Return a value as a cell with at most `longest` characters of text."""
    kind = type(value)
    if kind is str:
        return cut(value, longest)
    if value is None:
        return NULL
    writer = _WRITERS.get(kind)
    if writer is not None:
        return writer(value, longest)
    return _other(value, kind, longest)


def cut(text: str, longest: int) -> Cell:
    """Return a text, or its beginning and its length; what UTF-8 cannot hold is written as an escape."""
    length = len(text)
    if length > longest:
        text = text[:longest]
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()
    return text if length <= longest else [text, length]


def plain_text(cell: Cell) -> str:
    """Return a cell as text for a file, where nothing stands for what is missing."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, list):
        return str(cell[0])
    return {INFINITE: "inf", NEGATIVE_INFINITE: "-inf"}.get(cell, "")


def type_name(kind: type) -> str:
    """Return a type's name without asking its metaclass."""
    name = type.__dict__["__qualname__"].__get__(kind)
    return name if type(name) is str else "object"


def is_missing(value: Any) -> bool:
    """Say whether a value stands for none, without comparing it by code of its own."""
    if value is None:
        return True
    kind = type(value)
    if kind is float:
        return bool(value != value)
    if kind is decimal.Decimal:
        return bool(value.is_nan())
    return _place(kind)[0].startswith("pandas") and type_name(kind) in ("NAType", "NaTType")


def nested(value: Any, depth: int = NESTED_DEPTH, items: int = NESTED_ITEMS) -> Any:
    """Return a nested value as JSON: bounded in depth and items, with a note where something is left out."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if issubclass(kind, dict):
        if depth == 0:
            return f"… {dict.__len__(value)} entries"
        found = {}
        for number, (key, item) in enumerate(list(dict.items(value))):
            if number == items:
                found["…"] = f"{dict.__len__(value) - items} more"
                break
            found[text_of(cell_of(key, 80))] = nested(item, depth - 1, items)
        return found
    listed = _listed(value, kind)
    if listed is not None:
        if depth == 0:
            return f"… {len(listed)} items"
        found_items = [nested(item, depth - 1, items) for item in listed[:items]]
        return found_items if len(listed) <= items else [*found_items, f"… {len(listed) - items} more"]
    if kind is int and -(2**53) < value < 2**53:
        return value
    if kind is float and math.isfinite(value):
        return value
    return text_of(cell_of(value, 1000))


def text_of(cell: Cell) -> str:
    """Return a cell as text for people."""
    names = {NULL: "None", NAN: "NaN", INFINITE: "inf", NEGATIVE_INFINITE: "-inf", NOT_A_TIME: "NaT"}
    if isinstance(cell, str):
        return cell
    return f"{cell[0]}…" if isinstance(cell, list) else names[cell]


BUILTIN = (str, int, float, bool, bytes, decimal.Decimal, datetime.date, datetime.datetime, datetime.time)
"""Types that compare by code that is known."""


def _listed(value: Any, kind: type) -> list[Any] | None:
    """Return the items of what is a list in one of its forms; None for anything else."""
    for base in (list, tuple, set, frozenset):
        if issubclass(kind, base):
            return list(base.__iter__(value))
    where = _place(kind)
    if not _is_where_it_says(kind):
        return None
    if where == ("numpy", "ndarray"):
        return list(value.ravel()[: NESTED_ITEMS + 1]) if value.ndim != 1 else list(value[:10_000])
    if where == ("polars.series.series", "Series"):
        return list(value.head(10_000).to_list())
    return None


def _place(kind: type) -> tuple[str, str]:
    module = type.__dict__["__module__"].__get__(kind)
    return (module if type(module) is str else ""), type_name(kind)


def _is_where_it_says(kind: type) -> bool:
    """Say whether a type's module really holds it: anybody can write a library's name on their own."""
    module, name = _place(kind)
    holder = sys.modules.get(module)
    return isinstance(holder, ModuleType) and vars(holder).get(name) is kind


def _other(value: Any, kind: type, longest: int) -> Cell:
    """Return a value of a type that is looked up by its name."""
    module, name = place = _place(kind)
    root = module.partition(".")[0]
    if root == "pandas" and name in ("NAType", "NaTType"):
        return NULL if name == "NAType" else NOT_A_TIME
    if root == "numpy" and issubclass(kind, _numpy("generic")):
        return _numpy_scalar(value, longest)
    if issubclass(kind, str):
        return cut(str.__str__(value), longest)
    if issubclass(kind, int):
        return _integer(int(int.__int__(value)), longest)
    if issubclass(kind, float):
        return _float(float.__float__(value), longest)
    if issubclass(kind, dict) or _listed(value, kind) is not None:
        return _nested_cell(value, longest)
    if (place in _TRUSTED or root in _TRUSTED_ROOTS) and _is_where_it_says(kind):
        try:
            return cut(str(value), longest)
        except Exception:  # noqa: BLE001 - a library of another version
            return f"<{name}>"
    if root == "PIL" and hasattr(kind, "_repr_png_") and _is_where_it_says(kind):
        return f"<{name} {value.size[0]}×{value.size[1]}>"
    return cut(f"<{name}>" if module in ("builtins", "__main__") else f"<{module}.{name}>", longest)


def _numpy(name: str) -> Any:
    return getattr(sys.modules.get("numpy"), name, ())


def _numpy_scalar(value: Any, longest: int) -> Cell:
    kind = value.dtype.kind
    if kind == "f":
        finite = _float(float(value), longest)
        # In its own precision: as a float of 64 bits, 0.1 would be 0.10000000149011612.
        return str(value) if isinstance(finite, str) and value.dtype.itemsize != 8 else finite
    if kind in "mM":
        text = str(value).replace("T", " ")
        return NOT_A_TIME if text == "NaT" else cut(text, longest)
    if kind in "biuSU":
        return cell_of(value.item(), longest)
    return cut(str(value), longest)


def _integer(value: int, longest: int) -> Cell:
    if value.bit_length() > 10_000:
        return f"about 2^{value.bit_length() - 1}"
    return cut(int.__repr__(value), longest)


def _float(value: float, longest: int) -> Cell:
    if math.isfinite(value):
        return float.__repr__(value)
    return NAN if value != value else INFINITE if value > 0 else NEGATIVE_INFINITE


def _decimal(value: decimal.Decimal, longest: int) -> Cell:
    if value.is_nan():
        return NAN
    if value.is_infinite():
        return INFINITE if value > 0 else NEGATIVE_INFINITE
    return cut(f"{value:f}" if abs(value.adjusted()) < 30 else str(value), longest)


def _duration(value: datetime.timedelta, longest: int) -> Cell:
    sign, rest = ("-", -value) if value < datetime.timedelta(0) else ("", value)
    hours, seconds = divmod(rest.seconds, 3600)
    text = f"{hours:02d}:{seconds // 60:02d}:{seconds % 60:02d}"
    text += f".{rest.microseconds:06d}" if rest.microseconds else ""
    return f"{sign}{rest.days} days {text}"


def _nested_cell(value: Any, longest: int) -> Cell:
    return cut(dumps(nested(value), ensure_ascii=False), longest)


def _bytes(value: Any, longest: int) -> Cell:
    size = len(value)
    head = bytes(value[: min(size, longest)])
    kind = image_type(head)
    if kind is not None:
        return f"{kind[6:].upper()} image, {size:,} bytes"
    text = repr(head)
    return text if size <= longest else [text, size]


def image_type(head: bytes) -> str | None:
    """Return the media type of a picture by its first bytes; None for anything else."""
    for start, found in (
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
    ):
        if head.startswith(start):
            return found
    return "image/webp" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else None


_WRITERS: dict[type, Callable[[Any, int], Cell]] = {
    bool: lambda value, longest: "True" if value else "False",
    int: _integer,
    float: _float,
    decimal.Decimal: _decimal,
    datetime.datetime: lambda value, longest: value.isoformat(" "),
    datetime.date: lambda value, longest: value.isoformat(),
    datetime.time: lambda value, longest: value.isoformat(),
    datetime.timedelta: _duration,
    bytes: _bytes,
    bytearray: _bytes,
    dict: _nested_cell,
    list: _nested_cell,
    tuple: _nested_cell,
    set: _nested_cell,
    frozenset: _nested_cell,
}


def cells_of(values: Iterable[Any], longest: int = CUT) -> list[Cell]:
    """Return values as cells."""
    return [cell_of(value, longest) for value in values]
