"""Bringing a notebook to life: its documents from what is stored, and client ids nobody ever had."""

from __future__ import annotations

from typing import Any

from pycrdt import Array, Doc, Map

from collab.ids import ClientId, NotebookId, UserId, new_client_id
from collab.store import Document, DocumentStore, LoadedDocument


async def reserve_client(store: DocumentStore, notebook: NotebookId, user: UserId) -> ClientId:
    """Return a new client id of `user`, reserved in `notebook` for ever."""
    while True:
        client_id = new_client_id()
        if await store.bind_client(notebook, client_id, user):
            return client_id


def living(document: Document, kept: LoadedDocument, server_id: ClientId) -> Doc[Any]:
    """Return the document with all that is kept of it, its roots declared."""
    doc: Doc[Any] = Doc(client_id=server_id)
    match document:
        case Document.SOURCE:
            doc["meta"], doc["cells"] = Map(), Map()
        case Document.RUNTIME:
            doc["cells"], doc["kernel"], doc["queue"], doc["people"] = Map(), Map(), Array(), Map()
        case Document.COMMENTS:
            doc["threads"] = Map()
    if kept.snapshot is not None:
        doc.apply_update(kept.snapshot)
    for update in kept.updates:
        doc.apply_update(update.data)
    return doc
