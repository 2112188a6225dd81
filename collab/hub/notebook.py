"""An open notebook: its three documents, and which of its cells changed."""

from __future__ import annotations

from collections.abc import Callable

from collab.comments import CommentsDocument
from collab.gate import Gate
from collab.hub.changes import OnSourceChange, SourceChanges
from collab.hub.connection import Connection
from collab.hub.living import living, reserve_client
from collab.hub.outbox import Spawn
from collab.hub.room import SERVER, Hooks, LiveRoom, OnCommand
from collab.ids import ClientId, NotebookId
from collab.roles import Capability
from collab.runtime import RuntimeDocument
from collab.source import SourceDocument
from collab.store import Document, DocumentStore, LoadedHistory


class Room(LiveRoom):
    """One open notebook. Made by `Room.open`, ended by `close`."""

    @classmethod
    async def open(
        cls,
        notebook: NotebookId,
        store: DocumentStore,
        *,
        spawn: Spawn,
        on_command: OnCommand | None = None,
        on_source_change: OnSourceChange | None = None,
        on_left: Callable[[Connection], None] | None = None,
        on_fault: Callable[[str], None] | None = None,
        on_move: Callable[[Connection], None] | None = None,
    ) -> Room:
        """Load a notebook. `on_source_change` runs after each change of cells, outside its transaction.

        Raises `KeyError` for an unknown notebook.
        """
        server_id = await reserve_client(store, notebook, SERVER)
        loaded = await store.load(notebook)
        hooks = Hooks(on_command, on_left, on_fault, on_move)
        return cls(notebook, store, loaded, server_id, spawn, hooks, on_source_change)

    def __init__(
        self,
        notebook: NotebookId,
        store: DocumentStore,
        loaded: LoadedHistory,
        server_id: ClientId,
        spawn: Spawn,
        hooks: Hooks,
        on_source_change: OnSourceChange | None,
    ) -> None:
        docs = {document: living(document, loaded.documents[document], server_id) for document in Document}
        super().__init__(
            notebook,
            store,
            loaded,
            docs,
            Gate(docs[Document.SOURCE].get_update()),
            kind="notebook",
            writes=Capability.EDIT,
            spawn=spawn,
            hooks=hooks,
        )
        self.notebook = notebook
        self.source = SourceDocument(docs[Document.SOURCE])
        self.runtime = RuntimeDocument(docs[Document.RUNTIME])
        self.comments = CommentsDocument(docs[Document.COMMENTS])
        self._changes = SourceChanges(
            self.source, lambda: (self._actor, self._author is not None), on_source_change
        )

    @property
    def cell_count(self) -> int:
        """How many cells there are, without those in the bin."""
        return self._changes.cell_count

    def written(self) -> None:
        self._changes.tell()

    def released(self) -> None:
        self._changes.close()
