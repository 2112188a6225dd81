"""The log of one history on its way to the store: numbered at once, committed in groups.

One commit is under way at a time and the next group gathers meanwhile. A
commit that fails is tried again until it succeeds; nothing counts as durable
before that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from collab.hub.outbox import Spawn
from collab.ids import UserId
from collab.store import Document, DocumentStore, HistoryId, LoadedHistory, StoredUpdate

SNAPSHOT_AFTER_UPDATES: Final = 500
SNAPSHOT_AFTER_BYTES: Final = 256 * 1024
MAX_WAITING_BYTES: Final = 64 * 1024 * 1024
"""With so much uncommitted, the store is gone for good as far as this room is concerned."""
FIRST_RETRY_S: Final = 0.05
LONGEST_RETRY_S: Final = 5.0

log = logging.getLogger(__name__)


class RoomClosed(Exception):
    """The room is closed, or was closed meanwhile."""


class HistoryTaken(Exception):
    """Somebody else has written to this history; the room must be loaded again."""


class LogWriter:
    """Numbers updates and commits them. A *ticket* counts the updates of all documents."""

    def __init__(
        self,
        history: HistoryId,
        store: DocumentStore,
        loaded: LoadedHistory,
        *,
        spawn: Spawn,
        encode: Callable[[Document], bytes],
        on_durable: Callable[[int], None],
        on_fault: Callable[[str], None],
    ) -> None:
        self._history = history
        self._store = store
        self._encode = encode
        self._on_durable = on_durable
        self._on_fault = on_fault
        self._heads = {document: kept.head_seq for document, kept in loaded.documents.items()}
        self._durable = dict(self._heads)
        self._tail_updates = {document: len(kept.updates) for document, kept in loaded.documents.items()}
        self._tail_bytes = {
            document: sum(len(update.data) for update in kept.updates)
            for document, kept in loaded.documents.items()
        }
        self._waiting: list[StoredUpdate] = []
        self._waiting_bytes = 0
        self._flushes: list[tuple[int, asyncio.Future[None]]] = []
        self._wake = asyncio.Event()
        self._closing = False
        self.ticket = 0
        self.durable_ticket = 0
        self.is_failing = False
        """The last commit failed, and is being tried again."""
        self._task = spawn(self._run(), "document log")

    @property
    def heads(self) -> Mapping[Document, int]:
        """The newest sequence number of each document, whether durable or not."""
        return self._heads

    @property
    def durable(self) -> Mapping[Document, int]:
        """The newest durable sequence number of each document."""
        return self._durable

    def add(self, document: Document, data: bytes, actor: UserId | None) -> int:
        """Queue an update as the next of its document and return its ticket."""
        seq = self._heads[document] + 1
        self._heads[document] = seq
        self._waiting.append(StoredUpdate(document, seq, data, actor))
        self._waiting_bytes += len(data)
        self.ticket += 1
        self._wake.set()
        if self._waiting_bytes > MAX_WAITING_BYTES:
            self._on_fault("Changes can no longer be saved.")
        return self.ticket

    async def flush(self) -> None:
        """Return when everything added so far is durable; raises `RoomClosed` when it never will be."""
        if self.durable_ticket >= self.ticket:
            return
        if self._task.done():
            raise RoomClosed
        done = asyncio.get_running_loop().create_future()
        self._flushes.append((self.ticket, done))
        await done

    async def close(self) -> None:
        """Commit what waits, then stop. Cancelling this gives up on what a broken store does not take."""
        self._closing = True
        self._wake.set()
        try:
            await self._task
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Stop at once and forget what waits."""
        self._task.cancel()
        for _, done in self._flushes:
            if not done.done():
                done.set_exception(RoomClosed())
        self._flushes.clear()
        self._waiting.clear()

    async def _run(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                if self._waiting:
                    group, self._waiting, self._waiting_bytes = self._waiting, [], 0
                    await self._commit(group)
                    self._count(group)
                    await self._compact()
                if self._waiting:
                    self._wake.set()
                elif self._closing:
                    return
        except HistoryTaken:
            log.exception("history taken", extra={"history": self._history})
            self._on_fault("The document was opened elsewhere.")

    async def _commit(self, group: Sequence[StoredUpdate]) -> None:
        delay = FIRST_RETRY_S
        while group:
            try:
                await self._store.append(self._history, group)
                self.is_failing = False
                return
            except Exception:
                self.is_failing = True
                log.warning("commit failed", exc_info=True, extra={"history": self._history})
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_RETRY_S)
            try:
                group = await self._without_kept(group)
            except HistoryTaken:
                raise
            except Exception:
                log.debug("store still away", exc_info=True, extra={"history": self._history})
        self.is_failing = False

    async def _without_kept(self, group: Sequence[StoredUpdate]) -> Sequence[StoredUpdate]:
        """Return what of `group` is not stored: a commit can succeed and its answer be lost."""
        kept = (await self._store.load(self._history)).documents
        for update in group:
            document = kept[update.document]
            if update.seq <= document.snapshot_seq:
                raise HistoryTaken(update.document)
            if update.seq <= document.head_seq:
                stored = document.updates[update.seq - document.snapshot_seq - 1]
                if stored.data != update.data:
                    raise HistoryTaken(update.document)
        return [update for update in group if update.seq > kept[update.document].head_seq]

    def _count(self, group: Sequence[StoredUpdate]) -> None:
        for update in group:
            self._durable[update.document] = update.seq
            self._tail_updates[update.document] += 1
            self._tail_bytes[update.document] += len(update.data)
        self.durable_ticket += len(group)
        reached = [item for item in self._flushes if item[0] <= self.durable_ticket]
        self._flushes = [item for item in self._flushes if item[0] > self.durable_ticket]
        for _, done in reached:
            if not done.done():
                done.set_result(None)
        self._on_durable(self.durable_ticket)

    async def _compact(self) -> None:
        for document in self._heads:
            if (
                self._tail_updates[document] < SNAPSHOT_AFTER_UPDATES
                and self._tail_bytes[document] < SNAPSHOT_AFTER_BYTES
            ):
                continue
            # The living document may be ahead of `seq`: rows after it then repeat a part, which is harmless.
            seq, snapshot = self._durable[document], self._encode(document)
            self._tail_updates[document] = self._tail_bytes[document] = 0
            try:
                await self._store.compact(self._history, document, seq, snapshot)
            except Exception:  # the log is complete without it, and another is tried later
                log.warning("snapshot failed", exc_info=True, extra={"history": self._history})
