"""The notebooks of a project and the files that they are: brought to the same, in one direction or both."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from collab.ids import NotebookId, ProjectId, UserId
from collab.ipynb import Unreadable
from kernel_manager.git.repository import Look, Repository
from kernel_manager.git.told import Entry
from server.db.engine import Database
from server.db.repositories import git as rows
from server.db.repositories.git import FileRow
from server.files.paths import shown
from server.git.living import LivingNotebooks

NOTEBOOK = ".ipynb"
MOST_NOTEBOOKS = 300
CHECKPOINTS = ".ipynb_checkpoints"


@dataclass(slots=True)
class Brought:
    """Notebooks that were made of files, and a sentence for each file of which none could be made."""

    made: dict[str, NotebookId] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def is_notebook(path: str) -> bool:
    """Whether a file of this name is a notebook of the project's."""
    return path.endswith(NOTEBOOK) and CHECKPOINTS not in path.split("/") and shown(path) == path


def name_of(path: str) -> str:
    """Return what a notebook is called that comes from `path`."""
    name = re.sub(r"[\x00-\x1f\x7f]", "", path.removesuffix(NOTEBOOK)).strip()
    return name.encode("utf-8", "replace").decode()[:200] or "Notebook"


def path_for(name: str, taken: Collection[str]) -> str:
    """Return the file for a notebook that has none yet."""
    parts = [re.sub(r'[\x00-\x1f\x7f\\:*?"<>|]', "_", part).strip(" .") for part in name.split("/")]
    stem = "/".join(part[:80] for part in parts if part and part.lower() != ".git") or "Notebook"
    path, number = f"{stem}{NOTEBOOK}", 2
    while path.lower() in {each.lower() for each in taken}:
        path, number = f"{stem} {number}{NOTEBOOK}", number + 1
    return path


class NotebookFiles:
    """Keeps notebooks and files of one project the same."""

    def __init__(
        self, project: ProjectId, repository: Repository, living: LivingNotebooks, database: Database
    ) -> None:
        self._project = project
        self._repository = repository
        self._living = living
        self._database = database

    async def rows(self) -> list[FileRow]:
        """Return the project's notebooks as they are on record now."""
        async with self._database.read() as session:
            found = await rows.files(session, self._project)
        for row in found:
            await self._living.settle(row.notebook)
        async with self._database.read() as session:
            return await rows.files(session, self._project)

    async def bring_in(self, entries: Sequence[Entry], by: UserId, *, with_outputs: bool) -> Brought:
        """Make notebooks of files that are laid out already."""
        brought = Brought()
        wanted = [each for each in entries if is_notebook(each.path) and each.mode.startswith("100")]
        if len(wanted) > MOST_NOTEBOOKS:
            more = len(wanted) - MOST_NOTEBOOKS
            brought.notes.append(
                f"{more} more notebooks stay files: a project opens {MOST_NOTEBOOKS} at most."
            )
        for entry in wanted[:MOST_NOTEBOOKS]:
            (content,) = await self._repository.blobs([entry.sha])
            try:
                if content is None:
                    raise Unreadable("empty", "The file is not in the repository.")
                made = await self._living.add(self._project, name_of(entry.path), content, by)
            except Unreadable as failure:
                brought.notes.append(f"{shown(entry.path)} stays a file. {failure.reason}")
                continue
            await self.note(made, entry.path, entry.sha, with_outputs=with_outputs)
            brought.made[entry.path] = made
        return brought

    async def note(self, notebook: NotebookId, path: str, base: str, *, with_outputs: bool) -> None:
        """Note that a notebook and its file are the same as of now."""
        row = next(each for each in await self.rows() if each.notebook == notebook)
        written = await self._living.write(notebook, with_outputs=with_outputs)
        async with self._database.begin() as session:
            await rows.note_file(session, self._project, notebook, path, base, written.digest, row.heads_now)

    async def note_differing(self, notebook: NotebookId, path: str, base: str) -> None:
        """Note that a notebook has become more than its file, whose content is `base`."""
        async with self._database.begin() as session:
            await rows.note_file(session, self._project, notebook, path, base, None, None)

    async def sync(self, by: UserId, *, with_outputs: bool) -> Look:
        """Write out what changed in notebooks, take in what changed in files, and look at the repository.

        What changed in both is merged as a pull would be.
        """
        found = await self.rows()
        paths = [row.path for row in found if row.path is not None]
        look = await self._repository.look(paths)
        changed = False
        for row in found:
            if row.path is None or row.is_deleted:
                continue
            there = look.files.get(row.path)
            if there is not None and row.base is not None and there != row.base:
                changed |= await self._take_in(row, there, by, with_outputs=with_outputs)
        if changed:
            found = await self.rows()
        if await self._write_out(found, look, with_outputs=with_outputs) or changed:
            look = await self._repository.look([row.path for row in found if row.path is not None])
        return look

    async def _take_in(self, row: FileRow, there: str, by: UserId, *, with_outputs: bool) -> bool:
        """Enter what somebody changed in a notebook's file, as with a program of theirs."""
        assert row.path is not None
        assert row.base is not None
        (there,) = await self._repository.keep_files([row.path])
        base, theirs = await self._repository.blobs([row.base, there])
        if theirs is None:
            return False
        try:
            await self._living.enter(row.notebook, base, theirs, by, {})
        except Unreadable:
            return False
        async with self._database.begin() as session:
            await rows.note_file(session, self._project, row.notebook, row.path, there, None, None)
        return True

    async def _write_out(self, found: Sequence[FileRow], look: Look, *, with_outputs: bool) -> bool:
        taken = {row.path for row in found if row.path is not None} | {each.path for each in look.changes}
        files: dict[str, bytes] = {}
        noted: list[tuple[FileRow, str, str]] = []
        removed = []
        for row in found:
            there = look.files.get(row.path) if row.path is not None else None
            if row.is_deleted:
                if row.path is not None and there is not None and there == row.base:
                    removed.append(row.path)
                continue
            if row.path is not None and row.heads == row.heads_now and there is not None:
                continue
            written = await self._living.write(row.notebook, with_outputs=with_outputs)
            path = row.path or path_for(row.name, taken)
            taken.add(path)
            if row.digest == written.digest and there is not None:
                async with self._database.begin() as session:
                    await rows.note_file(
                        session, self._project, row.notebook, path, row.base, row.digest, row.heads_now
                    )
                continue
            files[path] = written.content
            noted.append((row, path, written.digest))
        if not files and not removed:
            return False
        kept = await self._repository.write(files, removed)
        async with self._database.begin() as session:
            for row, path, digest in noted:
                await rows.note_file(
                    session, self._project, row.notebook, path, kept[path], digest, row.heads_now
                )
        return True
