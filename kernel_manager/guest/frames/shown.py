"""The tables that outputs showed: by an id, for as long as they are still there.

A small table is kept while it is among the last few shown; a large one only as long as the person's own code
keeps it, so that looking at a table does not hold its memory.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

KEPT = 20
KEPT_BYTES_EACH = 64 << 20
KEPT_BYTES = 128 << 20
KNOWN = 500


class Shown:
    """What outputs showed, with a bounded memory."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Callable[[], Any]] = OrderedDict()
        self._kept: OrderedDict[str, tuple[Any, int]] = OrderedDict()
        self._made = 0

    def add(self, value: Any, weight: int, mark: str) -> str:
        """Remember a table of about `weight` bytes and return its id, which begins with `mark`."""
        self._made += 1
        name = f"{mark}-{self._made}"
        try:
            self._known[name] = weakref.ref(value)
        except TypeError:
            self._known[name] = lambda: None
            weight = min(weight, KEPT_BYTES_EACH)
        if weight <= KEPT_BYTES_EACH:
            self._kept[name] = (value, weight)
        while len(self._kept) > KEPT or sum(w for _, w in self._kept.values()) > KEPT_BYTES:
            self._kept.popitem(last=False)
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)
        return name

    def get(self, name: str) -> Any:
        """Return a table by its id; None when it is gone."""
        kept = self._kept.get(name)
        if kept is not None:
            return kept[0]
        reference = self._known.get(name)
        return None if reference is None else reference()
