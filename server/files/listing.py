"""What lies in a folder, in parts: folders first, then by name. A hundred thousand entries cost one look."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path as Folder

from server.files.beneath import Entry, entry_of, opened_folder
from server.files.paths import Path
from server.refusals import Refusal

MOST = 1000
"""How many entries one part holds at most."""

MARKED = 2000
"""Up to so many entries, a folder's mark follows the size and time of each; above, its names alone."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of a folder. `total` counts all of it; `mark` is another one when something changed in it."""

    entries: list[Entry]
    total: int
    next: str | None
    mark: str


def list_folder(root: Folder, path: Path, *, limit: int = MOST, after: str | None = None) -> Listing:
    """Return up to `limit` entries behind the cursor `after`."""
    behind = None if after is None else _place_of(after)
    with opened_folder(root, path) as folder:
        with os.scandir(folder) as found:
            places = sorted((not each.is_dir(follow_symlinks=False), each.name) for each in found)
        wanted = [place for place in places if behind is None or place > behind]
        entries = [entry for _, name in wanted[:limit] if (entry := _look(name, folder)) is not None]
        mark = _mark(folder, [name for _, name in places])
    more = len(wanted) > limit
    return Listing(entries, len(places), _cursor_of(wanted[limit - 1]) if more else None, mark)


def mark_of(root: Folder, path: Path) -> str | None:
    """Return the mark of a folder; None where there is none."""
    try:
        with opened_folder(root, path) as folder:
            return _mark(folder, sorted(os.listdir(folder)))
    except OSError:
        return None


def _mark(folder: int, names: list[str]) -> str:
    digest = hashlib.sha256(str(os.fstat(folder).st_mtime_ns).encode())
    if len(names) <= MARKED:
        for name in sorted(names):
            entry = _look(name, folder)
            if entry is not None:
                digest.update(b"\0" + os.fsencode(name) + entry.mark.encode())
    return digest.hexdigest()[:20]


def _look(name: str, folder: int) -> Entry | None:
    try:
        return entry_of(name, os.stat(name, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return None


def _cursor_of(place: tuple[bool, str]) -> str:
    is_file, name = place
    return base64.urlsafe_b64encode(bytes([is_file]) + os.fsencode(name)).rstrip(b"=").decode()


def _place_of(cursor: str) -> tuple[bool, str]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return bool(raw[0]), os.fsdecode(raw[1:])
    except (ValueError, IndexError):
        raise Refusal("bad_query", "`cursor` must be the `next` of an earlier part of this folder.") from None
