"""Values of Python's own: matching, ordering and counting, one by one.

A pattern runs in a process of its own, which is ended when its time is over: Python's engine takes
exponential time for some patterns, and in this process it would hold up everything else.
"""

from __future__ import annotations

import datetime
import decimal
import subprocess
import sys
from collections.abc import Callable, Sequence
from json import dumps, loads
from typing import Any

from .cells import Cell, cell_of, is_missing, type_name
from .engine import Unsupported
from .filters import Condition

PATTERN_S = 2.0
COUNTED = 100_000

NUMBERS = {int, float, bool, decimal.Decimal}
_IN_ORDER = {str, bytes, datetime.date, datetime.time, datetime.timedelta}
"""Types whose values have an order among themselves; moments with and without a zone have none."""

_CHILD = """
import json, re, sys
pattern, flags, texts = json.load(sys.stdin)
search = re.compile(pattern, flags).search
json.dump([at for at, text in enumerate(texts) if search(text)], sys.stdout)
"""


def fitting(values: Sequence[Any], condition: Condition) -> list[bool]:
    """Return which values are text that fits."""
    operation, wanted = condition.operation, condition.values[0]
    if operation == "regex":
        return _by_pattern(values, wanted, condition.match_case)
    fold: Callable[[str], str] = (lambda text: text) if condition.match_case else str.lower
    wanted = fold(wanted)
    tests: dict[str, Callable[[str], bool]] = {
        "contains": lambda text: wanted in text,
        "not contains": lambda text: wanted not in text,
        "starts": lambda text: text.startswith(wanted),
        "ends": lambda text: text.endswith(wanted),
        "=": lambda text: text == wanted,
        "!=": lambda text: text != wanted,
    }
    test = tests[operation]
    if operation in ("not contains", "!="):
        return [test(fold(value)) if type(value) is str else not is_missing(value) for value in values]
    return [type(value) is str and test(fold(value)) for value in values]


def _by_pattern(values: Sequence[Any], pattern: str, match_case: bool) -> list[bool]:
    texts = list({value for value in values if type(value) is str})
    ask = dumps([pattern, 0 if match_case else 2, texts])
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter and a program of ours
            [sys.executable, "-I", "-S", "-c", _CHILD],
            input=ask,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATTERN_S,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise Unsupported(f"The pattern took longer than {PATTERN_S:g} seconds. Use a simpler one.") from None
    except (OSError, subprocess.SubprocessError):
        raise Unsupported("The pattern could not be tried. Use a filter without a pattern.") from None
    found = {texts[at] for at in loads(done.stdout)}
    return [type(value) is str and value in found for value in values]


def ordered(values: Sequence[Any], descending: bool) -> list[int]:
    """Return the positions of values in their order, what is missing last.

    Where their types are several, numbers come first, then text, then all others as they are written.
    """
    gone = [at for at, value in enumerate(values) if is_missing(value)]
    left_out = set(gone)
    present = [at for at in range(len(values)) if at not in left_out]
    types = {type(values[at]) for at in present}
    is_plain = types <= NUMBERS or (len(types) == 1 and types <= _IN_ORDER)
    places = values if is_plain else {at: _place_of(values[at]) for at in present}
    return sorted(present, key=places.__getitem__, reverse=descending) + gone


def _place_of(value: Any) -> tuple[int, Any, str]:
    kind = type(value)
    if kind in NUMBERS:
        return 0, value, ""
    if kind is str:
        return 1, value, ""
    return 2, type_name(kind), str(cell_of(value, 200))


def counted(values: Sequence[Any], most: int) -> tuple[list[tuple[Cell, int]], int]:
    """Return the most frequent values with their counts, and how many different ones there are."""
    counts: dict[Any, int] = {}
    for value in values[:: max(1, len(values) // COUNTED)]:
        if is_missing(value):
            continue
        cell = cell_of(value, 80)
        key = tuple(cell) if isinstance(cell, list) else cell
        counts[key] = counts.get(key, 0) + 1
    best = sorted(counts.items(), key=lambda each: -each[1])[:most]
    return [(list(key) if isinstance(key, tuple) else key, count) for key, count in best], len(counts)
