"""Yjs updates written by hand, byte by byte, and the notebook that the gate's tests edit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from pycrdt import Doc, Map, Text

from collab.wire import varuint

SERVER, ALICE, BOB = 7, 100, 200
CELL = "cell00000000"
TEXT_PARENT = (SERVER, 4)
"""The Text of the first cell of `notebook()`."""
TEXT_START = 5
"""The clock of its first character."""


def notebook(cells: int = 1, text: str = "print('hello')") -> Doc[Any]:
    """Return a document with the schema's roots and `cells` cells, all written by SERVER."""
    doc: Doc[Any] = Doc(client_id=SERVER)
    doc["meta"], doc["cells"] = Map(), Map()
    with doc.transaction():
        doc["meta"]["schema"] = 1
        for number in range(cells):
            doc["cells"][f"cell{number:08d}"] = cell(text, f"a{number:04d}")
    return doc


def cell(text: str = "", pos: str = "a1") -> Map[Any]:
    """Return a cell that is not in a document yet."""
    return Map({"type": "code", "pos": pos, "source": Text(text), "meta": Map({"collapsed": False})})


def replica(client_id: int, state: bytes) -> Doc[Any]:
    """Return another client's copy of a document."""
    doc: Doc[Any] = Doc(client_id=client_id)
    doc["meta"], doc["cells"] = Map(), Map()
    doc.apply_update(state)
    return doc


def written(doc: Doc[Any], edit: Callable[[], object]) -> bytes:
    """Return the one update that `edit` makes in `doc`."""
    updates: list[bytes] = []
    subscription = doc.observe(lambda event: updates.append(event.update))
    with doc.transaction():
        edit()
    doc.unobserve(subscription)
    assert len(updates) == 1
    return updates[0]


def content_hash(doc: Doc[Any]) -> str:
    """Return a hash of what a reader sees; equal state vectors alone would prove nothing."""
    seen = {name: sorted(_plain(doc[name].to_py()).items()) for name in ("meta", "cells")}
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in sorted(value.items())}
    return value


# The encoding


def text(value: str) -> bytes:
    raw = value.encode()
    return varuint(len(raw)) + raw


def unit_id(unit: tuple[int, int]) -> bytes:
    return varuint(unit[0]) + varuint(unit[1])


def item(
    kind: int,
    content: bytes,
    *,
    origin: tuple[int, int] | None = None,
    right: tuple[int, int] | None = None,
    root: str | None = None,
    parent: tuple[int, int] | None = None,
    key: str | None = None,
) -> bytes:
    """Return one struct that is not a GC."""
    info = kind | (0x80 if origin else 0) | (0x40 if right else 0) | (0x20 if key is not None else 0)
    out = bytes((info,))
    if origin:
        out += unit_id(origin)
    if right:
        out += unit_id(right)
    if not origin and not right:
        if root is not None:
            out += b"\x01" + text(root)
        else:
            assert parent is not None
            out += b"\x00" + unit_id(parent)
        if key is not None:
            out += text(key)
    return out + content


def string(value: str, **place: Any) -> bytes:
    return item(4, text(value), **place)


def value(encoded: bytes, **place: Any) -> bytes:
    """Return an item with one value; `encoded` is as lib0's writeAny writes it."""
    return item(8, b"\x01" + encoded, **place)


def any_text(plain: str) -> bytes:
    return b"\x77" + text(plain)


def shared(ref: int, **place: Any) -> bytes:
    """Return an item that holds a shared type: 0 Array, 1 Map, 2 Text, 3 XmlElement."""
    return item(7, varuint(ref) + (text("p") if ref in (3, 5) else b""), **place)


def removed(length: int) -> bytes:
    """Return a GC struct."""
    return b"\x00" + varuint(length)


def update(
    client: int, clock: int, *structs: bytes, deletes: dict[int, list[tuple[int, int]]] | None = None
) -> bytes:
    """Return an update with one author's structs from `clock` on, and ranges (clock, length) to delete."""
    body = (
        varuint(1) + varuint(len(structs)) + unit_id((client, clock)) + b"".join(structs)
        if structs
        else b"\x00"
    )
    ranges = deletes or {}
    body += varuint(len(ranges))
    for author, pieces in ranges.items():
        body += varuint(author) + varuint(len(pieces))
        for start, length in pieces:
            body += varuint(start) + varuint(length)
    return body
