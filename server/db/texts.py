"""The histories of text files in SQL: a `DocumentStore` whose histories have one document each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from collab.ids import ProjectId, TextId, UserId, new_id
from collab.store import Document, HistoryId, LoadedDocument, LoadedHistory, StoredUpdate
from server.db.engine import Database
from server.db.tables import TextClient, TextFile, TextUpdate


class SqlTextStore:
    """Every call returns after its commit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_file(self, project: ProjectId, address: str) -> TextId:
        """Return the history of the file at a percent-encoded path, begun where there is none."""
        place = _place(address)

        def begin(connection: Connection) -> None:
            connection.execute(
                insert(TextFile).values(
                    id=new_id(),
                    project_id=project,
                    place=place,
                    address=address,
                    epoch=new_id(),
                    used_at=datetime.now(UTC),
                )
            )

        text = await self.at(project, address)
        if text is None:
            with suppress(IntegrityError):  # somebody else has just opened it too
                await self._database.write_plain(begin)
            text = await self.at(project, address)
        assert text is not None
        if await self.address(project, text) is None:  # an earlier server did not note it
            await self.move(text, project, address)
        return text

    async def at(self, project: ProjectId, address: str) -> TextId | None:
        """Return the history of the file at a percent-encoded path; None where there is none yet."""
        query = select(TextFile.id).where(TextFile.project_id == project, TextFile.place == _place(address))
        text = await self._database.read_plain(lambda connection: connection.scalar(query))
        return None if text is None else TextId(text)

    async def address(self, project: ProjectId, text: TextId) -> str | None:
        """Return the percent-encoded path at which the file of a history was last, where that is known."""
        query = select(TextFile.address).where(TextFile.project_id == project, TextFile.id == text)
        return await self._database.read_plain(lambda connection: connection.scalar(query))

    async def below(self, project: ProjectId, address: str) -> dict[TextId, str]:
        """Return the histories of a file, or of all files in a folder, and their percent-encoded paths."""
        inside = TextFile.address.startswith(f"{address}/", autoescape=True)
        query = select(TextFile.id, TextFile.address).where(
            TextFile.project_id == project, or_(TextFile.address == address, inside)
        )
        rows = await self._database.read_plain(lambda connection: connection.execute(query).all())
        return {TextId(row.id): row.address for row in rows}

    async def move(self, text: TextId, project: ProjectId, address: str) -> None:
        """Give a history another path. The one that was there is forgotten: its file is no more."""
        place = _place(address)
        there = (TextFile.project_id == project, TextFile.place == place, TextFile.id != text)

        def work(connection: Connection) -> None:
            connection.execute(delete(TextFile).where(*there))
            connection.execute(
                update(TextFile).where(TextFile.id == text).values(place=place, address=address)
            )

        await self._database.write_plain(work)

    async def agreed(self, text: TextId) -> tuple[bytes | None, bytes | None]:
        """Return the newest state that the file is known to have had, and the one before."""

        def work(connection: Connection) -> tuple[bytes | None, bytes | None]:
            row = connection.execute(
                select(TextFile.base, TextFile.before).where(TextFile.id == text)
            ).first()
            if row is None:
                raise KeyError(text)
            return row.base, row.before

        return await self._database.read_plain(work)

    async def agree(self, text: TextId, base: bytes, before: bytes | None) -> None:
        """Note that the file has the text of `base` now, or, should this be the last word, of `before`."""

        def work(connection: Connection) -> None:
            row = {"base": base, "before": before, "used_at": datetime.now(UTC)}
            connection.execute(update(TextFile).where(TextFile.id == text).values(**row))

        await self._database.write_plain(work)

    async def forget(self, before: datetime) -> None:
        """Forget the histories that nobody has used since `before`."""
        await self._database.write_plain(
            lambda connection: connection.execute(delete(TextFile).where(TextFile.used_at < before))
        )

    # As a `DocumentStore`

    async def load(self, history: HistoryId) -> LoadedHistory:
        return await self._database.read_plain(lambda connection: _load(connection, history))

    async def append(self, history: HistoryId, updates: Sequence[StoredUpdate]) -> None:
        def work(connection: Connection) -> None:
            before = updates[0].seq - 1
            seqs = [each.seq for each in updates]
            if seqs != list(range(before + 1, before + 1 + len(updates))):
                raise ValueError(f"text {history} cannot append {seqs}: there are holes in it")
            advanced = connection.execute(
                update(TextFile)
                .where(TextFile.id == history, TextFile.head_seq == before)
                .values(head_seq=seqs[-1], used_at=now)
            )
            if advanced.rowcount != 1:
                raise ValueError(f"text {history} is not at seq {before}, cannot append {before + 1}")
            connection.execute(
                insert(TextUpdate),
                [
                    {"text_id": history, "seq": each.seq, "data": each.data, "actor": each.actor, "at": now}
                    for each in updates
                ],
            )

        now = datetime.now(UTC)
        if updates:
            await self._database.write_plain(work)

    async def compact(self, history: HistoryId, document: Document, seq: int, snapshot: bytes) -> None:
        def work(connection: Connection) -> None:
            connection.execute(
                update(TextFile)
                .where(TextFile.id == history, TextFile.snapshot_seq <= seq)
                .values(snapshot=snapshot, snapshot_seq=seq)
            )
            connection.execute(delete(TextUpdate).where(TextUpdate.text_id == history, TextUpdate.seq <= seq))

        await self._database.write_plain(work)

    async def bind_client(self, history: HistoryId, client_id: int, user: UserId) -> bool:
        def work(connection: Connection) -> None:
            if connection.scalar(select(TextFile.id).where(TextFile.id == history)) is None:
                raise KeyError(history)
            connection.execute(insert(TextClient).values(text_id=history, client_id=client_id, user_id=user))

        try:
            await self._database.write_plain(work)
        except IntegrityError:
            return False
        return True

    async def clients_of(self, history: HistoryId, user: UserId) -> frozenset[int]:
        def work(connection: Connection) -> frozenset[int]:
            query = select(TextClient.client_id).where(
                TextClient.text_id == history, TextClient.user_id == user
            )
            return frozenset(connection.scalars(query))

        return await self._database.read_plain(work)


def _place(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()


def _load(connection: Connection, history: HistoryId) -> LoadedHistory:
    row = connection.execute(
        select(TextFile.epoch, TextFile.snapshot, TextFile.snapshot_seq).where(TextFile.id == history)
    ).first()
    if row is None:
        raise KeyError(history)
    tail = connection.execute(
        select(TextUpdate.seq, TextUpdate.data, TextUpdate.actor)
        .where(TextUpdate.text_id == history, TextUpdate.seq > row.snapshot_seq)
        .order_by(TextUpdate.seq)
    )
    updates = tuple(
        StoredUpdate(Document.SOURCE, each.seq, each.data, UserId(each.actor) if each.actor else None)
        for each in tail
    )
    return LoadedHistory(
        row.epoch, {Document.SOURCE: LoadedDocument(row.snapshot, row.snapshot_seq, updates)}
    )
