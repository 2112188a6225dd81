"""What every library's tables can do here.

An engine reads one table and never changes or copies it: a view of a table is a list of row numbers, whole
columns are only scanned. Libraries are used if the person's own code has imported them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .cells import Cell
from .filters import Condition

Rows = Any
"""Row numbers in the library's own kind of array; None stands for all rows in their order."""

ORDERED = ("integer", "number", "date", "datetime", "time", "duration")
COUNTED = ("text", "category", "boolean")

SAMPLE_ABOVE = 1_000_000
SAMPLE_ROWS = 200_000


@dataclass(frozen=True)
class Column:
    """A column by its position: names may repeat and need not be text."""

    at: int
    name: str
    type: str
    kind: str
    label: Any = None
    """The name as the library has it."""

    def described(self) -> dict[str, Any]:
        """Return it as the page gets it."""
        return {"name": self.name, "type": self.type, "kind": self.kind}


class Unsupported(Exception):
    """This cannot be done with this table; the text is for the person who asked."""


class Engine(Protocol):
    """One table. Levels of its index have positions below 0: -1 is the innermost."""

    @property
    def library(self) -> str:
        """The library's name."""

    @property
    def form(self) -> str:
        """What the library calls it."""

    @property
    def rows(self) -> int | None:
        """How many rows there are; None where that would have to be computed."""

    @property
    def columns(self) -> Sequence[Column]:
        """Its columns, in order."""

    @property
    def index(self) -> Sequence[Column]:
        """The levels of its index, the outermost first."""

    def page(
        self, columns: Sequence[Column], rows: Rows, start: int, stop: int, longest: int
    ) -> list[list[Cell]]:
        """Return the cells of some rows of a view, column by column."""

    def select(self, conditions: Sequence[Condition], search: str) -> Rows:
        """Return the rows that fit every condition and hold the text, in the order of the table."""

    def sort(self, keys: Sequence[tuple[Column, bool]], rows: Rows) -> Rows:
        """Return rows by (column, descending), the first key counting most; what is missing comes last."""

    def count(self, rows: Rows) -> int:
        """Return how many rows a view has."""

    def part(self, column: Column, rows: Rows, most: int) -> Any:
        """Return a column of a view for counting; about `most` values, evenly spread, if there are more."""

    def missing(self, part: Any) -> tuple[int, int]:
        """Return how many values of a part are missing, and how many there are."""

    def extent(self, part: Any) -> tuple[float, float, Cell, Cell] | None:
        """Return the least and the greatest finite value as numbers and as cells; None without any."""

    def binned(self, part: Any, low: float, high: float, bins: int) -> list[int]:
        """Return how many values lie in each of some equal steps from `low` to `high`."""

    def quartiles(self, part: Any) -> list[Cell] | None:
        """Return the first quartile, the median and the third; None where they mean nothing."""

    def mean(self, part: Any) -> Cell | None:
        """Return the mean of numbers."""

    def top(self, part: Any, most: int) -> tuple[list[tuple[Cell, int]], int]:
        """Return the most frequent values with their counts, and how many different ones there are."""

    def values(self, column: Column, rows: Rows, start: int, stop: int) -> list[Any]:
        """Return some values of a view as the library gives them."""

    def every(self, rows: Rows, step: int) -> Rows:
        """Return one row of each so many of a view."""

    def grouped(self, chart: Any, rows: Rows, step: int) -> list[dict[str, Any]]:
        """Return the groups of a chart by `x`: the keys, a count, and an aggregate or five figures."""

    def batches(self, columns: Sequence[Column], rows: Rows, size: int) -> Iterator[Any]:
        """Return a view as tables of pyarrow, so many rows each, or as one that can write itself."""

    def fingerprint(self) -> Any:
        """Return something that differs once the table was seen to change; cheap, so it may miss that."""

    def weight(self) -> int:
        """Return about how many bytes the table keeps in memory."""


def unique_names(columns: Sequence[Column]) -> list[str]:
    """Return the names of columns for a file where each name stands once."""
    found: list[str] = []
    for column in columns:
        name, number = column.name or "values", 2
        while name in found:
            name, number = f"{column.name} ({number})", number + 1
        found.append(name)
    return found
