"""Notebooks out of files and into files: of Jupyter, of Deepnote, scripts, pages, Markdown."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from collab.formats import Found, as_deepnote, as_script, read_file
from collab.ipynb import Imported, Unreadable, as_markdown
from collab.packed_run import stamp
from collab.roles import Capability
from server import payloads
from server.db.repositories import notebooks
from server.export import as_html
from server.handlers.base import ApiHandler, needs, route
from server.handlers.living import open_session, saved, sessions_of
from server.names import clean_name
from server.refusals import Refusal
from server.sessions.files import exported, fill


@route("/api/projects/{project}/imports")
class ImportHandler(ApiHandler):
    """Makes the notebooks that a file holds; its name says of which kind it is. All are made, or none."""

    @needs(
        Capability.EDIT, body=payloads.NotebookFile, answer=payloads.MadeNotebooks, status=201, imports=True
    )
    async def post(self, body: payloads.NotebookFile) -> payloads.MadeNotebooks:
        found = await notebooks_in(self, body.file_name, body.file_text)
        names = [_name_of(each.name, body.file_name) for each in found]
        made = [await made_of(self, name, each.notebook) for name, each in zip(names, found, strict=True)]
        return payloads.MadeNotebooks(made)


@route("/api/notebooks/{notebook}/ipynb")
class IpynbHandler(ApiHandler):
    """The notebook as a file, with the outputs of the last runs."""

    @needs(Capability.READ, media="application/x-ipynb+json")
    async def get(self) -> None:
        content = await exported(sessions_of(self), await open_session(self))
        name = _file_name(self.opened_notebook.name)
        self.set_header("Content-Type", "application/x-ipynb+json")
        self.set_header("Content-Disposition", f'attachment; filename="{name}.ipynb"')
        self.write(content)


@route("/api/notebooks/{notebook}/export/{format:py|deepnote|md|html}")
class ExportHandler(ApiHandler):
    """The notebook as a script in percent format, for Deepnote, as Markdown, or as one page of HTML."""

    @needs(Capability.READ, media="application/octet-stream")
    async def get(self, format: str) -> None:
        name, notebook = self.opened_notebook.name, self.opened_notebook.id
        file = json.loads(await exported(sessions_of(self), await open_session(self)))
        at = stamp(datetime.now(UTC))
        writers: Mapping[str, Callable[[dict[str, Any]], str]] = {
            "py": as_script,
            "deepnote": lambda file: as_deepnote(file, name, notebook, at),
            "md": as_markdown,
            "html": lambda file: as_html(file, name),
        }
        content = await asyncio.to_thread(writers[format], file)
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Disposition", f'attachment; filename="{_file_name(name)}.{format}"')
        self.write(content.encode(errors="replace"))


async def notebooks_in(handler: ApiHandler, file_name: str, text: str) -> Sequence[Found]:
    """Return the notebooks of a file; raises a `Refusal` that says why there are none."""
    most = handler.services.config.max_import_bytes
    try:
        return await asyncio.to_thread(read_file, file_name, text, max_bytes=most)
    except Unreadable as failure:
        status = 413 if failure.code == "too_large" else 400
        raise Refusal(failure.code, failure.reason, status) from None


async def made_of(handler: ApiHandler, name: str, imported: Imported) -> payloads.MadeNotebook:
    """Make a notebook of what a file held."""
    project, user = handler.opened_project.id, handler.person.user
    async with handler.services.database.begin() as session:
        made = await notebooks.add(session, project, name, user, datetime.now(UTC))
    opened = await sessions_of(handler).get(made)
    await fill(sessions_of(handler), made, opened.room, imported, user)
    await saved(opened.room)
    await opened.note_edit()
    notes = [payloads.ImportNote(repair.code, repair.reason) for repair in imported.repairs]
    return payloads.MadeNotebook(made, name, project, notes)


def _name_of(name: str, file_name: str) -> str:
    """Return what a notebook of a file is called: as the file says, else as the file is called."""
    try:
        return clean_name(name)
    except Refusal:
        return clean_name(file_name)[:200]


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._ -]", "_", name)
