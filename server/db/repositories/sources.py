"""How far the text of a project's notebooks has come: what changed since somebody last read it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import NotebookId, ProjectId
from collab.store import Document
from server.db.tables import Doc, Notebook


@dataclass(frozen=True, slots=True)
class TextHead:
    """A notebook, and the newest update of its text; both numbers change with every edit that is stored."""

    notebook: NotebookId
    name: str
    epoch: str
    head_seq: int


async def heads(session: AsyncSession, project: ProjectId) -> list[TextHead]:
    """Return the notebooks of `project` that are not in its bin, by name."""
    of_source = and_(Doc.notebook_id == Notebook.id, Doc.document == Document.SOURCE)
    query = (
        select(Notebook.id, Notebook.name, Notebook.epoch, Doc.head_seq)
        .join(Doc, of_source, isouter=True)
        .where(Notebook.project_id == project, Notebook.deleted_at.is_(None))
        .order_by(Notebook.name, Notebook.id)
    )
    return [
        TextHead(NotebookId(notebook), name, epoch, head or 0)
        for notebook, name, epoch, head in await session.execute(query)
    ]
