"""The last that a terminal showed, for whoever comes to it later. Pure."""

from __future__ import annotations

from collections import deque

MOST_BYTES = 256 * 1024
RESET = b"\x1bc"
"""Makes a terminal as a new one: whoever gets a backlog may show something else already."""


class Backlog:
    """The newest bytes of a terminal, at most so many."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._parts: deque[bytes] = deque()
        self._size = 0
        self._is_cut = False

    def add(self, data: bytes) -> None:
        """Add what the terminal shows now."""
        self._parts.append(data)
        self._size += len(data)
        while self._size - len(self._parts[0]) >= self._most:
            self._size -= len(self._parts.popleft())
            self._is_cut = True

    def replay(self) -> bytes:
        """Return what brings a new screen to the state of this terminal; it begins with a whole line."""
        text = b"".join(self._parts)[-self._most :]
        if self._is_cut or self._size > self._most:
            text = text[text.find(b"\n") + 1 :]
        return RESET + text
