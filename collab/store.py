"""Where documents are kept: the protocol, and an in-memory store for tests.

Knows update bytes and sequence numbers, nothing of what they mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from collab.ids import UserId

HistoryId = str
"""The id of what has a history: a notebook, or a text file that people edit."""


class Document(StrEnum):
    """The documents of a notebook. A text file has SOURCE alone."""

    SOURCE = "source"
    RUNTIME = "runtime"
    COMMENTS = "comments"


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    """One Y update (v1 encoding). `seq` counts from 1 within one document and has no holes."""

    document: Document
    seq: int
    data: bytes
    actor: UserId | None = None


@dataclass(frozen=True, slots=True)
class LoadedDocument:
    """A snapshot that holds everything up to `snapshot_seq`, and the updates after it in order."""

    snapshot: bytes | None
    snapshot_seq: int
    updates: tuple[StoredUpdate, ...]

    @property
    def head_seq(self) -> int:
        """The newest sequence number."""
        return self.updates[-1].seq if self.updates else self.snapshot_seq


@dataclass(frozen=True, slots=True)
class LoadedHistory:
    """All documents of one history, and the epoch that names it."""

    epoch: str
    documents: dict[Document, LoadedDocument]


class DocumentStore(Protocol):
    """Durable documents. Every call returns after its commit."""

    async def load(self, history: HistoryId) -> LoadedHistory:
        """Return everything kept of `history`; raises `KeyError` for one that was never created."""

    async def append(self, history: HistoryId, updates: Sequence[StoredUpdate]) -> None:
        """Commit `updates` in one transaction; a `seq` that exists already is an error."""

    async def compact(self, history: HistoryId, document: Document, seq: int, snapshot: bytes) -> None:
        """Replace everything up to `seq` by `snapshot`, in one transaction."""

    async def bind_client(self, history: HistoryId, client_id: int, user: UserId) -> bool:
        """Reserve `client_id` for `user` for ever; False when it is already taken there."""

    async def clients_of(self, history: HistoryId, user: UserId) -> frozenset[int]:
        """Return the client ids that `user` was ever given in `history`."""


@dataclass
class MemoryStore:
    """A `DocumentStore` that forgets at exit."""

    epochs: dict[HistoryId, str] = field(default_factory=dict)
    snapshots: dict[tuple[HistoryId, Document], tuple[int, bytes]] = field(default_factory=dict)
    rows: dict[tuple[HistoryId, Document], list[StoredUpdate]] = field(default_factory=dict)
    clients: dict[HistoryId, dict[int, UserId]] = field(default_factory=dict)

    def create(self, history: HistoryId, epoch: str) -> None:
        """Make an empty notebook."""
        self.epochs[history] = epoch

    async def load(self, history: HistoryId) -> LoadedHistory:
        documents = {}
        for document in Document:
            seq, snapshot = self.snapshots.get((history, document), (0, None))
            rows = tuple(self.rows.get((history, document), ()))
            documents[document] = LoadedDocument(snapshot, seq, rows)
        return LoadedHistory(self.epochs[history], documents)

    async def append(self, history: HistoryId, updates: Sequence[StoredUpdate]) -> None:
        for update in updates:
            rows = self.rows.setdefault((history, update.document), [])
            head = rows[-1].seq if rows else self.snapshots.get((history, update.document), (0, b""))[0]
            if update.seq != head + 1:
                raise ValueError(f"{update.document} has seq {head}, cannot append {update.seq}")
            rows.append(update)

    async def compact(self, history: HistoryId, document: Document, seq: int, snapshot: bytes) -> None:
        self.snapshots[history, document] = (seq, snapshot)
        rows = self.rows.get((history, document), [])
        self.rows[history, document] = [row for row in rows if row.seq > seq]

    async def bind_client(self, history: HistoryId, client_id: int, user: UserId) -> bool:
        taken = self.clients.setdefault(history, {})
        if client_id in taken:
            return False
        taken[client_id] = user
        return True

    async def clients_of(self, history: HistoryId, user: UserId) -> frozenset[int]:
        return frozenset(c for c, owner in self.clients.get(history, {}).items() if owner == user)
