"""How a text file is written: its encoding and its line ends, and the way back that keeps both. Pure.

While it is edited every line ends with a line feed. Lines that nobody touched get their own ends back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from collab.gate import MAX_FILE_BYTES
from collab.text import MOST_COMPARED
from kernel_manager.imports.encoded import EncodedText, decode
from server.refusals import Refusal

LINE = re.compile("([^\r\n]*)(\r\n|\r|\n|$)")
CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class Written:
    """A file's text, and what it takes to write another one in the same way."""

    text: str
    encoded: EncodedText
    end: str
    """How most lines end."""
    ends: tuple[str, ...] | None
    """How each line ends, where they do not all do it alike."""

    def encode(self, text: str) -> bytes:
        """Return `text` as this file would hold it; as UTF-8 where its own encoding has no such letters."""
        whole = text.replace("\n", self.end) if self.ends is None else self._with_own_ends(text)
        for encode in (self.encoded.encode, _by_comment, _as_utf8, _as_marked_utf8):
            try:
                raw = encode(whole)
            except UnicodeEncodeError:
                continue
            if decode(raw).text == whole:  # a coding comment in it may say otherwise
                return raw
        return _as_marked_utf8(whole)

    def _with_own_ends(self, text: str) -> str:
        assert self.ends is not None
        old, new = self.text.split("\n"), text.split("\n")
        ends = [self.end] * len(new)
        head = _same(old, new)
        tail = _same(old[head:][::-1], new[head:][::-1])
        ends[:head] = self.ends[:head]
        if tail:
            ends[-tail:] = self.ends[-tail:]
        olds, news = old[head : len(old) - tail], new[head : len(new) - tail]
        if len(olds) * len(news) <= MOST_COMPARED:
            for start, at, size in SequenceMatcher(None, olds, news, autojunk=False).get_matching_blocks():
                ends[head + at : head + at + size] = self.ends[head + start : head + start + size]
        inner = (line + (end or self.end) for line, end in zip(new[:-1], ends, strict=False))
        return "".join([*inner, new[-1]])


def read(raw: bytes) -> Written:
    """Return what a file holds; raises a `Refusal` where that is no text, or too much of it."""
    if len(raw) > MAX_FILE_BYTES:
        raise too_large()
    encoded = decode(raw)
    if len(encoded.text.encode("utf-8", "surrogatepass")) > MAX_FILE_BYTES:
        raise too_large()
    if "\0" in encoded.text or len(CONTROLS.findall(encoded.text)) > len(encoded.text) // 100:
        reason = "This file holds no text, so it cannot be edited here. Download it, or read it in a cell."
        raise Refusal("not_text", reason, 409)
    lines = [found.groups() for found in LINE.finditer(encoded.text)]
    if len(lines) > 1 and lines[-1] == ("", "") and lines[-2][1] == "":
        lines.pop()  # the pattern matches once more behind a last line without an end
    ends = [end for _, end in lines]
    counted = {end: ends.count(end) for end in ("\n", "\r\n", "\r")}
    end = max(counted, key=lambda each: counted[each])
    is_mixed = sum(count > 0 for count in counted.values()) > 1
    return Written("\n".join(line for line, _ in lines), encoded, end, tuple(ends) if is_mixed else None)


def too_large() -> Refusal:
    """The refusal of a file that no editor would be quick with."""
    limit = MAX_FILE_BYTES // 1024**2
    reason = (
        f"The file is larger than {limit} MiB. Download it, or read it in a cell: no editor opens it here."
    )
    return Refusal("too_large", reason, 413)


def _same(one: list[str], other: list[str]) -> int:
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return count


def _by_comment(text: str) -> bytes:
    return decode(text.encode()).encode(text)


def _as_utf8(text: str) -> bytes:
    return text.encode()


def _as_marked_utf8(text: str) -> bytes:
    return text.encode("utf-8-sig")
