"""Open notebooks and their files in a repository: written out when they changed, merged into when those did.

What a file brings is entered as edits of the open notebook, cell by cell. Nobody has to reload, and what
somebody types meanwhile stays.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import SequenceMatcher
from typing import Any

from collab.hub import Room
from collab.ids import NotebookId, ProjectId, UserId, new_id
from collab.ipynb import Imported, Unreadable, entry_of, file_bytes, modern, read
from collab.ipynb.values import KEPT
from collab.merging.cells import Piece, pieces_of
from collab.merging.notebooks import Choice, Merged, Placed, merge
from collab.source import CellContent, NoSuchCell
from server.db.repositories import notebooks
from server.services import Services
from server.sessions.actor import NotebookSession
from server.sessions.files import exported, fill, store
from server.sessions.registry import Sessions


@dataclass(frozen=True, slots=True)
class Written:
    """A notebook as a file would hold it now. `digest` tells whether that changed."""

    content: bytes
    digest: str


class LivingNotebooks:
    """The notebooks of one server, as files."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @property
    def sessions(self) -> Sessions:
        sessions = self._services.sessions
        assert isinstance(sessions, Sessions)
        return sessions

    async def settle(self, notebook: NotebookId) -> None:
        """Have on record what was typed until now, where the notebook is open."""
        room = self.sessions.room_of(notebook)
        if room is not None and not room.cannot_save:
            await room.flush()

    async def write(self, notebook: NotebookId, *, with_outputs: bool) -> Written:
        """Return a notebook as its file."""
        session = await self.sessions.get(notebook)
        file = json.loads(await exported(self.sessions, session))
        content = await asyncio.to_thread(file_bytes, file, with_outputs=with_outputs)
        return Written(content, hashlib.sha256(content).hexdigest())

    async def add(self, project: ProjectId, name: str, content: bytes, by: UserId) -> NotebookId:
        """Make a notebook of a file; raises `Unreadable`. It shows when it is complete."""
        most = self._services.config.max_import_bytes
        imported = await asyncio.to_thread(read, content, max_bytes=most)
        now = datetime.now(UTC)
        async with self._services.database.begin() as session:
            made = await notebooks.add(session, project, name, by, now)
            await notebooks.change(session, made, now, deleted=True)
        opened = await self.sessions.get(made)
        await fill(self.sessions, made, opened.room, imported, by)
        await opened.note_edit()
        async with self._services.database.begin() as session:
            await notebooks.change(session, made, now, deleted=False)
        return made

    async def restore(self, notebook: NotebookId) -> None:
        """Take a notebook out of the bin."""
        async with self._services.database.begin() as session:
            await notebooks.change(session, notebook, datetime.now(UTC), deleted=False)

    async def drop(self, notebook: NotebookId) -> None:
        """Move a notebook into the bin."""
        async with self._services.database.begin() as session:
            await notebooks.change(session, notebook, datetime.now(UTC), deleted=True)
        await self.sessions.notebook_deleted(notebook)

    async def compared(
        self, notebook: NotebookId, base: bytes | None, theirs: bytes, choices: Mapping[str, Choice]
    ) -> Merged:
        """Say what merging `theirs` into a notebook would do; raises `Unreadable`. Nothing is changed."""
        session = await self.sessions.get(notebook)
        file = json.loads(await exported(self.sessions, session))
        before = modern(base) if base is not None else {}
        return merge(pieces_of(before), pieces_of(file), pieces_of(modern(theirs)), choices)

    async def enter(
        self,
        notebook: NotebookId,
        base: bytes | None,
        theirs: bytes,
        by: UserId,
        choices: Mapping[str, Choice],
    ) -> bool:
        """Enter into a notebook what changed from `base` to `theirs`, as edits by `by`.

        Where somebody has changed the same cell meanwhile, theirs stands below it as a cell of its own.
        Returns whether the notebook is as `theirs` now, with nothing of its own. Raises `Unreadable`.
        """
        session = await self.sessions.get(notebook)
        room = session.room
        before, after = await asyncio.to_thread(lambda: (_file(base), modern(theirs)))
        imported = await asyncio.to_thread(read, json.dumps(after), max_bytes=2**31)
        await store(self.sessions, notebook, imported)
        file = json.loads(await exported(self.sessions, session))
        old, new = pieces_of(before), pieces_of(after)
        # From here on nothing waits: what the notebook holds now is what is merged.
        pieces, ids = _pieces_now(room, file)
        was_base = len(old) == len(pieces) and all(map(Piece.is_like, old, pieces))
        merged = merge(old, pieces, new, choices)
        if merged.conflicts:
            both: dict[str, Choice] = {conflict.key: "both" for conflict in merged.conflicts}
            merged = merge(old, pieces, new, {**choices, **both})
        with room.edit(by):
            _Entering(room, session, ids, imported).enter(merged)
            _enter_metadata(room, before, after)
        await room.flush()
        await session.note_edit()
        return was_base


def cells_of(content: bytes | None) -> list[Piece]:
    """Return the cells of a file; none where there is no file. Raises `Unreadable`."""
    return pieces_of(_file(content))


def _file(content: bytes | None) -> dict[str, Any]:
    return {} if content is None else modern(content)


def is_readable(content: bytes) -> bool:
    """Whether a notebook can be made of this file."""
    try:
        modern(content)
    except Unreadable:
        return False
    return True


def _pieces_now(room: Room, file: Mapping[str, Any]) -> tuple[list[Piece], list[str]]:
    """Return the cells as they are now, and their ids; outputs are those of the export just before."""
    living = room.source.cells()
    shown = {piece.id: piece for piece in pieces_of(file)}
    pieces = []
    for cell in living:
        mark = cell.meta.get(KEPT)
        named = mark.get("id") if isinstance(mark, dict) else None
        found = shown.get(named if isinstance(named, str) else "") or shown.get(cell.id)
        if found is None:
            pieces.append(Piece(cell.id, cell.type, cell.source, {}, ""))
        else:
            pieces.append(replace(found, source=cell.source, type=cell.type))
    return pieces, [cell.id for cell in living]


class _Entering:
    """Makes a merged list of cells true in an open notebook. Runs inside one edit."""

    def __init__(self, room: Room, session: NotebookSession, ids: Sequence[str], imported: Imported) -> None:
        self._room = room
        self._ids = ids
        self._imported = imported
        self._busy = {
            cell for cell, entry in room.runtime.entries().items() if entry.state in ("queued", "running")
        }

    def enter(self, merged: Merged) -> None:
        now_ms = int(datetime.now(UTC).timestamp() * 1000)
        for index in merged.deleted:
            self._room.source.delete(self._ids[index], now_ms)
        above: str | None = None
        for placed in merged.cells:
            above = self._new(placed, above) if placed.mine is None else self._mine(placed, above)

    def _mine(self, placed: Placed, above: str | None) -> str:
        assert placed.mine is not None
        source, cell = self._room.source, self._ids[placed.mine]
        if placed.moved:
            source.move(cell, above)
        if placed.type is not None and placed.type in ("code", "markdown", "raw"):
            source.set_type(cell, placed.type)  # type: ignore[arg-type]
        if placed.source is not None:
            _set_text(self._room, cell, placed.source)
        for key, value in placed.meta.items():
            if key not in (KEPT, "attachments"):
                source.set_meta(cell, key, value)
        if placed.outputs is not None and cell not in self._busy:
            self._outputs(cell, placed.outputs)
        return cell

    def _new(self, placed: Placed, above: str | None) -> str:
        assert placed.theirs is not None
        made = self._imported.cells[placed.theirs]
        content = CellContent(made.id, made.type, made.source, made.meta)
        try:
            cell = self._room.source.insert(
                content.id, content.type, content.source, after=above, meta=content.meta
            )
        except ValueError:  # a cell of that id is in the notebook's bin
            cell = self._room.source.insert(
                None, content.type, content.source, after=above, meta=content.meta
            )
        self._outputs(cell, placed.theirs)
        return cell

    def _outputs(self, cell: str, theirs: int) -> None:
        left = self._imported.cells[theirs]
        if left.outputs or left.count is not None:
            self._room.runtime.begin_run(cell, entry_of(left, new_id()))
        else:
            self._room.runtime.remove(cell)


def _set_text(room: Room, cell: str, text: str) -> None:
    """Change a cell's text where it differs and nowhere else, so that everybody's cursors stay."""
    old = room.source.source_of(cell)
    if old is None:
        raise NoSuchCell(cell)
    before, after = old.splitlines(keepends=True), text.splitlines(keepends=True)
    opcodes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for op, i1, i2, j1, j2 in reversed(opcodes):
        if op != "equal":
            before[i1:i2] = after[j1:j2]
            room.source.set_source(cell, "".join(before))


def _enter_metadata(room: Room, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    was, becomes, now = before.get("metadata"), after.get("metadata"), room.source.metadata()
    if not isinstance(was, dict) or not isinstance(becomes, dict):
        return
    for key in sorted({*was, *becomes} - {KEPT, "schema", "kernel", "lang", "__proto__"}):
        if was.get(key) != becomes.get(key) and now.get(key) == was.get(key):
            room.source.set_metadata(key, becomes.get(key))
