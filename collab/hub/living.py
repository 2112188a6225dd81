"""Bringing documents to life from what is stored, and client ids nobody ever had."""

from __future__ import annotations

from typing import Any

from pycrdt import Array, Doc, Map, Text

from collab.ids import ClientId, UserId, new_client_id
from collab.store import Document, DocumentStore, HistoryId, LoadedDocument


async def reserve_client(store: DocumentStore, history: HistoryId, user: UserId) -> ClientId:
    """Return a new client id of `user`, reserved in `history` for ever."""
    while True:
        client_id = new_client_id()
        if await store.bind_client(history, client_id, user):
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
    _take_up(doc, kept)
    return doc


def living_text(kept: LoadedDocument, server_id: ClientId) -> Doc[Any]:
    """Return the document of a text file with all that is kept of it."""
    doc: Doc[Any] = Doc(client_id=server_id)
    doc["text"] = Text()
    _take_up(doc, kept)
    return doc


def _take_up(doc: Doc[Any], kept: LoadedDocument) -> None:
    if kept.snapshot is not None:
        doc.apply_update(kept.snapshot)
    for update in kept.updates:
        doc.apply_update(update.data)
