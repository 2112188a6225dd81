"""How far the text of a project's notebooks has come: what changed since somebody last read it."""

from __future__ import annotations

from collections.abc import Collection
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


async def heads(session: AsyncSession, projects: Collection[ProjectId]) -> dict[ProjectId, list[TextHead]]:
    """Return the notebooks of each of `projects` that are not in its bin, by name."""
    of_source = and_(Doc.notebook_id == Notebook.id, Doc.document == Document.SOURCE)
    query = (
        select(Notebook.project_id, Notebook.id, Notebook.name, Notebook.epoch, Doc.head_seq)
        .join(Doc, of_source, isouter=True)
        .where(Notebook.project_id.in_(projects), Notebook.deleted_at.is_(None))
        .order_by(Notebook.name, Notebook.id)
    )
    found: dict[ProjectId, list[TextHead]] = {project: [] for project in projects}
    for project, notebook, name, epoch, head in await session.execute(query):
        found[ProjectId(project)].append(TextHead(NotebookId(notebook), name, epoch, head or 0))
    return found
