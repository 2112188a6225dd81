"""Which large outputs and attachments there are, and which notebooks hold them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import NotebookId
from server.db.inserting import insert_new
from server.db.tables import Blob, NotebookBlob


@dataclass(frozen=True, slots=True)
class RecordedBlob:
    """A blob's name, its size in bytes and its MIME type."""

    sha256: str
    size: int
    mime: str


async def add(session: AsyncSession, notebook: NotebookId, blob: RecordedBlob, now: datetime) -> None:
    """Note that `notebook` holds `blob`; harmless when it does already."""
    values = {"sha256": blob.sha256, "size": blob.size, "mime": blob.mime, "created_at": now}
    await insert_new(session, Blob, values)
    await session.execute(update(Blob).where(Blob.sha256 == blob.sha256).values(created_at=now))
    await insert_new(session, NotebookBlob, {"notebook_id": notebook, "sha256": blob.sha256})


async def share(session: AsyncSession, source: NotebookId, target: NotebookId) -> None:
    """Let `target` hold everything that `source` holds."""
    held = select(NotebookBlob.sha256).where(NotebookBlob.notebook_id == source)
    for sha256 in list(await session.scalars(held)):
        await insert_new(session, NotebookBlob, {"notebook_id": target, "sha256": sha256})


async def held(session: AsyncSession, notebook: NotebookId) -> frozenset[str]:
    """Return the names of all blobs that `notebook` holds."""
    query = select(NotebookBlob.sha256).where(NotebookBlob.notebook_id == notebook)
    return frozenset(await session.scalars(query))


async def holders(session: AsyncSession) -> dict[NotebookId, frozenset[str]]:
    """Return what each notebook holds."""
    found: dict[NotebookId, set[str]] = {}
    for notebook, sha256 in await session.execute(select(NotebookBlob.notebook_id, NotebookBlob.sha256)):
        found.setdefault(NotebookId(notebook), set()).add(sha256)
    return {notebook: frozenset(names) for notebook, names in found.items()}


async def let_go(
    session: AsyncSession, notebook: NotebookId, names: Collection[str], before: datetime
) -> None:
    """Let `notebook` hold these no longer, but for those that somebody put since `before`."""
    # Locked, so that whoever puts one of them at this moment comes wholly before or wholly after.
    old = select(Blob.sha256).where(Blob.sha256.in_(names), Blob.created_at < before).with_for_update()
    gone = list(await session.scalars(old))
    await session.execute(
        delete(NotebookBlob).where(NotebookBlob.notebook_id == notebook, NotebookBlob.sha256.in_(gone))
    )


async def forget_unheld(session: AsyncSession, before: datetime) -> None:
    """Forget the blobs that no notebook holds and that nobody put since `before`."""
    is_held = exists().where(NotebookBlob.sha256 == Blob.sha256)
    await session.execute(delete(Blob).where(Blob.created_at < before, ~is_held))


async def names(session: AsyncSession) -> frozenset[str]:
    """Return the names of all blobs on record."""
    return frozenset(await session.scalars(select(Blob.sha256)))


async def find(session: AsyncSession, notebook: NotebookId, sha256: str) -> RecordedBlob | None:
    """Return a blob, if `notebook` holds it."""
    query = (
        select(Blob)
        .join(NotebookBlob, NotebookBlob.sha256 == Blob.sha256)
        .where(NotebookBlob.notebook_id == notebook, Blob.sha256 == sha256)
    )
    row = await session.scalar(query)
    return RecordedBlob(row.sha256, row.size, row.mime) if row else None
