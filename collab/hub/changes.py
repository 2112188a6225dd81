"""Which cells changed and who changed them, told outside the transaction that did it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from collab.hub.watch import SourceWatch
from collab.ids import UserId
from collab.source import SourceDocument

OnSourceChange = Callable[[frozenset[str], UserId | None], None]


class SourceChanges:
    """Follows one source document, and gives its cells new places where they are crowded.

    `author` says under whose name the document is written now, and whether by a
    client: its room tells such a change itself, by `tell`; any other is told
    in the next turn of the loop.
    """

    def __init__(
        self,
        source: SourceDocument,
        author: Callable[[], tuple[UserId | None, bool]],
        on_change: OnSourceChange | None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._source = source
        self._author = author
        self._on_change = on_change
        self._touched: dict[UserId | None, set[str]] = {}
        self._later: asyncio.Handle | None = None
        self._watch = SourceWatch(source.doc, self._changed)
        if self._watch.is_crowded:
            self._soon()

    @property
    def cell_count(self) -> int:
        """How many cells there are, without those in the bin."""
        return len(self._watch.living)

    def tell(self) -> None:
        """Tell what changed since the last time."""
        touched, self._touched = self._touched, {}
        if self._on_change is not None:
            for user, cells in touched.items():
                self._on_change(frozenset(cells), user)

    def close(self) -> None:
        """Follow no more."""
        if self._later is not None:
            self._later.cancel()
        self._watch.close()

    def _changed(self) -> None:
        user, is_client = self._author()
        self._touched.setdefault(user, set()).update(self._watch.take())
        if not is_client or self._watch.is_crowded:
            self._soon()

    def _soon(self) -> None:
        if self._later is None:
            self._later = self._loop.call_soon(self._catch_up)

    def _catch_up(self) -> None:
        self._later = None
        if self._watch.is_crowded:
            self._source.respace()
            self._watch.settled()
        self.tell()
