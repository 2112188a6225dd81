"""A set of whole numbers kept as sorted, disjoint ranges."""

from __future__ import annotations

from bisect import bisect_right


class Ranges:
    """Which units of one author are deleted."""

    __slots__ = ("_ends", "_starts")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, start: int, end: int) -> bool:
        """Add `start:end`, merging what touches; False if all of it was there already."""
        starts, ends = self._starts, self._ends
        first = bisect_right(starts, start) - 1
        if first < 0 or ends[first] < start:
            first += 1
        elif ends[first] >= end:
            return False
        last = bisect_right(starts, end)
        if first < last:
            start, end = min(start, starts[first]), max(end, ends[last - 1])
        starts[first:last] = [start]
        ends[first:last] = [end]
        return True

    def __len__(self) -> int:
        return len(self._starts)
