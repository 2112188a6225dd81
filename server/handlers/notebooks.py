"""Notebooks and their cells: made, read, changed and deleted, always through the living room."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import msgspec

from collab.hub import Room
from collab.ids import NotebookId
from collab.roles import Capability
from collab.source import END, CellContent, NoSuchCell
from server import payloads
from server.access import open_notebook
from server.db.repositories import blobs, notebooks
from server.handlers.base import ApiHandler, needs, route
from server.handlers.living import edited, open_session, saved, sessions_of
from server.handlers.notebook_files import made_of, notebooks_in
from server.names import clean_name
from server.refusals import Refusal
from server.sessions.actor import NotebookSession
from server.sessions.streams import copy_streams

MOST_CLIENTS = 500
MOST_DIGITS = 10


@route("/api/projects/{project}/notebooks")
class NewNotebookHandler(ApiHandler):
    """Makes notebooks: empty, from a file, or as a copy."""

    @needs(Capability.EDIT, body=payloads.NewNotebook, answer=payloads.MadeNotebook, status=201, imports=True)
    async def post(self, body: payloads.NewNotebook) -> payloads.MadeNotebook:
        name = clean_name(body.name)
        if body.ipynb is not None and body.copy_of is not None:
            raise Refusal("bad_body", "Give either `ipynb` or `copy_of`.")
        if body.ipynb is not None:
            text = body.ipynb if isinstance(body.ipynb, str) else json.dumps(body.ipynb, ensure_ascii=False)
            (found,) = await notebooks_in(self, f"{name}.ipynb", text)
            return await made_of(self, name, found.notebook)
        original: NotebookId | None = None
        if body.copy_of is not None:
            opened = await open_notebook(self.services.database, self.person, body.copy_of, Capability.READ)
            original = opened.id
        project, now = self.opened_project.id, datetime.now(UTC)
        async with self.services.database.begin() as session:
            made = await notebooks.add(session, project, name, self.person.user, now)
        session_of_made = await sessions_of(self).get(made)
        if original is not None:
            await self._copy(original, made, session_of_made.room)
        else:
            with session_of_made.room.edit(self.person.user):
                session_of_made.room.source.populate([CellContent(_first_cell(made), "code", "")])
        await saved(session_of_made.room)
        await session_of_made.note_edit()
        return payloads.MadeNotebook(made, name, project, [])

    async def _copy(self, original: NotebookId, made: NotebookId, room: Room) -> None:
        living = sessions_of(self)
        source = (await living.get(original)).room
        async with self.services.database.begin() as session:
            await blobs.share(session, original, made)
        await asyncio.to_thread(copy_streams, living.streams, original, made)
        cells = [CellContent(c.id, c.type, c.source, c.meta) for c in source.source.cells()]  # type: ignore[arg-type]
        entries = source.runtime.entries()
        with room.edit(self.person.user):
            room.source.populate(cells, source.source.metadata())
            for cell in cells:
                entry = entries.get(cell.id)
                if entry is not None and entry.state not in ("queued", "running"):
                    room.runtime.begin_run(cell.id, entry)


@route("/api/notebooks/{notebook}")
class NotebookHandler(ApiHandler):
    """One notebook. Deleting moves it into the bin; `{"deleted": false}` takes it out again."""

    @needs(Capability.READ, answer=payloads.Notebook)
    async def get(self) -> payloads.Notebook:
        return self._answer(await open_session(self), self.opened_notebook.name)

    @needs(Capability.EDIT, body=payloads.ChangeNotebook, answer=payloads.Notebook, also_deleted=True)
    async def patch(self, body: payloads.ChangeNotebook) -> payloads.Notebook:
        opened = self.opened_notebook
        name = clean_name(body.name) if body.name is not None else None
        async with self.services.database.begin() as session:
            await notebooks.change(session, opened.id, datetime.now(UTC), name=name, deleted=body.deleted)
        if body.deleted:
            await sessions_of(self).notebook_deleted(opened.id)
        return self._answer(await open_session(self), name or opened.name)

    @needs(Capability.EDIT)
    async def delete(self) -> None:
        notebook = self.opened_notebook.id
        async with self.services.database.begin() as session:
            await notebooks.change(session, notebook, datetime.now(UTC), deleted=True)
        await sessions_of(self).notebook_deleted(notebook)

    def _answer(self, session: NotebookSession, name: str) -> payloads.Notebook:
        opened, room = self.opened_notebook, session.room
        runs = room.runtime.entries()
        cells = [
            payloads.Cell(cell.id, cell.type, cell.source, _run(runs.get(cell.id)))
            for cell in room.source.cells()
        ]
        rights = sorted(opened.rights)
        return payloads.Notebook(
            opened.id, name, opened.project_id, opened.project_name, room.epoch, list(rights), cells
        )


@route("/api/notebooks/{notebook}/writers")
class WritersHandler(ApiHandler):
    """Who wrote under client ids of the documents, given as `client` once for each."""

    @needs(Capability.READ, answer=payloads.Writers)
    async def get(self) -> payloads.Writers:
        asked = self.get_query_arguments("client")[:MOST_CLIENTS]
        clients = {int(each) for each in asked if each.isdecimal() and len(each) <= MOST_DIGITS}
        async with self.services.database.read() as session:
            return payloads.Writers(await notebooks.writers(session, self.opened_notebook.id, clients))


@route("/api/notebooks/{notebook}/cells")
class NewCellHandler(ApiHandler):
    """Makes cells."""

    @needs(Capability.EDIT, body=payloads.NewCell, answer=payloads.Cell, status=201)
    async def post(self, body: payloads.NewCell) -> payloads.Cell:
        room = (await open_session(self)).room
        with _refusing():
            async with edited(self, room):
                cell = room.source.insert(None, body.type, body.source, after=_place(body.after))
        return payloads.Cell(cell, body.type, body.source, None)


@route("/api/notebooks/{notebook}/cells/{cell}")
class CellHandler(ApiHandler):
    """One cell: its text, its type, its place. Deleting moves it into the notebook's bin."""

    @needs(Capability.EDIT, body=payloads.ChangeCell, answer=payloads.Cell)
    async def put(self, body: payloads.ChangeCell, cell: str) -> payloads.Cell:
        room = (await open_session(self)).room
        with _refusing():
            async with edited(self, room):
                if body.type is not None:
                    room.source.set_type(cell, body.type)
                if body.source is not None:
                    room.source.set_source(cell, body.source)
                if body.after is not msgspec.UNSET:
                    room.source.move(cell, _place(body.after))
                view = room.source.cell(cell)
                if view is None:
                    raise NoSuchCell(cell)
        return payloads.Cell(view.id, view.type, view.source, _run(room.runtime.entry(cell)))

    @needs(Capability.EDIT)
    async def delete(self, cell: str) -> None:
        room = (await open_session(self)).room
        with _refusing():
            async with edited(self, room):
                room.source.delete(cell, int(datetime.now(UTC).timestamp() * 1000))


class _refusing:
    """Turns a cell that is not there into an answer."""

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, NoSuchCell):
            raise Refusal(
                "unknown_cell", "The notebook has no such cell; somebody may have deleted it.", 404
            ) from None


def _run(entry: Any) -> dict[str, Any] | None:
    return None if entry is None else msgspec.to_builtins(entry)


def _place(after: str | msgspec.UnsetType | None) -> str | object | None:
    return END if after is msgspec.UNSET else after


def _first_cell(notebook: NotebookId) -> str:
    return f"{notebook}-1"
