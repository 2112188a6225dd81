"""Versions of notebooks: what the cells were, when, and who had written since the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import NotebookId
from server.db.tables import NotebookVersion


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version without its content. `by` asked for it; nobody did for an automatic one."""

    id: str
    kind: str
    name: str | None
    at: datetime
    by: str | None
    authors: Sequence[str]
    cells: int
    added: int
    removed: int
    changed: int


async def add(session: AsyncSession, notebook: NotebookId, version: VersionRow, content: bytes) -> None:
    """Keep a version."""
    await session.execute(
        insert(NotebookVersion).values(
            id=version.id,
            notebook_id=notebook,
            kind=version.kind,
            name=version.name,
            at=version.at,
            by=version.by,
            authors=list(version.authors),
            cells=version.cells,
            added=version.added,
            removed=version.removed,
            changed=version.changed,
            content=content,
        )
    )


async def of_notebook(session: AsyncSession, notebook: NotebookId) -> list[VersionRow]:
    """Return the versions of a notebook, the latest first."""
    query = (
        select(*_COLUMNS)
        .where(NotebookVersion.notebook_id == notebook)
        .order_by(NotebookVersion.at.desc(), NotebookVersion.id.desc())
    )
    return [VersionRow(*row) for row in await session.execute(query)]


async def find(session: AsyncSession, notebook: NotebookId, version: str) -> tuple[VersionRow, bytes] | None:
    """Return one version with its content."""
    query = select(*_COLUMNS, NotebookVersion.content).where(
        NotebookVersion.notebook_id == notebook, NotebookVersion.id == version
    )
    row = (await session.execute(query)).first()
    return None if row is None else (VersionRow(*row[:-1]), row[-1])


async def contents(session: AsyncSession, notebook: NotebookId) -> list[bytes]:
    """Return what the versions of a notebook hold."""
    query = select(NotebookVersion.content).where(NotebookVersion.notebook_id == notebook)
    return list(await session.scalars(query))


async def latest(session: AsyncSession, notebook: NotebookId) -> tuple[VersionRow, bytes] | None:
    """Return the latest version with its content."""
    rows = await of_notebook(session, notebook)
    return await find(session, notebook, rows[0].id) if rows else None


async def rename(session: AsyncSession, version: str, name: str) -> None:
    """Give a version a name, which also keeps it for good."""
    await session.execute(
        update(NotebookVersion).where(NotebookVersion.id == version).values(name=name, kind="named")
    )


async def remove(session: AsyncSession, versions: Sequence[str]) -> None:
    """Forget versions."""
    await session.execute(delete(NotebookVersion).where(NotebookVersion.id.in_(versions)))


_COLUMNS = (
    NotebookVersion.id,
    NotebookVersion.kind,
    NotebookVersion.name,
    NotebookVersion.at,
    NotebookVersion.by,
    NotebookVersion.authors,
    NotebookVersion.cells,
    NotebookVersion.added,
    NotebookVersion.removed,
    NotebookVersion.changed,
)
