"""JSON that keeps working when somebody replaces `json.dumps`: the C functions, taken before any cell ran."""

from __future__ import annotations

from collections.abc import Callable
from json import decoder, encoder
from typing import Any

_make: Any = vars(encoder)["c_make_encoder"]
_scan: Any = vars(decoder.JSONDecoder())["scan_once"]
_string, _ascii_string = encoder.encode_basestring, encoder.encode_basestring_ascii


def _refuse(value: object) -> Any:
    raise TypeError(f"JSON cannot hold a {type(value).__name__}")


def dumps(value: Any, default: Callable[[Any], Any] = _refuse, *, ascii_only: bool = True) -> str:
    """Return the JSON of a value. Raises `TypeError` or `ValueError`, also for infinity and NaN."""
    string = _ascii_string if ascii_only else _string
    return "".join(_make({}, default, string, None, ":", ",", False, False, False)(value, 0))


def loads(text: str | bytes) -> Any:
    """Return the value of a JSON text that begins and ends without white space."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    try:
        return _scan(text, 0)[0]
    except StopIteration:
        raise ValueError("This is not JSON") from None
