"""Bringing commits into a project: what a pull merges, and how another state of the repository gets in.

Nothing is touched before it is known that all of it fits. What stands in files is laid out by git, what is an
open notebook gets it as edits, and the branch moves last: a server that is killed in between leaves changes
that the next pull finds to be the same.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from collab.ids import ProjectId
from collab.ipynb import Unreadable, file_bytes, modern
from collab.merging.cells import pieces_of
from collab.merging.files import merged_file
from collab.merging.notebooks import Choice, Conflict, merge
from kernel_manager.git.calls import Author
from kernel_manager.git.repository import Look, Repository
from kernel_manager.git.told import EMPTY_TREE, NOTHING, Differing, Entry
from server.db.repositories.git import FileRow
from server.files.paths import shown
from server.git.files import NotebookFiles, is_notebook
from server.git.living import LivingNotebooks
from server.identity import Identity
from server.refusals import Refusal

PLAIN = "100644"
LONGEST_SHOWN = 20_000
LONGEST_EDITED = 200_000

Choices = Mapping[str, Mapping[str, Choice]]
"""What somebody decided, by path and cell; a whole file is the cell with the empty name."""

Texts = Mapping[str, str]
"""What somebody wrote in place of a text that both sides changed, by path."""

_MARKS = re.compile(rb"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FileConflict:
    """A file that both sides changed: the cells to decide on, or the file as a whole."""

    path: str
    cells: Sequence[Conflict] = ()
    mine: str | None = None
    theirs: str | None = None
    is_text: bool = True
    merged: str | None = None
    """Both in one, with git's marks around what differs, to be edited; None where that cannot be."""


@dataclass(slots=True)
class _Plan:
    """What has to happen for another state to be here."""

    written: list[tuple[str, str, str]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    merged: dict[str, bytes] = field(default_factory=dict)
    entered: list[tuple[FileRow, Differing]] = field(default_factory=list)
    dropped: list[FileRow] = field(default_factory=list)
    new: list[Entry] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)


class Bringing:
    """Brings commits into one project, whose turn it is."""

    def __init__(
        self,
        project: ProjectId,
        repository: Repository,
        files: NotebookFiles,
        living: LivingNotebooks,
        by: Identity,
        *,
        with_outputs: bool,
    ) -> None:
        self._project = project
        self._repository = repository
        self._files = files
        self._living = living
        self._by = by
        self._with_outputs = with_outputs

    # Which commit

    async def target(
        self, look: Look, theirs: str, choices: Choices, texts: Texts, message: str, author: Author
    ) -> tuple[str | None, list[FileConflict]]:
        """Return the commit in which both sides come together, or what somebody has to decide first."""
        head = look.head
        if head is None or look.ahead == 0:
            return theirs, []
        tree, conflicted = await self._repository.merging.merge_trees(head, theirs)
        base = await self._repository.merging.merge_base(head, theirs) or EMPTY_TREE
        ours = {each.path: each for each in await self._repository.differing(base, head)}
        others = {each.path: each for each in await self._repository.differing(base, theirs)}
        both = {path for path in ours.keys() & others.keys() if is_notebook(path)}
        entries: list[tuple[str, str, str]] = []
        open_ones: list[FileConflict] = []
        for path in sorted(both | {each.path for each in conflicted}):
            mine, other = ours.get(path), others.get(path)
            if mine is None or other is None:
                reason = (
                    f"{shown(path)} was renamed on one side and cannot be merged here. "
                    "Merge it with git itself."
                )
                raise Refusal("cannot_merge", reason, 409)
            if path in texts:
                entries.append((mine.mode_after, await self._written(path, texts[path]), path))
                continue
            found = await self._merged(path, mine, other, choices.get(path, {}))
            if isinstance(found, FileConflict):
                open_ones.append(found)
            else:
                entries.append(found)
        if open_ones:
            return None, open_ones
        tree = await self._repository.merging.tree_with(tree, entries)
        return await self._repository.merging.merge_commit(tree, [head, theirs], message, author), []

    async def _written(self, path: str, text: str) -> str:
        """Keep what somebody wrote; raises a `Refusal` where it is not finished."""
        content = text.encode("utf-8", "replace")
        if _MARKS.search(content):
            reason = f"{shown(path)} still holds marks of the conflict (<<<<<<<). Take them out first."
            raise Refusal("conflict_marks", reason, 409)
        (sha,) = await self._repository.keep([content])
        return sha

    async def _merged(
        self, path: str, mine: Differing, theirs: Differing, choices: Mapping[str, Choice]
    ) -> tuple[str, str, str] | FileConflict:
        """Return the entry of a file that both sides changed, or what is to be decided about it."""
        shas = [mine.before, mine.after, theirs.after]
        found = await self._repository.blobs([sha for sha in shas if sha != NOTHING])
        contents = dict(zip([sha for sha in shas if sha != NOTHING], found, strict=True))
        base, ours, others = (contents.get(sha) for sha in shas)
        if ours is not None and others is not None and is_notebook(path):
            try:
                return await self._merged_cells(path, base, ours, others, mine.mode_after, choices)
            except Unreadable:
                pass  # then it is a file like any other
        choice = choices.get("")
        if choice is None or ours is None or others is None or _is_binary(ours) or _is_binary(others):
            if choice == "mine" or (choice == "both" and others is None):
                return (mine.mode_after if ours is not None else "0", mine.after, path)
            if choice == "theirs" or (choice == "both" and ours is None):
                return (theirs.mode_after if others is not None else "0", theirs.after, path)
            if ours is not None and others is not None and not _is_binary(ours + others):
                clean = await self._repository.merging.merge_texts(base or b"", ours, others)
                if clean is not None:
                    (sha,) = await self._repository.keep([clean])
                    return (mine.mode_after, sha, path)
            is_text = not _is_binary(ours or b"") and not _is_binary(others or b"")
            marked = None
            if ours is not None and others is not None and is_text and len(ours + others) <= LONGEST_EDITED:
                marked = await self._repository.merging.marked_texts(base or b"", ours, others)
            edited = marked.decode(errors="replace") if marked is not None else None
            return FileConflict(path, (), _shown(ours), _shown(others), is_text, edited)
        favour = {"mine": "ours", "theirs": "theirs", "both": "union"}[choice]
        text = await self._repository.merging.merge_texts(base or b"", ours, others, favour)
        (sha,) = await self._repository.keep([text if text is not None else ours])
        return (mine.mode_after, sha, path)

    async def _merged_cells(
        self,
        path: str,
        base: bytes | None,
        ours: bytes,
        others: bytes,
        mode: str,
        choices: Mapping[str, Choice],
    ) -> tuple[str, str, str] | FileConflict:
        was, mine, theirs = await asyncio.to_thread(
            lambda: (modern(base) if base is not None else {}, modern(ours), modern(others))
        )
        merged = merge(pieces_of(was), pieces_of(mine), pieces_of(theirs), choices)
        if merged.conflicts:
            return FileConflict(path, merged.conflicts)
        content = file_bytes(merged_file(was, mine, theirs, merged), with_outputs=True)
        (sha,) = await self._repository.keep([content])
        return (mode, sha, path)

    # Getting there

    async def carry_over(self, look: Look, target: str, branch: str | None = None) -> int:
        """Let the project's files and notebooks be those of `target`, with what is not committed on top.

        Returns how many files changed. Raises a `Refusal`, before anything is touched, where both change the
        same thing. With `branch` that is the branch from then on.
        """
        before = look.head or EMPTY_TREE
        plan = await self._plan(look, await self._repository.differing(before, target))
        if plan.blocked:
            more = f" and {len(plan.blocked) - 3} more" if len(plan.blocked) > 3 else ""
            reason = (
                f"{', '.join(map(shown, plan.blocked[:3]))}{more} changed here and there in the same place. "
                "Commit your changes first: then they can be merged."
            )
            raise Refusal("uncommitted", reason, 409)
        await self._repository.lay_out(plan.written, plan.removed)
        if plan.merged:
            await self._repository.write(plan.merged)
        for row in plan.dropped:
            await self._living.drop(row.notebook)
        for row, change in plan.entered:
            await self._enter(row, change)
        await self._files.bring_in(plan.new, self._by.user, with_outputs=self._with_outputs)
        await self._repository.move(target, look.head if branch is None else None, branch)
        return len(plan.written) + len(plan.removed) + len(plan.merged)

    async def _enter(self, row: FileRow, change: Differing) -> None:
        assert row.path is not None
        base = row.base if row.is_deleted else change.before
        was, theirs = await self._repository.blobs([base or NOTHING, change.after])
        assert theirs is not None
        if row.is_deleted:
            await self._living.restore(row.notebook)
        is_same = await self._living.enter(row.notebook, was, theirs, self._by.user, {})
        if is_same:
            await self._files.note(row.notebook, row.path, change.after, with_outputs=self._with_outputs)
        else:  # what people hold beside it is written out at the next look
            await self._files.note_differing(row.notebook, row.path, change.after)

    async def _plan(self, look: Look, changes: Sequence[Differing]) -> _Plan:
        plan = _Plan()
        dirty = {change.path: change for change in look.changes}
        rows = {row.path: row for row in await self._files.rows() if row.path is not None}
        for change in changes:
            row = rows.get(change.path)
            if row is not None and await self._plan_notebook(plan, row, change, change.path in dirty):
                continue
            if change.path in dirty and not await self._plan_dirty(plan, change):
                plan.blocked.append(change.path)
                continue
            if change.path in plan.merged:
                continue
            if change.after == NOTHING:
                plan.removed.append(change.path)
            elif change.mode_after != "160000":
                plan.written.append((change.mode_after, change.after, change.path))
                if is_notebook(change.path) and row is None:
                    plan.new.append(Entry(change.path, change.mode_after, change.after, None))
        return plan

    async def _plan_notebook(self, plan: _Plan, row: FileRow, change: Differing, is_dirty: bool) -> bool:
        """Plan for the file of a notebook; False where it is to be treated like any other file."""
        if change.after == NOTHING:
            if row.is_deleted:
                return False
            if is_dirty:
                plan.blocked.append(change.path)
            else:
                plan.dropped.append(row)
                plan.removed.append(change.path)
            return True
        base, theirs = await self._repository.blobs([change.before, change.after])
        try:
            if theirs is None:
                return False
            if row.is_deleted:
                await asyncio.to_thread(modern, theirs)
            elif (await self._living.compared(row.notebook, base, theirs, {})).conflicts:
                plan.blocked.append(change.path)
                return True
        except Unreadable as failure:
            reason = f"{change.path} is no notebook any more after this. {failure.reason}"
            raise Refusal("unreadable_notebook", reason, 409) from None
        plan.written.append((change.mode_after, change.after, change.path))
        plan.entered.append((row, change))
        return True

    async def _plan_dirty(self, plan: _Plan, change: Differing) -> bool:
        """Whether a file that is not committed here can become what it is there, with both changes in it."""
        here = await self._repository.file_here(change.path) or NOTHING
        if here == change.after:
            return True
        if NOTHING in (here, change.before, change.after) or change.mode_after != PLAIN:
            return False
        base, mine, theirs = await self._repository.blobs([change.before, here, change.after])
        if base is None or mine is None or theirs is None or _is_binary(mine + theirs):
            return False
        merged = await self._repository.merging.merge_texts(base, mine, theirs)
        if merged is None:
            return False
        plan.merged[change.path] = merged
        return True


def _is_binary(content: bytes) -> bool:
    return b"\0" in content[:8000]


def _shown(content: bytes | None) -> str | None:
    if content is None or _is_binary(content):
        return None
    return content[:LONGEST_SHOWN].decode(errors="replace")
