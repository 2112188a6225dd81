"""The cells of notebooks as they are now, for whoever reads many: nothing is opened for it.

Of a notebook that somebody has open the living document is read, of any other the stored one, once for
each change of it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from collab.hub import Room
from collab.hub.living import living
from collab.ids import ClientId, NotebookId
from collab.source import SourceDocument
from collab.store import Document, DocumentStore, LoadedHistory
from server.db.repositories.sources import TextHead

C = TypeVar("C")

MOST_KEPT = 1_000
"""How many stored notebooks' cells are kept."""


class Sources(Generic[C]):
    """What `read` takes out of the texts of notebooks."""

    def __init__(
        self,
        store: DocumentStore,
        room_of: Callable[[NotebookId], Room | None],
        read: Callable[[SourceDocument], tuple[C, ...]],
    ) -> None:
        self._store = store
        self._room_of = room_of
        self._read = read
        self._kept: OrderedDict[NotebookId, tuple[str, int, tuple[C, ...]]] = OrderedDict()

    async def cells(self, head: TextHead) -> tuple[C, ...]:
        """Return what is read out of a notebook; nothing of one that was removed for good meanwhile."""
        room = self._room_of(head.notebook)
        if room is not None:
            return self._read(room.source)
        kept = self._kept.get(head.notebook)
        if kept is not None and kept[:2] == (head.epoch, head.head_seq):
            self._kept.move_to_end(head.notebook)
            return kept[2]
        try:
            loaded = await self._store.load(head.notebook)
        except KeyError:
            return ()
        cells = await asyncio.to_thread(self._read_stored, loaded)
        self._kept[head.notebook] = loaded.epoch, loaded.documents[Document.SOURCE].head_seq, cells
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return cells

    def _read_stored(self, loaded: LoadedHistory) -> tuple[C, ...]:
        return self._read(
            SourceDocument(living(Document.SOURCE, loaded.documents[Document.SOURCE], ClientId(0)))
        )
