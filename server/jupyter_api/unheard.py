"""What a program was told and has not surely heard. A dead line takes messages, too, and says nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Told:
    """One message to a program: what it is made of, to be written anew for another line, and its bytes."""

    parts: tuple[str, str, Mapping[str, Any], Mapping[str, Any], Mapping[str, Any] | None, Sequence[bytes]]
    size: int

    @property
    def parent(self) -> Mapping[str, Any]:
        """The header of the request that it answers."""
        return self.parts[2]


class Unheard:
    """Keeps messages until a pong comes: a program answers a ping once it has read all that was sent before.

    `ping` sends one with a mark, of which one at a time is on its way. What is too much for the memory is
    forgotten, the oldest first, and `is_cut` says so.
    """

    def __init__(self, ping: Callable[[bytes], None]) -> None:
        self.is_cut = False
        self._ping = ping
        self._told: deque[Told] = deque()
        self._bytes = 0
        self._asked = 0
        self._mark = 0

    def note(self, told: Told) -> None:
        """A message was sent."""
        self._told.append(told)
        self._bytes += told.size
        while self._bytes > MOST_BYTES:
            self._drop()
            self.is_cut = True
        if not self._asked:
            self._ask()

    def answered(self, mark: bytes) -> None:
        """A pong has come."""
        if mark != self._current:
            return
        for _ in range(self._asked):
            self._drop()
        self._asked = 0
        if self._told:
            self._ask()

    def left(self) -> list[Told]:
        """Return what may not have been heard, in order."""
        return list(self._told)

    @property
    def _current(self) -> bytes:
        return str(self._mark).encode()

    def _ask(self) -> None:
        self._asked = len(self._told)
        self._mark += 1
        self._ping(self._current)

    def _drop(self) -> None:
        self._bytes -= self._told.popleft().size
        self._asked = max(0, self._asked - 1)
