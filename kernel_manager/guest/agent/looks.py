"""How plain values look in one line: exact types that answer at once, bounded in depth and in length."""

from __future__ import annotations

from array import array
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from math import log10
from pathlib import PosixPath
from sys import getsizeof
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from .kinds import is_class, kinds, library_of, module_of, name_of

PREVIEW_CHARACTERS = 120
MOST_ITEMS = 12
DEEPEST = 2
LARGEST_INT_BITS = 256
CHARACTERS_OF_TEXT = 80

_SEQUENCES = (list, tuple, set, frozenset, deque)
_MAPPINGS = (dict, OrderedDict, defaultdict, Counter)
SEQUENCES, MAPPINGS = kinds(*_SEQUENCES), kinds(*_MAPPINGS)
ZONES = kinds(type(None), timezone, ZoneInfo)
NUMBERS = kinds(int, float, bool)
PANDAS_SCALARS = ("Timestamp", "Timedelta", "Period", "Interval", "NaTType", "NAType")


class Look:
    """What is shown of a value. `size` in bytes, without what a container's items weigh; None: not known."""

    __slots__ = ("children", "frame", "kind", "length", "plot", "preview", "shape", "size", "type")

    def __init__(
        self,
        kind: str,
        type: str,
        preview: str = "",
        *,
        length: int | None = None,
        shape: list[int] | None = None,
        size: int | None = None,
        children: bool = False,
        plot: bool = False,
        frame: bool = False,
    ) -> None:
        self.kind, self.type, self.preview = kind, type, cut(preview)
        self.length, self.shape, self.size = length, shape, size
        self.children, self.plot, self.frame = children, plot, frame


def cut(text: str, most: int = PREVIEW_CHARACTERS) -> str:
    """Return a text of at most so many characters, in which every character can be sent."""
    text = text if len(text) <= most else text[: most - 1] + "…"
    return text.encode("utf-8", "replace").decode()


def plain(value: Any) -> Look | None:
    """Return how a value of a plain exact type looks; None for every other type."""
    kind = type(value)
    make = _PLAIN.get(id(kind))
    if make is not None:
        return make(value)
    if is_class(value):
        return Look("class", "class", _bases(value))
    return None


def short(value: Any, depth: int = 0) -> str:
    """Return a value as it stands inside another one."""
    kind = type(value)
    if kind is float or kind is bool or (kind is int and value.bit_length() <= LARGEST_INT_BITS):
        return f"{value!r}"
    if id(kind) in SEQUENCES or id(kind) in MAPPINGS:
        return _container(value, depth)
    look = plain(value)
    if look is not None:
        return look.preview if look.kind != "class" else f"<class {name_of(value)}>"
    library = library_of(kind)
    if library is not None and library[0] == "pandas" and library[1] in PANDAS_SCALARS:
        return written(value)
    if library is not None and library[0] == "numpy" and hasattr(kind, "dtype") and hasattr(kind, "item"):
        return f"{value}" if library[1] in ("datetime64", "timedelta64") else short_scalar(value)
    return f"<{name_of(kind)}>"


def written(value: Any) -> str:
    """Return a scalar of pandas as its library writes it; nothing where a time zone is somebody's own."""
    zone = getattr(value, "tzinfo", None)
    is_known = id(type(zone)) in ZONES or (library_of(type(zone)) or ("",))[0] in ("dateutil", "pytz")
    return f"{value}" if is_known else ""


def short_scalar(value: Any) -> str:
    """Return a number of numpy as Python writes it."""
    item = value.item()
    return short(item) if id(type(item)) in _PLAIN else f"<{name_of(type(value))}>"


def joined(items: Iterable[Any], total: int, depth: int = 0) -> str:
    """Return the first of `total` items, with a sign that there are more."""
    parts: list[str] = []
    room = PREVIEW_CHARACTERS
    for item in islice(items, MOST_ITEMS):
        parts.append(short(item, depth + 1))
        room -= len(parts[-1]) + 2
        if room < 0:
            break
    return ", ".join(parts) + (", …" if len(parts) < total else "")


def _container(value: Any, depth: int) -> str:
    kind: Any = type(value)
    before, after = _BRACKETS.get(kind, ("{", "}"))
    if depth >= DEEPEST and value:
        return f"{before}…{after}"
    try:
        if id(kind) in MAPPINGS:
            parts: list[str] = []
            room = PREVIEW_CHARACTERS
            for key, item in islice(value.items(), MOST_ITEMS):
                parts.append(f"{short(key, depth + 1)}: {short(item, depth + 1)}")
                room -= len(parts[-1]) + 2
                if room < 0:
                    break
            inside = ", ".join(parts) + (", …" if len(parts) < len(value) else "")
        else:
            inside = joined(value, len(value), depth)
    except RuntimeError:
        inside = "…"  # a cell is changing it right now
    return f"{before}{inside}{after}"


def _number(value: Any) -> Look:
    kind = type(value)
    if kind is int and value.bit_length() > LARGEST_INT_BITS:
        digits = int(value.bit_length() * log10(2))
        return Look("number", "int", f"{'-' if value < 0 else ''}about 10^{digits}", size=getsizeof(value))
    return Look(
        "number", name_of(kind), f"{value!r}" if kind is not Decimal else f"{value}", size=getsizeof(value)
    )


def _text(value: str) -> Look:
    shown = f"{value[:CHARACTERS_OF_TEXT]!r}" + ("…" if len(value) > CHARACTERS_OF_TEXT else "")
    return Look("text", "str", shown, length=len(value), size=getsizeof(value))


def _bytes(value: Any) -> Look:
    shown = f"{bytes(value[:32])!r}" + ("…" if len(value) > 32 else "")
    return Look("text", name_of(type(value)), shown, length=len(value), size=getsizeof(value))


def _view(value: memoryview) -> Look:
    return Look("other", "memoryview", value.format, length=value.nbytes, size=value.nbytes)


def _collection(value: Any) -> Look:
    length = len(value)
    return Look(
        "collection",
        name_of(type(value)),
        _container(value, 0),
        length=length,
        size=getsizeof(value),
        children=length > 0,
        plot=type(value) in (list, tuple) and length > 1 and _is_number(value[0]) and _is_number(value[-1]),
    )


def _is_number(value: Any) -> bool:
    return id(type(value)) in NUMBERS


def _range(value: range) -> Look:
    length = max(0, (value.stop - value.start + value.step - (1 if value.step > 0 else -1)) // value.step)
    return Look("collection", "range", f"{value!r}", length=length, plot=1 < length < 2**31)


def _array(value: array[Any]) -> Look:
    return Look(
        "array",
        f"array {value.typecode}",
        f"[{joined(value, len(value))}]",
        length=len(value),
        size=getsizeof(value),
        plot=len(value) > 1 and value.typecode not in "uw",
    )


def _moment(value: Any) -> Look:
    kind = type(value)
    if (kind is datetime or kind is time) and id(type(value.tzinfo)) not in ZONES:
        value = value.replace(tzinfo=None)  # whose offset would be somebody's own code
    return Look("date", name_of(kind), f"{value}")


def _written(value: Any) -> Look:
    return Look("other", name_of(type(value)), f"{value}")


def _function(value: Any) -> Look:
    if type(value) is MethodType:
        value = value.__func__
    if type(value) is not FunctionType:
        return Look("function", "function", "")
    code = value.__code__
    count, only = code.co_argcount, code.co_kwonlyargcount
    names = list(code.co_varnames)
    shown = names[:count]
    rest = count + only
    if code.co_flags & 4:
        shown.append("*" + names[rest])
        rest += 1
    elif only:
        shown.append("*")
    shown += names[count : count + only]
    if code.co_flags & 8:
        shown.append("**" + names[rest])
    return Look("function", "function", f"({', '.join(shown)})")


def _builtin(value: Any) -> Look:
    name = value.__name__
    return Look("function", "function", f"{name}" if type(name) is str else "")


def _module(value: ModuleType) -> Look:
    held = vars(value)
    name, version = held.get("__name__"), held.get("__version__")
    shown = [part for part in (name, version) if type(part) is str]
    return Look("module", "module", " ".join(shown))


def _bases(value: Any) -> str:
    bases = [name_of(base) for base in type.__dict__["__bases__"].__get__(value) if base is not object]
    return f"{module_of(value)}.{name_of(value)}" + (f"({', '.join(bases)})" if bases else "")


_BRACKETS: dict[Any, tuple[str, str]] = {list: ("[", "]"), tuple: ("(", ")"), deque: ("[", "]")}

_MAKERS: dict[type, Callable[[Any], Look]] = {
    type(None): lambda value: Look("other", "None", "None"),
    type(...): lambda value: Look("other", "ellipsis", "…"),
    bool: lambda value: Look("number", "bool", f"{value}"),
    **dict.fromkeys((int, float, complex, Decimal), _number),
    str: _text,
    **dict.fromkeys((bytes, bytearray), _bytes),
    memoryview: _view,
    **dict.fromkeys((*_SEQUENCES, *_MAPPINGS), _collection),
    range: _range,
    array: _array,
    **dict.fromkeys((date, datetime, time, timedelta), _moment),
    **dict.fromkeys((Fraction, PosixPath, UUID, ZoneInfo), _written),
    **dict.fromkeys((FunctionType, MethodType), _function),
    BuiltinFunctionType: _builtin,
    ModuleType: _module,
}
_PLAIN = {id(kind): make for kind, make in _MAKERS.items()}
