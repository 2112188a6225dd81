"""What differs, as people read it: notebooks by their cells, text by its lines, all else in a word."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal

from collab.ipynb import Unreadable
from collab.merging.cells import Piece, aligned
from collab.merging.files import key_of
from kernel_manager.git.repository import Repository
from kernel_manager.git.told import EMPTY_TREE
from server.git.files import is_notebook
from server.git.living import cells_of
from server.refusals import Refusal

LONGEST_SOURCE = 50_000
LFS = b"version https://git-lfs.github.com/spec/"
LARGEST_BYTES = 32 * 1024 * 1024

How = Literal["added", "deleted", "changed", "moved"]


@dataclass(frozen=True, slots=True)
class CellDiff:
    """A cell that differs. `skipped` counts the cells above it that do not."""

    key: str
    how: How
    type: str
    before: str | None
    after: str | None
    lines: Sequence[str]
    """The text as a comparison: each line behind a space, a plus or a minus."""
    outputs: bool
    meta: bool
    skipped: int


@dataclass(frozen=True, slots=True)
class FileDiff:
    """A file that differs: by cells, as unified text, or in no way that could be shown."""

    path: str
    kind: Literal["notebook", "text", "binary", "lfs", "same"]
    cells: Sequence[CellDiff] = ()
    text: str = ""
    is_whole: bool = True
    sizes: tuple[int | None, ...] = ()
    """What a file of Git LFS holds before and after, in bytes; None where there is none, or no pointer."""


async def diff(
    repository: Repository, path: str, head: str | None, *, of: str | None, parent: str
) -> FileDiff:
    """Return how a file differs: in the commit `of` from its `parent`, else as it stands from `head`."""
    before = await repository.entry((of and parent) or head or EMPTY_TREE, path)
    after = await repository.entry(of, path) if of is not None else None
    shas = [before.sha if before is not None else None, after.sha if after is not None else None]
    if of is None:
        shas[1] = await repository.file_here(path)
    if shas[0] is None and shas[1] is None:
        raise Refusal(
            "no_such_file", "There is no such file in this comparison. Look at the list again.", 404
        )
    if shas[0] == shas[1]:
        return FileDiff(path, "same")
    wanted = [sha for sha in shas if sha is not None]
    contents = dict(zip(wanted, await repository.blobs(wanted, LARGEST_BYTES), strict=True))
    one, other = (contents.get(sha) if sha is not None else None for sha in shas)
    if any(each is not None and is_pointer(each) for each in (one, other)):
        return FileDiff(path, "lfs", sizes=(pointed_size(one), pointed_size(other)))
    if is_notebook(path):
        try:
            cells = await asyncio.to_thread(compared, one, other)
            return FileDiff(path, "notebook", cells)
        except Unreadable:
            pass
    if any(each is not None and b"\0" in each[:8000] for each in (one, other)):
        return FileDiff(path, "binary")
    text = await repository.text_diff(
        path, parent if of is not None else head, of, is_new=of is None and shas[0] is None
    )
    return FileDiff(path, "text", (), text, text.endswith("\n"))


def is_pointer(content: bytes) -> bool:
    """Whether a file holds a pointer of Git LFS."""
    return content.startswith(LFS)


def pointed_size(content: bytes | None) -> int | None:
    """Return the bytes of the file that a pointer of Git LFS stands for; None for anything else."""
    found = re.search(rb"^size ([0-9]{1,18})$", content[:1024], re.MULTILINE) if content else None
    return int(found[1]) if found is not None and content is not None and is_pointer(content) else None


def compared(before: bytes | None, after: bytes | None) -> list[CellDiff]:
    """Return the cells that differ between two notebook files, in the order of the newer. Pure."""
    old, new = cells_of(before), cells_of(after)
    matches = aligned(old, new)
    gone = [index for index in range(len(old)) if index not in set(matches)]
    highest = -1
    found: list[CellDiff] = []
    skipped = 0

    def add(cell: CellDiff) -> None:
        nonlocal skipped
        found.append(replace(cell, skipped=skipped))
        skipped = 0

    for index, match in enumerate(matches):
        while gone and match is not None and gone[0] < match:
            place = gone.pop(0)
            add(_deleted(old[place], place))
        if match is None:
            add(_cell(key_of(new[index].id, index, is_new=True), "added", None, new[index]))
            continue
        one, other = old[match], new[index]
        key = key_of(one.id or other.id, match, is_new=False)
        moved, highest = match < highest, max(highest, match)
        if not one.is_like(other) or one.outputs != other.outputs or dict(one.meta) != dict(other.meta):
            add(_cell(key, "changed", one, other))
        elif moved:
            add(_cell(key, "moved", one, other))
        else:
            skipped += 1
    for place in gone:
        add(_deleted(old[place], place))
    return found


def lines_of(before: str, after: str) -> list[str]:
    """Return two texts as one comparison, line by line."""
    old, new = before[:LONGEST_SOURCE].splitlines(), after[:LONGEST_SOURCE].splitlines()
    found: list[str] = []
    for op, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            found += [f" {line}" for line in old[i1:i2]]
        else:
            found += [f"-{line}" for line in old[i1:i2]] + [f"+{line}" for line in new[j1:j2]]
    return found


def _deleted(piece: Piece, place: int) -> CellDiff:
    return _cell(key_of(piece.id, place, is_new=False), "deleted", piece, None)


def _cell(key: str, how: How, before: Piece | None, after: Piece | None) -> CellDiff:
    shown = after or before
    assert shown is not None
    return CellDiff(
        key,
        how,
        shown.type,
        before.source[:LONGEST_SOURCE] if before is not None else None,
        after.source[:LONGEST_SOURCE] if after is not None else None,
        lines_of(before.source if before is not None else "", after.source if after is not None else ""),
        (before.outputs if before is not None else "") != (after.outputs if after is not None else ""),
        before is not None and after is not None and dict(before.meta) != dict(after.meta),
        0,
    )
