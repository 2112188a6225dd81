"""Files as bytes: the text in them, and the way back that changes no byte of what was not edited."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CODING = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


@dataclass(frozen=True)
class EncodedText:
    """A file's text, and how it was written."""

    text: str
    encoding: str
    bom: bytes = b""

    def encode(self, text: str) -> bytes:
        """Return another text as bytes. Raises `UnicodeEncodeError` where the encoding has no such letter."""
        return self.bom + text.encode(self.encoding)


def decode(raw: bytes) -> EncodedText:
    """Return a file's text: by its mark, by its coding comment, as UTF-8, or else byte for byte."""
    byte_for_byte = EncodedText(raw.decode("latin-1"), "latin-1")
    for bom, encoding in BOMS:
        if raw.startswith(bom):
            return _read(raw[len(bom) :], encoding, bom) or byte_for_byte
    for line in raw.split(b"\n")[:2]:
        match = CODING.match(line)
        if match:
            found = _read(raw, match[1].decode(), b"")
            if found is not None:
                return found
    return _read(raw, "utf-8", b"") or byte_for_byte


def _read(raw: bytes, encoding: str, bom: bytes) -> EncodedText | None:
    """Return the text, where it can be written back as the same bytes."""
    try:
        text = raw.decode(encoding)
        return EncodedText(text, encoding, bom) if text.encode(encoding) == raw else None
    except (UnicodeError, LookupError):
        return None
