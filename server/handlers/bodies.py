"""JSON bodies: decoded strictly, refused in words.

JSON leaves room for tricks (duplicate keys, lone surrogates, NaN, nesting
without end); every one is refused here, so that no handler meets them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from server.refusals import Refusal

S = TypeVar("S", bound=msgspec.Struct)

SMALL_BYTES = 64 * 1024
"""The largest body of a request that needs none."""

FREE_TEXT = frozenset({"source", "ipynb", "file_text"})
"""Fields that may hold any character: they go into documents, not into columns."""

CHECKED_BYTES = 1024 * 1024
"""Bodies above this size (only imports) are not searched for duplicate keys: it would take seconds."""


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse a body that does not say it is plain JSON; forms of other sites cannot say so."""
    kind, _, parameters = headers.get("Content-Type", "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() != "application/json" or charset not in {"", "utf-8"}:
        raise Refusal("not_json", "Send the body as JSON, with Content-Type: application/json.", 415)
    if headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refusal("not_json", "Send the body as it is, without Content-Encoding.", 415)


def too_large(limit: int) -> Refusal:
    """The refusal of a body above `limit` bytes."""
    return Refusal("too_large", f"The body is larger than {limit:,} bytes. Send less.", 413)


def room_for_file(limit: int) -> int:
    """How long a request may be that carries a file of `limit` bytes: as JSON, its text gets longer."""
    return 2 * limit + SMALL_BYTES


def file_too_large(limit: int) -> Refusal:
    """The refusal of a file above `limit` bytes."""
    reason = f"The file is larger than {limit / 2**20:.0f} MiB. Clear its outputs, then import it again."
    return Refusal("too_large", reason, 413)


def decode(raw: bytes, shape: type[S]) -> S:
    """Return `raw` as `shape`, or raise a `Refusal` that names the fault."""
    try:
        value = msgspec.json.decode(raw, type=shape)
        if len(raw) <= CHECKED_BYTES:
            json.loads(raw, object_pairs_hook=_without_duplicates)
    except msgspec.ValidationError as failure:
        raise Refusal("bad_body", f"The body is not right: {str(failure)[:300]}.") from None
    except (ValueError, RecursionError):  # msgspec.DecodeError and UnicodeDecodeError are ValueErrors
        raise Refusal("bad_json", "The body is not valid JSON.") from None
    for name in value.__struct_fields__:
        text = getattr(value, name)
        if isinstance(text, str) and name not in FREE_TEXT:
            _check_text(name, text)
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate keys")
    return found


def _check_text(name: str, text: str) -> None:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Refusal("bad_body", f"The body is not right: `{name}` holds characters that are not text.")
