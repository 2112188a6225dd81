"""What a value is, found out without running any code of its own.

`isinstance`, `hasattr`, `len`, `repr` and a plain attribute may all end in somebody's Python; so may a search
for a type in a tuple or a dict, where its metaclass compares. Here only the exact type is looked at, by its
identity and through the descriptors of `type` itself, which no metaclass can replace. A type counts as a
library's only if the library's module really holds it under that name.
"""

from __future__ import annotations

import sys
from types import GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any

_QUALNAME = type.__dict__["__qualname__"].__get__
_MODULE = type.__dict__["__module__"].__get__
_MRO = type.__dict__["__mro__"].__get__
_DICT = type.__dict__["__dict__"].__get__

NAME_CHARACTERS = 100

DATA_LIBRARIES = ("numpy", "pandas", "polars", "pyarrow", "duckdb", "_duckdb", "xarray")
"""Libraries whose objects keep nothing in their attributes that people look for."""


Kinds = frozenset[int]
"""Types by their identity."""


def kinds(*types: type) -> Kinds:
    """Return a set of types that `id` is looked up in."""
    return frozenset(map(id, types))


def name_of(kind: type) -> str:
    """Return the name of a type as people write it."""
    return str.__str__(_QUALNAME(kind))[:NAME_CHARACTERS]


def module_of(kind: type) -> str:
    """Return the dotted module that a type says it is from, or nothing if it says something else."""
    module = _MODULE(kind)
    return module if type(module) is str else ""


def library_of(kind: type) -> tuple[str, str] | None:
    """Return the top module and the name of a library's own type; None for any other, also a copy of it."""
    module = module_of(kind)
    holder = sys.modules.get(module)
    if type(holder) is not ModuleType or module in ("builtins", "__main__"):
        return None
    name = str.__str__(_QUALNAME(kind))
    return (module.partition(".")[0], name) if vars(holder).get(name) is kind else None


def own_dict(value: Any) -> dict[str, Any] | None:
    """Return the attributes that hang on an instance, by the slot that the system made for them."""
    for each in _MRO(type(value)):
        slot = _DICT(each).get("__dict__")
        if slot is not None:
            if type(slot) is not GetSetDescriptorType and type(slot) is not MemberDescriptorType:
                return None  # somebody's own property
            try:
                held = slot.__get__(value)
            except TypeError:
                return None  # the slot of another type
            return held if type(held) is dict else None
    return None


def attributes_of(value: Any) -> dict[str, Any]:
    """Return what hangs on an object of somebody's own class, on a model, on what is no data."""
    found = library_of(type(value))
    return {} if found is not None and found[0] in DATA_LIBRARIES else own_dict(value) or {}


def is_class(value: Any) -> bool:
    """Is the value itself a type? Asked of its type alone, where nobody's `__class__` has a say."""
    return issubclass(type(value), type)
