"""Make what a kernel sent safe to keep: text without lone surrogates, JSON without NaN or abysses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 64
"""How deep a JSON value may nest. Documents and browsers recurse; kernels need not stop."""

_TOO_DEEP = "… nested too deeply"
_MAX_SAFE_INT = 2**53 - 1


def safe_text(text: str) -> str:
    """Return `text` with surrogate pairs joined and lone surrogates replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def safe_json(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Return a copy of `value` that every JSON reader takes.

    NaN and infinities become null, integers beyond 53 bits floats, keys
    text, unknown kinds their `str`, and what nests deeper than `depth` a note.
    """
    match value:
        case None | bool():
            return value
        case str():
            return safe_text(value)
        case int():
            return value if -_MAX_SAFE_INT <= value <= _MAX_SAFE_INT else _as_float(value)
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            if depth == 0:
                return _TOO_DEEP
            return {safe_text(str(key)): safe_json(item, depth - 1) for key, item in value.items()}
        case list() | tuple():
            return [safe_json(item, depth - 1) for item in value] if depth else _TOO_DEEP
        case _:
            return safe_text(str(value))


def _as_float(value: int) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None
