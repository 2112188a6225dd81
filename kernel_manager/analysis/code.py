"""A notebook's code as one text for the analyser, and the way of a position into it and back. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from kernel_manager.imports.magics import python_of

LONGEST_TEXT = 500_000
"""A longer cell is data: what stands in it is not read."""
LONGEST_KEPT = 20_000
"""A longer cell is read anew for each question, so that what is kept stays small."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text: `line` from 1, `column` in characters from 0."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Code:
    """The cells down to the one where somebody is. `starts`: each cell's id and its first line, from 1."""

    text: str
    position: Position
    starts: tuple[tuple[str, int], ...]

    def cell_at(self, line: int) -> tuple[str, int] | None:
        """Return the cell in which a line of the text stands, and the line within it, from 1."""
        for cell, first in reversed(self.starts):
            if line >= first:
                return cell, line - first + 1
        return None


def code_of(above: Sequence[tuple[str, str]], cell: str, source: str, offset: int) -> Code:
    """Return the code of the cells `above` (id and text) and of `cell`, somebody being at `offset` in it.

    `offset` counts UTF-16 code units, as browsers do. Lines that are no Python are blank.
    """
    parts: list[str] = []
    starts: list[tuple[str, int]] = []
    line = 1
    for each, text in (*above, (cell, source)):
        starts.append((each, line))
        parts.append(python_in(text))
        line += text.count("\n") + 1
    within = position_of(source, offset)
    return Code("\n".join(parts), Position(starts[-1][1] + within.line - 1, within.column), tuple(starts))


def python_in(text: str) -> str:
    """Return a cell's Python, line for line; lines that are none are blank."""
    return _kept(text) if len(text) <= LONGEST_KEPT else _python(text)


def _python(text: str) -> str:
    return python_of(text).text if len(text) <= LONGEST_TEXT else "\n" * text.count("\n")


_kept = lru_cache(maxsize=1024)(_python)
"""From one key to the next, all cells but one are the same."""


def position_of(text: str, offset: int) -> Position:
    """Return the line and column at `offset` UTF-16 code units; the end of the text where it is shorter."""
    before = text.encode("utf-16-le", "surrogatepass")[: 2 * offset].decode("utf-16-le", "replace")
    return Position(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1))
