"""What is wrong with a hardware class, field by field, in sentences for the admin who wrote it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kernel_manager.hardware import HardwareClass

ENGINES = ("local", "slurm", "ssh", "kubernetes")

TEXT, PAIRS = "a text", "a table of texts"

OPTIONS: Mapping[str, Mapping[str, str]] = {
    "local": {},
    "slurm": {
        "partition": TEXT,
        "account": TEXT,
        "qos": TEXT,
        "constraint": TEXT,
        "reservation": TEXT,
        "nodelist": TEXT,
    },
    "ssh": {"host": TEXT},
    "kubernetes": {
        "image": TEXT,
        "runtime_class": TEXT,
        "gpu_resource": TEXT,
        "node_selector": PAIRS,
    },
}
"""The options that each engine takes of its own, and the shape of each."""

SWITCH = "true or false"

COMMON: Mapping[str, str] = {"hard_life": SWITCH}
"""The options that every class may have: whether the longest life also ends a cell that runs."""

LONGEST_OPTION = 300
MOST_OPTIONS = 50
MOST_NAMED = 10_000

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")

_RANGES: tuple[tuple[str, float, float, str], ...] = (
    ("cpus", 0.1, 1024, "CPUs"),
    ("memory_mib", 128, 16 * 1024 * 1024, "MiB"),
    ("processes", 16, 1_000_000, "processes"),
    ("disk_mib", 1, 1024 * 1024 * 1024, "MiB"),
    ("gpus", 0, 64, "GPUs"),
    ("price_per_hour", 0, 1_000_000, "an hour"),
    ("max_per_user", 1, 10_000, "kernels"),
    ("idle_after_s", 60, 366 * 86_400, "seconds"),
    ("max_life_s", 300, 366 * 86_400, "seconds"),
)
"""Smallest and largest value of each number, and what it counts."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One field that cannot be as it is, and a sentence that says what would be right."""

    field: str
    sentence: str


def options_of(engine: str) -> Mapping[str, str]:
    """Return the options that a class on `engine` may have, and the shape of each."""
    return {**OPTIONS.get(engine, {}), **COMMON}


def faults(hardware: HardwareClass, engines: Collection[str] = ENGINES) -> list[Fault]:
    """Return everything that is wrong with a class; `engines` are those that this server has."""
    return [*_names(hardware), *_numbers(hardware), *_engine(hardware, engines), *_people(hardware)]


def _names(hardware: HardwareClass) -> Iterator[Fault]:
    if not _ID.fullmatch(hardware.id):
        yield Fault(
            "id", "An id has 1 to 63 small letters, digits, - and _, and begins with none of the signs."
        )
    if not 1 <= len(hardware.label.strip()) <= 100:
        yield Fault("label", "A class needs a name of 1 to 100 characters.")
    elif not _is_one_line(hardware.label):
        yield Fault("label", "The name holds characters that cannot be seen. Type it again without them.")
    if len(hardware.description) > 500:
        yield Fault("description", "A description has 500 characters at most.")
    elif not _is_text(hardware.description):
        yield Fault("description", "The description holds characters that cannot be seen.")
    if hardware.gpu_type is not None:
        if not _NAME.fullmatch(hardware.gpu_type):
            yield Fault("gpu_type", "A GPU type is a short name such as a100: letters, digits and _ . : -.")
        elif hardware.gpus == 0:
            yield Fault("gpu_type", "A GPU type makes sense with at least 1 GPU only.")
    python = hardware.python
    if python is not None and not (python.startswith("/") and len(python) <= 500 and _is_one_line(python)):
        yield Fault("python", "Give the whole path of the interpreter, such as /opt/python/bin/python3.")


def _numbers(hardware: HardwareClass) -> Iterator[Fault]:
    for name, least, most, what in _RANGES:
        value: float | None = getattr(hardware, name)
        if value is None:
            continue
        if not least <= value <= most:  # as it is with NaN
            yield Fault(name, f"{_shown(value)} is out of range: give {least:,g} to {_round(most)} {what}.")


def _engine(hardware: HardwareClass, engines: Collection[str]) -> Iterator[Fault]:
    if hardware.engine not in engines:
        known = ", ".join(engines)
        yield Fault("engine", f"This server has no engine {_quoted(hardware.engine)}. It has: {known}.")
        return
    shapes = options_of(hardware.engine)
    if len(hardware.options) > MOST_OPTIONS:
        yield Fault("options", f"An engine takes {MOST_OPTIONS} options at most.")
        return
    for name, value in hardware.options.items():
        shape = shapes.get(name)
        if shape is None:
            takes = ", ".join(shapes)
            yield Fault(
                "options", f"The engine {hardware.engine} takes no option {_quoted(name)}. It takes: {takes}."
            )
        elif not _has_shape(value, shape):
            size = "" if shape == SWITCH else f", each of 1 to {LONGEST_OPTION} characters"
            yield Fault("options", f"The option {name} must be {shape}{size}.")
        elif shape == TEXT and value.startswith("-"):
            yield Fault("options", f"The option {name} must not begin with a dash.")


def _people(hardware: HardwareClass) -> Iterator[Fault]:
    for name, given in (("users", hardware.users), ("groups", hardware.groups)):
        if len(given) > MOST_NAMED:
            yield Fault(name, f"A class names {MOST_NAMED:,} {name} at most; make a group of them.")
        elif len(set(given)) != len(given):
            yield Fault(name, f"The list of {name} names somebody twice.")


def _has_shape(value: Any, shape: str) -> bool:
    match shape, value:
        case "true or false", bool():
            return True
        case "a text", str():
            return _is_option(value)
        case "a table of texts", Mapping():
            pairs = [*value.keys(), *value.values()]
            return 1 <= len(value) <= MOST_OPTIONS and all(_is_option(each) for each in pairs)
    return False


def _is_option(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_OPTION and _is_one_line(value)


def _is_one_line(text: str) -> bool:
    return text.isprintable()


def _is_text(text: str) -> bool:
    return all(character.isprintable() or character == "\n" for character in text)


def _shown(value: float) -> str:
    try:
        return f"{value:,g}"
    except OverflowError:  # a whole number that no float can hold
        return "This number"


def _round(most: float) -> str:
    return f"{most:,.0f}"


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")
