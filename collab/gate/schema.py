"""What a document that people write may hold: the tables of docs/protocol.md as pure rules.

`Kind` names the containers. A document's roots say which of them it begins with: a notebook has its cells and
its metadata, a text file one text. Both halves of the gate ask here: the ledger before an update is applied,
the twin after.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from enum import Enum
from typing import Final, assert_never

from collab.gate.decode import ANY, DELETED, MAP_TYPE, MAX_DEPTH, STRING, TEXT_TYPE, TYPE, Struct
from collab.gate.refusal import GateRefusal

MAX_KEY_LENGTH: Final = 256
MAX_POS_LENGTH: Final = 256
MAX_TYPE_LENGTH: Final = 32
MAX_SCALAR_LENGTH: Final = 256 * 1024
"""Of a text in metadata, in characters: nested metadata and attachments are one JSON text each."""
SCHEMA_VERSION: Final = 1
MAX_FILE_BYTES: Final = 2 * 1024 * 1024
"""Of a text file that people edit together, as UTF-8."""
CELL_KEYS: Final = frozenset({"type", "pos", "source", "meta", "deleted"})
REQUIRED_KEYS: Final = frozenset({"type", "pos", "source"})

_CELL_ID = re.compile(r"[A-Za-z0-9_-]{12,64}")


class Kind(Enum):
    """The containers: two roots, a cell, its text, its metadata, and whatever is gone for ever."""

    META = "meta"
    CELLS = "cells"
    CELL = "cell"
    SOURCE = "source"
    CELL_META = "cell_meta"
    DEAD = "dead"


Roots = Mapping[str, Kind]

NOTEBOOK: Final[Roots] = {"meta": Kind.META, "cells": Kind.CELLS}
TEXT_FILE: Final[Roots] = {"text": Kind.SOURCE}


def check_key(kind: Kind, key: str | None) -> None:
    """Refuse an entry that `kind` cannot have under `key`; `None` means a place in a sequence."""
    if kind is Kind.DEAD:
        return
    if kind is Kind.SOURCE:
        if key is not None:
            raise GateRefusal("schema", "The text has no attributes.")
        return
    if key is None:
        raise GateRefusal("keyless", "The change puts a list item into a map.")
    match kind:
        case Kind.CELLS:
            fits = _CELL_ID.fullmatch(key) is not None
        case Kind.CELL:
            fits = key in CELL_KEYS
        case Kind.META | Kind.CELL_META:
            fits = 0 < len(key) <= MAX_KEY_LENGTH
        case _:
            assert_never(kind)
    if not fits:
        raise GateRefusal("schema", f"The notebook has no place called {key[:64]!r}.")


def check_content(kind: Kind, key: str | None, unit: Struct) -> Kind | None:
    """Refuse content that does not belong at (`kind`, `key`); return the container that it opens, if any."""
    if unit.kind == DELETED:
        return None
    if unit.kind == STRING and (kind is Kind.SOURCE or kind is Kind.DEAD):
        return None
    if unit.kind == ANY and kind is not Kind.SOURCE and isinstance(unit.value, list):
        for value in unit.value:
            check_value(kind, key, value)
        return None
    if unit.kind == TYPE:
        opened = _opened(kind, key, unit.value)
        if opened is not None:
            return opened
    raise GateRefusal("content", "The change holds something that a notebook cannot hold at that place.")


def check_value(kind: Kind, key: str | None, value: object) -> None:
    """Refuse a plain value that does not belong at (`kind`, `key`)."""
    match kind:
        case Kind.CELL:
            fits = _fits_cell(key, value)
        case Kind.META | Kind.CELL_META:
            fits = _fits_metadata(kind, key or "", value)
        case Kind.CELLS | Kind.SOURCE:
            fits = False
        case Kind.DEAD:
            fits = True
        case _:
            assert_never(kind)
    if not fits:
        raise GateRefusal("schema", f"The value of {(key or '')[:64]!r} is not one that a notebook can hold.")


def check_json_depth(value: object, limit: int = MAX_DEPTH) -> None:
    """Refuse (`too_deep`) JSON with more than `limit` levels of lists and objects; scalars have none."""
    level = [value]
    for _ in range(limit + 1):
        inner: list[object] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list | tuple):
                inner.extend(item)
        if not any(isinstance(item, dict | list | tuple) for item in level):
            return
        level = inner
    raise GateRefusal("too_deep", f"The value is nested more than {limit} levels deep.")


def _opened(kind: Kind, key: str | None, ref: object) -> Kind | None:
    if kind is Kind.DEAD:
        return Kind.DEAD if ref in (MAP_TYPE, TEXT_TYPE) else None
    if kind is Kind.CELLS and ref == MAP_TYPE:
        return Kind.CELL
    if kind is Kind.CELL:
        if key == "source" and ref == TEXT_TYPE:
            return Kind.SOURCE
        if key == "meta" and ref == MAP_TYPE:
            return Kind.CELL_META
    return None


def _fits_cell(key: str | None, value: object) -> bool:
    match key:
        case "type":
            return isinstance(value, str) and 0 < len(value) <= MAX_TYPE_LENGTH
        case "pos":
            # Order is defined on ASCII text only: beyond it, UTF-8 and UTF-16 sort differently.
            return (
                isinstance(value, str)
                and 0 < len(value) <= MAX_POS_LENGTH
                and value.isascii()
                and value.isprintable()
            )
        case "deleted":
            return _is_finite(value) and isinstance(value, int | float) and value >= 0
        case _:
            return False


def _fits_metadata(kind: Kind, key: str, value: object) -> bool:
    if kind is Kind.META and key == "schema":
        return _is_finite(value) and value == SCHEMA_VERSION
    if isinstance(value, str):
        return len(value) <= MAX_SCALAR_LENGTH and (not key.startswith("json:") or _is_shallow_json(value))
    return value is None or isinstance(value, bool) or _is_finite(value)


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_shallow_json(text: str) -> bool:
    """Readers may trust JSON texts in metadata: they parse, are shallow, and hold nothing JSON lacks."""
    try:
        check_json_depth(json.loads(text, parse_constant=_refuse_constant))
    except (ValueError, RecursionError, GateRefusal):
        return False
    return True


def _refuse_constant(name: str) -> object:
    raise ValueError(name)
