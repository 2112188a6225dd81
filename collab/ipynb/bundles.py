"""How the value of one MIME type is kept: small ones inline, others as a blob of what they really are.

The blob of a picture is the picture, so that a browser can show it by its
address; the blob of JSON is its text. Both ways are exact.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from collab.wire import BlobRef, Inline

INLINE_BYTES = 8192
"""Values up to this size live in the document."""

Form = Literal["plain", "newline", "lines", "text"]
"""How a binary value is written in a file: base64 plain, with a line feed at its end, in lines of 76
characters, or something that is not base64 at all."""

_JSON_MIME = re.compile(r"application/(.*\+)?json")
_MAX_EXACT = 2**53


@dataclass(frozen=True, slots=True)
class Stored:
    """A value as the document holds it, and the blob that belongs to it."""

    value: Inline | BlobRef
    blob: bytes | None = None
    form: Form = "plain"


def stored(mime: str, value: Any, *, inline_bytes: int = INLINE_BYTES) -> Stored:
    """Return how `value` is kept. It must be text, or JSON where `mime` says so."""
    if is_json_mime(mime):
        text = json_text(value)
        if len(text) <= inline_bytes and is_plain(value):
            return Stored(Inline(value))
        return _as_blob(text.encode(), "plain")
    if not isinstance(value, str):
        raise TypeError(f"{mime} must be text")
    if len(value) <= inline_bytes and len(value.encode()) <= inline_bytes:
        return Stored(Inline(value))
    if is_binary_mime(mime):
        return _binary(value)
    return _as_blob(value.encode(), "plain")


def restored(mime: str, content: bytes, form: str) -> Any:
    """Return the value that `stored` made a blob of."""
    if is_json_mime(mime):
        return msgspec.json.decode(content)
    if not is_binary_mime(mime) or form == "text":
        return content.decode()
    if form == "lines":
        return base64.encodebytes(content).decode()
    return base64.b64encode(content).decode() + ("\n" if form == "newline" else "")


def is_json_mime(mime: str) -> bool:
    """Say whether values of `mime` are JSON values."""
    return _JSON_MIME.fullmatch(mime) is not None


def is_binary_mime(mime: str) -> bool:
    """Say whether values of `mime` are written in base64."""
    if mime == "image/svg+xml":
        return False
    return mime.startswith(("image/", "audio/", "video/", "font/")) or mime == "application/pdf"


def is_plain(value: Any) -> bool:
    """Say whether a document and a browser hold `value` exactly: no huge integers, no `__proto__`."""
    match value:
        case bool():
            return True
        case int():
            return abs(value) < _MAX_EXACT
        case dict():
            return "__proto__" not in value and all(map(is_plain, value.values()))
        case list():
            return all(map(is_plain, value))
        case _:
            return True


def json_text(value: Any) -> str:
    """Return `value` as compact JSON; exact for integers of any size."""
    return msgspec.json.encode(value).decode()


def _binary(text: str) -> Stored:
    try:
        content = base64.b64decode(re.sub(r"\s", "", text), validate=True)
    except (binascii.Error, ValueError):
        return _as_blob(text.encode(), "text")
    plain = base64.b64encode(content).decode()
    if text == plain:
        return _as_blob(content, "plain")
    if text == base64.encodebytes(content).decode():
        return _as_blob(content, "lines")
    if text == plain + "\n":
        return _as_blob(content, "newline")
    # Odd white space says nothing; base64 that does not come back is no base64.
    return _as_blob(content, "plain") if re.sub(r"\s", "", text) == plain else _as_blob(text.encode(), "text")


def _as_blob(content: bytes, form: Form) -> Stored:
    digest = hashlib.sha256(content).hexdigest()
    return Stored(BlobRef(digest, len(content)), content, form)
