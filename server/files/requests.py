"""What the headers of a request say about a file. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass

from server.files.uploads import Condition
from server.refusals import Refusal

_RANGE = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an upload; `start` None asks how far it has come."""

    start: int | None
    size: int


def part_of(header: str | None, length: int) -> Part | None:
    """Read Content-Range; None for a file that comes whole."""
    if header is None:
        return None
    found = _RANGE.fullmatch(header.strip())
    if found is None:
        raise Refusal("bad_range", "Write Content-Range as `bytes 0-99/1000`, or `bytes */1000` to ask.")
    size = int(found[3])
    if found[1] is None:
        if length:
            raise Refusal("bad_range", "Who asks how far an upload has come sends no body.")
        return Part(None, size)
    start, end = int(found[1]), int(found[2]) + 1
    if end - start != length or end > size:
        raise Refusal("bad_range", "Content-Range does not fit the length of this part. Mend it.")
    return Part(start, size)


def digest_of(header: str | None) -> bytes | None:
    """Read the SHA-256 of Content-Digest or Repr-Digest (RFC 9530); other algorithms are passed over."""
    if header is None:
        return None
    for field in header.split(","):
        name, _, value = field.strip().partition("=")
        if name.lower() == "sha-256":
            try:
                digest = base64.b64decode(value.strip(":"), validate=True)
            except ValueError:
                digest = b""
            if len(digest) != 32:
                raise Refusal("bad_digest", "Write the digest as sha-256=:BASE64:.")
            return digest
    return None


def condition_of(headers: Mapping[str, str]) -> Condition:
    """Read If-Match and If-None-Match as a write takes them."""
    match = headers.get("If-Match")
    marks = None if match is None else frozenset(each.strip().strip('"') for each in match.split(","))
    return Condition(marks, must_be_new=headers.get("If-None-Match", "").strip() == "*")
