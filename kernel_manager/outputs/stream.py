"""The text of one stream, as a screen would show it.

A carriage return goes back to the start of the line and what follows
overwrites; a backspace deletes the character before. Only the unfinished last
line can still change, so everything above it is written once. A log that
outgrows its cap keeps its beginning and its end.
"""

from __future__ import annotations

import re

from kernel_manager.outputs.safety import safe_text

LINE_CHARACTERS = 8192
"""Behind this many characters an unfinished line no longer changes; the next character starts afresh."""

INLINE_BYTES = 512
"""A finished text of at most this size is part of its output; of a longer one, only its measures are."""

_CONTROLS = re.compile("[\r\b]+")


class StreamLog:
    """Folds text into a log of bytes. Needs memory for the kept end only, however much is written.

    A log may grow to `cap_bytes`. Then its middle goes: the first and the last
    tenth of the cap stay, and it may grow again.
    """

    def __init__(self, cap_bytes: int) -> None:
        self._cap = cap_bytes
        self._edge = cap_bytes // 10
        self._line = ""
        self._line_pieces: list[str] = []
        self._line_bytes = 0
        self._line_length = 0
        self._cursor = 0
        self._settled = 0  # bytes above the unfinished line, dropped ones too
        self._newlines = 0
        self._head = bytearray()
        self._head_newlines = 0
        self._tail = bytearray()
        self.truncated = 0

    @property
    def size(self) -> int:
        """Bytes in the log."""
        return self._settled - self.truncated + self._line_bytes

    @property
    def lines(self) -> int:
        """Lines in the log; an unfinished one counts."""
        return self._newlines + (1 if self._line_bytes else 0)

    def write(self, text: str) -> tuple[int, bytes]:
        """Write `text`; from the returned offset on, the log now holds exactly the returned bytes."""
        text = safe_text(text)
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        if self._cursor == self._line_length and "\r" not in text and "\b" not in text:
            offset, written = self._append(text)
        else:
            offset, written = self._overwrite(text)
        return self._shorten(offset) if self._settled - self.truncated > self._cap else (offset, written)

    def close(self) -> tuple[int, bytes] | None:
        """Cut a log that was truncated before to its final form; None when nothing changes."""
        return self._shorten(self.size) if self.truncated else None

    def short_text(self) -> str | None:
        """Return the whole of a short log, or None of a long one."""
        if self.size > INLINE_BYTES or self.truncated:
            return None
        return (bytes(self._tail) + self._joined_line().encode()).decode()

    def _append(self, text: str) -> tuple[int, bytes]:
        offset = self.size
        written = text.encode()
        newline = text.rfind("\n")
        if newline < 0:
            self._extend_line(text, len(written))
        else:
            rest = text[newline + 1 :]
            rest_bytes = len(rest.encode())
            self._settle(self._joined_line().encode() + written[: len(written) - rest_bytes])
            self._set_line("")
            self._extend_line(rest, rest_bytes)
        return offset, written

    def _extend_line(self, text: str, size: int) -> None:
        self._line_pieces.append(text)
        self._line_length += len(text)
        self._line_bytes += size
        if self._line_length > LINE_CHARACTERS:
            line = self._joined_line()
            fixed = (len(line) - 1) // LINE_CHARACTERS * LINE_CHARACTERS
            self._settle(line[:fixed].encode())
            self._set_line(line[fixed:])
        self._cursor = self._line_length

    def _overwrite(self, text: str) -> tuple[int, bytes]:
        offset = self._settled - self.truncated
        above: list[str] = []
        line, cursor = self._joined_line(), self._cursor
        lines = text.split("\n")
        for number, part in enumerate(lines):
            if number:
                above.append(line + "\n")
                line, cursor = "", 0
            line, cursor = _type(line, cursor, part, above)
        settled = "".join(above).encode()
        self._settle(settled)
        self._set_line(line, cursor)
        return offset, settled + line.encode()

    def _joined_line(self) -> str:
        if self._line_pieces:
            self._line += "".join(self._line_pieces)
            self._line_pieces.clear()
        return self._line

    def _set_line(self, line: str, cursor: int | None = None) -> None:
        self._line = line
        self._line_pieces.clear()
        self._line_length = len(line)
        self._line_bytes = len(line.encode())
        self._cursor = len(line) if cursor is None else cursor

    def _settle(self, written: bytes) -> None:
        """Add to what no longer changes."""
        room = self._edge - len(self._head)
        if room > 0:
            self._head += written[:room]
            if len(self._head) == self._edge:
                self._head_newlines = _trim_end(bytes(self._head)).count(b"\n")
        self._settled += len(written)
        self._newlines += written.count(b"\n")
        self._tail += written
        if len(self._tail) > 2 * self._edge + INLINE_BYTES:
            del self._tail[: -max(self._edge, INLINE_BYTES)]

    def _shorten(self, offset: int) -> tuple[int, bytes]:
        """Take the middle out, on borders of characters. The reader knows the log up to `offset`."""
        head = _trim_end(bytes(self._head))
        tail = _trim_start(bytes(self._tail[-self._edge :]))
        self.truncated = self._settled - len(head) - len(tail)
        self._newlines = self._head_newlines + tail.count(b"\n")
        offset = min(offset, len(head))
        return offset, head[offset:] + tail + self._joined_line().encode()


def _type(line: str, cursor: int, text: str, above: list[str]) -> tuple[str, int]:
    """Write `text`, which has no line feed, over `line` from `cursor` on, obeying its controls."""
    if "\b" not in text:
        return _retype(line, cursor, text.split("\r"), above)
    at = 0
    for control in _CONTROLS.finditer(text):
        line, cursor = _put(line, cursor, text[at : control.start()], above)
        run = control.group()
        deleted = min(len(run) - len(run.lstrip("\b")), cursor)
        if deleted:
            line = line[: cursor - deleted] + line[cursor:]
        cursor = 0 if "\r" in run else cursor - deleted
        at = control.end()
    return _put(line, cursor, text[at:], above)


def _retype(line: str, cursor: int, parts: list[str], above: list[str]) -> tuple[str, int]:
    """Write the first of `parts` at `cursor` and each other from the start of the line."""
    line, cursor = _put(line, cursor, parts[0], above)
    if len(parts) == 1:
        return line, cursor
    if max(map(len, parts)) > LINE_CHARACTERS:
        for part in parts[1:]:
            line, cursor = _put(line, 0, part, above)
        return line, cursor
    parts[0] = line
    seen = parts[-1]
    for part in reversed(parts):  # the newest hides all but what is longer in the older ones
        if len(part) > len(seen):
            seen += part[len(seen) :]
    return seen, len(parts[-1])


def _put(line: str, cursor: int, text: str, above: list[str]) -> tuple[str, int]:
    """Write `text` over `line` from `cursor` on; full lines move to `above`."""
    while cursor + len(text) > LINE_CHARACTERS:
        room = LINE_CHARACTERS - cursor
        above.append(line[:cursor] + text[:room])
        line, cursor, text = "", 0, text[room:]
    end = cursor + len(text)
    return line[:cursor] + text + line[end:], end


def _trim_end(data: bytes) -> bytes:
    """Return `data` without an unfinished character at its end."""
    last = max(len(data) - 1, 0)
    while last and data[last] & 0xC0 == 0x80:
        last -= 1
    try:
        data[last:].decode()
    except UnicodeDecodeError:
        return data[:last]
    return data


def _trim_start(data: bytes) -> bytes:
    """Return `data` without the rest of a character at its start."""
    start = 0
    while start < len(data) and data[start] & 0xC0 == 0x80:
        start += 1
    return data[start:]
