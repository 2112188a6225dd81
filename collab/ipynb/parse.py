"""From the bytes of a file to plain JSON that can be trusted to be JSON.

Nothing here knows notebooks. Everything that a parser, a database or a
browser might choke on is mended or refused: size, encoding, depth, NaN, lone
surrogates, keys that stand twice.
"""

from __future__ import annotations

import json
import math
from typing import Any

from collab.ipynb.notes import Notes
from collab.ipynb.values import Unreadable

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 64
"""How deep a file may nest. Documents, browsers and JSON encoders recurse."""


def parse(text: bytes | str, notes: Notes, max_bytes: int = MAX_BYTES) -> Any:
    """Return the JSON value of `text`; raises `Unreadable`. Nothing else, whatever the text."""
    whole = decoded(text, notes, max_bytes)
    if not whole.strip():
        raise Unreadable("empty", "The file is empty.")

    def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            notes.add("duplicate_keys", len(pairs) - len(made))
        return made

    try:
        value = json.loads(whole, object_pairs_hook=without_duplicates)
    except json.JSONDecodeError as error:
        reason = f"The file is not JSON: line {error.lineno}, column {error.colno}: {error.msg}."
        raise Unreadable("not_json", reason) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:  # an integer of thousands of digits
        raise Unreadable("number_too_long", "The file holds a number that is too long to read.") from None
    return cleaned(value, notes)


def cleaned(value: Any, notes: Notes) -> Any:
    """Return `value` without NaN and lone surrogates; raises `Unreadable` where it nests too deeply."""
    return _clean(value, MAX_DEPTH, notes)


def decoded(text: bytes | str, notes: Notes, max_bytes: int) -> str:
    """Return the text of a file without its byte-order mark; raises `Unreadable`."""
    if len(text) > max_bytes:
        reason = (
            f"The file is larger than {max_bytes / 2**20:.0f} MiB. Clear its outputs, then import it again."
        )
        raise Unreadable("too_large", reason)
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            reason = f"The file is not UTF-8: byte {error.start} cannot be read."
            raise Unreadable("not_utf8", reason) from None
    if text.startswith("\ufeff"):
        notes.add("bom")
        return text[1:]
    return text


def _clean(value: Any, depth: int, notes: Notes) -> Any:
    match value:
        case str():
            return _clean_text(value, notes)
        case float() if not math.isfinite(value):
            notes.add("not_finite")
            return None
        case dict():
            if not depth:
                raise _too_deep()
            return {_clean_text(key, notes): _clean(item, depth - 1, notes) for key, item in value.items()}
        case list():
            if not depth:
                raise _too_deep()
            # Plots are lists of a million numbers; those need no call each.
            return [
                item if type(item) is float and math.isfinite(item) else _clean(item, depth - 1, notes)
                for item in value
            ]
        case _:
            return value


def _clean_text(text: str, notes: Notes) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        notes.add("surrogates")
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _too_deep() -> Unreadable:
    return Unreadable("too_deep", f"The file nests deeper than {MAX_DEPTH} levels.")
