"""Hardware classes as a TOML file: read with every fault named by line, class and field; compared; written.

Pure. People and groups stand in a file by name; `Known` says who they are.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import msgspec

from kernel_manager.catalogue import Listed
from kernel_manager.hardware import HardwareClass
from kernel_manager.soundness import faults
from server.names import fold
from server.payloads import FieldChange, HardwareChange, HardwareFault

MOST_CLASSES = 500
LONGEST_FILE = 200_000

_TEXT, _NUMBER, _WHOLE, _SWITCH = "a text", "a number", "a whole number", "true or false"
_LIST, _TABLE = "a list of texts", "a table"

_SHAPES: Mapping[str, tuple[Any, str]] = {
    "id": (str, _TEXT),
    "label": (str, _TEXT),
    "engine": (str, _TEXT),
    "description": (str, _TEXT),
    "cpus": (float, _NUMBER),
    "memory_mib": (int, _WHOLE),
    "processes": (int, _WHOLE),
    "disk_mib": (int, _WHOLE),
    "gpus": (int, _WHOLE),
    "gpu_type": (str, _TEXT),
    "internet": (bool, _SWITCH),
    "python": (str, _TEXT),
    "price_per_hour": (float, _NUMBER),
    "users": (list[str], _LIST),
    "groups": (list[str], _LIST),
    "max_per_user": (int, _WHOLE),
    "idle_after_s": (int, _WHOLE),
    "max_life_s": (int, _WHOLE),
    "options": (dict[str, Any], _TABLE),
    "enabled": (bool, _SWITCH),
}
_REQUIRED = ("id", "label", "engine")
_HEADER = re.compile(r"\s*\[\[\s*hardware\s*\]\]")


@dataclass(frozen=True, slots=True)
class Known:
    """What names in a file may mean: ids of accounts and of groups by name, and the server's engines."""

    users: Mapping[str, str]
    groups: Mapping[str, str]
    engines: Sequence[str]

    def ids(self, kind: str) -> dict[str, str]:
        """Return the ids of the `kind` "users" or "groups" by folded name."""
        names = self.users if kind == "users" else self.groups
        return {fold(name): id for name, id in names.items()}

    def names(self, kind: str) -> dict[str, str]:
        """Return the names of the `kind` "users" or "groups" by id."""
        return {id: name for name, id in (self.users if kind == "users" else self.groups).items()}


@dataclass(frozen=True, slots=True)
class Read:
    """The classes of a file, or what is wrong with it."""

    classes: list[Listed]
    faults: list[HardwareFault]


def read_file(text: str, known: Known) -> Read:
    """Return the classes that `text` describes; with any fault, all of the faults and no class."""
    tables, wrong = _tables(text)
    if wrong is not None:
        return Read([], [wrong])
    lines, found, told = _Lines(text, len(tables)), [], []
    for number, table in enumerate(tables):
        name = table.get("id")
        name = name[:64] if isinstance(name, str) else None
        named = list(_faults_of(table, known))
        if not named:
            listed = _listed(table, known)
            found.append(listed)
            named = [(fault.field, fault.sentence) for fault in faults(listed.hardware, known.engines)]
            if listed.hardware.id in (each.hardware.id for each in found[:-1]):
                named.append(("id", f"The file holds the class {listed.hardware.id} twice."))
        placed = [HardwareFault(lines.of(number, field), name, field, reason) for field, reason in named]
        told += sorted(placed, key=lambda fault: fault.line or 0)
    return Read([] if told else found, told)


def changes(before: Sequence[Listed], wanted: Sequence[Listed], known: Known) -> list[HardwareChange]:
    """Return what taking `wanted` into the catalogue does. Classes that it does not name stay."""
    present = {each.hardware.id: each for each in before}
    told = []
    for listed in wanted:
        old = present.get(listed.hardware.id)
        shown = _as_table(listed, known)
        was = _as_table(old, known) if old else {}
        names = [name for name in _SHAPES if name != "id" and was.get(name) != shown.get(name)]
        told.append(
            HardwareChange(
                listed.hardware.id,
                listed.hardware.label,
                "added" if old is None else "changed" if names else "unchanged",
                [FieldChange(name, _shown(was.get(name)), _shown(shown.get(name))) for name in names if old],
            )
        )
    return told


def write_file(catalogue: Sequence[Listed], known: Known) -> str:
    """Return the catalogue as a file that `read_file` reads back."""
    parts = []
    for listed in catalogue:
        table = _as_table(listed, known)
        options = table.pop("options", {})
        lines = ["[[hardware]]", *(f"{name} = {_toml(value)}" for name, value in table.items())]
        if options:
            lines += ["", "[hardware.options]"]
            lines += [f"{_key(name)} = {_toml(value)}" for name, value in options.items()]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _tables(text: str) -> tuple[list[dict[str, Any]], HardwareFault | None]:
    if len(text) > LONGEST_FILE:
        return [], _of_file(f"The file has more than {LONGEST_FILE:,} characters. Import it in parts.")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as failure:
        said = str(failure)
        line = re.search(r"\(at line (\d+), column \d+\)", said)
        reason = f"This is not TOML: {said[:200].rstrip('.')}."
        return [], HardwareFault(int(line[1]) if line else text.count("\n") + 1, None, None, reason)
    except (ValueError, RecursionError):
        return [], _of_file("This is not TOML that can be read: a value is too long or too deep.")
    for name in content:
        if name != "hardware":
            return [], _of_file(
                f"There is no setting {name[:64]!r} here. Write each class under [[hardware]]."
            )
    tables = content.get("hardware", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        return [], _of_file("Write each class under [[hardware]], with two brackets.")
    if not tables:
        return [], _of_file("The file holds no class. Write each one under [[hardware]].")
    if len(tables) > MOST_CLASSES:
        return [], _of_file(f"The file holds more than {MOST_CLASSES} classes. Import it in parts.")
    return tables, None


def _of_file(reason: str) -> HardwareFault:
    return HardwareFault(None, None, None, reason)


def _faults_of(table: Mapping[str, Any], known: Known) -> Iterator[tuple[str, str]]:
    for name in _REQUIRED:
        if name not in table:
            yield name, f"Every class needs {name}."
    for name, value in table.items():
        if name not in _SHAPES:
            close = difflib.get_close_matches(name[:64], _SHAPES, 1)
            meant = f" Is {close[0]} meant?" if close else f" There are: {', '.join(_SHAPES)}."
            yield name[:64], f"There is no field {name[:64]!r}.{meant}"
            continue
        kind, words = _SHAPES[name]
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError:
            yield name, f"{name} must be {words}."
            continue
        except OverflowError:
            yield name, f"{name} is a number without sense."
            continue
        if name in ("users", "groups"):
            ids = known.ids(name)
            for who in value:
                if fold(who) not in ids:
                    what = "account" if name == "users" else "group"
                    yield name, f"There is no {what} {who[:64]!r} here. Make it first, or take it out."


def _listed(table: Mapping[str, Any], known: Known) -> Listed:
    values = dict(table)
    is_enabled = values.pop("enabled", True)
    for kind in ("users", "groups"):
        ids = known.ids(kind)
        values[kind] = tuple(ids[fold(name)] for name in table.get(kind, ()))
    for name in ("cpus", "price_per_hour"):
        if name in values:
            values[name] = float(values[name])
    return Listed(HardwareClass(**values), is_enabled)


def _as_table(listed: Listed, known: Known) -> dict[str, Any]:
    """Return a class as it stands in a file: names for ids, nothing that is as by default."""
    plain = HardwareClass(id="", label="", engine="")
    table: dict[str, Any] = {}
    for each in fields(HardwareClass):
        value = getattr(listed.hardware, each.name)
        if value == getattr(plain, each.name):
            continue
        if each.name in ("users", "groups"):
            names = known.names(each.name)
            value = [names.get(id, id) for id in value]
        table[each.name] = value
    if not listed.enabled:
        table["enabled"] = False
    return table


def _shown(value: Any) -> str:
    return "" if value is None else _toml(value)


def _toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return json.dumps(value, ensure_ascii=False)
        case Mapping():
            return "{ " + ", ".join(f"{_key(name)} = {_toml(each)}" for name, each in value.items()) + " }"
        case _:
            return "[" + ", ".join(_toml(each) for each in value) + "]"


def _key(name: str) -> str:
    return name if re.fullmatch("[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


class _Lines:
    """Finds the line of a field. Knows nothing where the headers do not match the tables."""

    def __init__(self, text: str, tables: int) -> None:
        self._lines = text.splitlines()
        headers = [number for number, line in enumerate(self._lines) if _HEADER.match(line)]
        self._starts = headers if len(headers) == tables else []

    def of(self, table: int, field: str) -> int | None:
        """Return the line of a field of a table, or that of the table's header; counted from 1."""
        if not self._starts:
            return None
        start = self._starts[table]
        end = self._starts[table + 1] if table + 1 < len(self._starts) else len(self._lines)
        line = re.compile(rf"\s*(\[\s*hardware\s*\.\s*)?[\"']?{re.escape(field)}\b")
        return next((n + 1 for n in range(start + 1, end) if line.match(self._lines[n])), start + 1)
