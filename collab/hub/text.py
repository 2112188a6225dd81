"""An open text file: one text that everybody with FILES may edit."""

from __future__ import annotations

from collections.abc import Callable

from collab.gate import TEXT_FILE, Gate
from collab.hub.living import living_text, reserve_client
from collab.hub.outbox import Spawn
from collab.hub.room import SERVER, Hooks, LiveRoom
from collab.ids import ClientId, TextId
from collab.roles import Capability
from collab.store import Document, DocumentStore, LoadedHistory
from collab.text import TextDocument


class TextRoom(LiveRoom):
    """One open text file. Made by `TextRoom.open`, ended by `close`.

    The server writes into it by `take` alone, and under `server_id` alone.
    """

    @classmethod
    async def open(
        cls,
        text: TextId,
        store: DocumentStore,
        *,
        spawn: Spawn,
        on_change: Callable[[], None],
        on_fault: Callable[[str], None],
    ) -> TextRoom:
        """Load a text file; `on_change` runs after each change of a client. Raises `KeyError` for none."""
        server_id = await reserve_client(store, text, SERVER)
        loaded = await store.load(text)
        return cls(text, store, loaded, server_id, spawn, Hooks(on_fault=on_fault), on_change)

    def __init__(
        self,
        text: TextId,
        store: DocumentStore,
        loaded: LoadedHistory,
        server_id: ClientId,
        spawn: Spawn,
        hooks: Hooks,
        on_change: Callable[[], None],
    ) -> None:
        doc = living_text(loaded.documents[Document.SOURCE], server_id)
        super().__init__(
            text,
            store,
            loaded,
            {Document.SOURCE: doc},
            Gate(doc.get_update(), TEXT_FILE),
            kind="file",
            writes=Capability.FILES,
            spawn=spawn,
            hooks=hooks,
        )
        self.server_id = server_id
        self.text = TextDocument(doc)
        self._on_change = on_change

    def take(self, update: bytes) -> None:
        """Take in what was made elsewhere of an earlier state of this document."""
        with self.edit():
            self.text.doc.apply_update(update)

    def written(self) -> None:
        self._on_change()
