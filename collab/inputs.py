"""Input cells: one variable that people set in a form, without editing code.

The cell's text is one assignment of a literal, `alpha = 0.3`, and that text alone holds the value, so every
notebook program can run and read it. The cell's metadata says how the form looks and what it takes. Editors
and files write both, so everything here is checked; a person's value becomes code only as a literal.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal

import msgspec

from collab.kinds import KEY

Value = str | int | float | bool | date
When = Literal["dependants", "cell", "nothing"]
"""What runs when the value changes: the cell and what reads its variable further down, the cell, nothing."""

Option = str | int | float

LONGEST_TEXT: Final = 10_000
LONGEST_OPTION: Final = 200
LONGEST_NAME: Final = 64
MOST_OPTIONS: Final = 500
LARGEST_NUMBER: Final = 2**53
"""Beyond it a browser does not hold every whole number."""


class BadValue(Exception):
    """The value is not one that the input takes; the message tells a person what it takes."""


class _Input(msgspec.Struct, frozen=True, kw_only=True, tag_field="control"):
    name: str
    label: str = ""
    runs: When = "dependants"


class TextInput(_Input, frozen=True, tag="text"):
    """A text, of several lines if `lines`."""

    lines: bool = False

    def checked(self, value: object) -> Value:
        if not isinstance(value, str) or len(value) > LONGEST_TEXT:
            raise BadValue(f"This input takes a text of at most {LONGEST_TEXT:,} characters.")
        return _sound_text(value)


class NumberInput(_Input, frozen=True, tag="number"):
    """A number, within limits if there are any."""

    min: int | float | None = None
    max: int | float | None = None
    step: int | float | None = None

    def checked(self, value: object) -> Value:
        return _number(value, self.min, self.max, self.step)


class SliderInput(_Input, frozen=True, tag="slider"):
    """A number between two limits."""

    min: int | float = 0
    max: int | float = 100
    step: int | float = 1

    def checked(self, value: object) -> Value:
        return _number(value, self.min, self.max, self.step)


class DateInput(_Input, frozen=True, tag="date"):
    """A day, between two days if they are given."""

    min: str | None = None
    max: str | None = None

    def checked(self, value: object) -> Value:
        day = _day(value)
        if day is None:
            raise BadValue("This input takes a date, as in 2026-01-31.")
        first, last = _day(self.min), _day(self.max)
        if (first is not None and day < first) or (last is not None and day > last):
            raise BadValue(f"This input takes a date from {first or 'any'} to {last or 'any'}.")
        return day


class SelectInput(_Input, frozen=True, tag="select"):
    """One of some texts or numbers: of `options`, or of those that a `variable` of the kernel holds."""

    options: tuple[Option, ...] = ()
    variable: str = ""

    def checked(self, value: object) -> Value:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            for option in self.options:
                if option == value and isinstance(option, str) == isinstance(value, str):
                    return option
        raise BadValue("This input takes one of its options; somebody may have changed them.")


class CheckboxInput(_Input, frozen=True, tag="checkbox"):
    """Yes or no."""

    def checked(self, value: object) -> Value:
        if not isinstance(value, bool):
            raise BadValue("This input takes true or false.")
        return value


class FileInput(_Input, frozen=True, tag="file"):
    """The path of one of the project's files, from the project's folder on; empty for none."""

    def checked(self, value: object) -> Value:
        if isinstance(value, str) and (value == "" or _is_path(value)):
            return _sound_text(value)
        raise BadValue("This input takes the path of a file of this project, as in data/table.csv.")


Input = TextInput | NumberInput | SliderInput | DateInput | SelectInput | CheckboxInput | FileInput


def input_of(meta: Mapping[str, Any]) -> Input | None:
    """Return what a cell with this metadata takes; None for what is no input, or none that makes sense."""
    found = meta.get(KEY)
    if not isinstance(found, dict) or found.get("kind") != "input":
        return None
    try:
        definition = msgspec.convert(found, Input)
    except msgspec.ValidationError:
        return None
    return definition if _is_sound(definition) else None


def options_of(found: object) -> tuple[Option, ...]:
    """Return what may be an option of what a kernel says, which may be anything; each once."""
    if not isinstance(found, list):
        return ()
    kept = dict.fromkeys(
        each
        for each in found[:MOST_OPTIONS]
        if isinstance(each, Option) and not isinstance(each, bool) and _is_option(each)
    )
    return tuple(kept)


def is_variable(name: str) -> bool:
    """Say whether an input may set a variable of this name."""
    return (
        0 < len(name) <= LONGEST_NAME
        and name.isidentifier()
        and unicodedata.normalize("NFKC", name) == name  # what Python makes of any other name
        and not keyword.iskeyword(name)
        and not name.startswith("__")
    )


def assignment(definition: Input, value: object) -> str:
    """Return the code that gives the input's variable a value. Raises `BadValue`."""
    return f"{definition.name} = {literal(definition.checked(value))}"


def assigned(name: str, source: str) -> Value | None:
    """Return the value that `source` gives to `name`; None if it does anything else than that."""
    line = source.rstrip(" \n")
    found = _ASSIGNMENT.fullmatch(line)
    if found is None or found["name"] != name or not line.isprintable():
        return None
    if found["year"] is not None:
        return _day(f"{int(found['year']):04}-{int(found['month']):02}-{int(found['day']):02}")
    try:
        value = ast.literal_eval(found["literal"])
    except (ValueError, SyntaxError):
        return None
    is_value = isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))
    return value if is_value else None


def literal(value: Value) -> str:
    """Return a value as a Python literal of one line, without a character that could end that line."""
    match value:
        case date():
            # Binds no other name, and uses none that somebody may have bound.
            return f'__import__("datetime").date({value.year}, {value.month}, {value.day})'
        case str():
            return '"' + "".join(map(_escaped, value)) + '"'
        case _:
            return repr(value)


_ESCAPES: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_ESCAPED: Final = r"""\\(?:["'\\nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})"""
_ASSIGNMENT: Final = re.compile(
    r"(?P<name>[^\W\d]\w*) *= *(?P<literal>True|False"
    r"|-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,30})?(?:e[+-]?[0-9]{1,3})?"
    rf'|"(?:[^"\\]|{_ESCAPED})*"'
    rf"|'(?:[^'\\]|{_ESCAPED})*'"
    r'|__import__\("datetime"\)\.date\('
    r"(?P<year>[1-9][0-9]{0,3}), (?P<month>[1-9][0-9]?), (?P<day>[1-9][0-9]?)\))"
)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _escaped(character: str) -> str:
    if character in _ESCAPES or character.isprintable():
        return _ESCAPES.get(character, character)
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_sound(definition: Input) -> bool:
    if not is_variable(definition.name) or not _is_short(definition.label):
        return False
    match definition:
        case SliderInput(min=least, max=most, step=step) | NumberInput(min=least, max=most, step=step):
            given = [each for each in (least, most, step) if each is not None]
            in_order = least is None or most is None or least < most
            return all(map(_is_finite, given)) and in_order and (step is None or step > 0)
        case DateInput(min=first, max=last):
            return all(each is None or _day(each) is not None for each in (first, last))
        case SelectInput(options=options, variable=variable):
            is_named = variable == "" or is_variable(variable)
            return is_named and len(options) <= MOST_OPTIONS and all(map(_is_option, options))
        case _:
            return True


def _is_option(option: str | float) -> bool:
    return _is_short(option) if isinstance(option, str) else _is_finite(option)


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number that no double comes near
        return False


def _is_short(text: str) -> bool:
    return len(text) <= LONGEST_OPTION and _is_text(text)


def _is_text(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _sound_text(text: str) -> str:
    if not _is_text(text):
        raise BadValue("This holds characters that are not text.")
    return text


def _number(value: object, least: float | None, most: float | None, step: float | None) -> int | float:
    """Return a number, whole or not as the input counts; raises `BadValue`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        raise BadValue("This input takes a number.")
    if (least is not None and value < least) or (most is not None and value > most):
        bounds = [f"from {least:g}"] if least is not None else []
        bounds += [f"up to {most:g}"] if most is not None else []
        raise BadValue(f"This input takes a number {' '.join(bounds)}.")
    is_whole = float(value).is_integer() and abs(value) <= LARGEST_NUMBER
    counts = [each for each in (least, step) if each is not None]
    if not all(float(each).is_integer() for each in counts):
        return float(value)
    if step is not None and not is_whole:
        raise BadValue("This input takes a whole number.")
    return int(value) if is_whole else float(value)


def _day(text: object) -> date | None:
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _is_path(path: str) -> bool:
    """Say whether a path stays in the project's folder, as far as its text tells."""
    parts = path.split("/")
    is_printable = path.isprintable() and "\\" not in path
    return is_printable and len(path) <= 1024 and not any(part in ("", ".", "..") for part in parts)
