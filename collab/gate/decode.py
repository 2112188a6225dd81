"""Read a version-1 Yjs update into structs and delete ranges, without applying it.

Knows the encoding only: no document, no schema, no author. Every loop
consumes bytes, nothing recurses, and no number is trusted as a length before
the bytes are there, so the cost is linear in an input of bounded size.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from collab.gate.refusal import GateRefusal

MAX_UPDATE_BYTES: Final = 1024 * 1024
MAX_STRUCTS: Final = 100_000
"""Of one update, and twice as many delete ranges; a 200-cell notebook has about 1,600."""
MAX_DEPTH: Final = 64
MAX_CLOCK: Final = 2**31 - 1
MAX_STRUCT_LENGTH: Final = 2**24

GC: Final = 0
DELETED: Final = 1
JSON: Final = 2
BINARY: Final = 3
STRING: Final = 4
EMBED: Final = 5
FORMAT: Final = 6
TYPE: Final = 7
ANY: Final = 8
DOC: Final = 9
SKIP: Final = 10

MAP_TYPE: Final = 1
TEXT_TYPE: Final = 2
_XML_ELEMENT, _XML_HOOK, _LAST_TYPE = 3, 5, 6

_HAS_ORIGIN, _HAS_RIGHT, _HAS_KEY = 0x80, 0x40, 0x20


class _Nested:
    """An array or object inside a value: well formed, but no schema here uses one."""

    def __repr__(self) -> str:
        return "NESTED"


class _Undefined:
    """JavaScript's `undefined`, which JSON cannot write."""

    def __repr__(self) -> str:
        return "UNDEFINED"


NESTED: Final = _Nested()
UNDEFINED: Final = _Undefined()


class Id(NamedTuple):
    """One unit of one author's history."""

    client: int
    clock: int


class Struct(NamedTuple):
    """A run of `length` units of one author from `clock` on.

    Either a neighbour is named (`origin`, `right`) and the parent follows
    from it, or the parent is: a root by name or a type by id, with `key`
    when it is a map entry. `value` holds the values of ANY, the type of TYPE.
    """

    clock: int
    length: int
    kind: int
    origin: Id | None = None
    right: Id | None = None
    root: str | None = None
    parent: Id | None = None
    key: str | None = None
    value: object = None


class Section(NamedTuple):
    """Consecutive structs of one author."""

    client: int
    clock: int
    structs: list[Struct]


class DeleteRange(NamedTuple):
    """The units `clock:end` of `client` are deleted."""

    client: int
    clock: int
    end: int


class Update(NamedTuple):
    """An update, decoded."""

    sections: list[Section]
    deletes: list[DeleteRange]


def decode(update: bytes, *, trusted: bool = False) -> Update:
    """Return what `update` says; raises `GateRefusal`: too_large, malformed, too_deep, too_long, gap.

    A trusted update (the stored state, the server's own) may be of any size.
    """
    if not trusted and len(update) > MAX_UPDATE_BYTES:
        raise GateRefusal("too_large", "The change is larger than 1 MiB; make it in smaller steps.")
    reader = _Reader(update)
    most = len(update) if trusted else MAX_STRUCTS
    try:
        decoded = Update(_sections(reader, most), _deletes(reader, 2 * most))
    except (IndexError, UnicodeDecodeError, struct.error):
        raise _malformed("it ends early or holds broken text") from None
    if reader.at != len(update):
        raise _malformed("something follows its end")
    return decoded


def _malformed(why: str) -> GateRefusal:
    return GateRefusal("malformed", f"The change cannot be read: {why}.")


def _sections(reader: _Reader, most: int) -> list[Section]:
    sections: list[Section] = []
    seen: set[int] = set()
    for _ in range(reader.varuint()):
        count, client, clock = reader.varuint(), reader.varuint(), reader.varuint()
        if client in seen or not count:
            raise _malformed("an author's part is empty or comes twice")
        seen.add(client)
        most -= count
        if most < 0:
            raise GateRefusal("too_large", "The change has too many parts; make it in smaller steps.")
        section = Section(client, clock, [])
        for _ in range(count):
            unit = _struct(reader, clock)
            clock += unit.length
            if unit.length > MAX_STRUCT_LENGTH or clock > MAX_CLOCK:
                raise GateRefusal("too_long", "The change claims to be longer than any text may be.")
            if not unit.length:
                raise _malformed("a part of it is empty")
            section.structs.append(unit)
        sections.append(section)
    return sections


def _deletes(reader: _Reader, most: int) -> list[DeleteRange]:
    deletes: list[DeleteRange] = []
    for _ in range(reader.varuint()):
        client = reader.varuint()
        for _ in range(reader.varuint()):
            clock, length = reader.varuint(), reader.varuint()
            if not length:
                raise _malformed("it deletes an empty range")
            deletes.append(DeleteRange(client, clock, clock + length))
            if len(deletes) > most:
                raise GateRefusal(
                    "too_large", "The change deletes too much at once; make it in smaller steps."
                )
    return deletes


def _struct(reader: _Reader, clock: int) -> Struct:
    info = reader.byte()
    kind = info & 0x1F
    if kind == SKIP:
        raise GateRefusal("gap", "The change leaves a hole in its author's history.")
    if kind == GC:
        if info:
            raise _malformed("a removed part has neighbours")
        return Struct(clock, reader.varuint(), GC)
    origin = right = parent = root = key = None
    if info & _HAS_ORIGIN:
        origin = Id(reader.varuint(), reader.varuint())
    if info & _HAS_RIGHT:
        right = Id(reader.varuint(), reader.varuint())
    if origin is None and right is None:
        named = reader.varuint()
        if named > 1:
            raise _malformed("it names no parent")
        if named:
            root = reader.string()
        else:
            parent = Id(reader.varuint(), reader.varuint())
        if info & _HAS_KEY:
            key = reader.string()
    length, value = _content(reader, kind)
    return Struct(clock, length, kind, origin, right, root, parent, key, value)


def _content(reader: _Reader, kind: int) -> tuple[int, object]:
    """Return the length in units and, where the schema asks for it, the value."""
    if kind == STRING:
        text = reader.string()
        return (len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2), None
    if kind == ANY:
        values = [reader.any() for _ in range(reader.varuint())]
        return len(values), values
    if kind == TYPE:
        ref = reader.varuint()
        if ref > _LAST_TYPE:
            raise _malformed("it holds an unknown type")
        if ref in (_XML_ELEMENT, _XML_HOOK):
            reader.string()
        return 1, ref
    if kind == DELETED:
        return reader.varuint(), None
    if kind == JSON:
        count = reader.varuint()
        for _ in range(count):
            reader.string()
        return count, None
    if kind == BINARY:
        reader.blob()
    elif kind == EMBED:
        reader.string()
    elif kind == FORMAT:
        reader.string()
        reader.string()
    elif kind == DOC:
        reader.string()
        reader.any()
    else:
        raise _malformed("it holds an unknown kind of content")
    return 1, None


class _Reader:
    """A cursor over lib0's encoding; raises IndexError past the end."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def byte(self) -> int:
        value = self.data[self.at]
        self.at += 1
        return value

    def varuint(self) -> int:
        data, at = self.data, self.at
        byte = data[at]
        if byte < 0x80:
            self.at = at + 1
            return byte
        value, shift = byte & 0x7F, 7
        while True:
            at += 1
            byte = data[at]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
            if shift > 49:
                raise _malformed("a number is too large")
        self.at = at + 1
        return value

    def varint(self) -> int:
        byte = self.byte()
        negative, value, shift = byte & 0x40, byte & 0x3F, 6
        while byte & 0x80:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if shift > 62:
                raise _malformed("a number is too large")
        return -value if negative else value

    def blob(self) -> bytes:
        length = self.varuint()
        end = self.at + length
        if end > len(self.data):
            raise IndexError
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def string(self) -> str:
        return self.blob().decode()

    def any(self) -> object:
        """Read one value. Scalars come back as they are, arrays and objects as `NESTED`."""
        value, children = self._value()
        if children is None:
            return value
        waiting = [children]
        while waiting:
            if len(waiting) > MAX_DEPTH:
                raise GateRefusal("too_deep", "The change holds a value nested more than 64 levels deep.")
            count, keyed = waiting[-1]
            if not count:
                waiting.pop()
                continue
            waiting[-1] = (count - 1, keyed)
            if keyed:
                self.blob().decode()
            _, children = self._value()
            if children is not None:
                waiting.append(children)
        return NESTED

    def _value(self) -> tuple[object, tuple[int, bool] | None]:
        """Read a scalar, or the head of a list or object: how many children, and whether with keys."""
        match self.byte():
            case 119:
                return self.string(), None
            case 125:
                return self.varint(), None
            case 123:
                return self._fixed(">d", 8), None
            case 124:
                return self._fixed(">f", 4), None
            case 122:
                return self._fixed(">q", 8), None
            case 121:
                return False, None
            case 120:
                return True, None
            case 126:
                return None, None
            case 127:
                return UNDEFINED, None
            case 116:
                return self.blob(), None
            case 117:
                return NESTED, (self.varuint(), False)
            case 118:
                return NESTED, (self.varuint(), True)
            case _:
                raise _malformed("it holds an unknown kind of value")

    def _fixed(self, form: str, size: int) -> object:
        (value,) = struct.unpack_from(form, self.data, self.at)
        self.at += size
        return value
