"""Which repository a project belongs to, and which file each of its notebooks is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import NotebookId, ProjectId
from collab.store import Document
from server.db.tables import Doc, GitNotebook, GitRepository, Notebook


@dataclass(frozen=True, slots=True)
class RepositoryRow:
    """A project's repository. Its state is cloning, failed or ready; `reason` says why it failed."""

    project: ProjectId
    url: str
    branch: str | None
    connection: str | None
    with_outputs: bool
    state: str
    code: str | None
    reason: str | None
    known_hosts: str
    notes: tuple[str, ...]
    fetched_at: datetime | None


@dataclass(frozen=True, slots=True)
class FileRow:
    """A notebook, and the file that it is: what that held when both were last the same.

    `base` names the content of the file, `digest` that of the notebook, `heads` how far its documents were.
    """

    notebook: NotebookId
    name: str
    is_deleted: bool
    heads_now: str
    path: str | None
    base: str | None
    digest: str | None
    heads: str | None


async def add(session: AsyncSession, row: RepositoryRow) -> None:
    """Put a project's repository on record."""
    await session.execute(
        insert(GitRepository).values(
            project_id=row.project,
            url=row.url,
            branch=row.branch,
            connection=row.connection,
            with_outputs=row.with_outputs,
            state=row.state,
            code=row.code,
            reason=row.reason,
            known_hosts=row.known_hosts,
            notes=list(row.notes),
            fetched_at=row.fetched_at,
        )
    )


async def one(session: AsyncSession, project: ProjectId) -> RepositoryRow | None:
    """Return a project's repository."""
    row = await session.get(GitRepository, project, populate_existing=True)
    if row is None:
        return None
    return RepositoryRow(
        ProjectId(row.project_id),
        row.url,
        row.branch,
        row.connection,
        row.with_outputs,
        row.state,
        row.code,
        row.reason,
        row.known_hosts,
        tuple(row.notes),
        row.fetched_at,
    )


async def change(session: AsyncSession, project: ProjectId, **values: Any) -> None:
    """Change what is given."""
    await session.execute(update(GitRepository).where(GitRepository.project_id == project).values(**values))


async def remove(session: AsyncSession, project: ProjectId) -> None:
    """Forget a project's repository, and which files its notebooks were."""
    await session.execute(delete(GitNotebook).where(GitNotebook.project_id == project))
    await session.execute(delete(GitRepository).where(GitRepository.project_id == project))


async def end_clones(session: AsyncSession, code: str, reason: str) -> None:
    """Note that no clone goes on any more."""
    values = {"state": "failed", "code": code, "reason": reason}
    await session.execute(update(GitRepository).where(GitRepository.state == "cloning").values(**values))


async def files(session: AsyncSession, project: ProjectId) -> list[FileRow]:
    """Return every notebook of a project, the oldest first, with its file where it has one."""
    query = (
        select(Notebook.id, Notebook.name, Notebook.deleted_at, Doc.document, Doc.head_seq)
        .join(Doc, Doc.notebook_id == Notebook.id)
        .where(Notebook.project_id == project, Doc.document != Document.COMMENTS.value)
        .order_by(Notebook.created_at, Notebook.id, Doc.document)
    )
    found: dict[str, list[Any]] = {}
    for id, name, deleted_at, _, head in await session.execute(query):
        found.setdefault(id, [name, deleted_at is not None]).append(head)
    known = {
        row.notebook_id: row
        for row in await session.scalars(select(GitNotebook).where(GitNotebook.project_id == project))
    }
    return [
        FileRow(
            NotebookId(id),
            name,
            is_deleted,
            "-".join(map(str, heads)),
            known[id].path if id in known else None,
            known[id].base if id in known else None,
            known[id].digest if id in known else None,
            known[id].heads if id in known else None,
        )
        for id, (name, is_deleted, *heads) in found.items()
    ]


async def paths(session: AsyncSession, project: ProjectId) -> dict[str, str]:
    """Return which file of the repository each notebook of a project is."""
    query = select(GitNotebook.notebook_id, GitNotebook.path).where(GitNotebook.project_id == project)
    return {row.notebook_id: row.path for row in await session.execute(query)}


async def note_file(
    session: AsyncSession,
    project: ProjectId,
    notebook: NotebookId,
    path: str,
    base: str | None,
    digest: str | None,
    heads: str | None,
) -> None:
    """Note what a notebook and its file held when both were the same."""
    await session.execute(delete(GitNotebook).where(GitNotebook.notebook_id == notebook))
    await session.execute(
        insert(GitNotebook).values(
            notebook_id=notebook, project_id=project, path=path, base=base, digest=digest, heads=heads
        )
    )


async def forget_heads(session: AsyncSession, project: ProjectId) -> None:
    """Have every notebook of a project compared with its file anew."""
    of_project = update(GitNotebook).where(GitNotebook.project_id == project)
    await session.execute(of_project.values(heads=None))


async def forget_files(session: AsyncSession, notebooks: Sequence[NotebookId]) -> None:
    """Forget which files these notebooks were."""
    await session.execute(delete(GitNotebook).where(GitNotebook.notebook_id.in_(notebooks)))
