"""The documents in SQL: the `DocumentStore` that survives a power cut.

Appends of all notebooks that arrive while a commit is under way share the
next one (group commit). An update that does not follow the stored head is
refused, so two servers can never interleave one history.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from collab.ids import UserId
from collab.store import Document, HistoryId, LoadedDocument, LoadedHistory, StoredUpdate
from server.db.engine import Database
from server.db.prepared import Execute
from server.db.tables import Doc, DocClient, DocSnapshot, DocUpdate, Notebook
from server.tasks import Tasks

_INSERT = insert(DocUpdate.__table__)  # type: ignore[arg-type]
_ADVANCE = (
    update(Doc)
    .where(Doc.id == bindparam("doc"), Doc.head_seq == bindparam("before"))
    .values(head_seq=bindparam("after"))
)


@dataclass(slots=True)
class _Append:
    notebook: HistoryId
    updates: tuple[StoredUpdate, ...]
    done: asyncio.Future[None]


class SqlDocumentStore:
    """A `DocumentStore` on the database. Every call returns after its commit."""

    def __init__(self, database: Database, tasks: Tasks) -> None:
        self._database = database
        self._tasks = tasks
        self._waiting: list[_Append] = []
        self._draining = False
        self._doc_ids: dict[tuple[HistoryId, Document], int] = {}

    async def load(self, notebook: HistoryId) -> LoadedHistory:
        return await self._database.read_plain(lambda connection: _load(connection, notebook))

    async def append(self, notebook: HistoryId, updates: Sequence[StoredUpdate]) -> None:
        if not updates:
            return
        job = _Append(notebook, tuple(updates), asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        if not self._draining:
            self._draining = True
            self._tasks.start("document writer", self._drain())
        await job.done

    async def compact(self, notebook: HistoryId, document: Document, seq: int, snapshot: bytes) -> None:
        def work(connection: Connection) -> None:
            doc_id = self._doc_id(connection, notebook, document)
            row = {"seq": seq, "data": snapshot, "at": datetime.now(UTC)}
            kept = connection.scalar(select(DocSnapshot.seq).where(DocSnapshot.doc_id == doc_id))
            if kept is None:
                connection.execute(insert(DocSnapshot).values(doc_id=doc_id, **row))
            elif kept <= seq:
                connection.execute(update(DocSnapshot).where(DocSnapshot.doc_id == doc_id).values(**row))
            connection.execute(delete(DocUpdate).where(DocUpdate.doc_id == doc_id, DocUpdate.seq <= seq))

        await self._database.write_plain(work)

    async def bind_client(self, notebook: HistoryId, client_id: int, user: UserId) -> bool:
        def work(connection: Connection) -> None:
            connection.execute(
                insert(DocClient).values(notebook_id=notebook, client_id=client_id, user_id=user)
            )

        try:
            await self._database.write_plain(work)
        except IntegrityError:
            return False
        return True

    async def clients_of(self, notebook: HistoryId, user: UserId) -> frozenset[int]:
        def work(connection: Connection) -> frozenset[int]:
            query = select(DocClient.client_id).where(
                DocClient.notebook_id == notebook, DocClient.user_id == user
            )
            return frozenset(connection.scalars(query))

        return await self._database.read_plain(work)

    async def _drain(self) -> None:
        """Commit what waits, all of it at once, until nothing waits."""
        jobs: list[_Append] = []
        try:
            while self._waiting:
                jobs, self._waiting = self._waiting, []
                try:
                    await self._commit(jobs)
                except Exception as failure:  # noqa: BLE001  (told to whoever waits)
                    await self._settle_each(jobs, failure)
                else:
                    for job in jobs:
                        _settle(job, None)
        finally:
            self._draining = False
            for job in (*jobs, *self._waiting):
                job.done.cancel()  # does nothing to those that are settled

    async def _settle_each(self, jobs: list[_Append], failure: Exception) -> None:
        """After a failed group, let each notebook stand on its own: one bad history stops no other."""
        if len(jobs) == 1:
            _settle(jobs[0], failure)
            return
        for job in jobs:
            try:
                await self._commit([job])
            except Exception as reason:  # noqa: BLE001  (told to whoever waits)
                _settle(job, reason)
            else:
                _settle(job, None)

    async def _commit(self, jobs: Sequence[_Append]) -> None:
        strange = {
            (job.notebook, item.document) for job in jobs for item in job.updates
        } - self._doc_ids.keys()
        if strange:
            await self._database.read_plain(
                lambda connection: [self._doc_id(connection, *key) for key in strange]
            )
        await self._database.write_prepared(lambda execute: self._write(execute, jobs))

    def _write(self, execute: Execute, jobs: Sequence[_Append]) -> None:
        now = datetime.now(UTC)
        rows: list[dict[str, object]] = []
        heads: dict[int, tuple[int, int]] = {}
        for job in jobs:
            for item in job.updates:
                doc_id = self._doc_ids[job.notebook, item.document]
                before, after = heads.get(doc_id, (item.seq - 1, item.seq - 1))
                if item.seq != after + 1:
                    raise ValueError(f"{item.document} has seq {after}, cannot append {item.seq}")
                heads[doc_id] = (before, item.seq)
                row = {"doc_id": doc_id, "seq": item.seq, "data": item.data, "actor": item.actor, "at": now}
                rows.append(row)
        for doc_id, (before, after) in heads.items():
            if execute(_ADVANCE, [{"doc": doc_id, "before": before, "after": after}]) != 1:
                raise ValueError(f"document {doc_id} is not at seq {before}, cannot append {before + 1}")
        execute(_INSERT, rows)

    def _doc_id(self, connection: Connection, notebook: HistoryId, document: Document) -> int:
        key = (notebook, document)
        if key not in self._doc_ids:
            query = select(Doc.id).where(Doc.notebook_id == notebook, Doc.document == document)
            found = connection.scalar(query)
            if found is None:
                raise KeyError(notebook)
            self._doc_ids[key] = found
        return self._doc_ids[key]


def _settle(job: _Append, failure: Exception | None) -> None:
    if job.done.done():
        return  # whoever waited was cancelled; the rows stand all the same
    if failure is None:
        job.done.set_result(None)
    else:
        job.done.set_exception(failure)


def _load(connection: Connection, notebook: HistoryId) -> LoadedHistory:
    epoch = connection.scalar(select(Notebook.epoch).where(Notebook.id == notebook))
    if epoch is None:
        raise KeyError(notebook)
    documents = {}
    rows = connection.execute(select(Doc.document, Doc.id).where(Doc.notebook_id == notebook))
    ids = {row.document: row.id for row in rows}
    for document in Document:
        doc_id = ids[document.value]
        snapshot = connection.execute(
            select(DocSnapshot.seq, DocSnapshot.data).where(DocSnapshot.doc_id == doc_id)
        ).first()
        seq, data = (snapshot.seq, snapshot.data) if snapshot else (0, None)
        tail = connection.execute(
            select(DocUpdate.seq, DocUpdate.data, DocUpdate.actor)
            .where(DocUpdate.doc_id == doc_id, DocUpdate.seq > seq)
            .order_by(DocUpdate.seq)
        )
        updates = tuple(
            StoredUpdate(document, row.seq, row.data, UserId(row.actor) if row.actor else None)
            for row in tail
        )
        documents[document] = LoadedDocument(data, seq, updates)
    return LoadedHistory(epoch, documents)
