"""What Jupyter Server's contents handlers ask: living documents as notebooks, all else from files."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from jupyter_server.services.contents.manager import AsyncContentsManager
from tornado.web import HTTPError
from traitlets import Any as AnyTrait

from collab.ids import NotebookId, UserId
from collab.ipynb import Imported, Unreadable, read
from collab.roles import Capability
from server import storage
from server.db.repositories import notebooks
from server.files.beneath import Entry
from server.jupyter_api import merging
from server.jupyter_api.disk import CHECKPOINT, Disk
from server.jupyter_api.names import SUFFIX, Listed, name_of
from server.names import clean_name
from server.refusals import Forbidden, NotFound, Refusal
from server.sessions.files import exported, fill, store
from server.storage import refusal_after_change

BASES = "jupyter bases"
MOST_BASES = 200
SAVED_WITHIN_S = 5.0

NOW = "now"
"""The one checkpoint there is."""

Model = dict[str, Any]


class Contents(AsyncContentsManager):
    """A project's notebooks and files, for one request.

    Notebooks lie at the top, or where their file is in the project's repository; a file of the same path is
    the notebook's and does not show beside it.
    """

    place: Any = AnyTrait()

    @property
    def disk(self) -> Disk:
        return Disk(self.place)

    async def dir_exists(self, path: str = "") -> bool:
        if path.strip("/") == "":
            return True
        entry = await self.disk.entry(path)
        return entry is not None and entry.kind == "folder"

    async def is_hidden(self, path: str) -> bool:
        return any(part.startswith(".") for part in path.strip("/").split("/"))

    async def file_exists(self, path: str = "") -> bool:
        if self.place.by_path(path) is not None:
            return True
        entry = await self.disk.entry(path)
        return entry is not None and entry.kind == "file"

    async def get(
        self,
        path: str,
        content: bool = True,
        type: str | None = None,
        format: str | None = None,
        require_hash: bool = False,
    ) -> Model:
        notebook = self.place.by_path(path)
        entry = await self.disk.entry(path) if notebook is None else None
        if entry is not None and entry.kind == "folder":
            if type not in (None, "directory"):
                raise HTTPError(400, "This is a folder, and not a file.")
            return await self._folder(path.strip("/"), entry, content=bool(content))
        if type == "directory":
            raise HTTPError(400, "This is a file, and not a folder.")
        wanted = {"content": bool(content), "wants_hash": bool(require_hash)}
        if notebook is not None:
            return await self._notebook(notebook, type, **wanted)
        return await self.disk.read(path, entry, type, format, **wanted)

    async def save(self, model: Model, path: str = "") -> Model:
        kind, plain = model.get("type"), path.strip("/")
        notebook = self.place.by_path(plain)
        if notebook is None and (kind != "notebook" or "/" in plain or await self.file_exists(plain)):
            return await self.disk.save(plain, model)
        content = model.get("content")
        if kind != "notebook" or not plain.endswith(SUFFIX):
            raise Refusal("not_a_notebook", f"Save a notebook as type notebook, under a name in {SUFFIX}.")
        if not isinstance(content, dict):
            raise Refusal("bad_body", "The notebook has no content.")
        if notebook is None:
            notebook = await self._make(plain, content)
        else:
            await self._merge(notebook, content)
        await self.place.look()
        found = self.place.by_id(notebook.id)
        return await self._notebook(found, "notebook", content=False, wants_hash=False)

    async def rename_file(self, old_path: str, new_path: str) -> None:
        notebook, plain = self.place.by_path(old_path), new_path.strip("/")
        if self.place.by_path(plain) is not None:
            raise Refusal("exists", "There is a notebook of that name already. Choose another one.", 409)
        if notebook is None:
            await self.disk.rename(old_path, plain)
            return
        if not plain.endswith(SUFFIX) or "/" in plain:
            raise Forbidden("A notebook stays a notebook, at the top of the project.")
        if notebook.in_repository:
            reason = "This notebook is a file of the repository. Rename it on the project's page."
            raise Refusal("in_repository", reason, 409)
        name = clean_name(name_of(plain))
        async with self.place.services.database.begin() as session:
            await notebooks.change(session, notebook.id, datetime.now(UTC), name=name)
        await self.place.look()

    async def rename(self, old_path: str, new_path: str) -> None:
        await self.rename_file(old_path, new_path)

    async def delete_file(self, path: str) -> None:
        notebook = self.place.by_path(path)
        if notebook is None:
            await self.disk.delete(path)
            return
        if self.place.living(notebook) is not None:
            reason = "The kernel of this notebook is running. Stop it, then delete the notebook."
            raise Refusal("kernel_running", reason, 409)
        async with self.place.services.database.begin() as session:
            await notebooks.change(session, notebook.id, datetime.now(UTC), deleted=True)
        await self.place.sessions.notebook_deleted(notebook.id)

    async def delete(self, path: str) -> None:
        await self.delete_file(path)

    async def create_checkpoint(self, path: str) -> Model:
        if self.place.by_path(path) is None:
            return await self.disk.keep(path)
        return (await self.list_checkpoints(path))[0]

    async def list_checkpoints(self, path: str) -> list[Model]:
        notebook = self.place.by_path(path)
        if notebook is None:
            return await self.disk.checkpoints(path)
        return [{"id": NOW, "last_modified": notebook.edited_at}]

    async def restore_checkpoint(self, checkpoint_id: str, path: str) -> None:
        self._demand_file_checkpoint(checkpoint_id, path)
        await self.disk.restore(path)

    async def delete_checkpoint(self, checkpoint_id: str, path: str) -> None:
        self._demand_file_checkpoint(checkpoint_id, path)
        await self.disk.forget(path)

    def _demand_file_checkpoint(self, checkpoint_id: str, path: str) -> None:
        """Refuse what only a file has."""
        if self.place.by_path(path) is not None:
            reason = "Every change is kept in the notebook itself. Open its page."
            raise Refusal("no_checkpoints", reason, 409)
        if checkpoint_id != CHECKPOINT:
            raise NotFound

    def emit(self, data: Mapping[str, Any]) -> None:
        """Nobody listens for Jupyter Server's events."""

    # Models

    async def _folder(self, path: str, entry: Entry, *, content: bool) -> Model:
        model = self.disk.model(tuple(path.split("/")) if path else (), entry)
        here = [each for each in self.place.listed if each.path.rpartition("/")[0] == path]
        latest = max((model["last_modified"], *(each.edited_at for each in here)))
        model |= {"created": latest, "last_modified": latest}
        if not content:
            return model
        taken = {each.path for each in here}
        files = [each for each in await self.disk.folder(path) if each["path"] not in taken]
        return model | {"content": [*map(self._plain, here), *files], "format": "json"}

    def _plain(self, notebook: Listed) -> Model:
        return {
            "name": notebook.path.rpartition("/")[2],
            "path": notebook.path,
            "type": "notebook",
            "writable": Capability.EDIT in self.place.rights,
            "created": notebook.created_at,
            "last_modified": notebook.edited_at,
            "mimetype": None,
            "content": None,
            "format": None,
            "size": None,
            "hash": None,
            "hash_algorithm": None,
        }

    async def _notebook(
        self, notebook: Listed, kind: str | None, *, content: bool, wants_hash: bool
    ) -> Model:
        model = self._plain(notebook)
        if not content and not wants_hash:
            return model
        text = await exported(self.place.sessions, await self.place.open(notebook))
        if wants_hash:
            model |= {"hash": hashlib.sha256(text).hexdigest(), "hash_algorithm": "sha256"}
        if content and kind == "file":
            model |= {"type": "file", "content": text.decode(), "format": "text", "mimetype": "text/plain"}
        elif content:
            file = json.loads(text)
            self._bases().note(self.place.identity.user, notebook.id, merging.seen(file["cells"]))
            model |= {"content": file, "format": "json"}
        return model | {"size": len(text)}

    # Writing

    async def _read(self, content: Model) -> Imported:
        limit = self.place.services.config.max_import_bytes
        text = json.dumps(content, ensure_ascii=False)
        try:
            return await asyncio.to_thread(read, text, max_bytes=limit)
        except Unreadable as failure:
            raise Refusal(failure.code, failure.reason) from None

    async def _make(self, path: str, content: Model) -> Listed:
        imported, person = await self._read(content), self.place.identity.user
        name = clean_name(name_of(path))
        async with self.place.services.database.begin() as session:
            made = await notebooks.add(session, self.place.project, name, person, datetime.now(UTC))
        opened = await self.place.sessions.get(made)
        await fill(self.place.sessions, made, opened.room, imported, person)
        await opened.note_edit()
        await self.place.look()
        found: Listed = self.place.by_id(made)
        return found

    async def _merge(self, notebook: Listed, content: Model) -> None:
        session = await self.place.open(notebook)
        room, person = session.room, self.place.identity.user
        if room.cannot_save:
            raise storage.refusal()
        before = json.loads(await exported(self.place.sessions, session))["cells"]
        base = self._bases().of(person, notebook.id) or merging.seen(before)
        cells = content.get("cells")
        if isinstance(cells, list) and all(isinstance(cell, dict) for cell in cells):
            merging.with_ids(cells, base)
        imported = await self._read(content)
        known = merging.known_ids(room.source.cells())
        if Capability.RUN in self.place.rights:
            await store(self.place.sessions, notebook.id, imported)
        at_ms = int(datetime.now(UTC).timestamp() * 1000)
        with room.edit(person):
            changes = merging.apply(room.source, imported.cells, content["cells"], base, known, at_ms)
            if Capability.RUN in self.place.rights:
                for cell_id, cell in changes.results:
                    session.show_results(cell_id, cell)
        try:
            async with asyncio.timeout(SAVED_WITHIN_S):
                await room.flush()
        except TimeoutError:
            raise refusal_after_change() from None
        await session.note_edit()
        after = json.loads(await exported(self.place.sessions, session))["cells"]
        self._bases().note(person, notebook.id, merging.seen(after))

    def _bases(self) -> Bases:
        bases: Bases = self.place.services.extras.setdefault(BASES, Bases())
        return bases


class Bases:
    """What each person's programs have read of each notebook last."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[UserId, NotebookId], dict[str, merging.Seen]] = OrderedDict()

    def note(self, person: UserId, notebook: NotebookId, seen: dict[str, merging.Seen]) -> None:
        self._seen[person, notebook] = seen
        self._seen.move_to_end((person, notebook))
        while len(self._seen) > MOST_BASES:
            self._seen.popitem(last=False)

    def of(self, person: UserId, notebook: NotebookId) -> dict[str, merging.Seen] | None:
        return self._seen.get((person, notebook))
