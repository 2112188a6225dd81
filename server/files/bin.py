"""The bin of a project: what people deleted, until somebody takes it back or its time is over.

Each item is a folder of its own with what it holds and a note of where that was. Kernels cannot reach it.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path as Folder

import msgspec

from collab.ids import new_id
from server.files.beneath import Kind, look, move, opened_folder
from server.files.home import Home, ensure_folder, remove_tree, sync_folder
from server.files.paths import Path, address_of, existing_path, free_name, from_address
from server.files.usage import measure
from server.refusals import NotFound

NOTE, ITEM = "note.json", "item"
_ID = re.compile("[A-Za-z0-9_-]{1,64}")


class Note(msgspec.Struct, frozen=True):
    """What was deleted; `address` is its path, percent-encoded."""

    address: str
    kind: Kind
    size_bytes: int
    by: str
    deleted_at: datetime

    @property
    def path(self) -> Path:
        return existing_path(from_address(self.address))


def throw_away(home: Home, path: Path, by: str, now: datetime) -> tuple[str, Note]:
    """Move something into the bin; returns its id there."""
    home.prepare()
    item = new_id()
    place = home.bin / item
    with opened_folder(home.files, path[:-1]) as above:
        entry = look(path[-1], above)
        size = measure(home.files, path) if entry.kind == "folder" else entry.size_bytes
        note = Note(address_of(path), entry.kind, size, by, now)
        place.mkdir(mode=0o700)
        (place / NOTE).write_bytes(msgspec.json.encode(note))  # first: whatever is in the bin can come back
        try:
            with opened_folder(place) as into:
                move(path[-1], above, ITEM, into)
                sync_folder(into)
        except OSError:
            remove(home, item)
            raise
        sync_folder(above)
    return item, note


def items(home: Home) -> list[tuple[str, Note]]:
    """Return what is in the bin, the latest first."""
    if not home.bin.is_dir():
        return []
    found = [(name, note) for name in os.listdir(home.bin) if (note := _note(home, name)) is not None]
    return sorted(found, key=lambda each: (each[1].deleted_at, each[0]), reverse=True)


def put_back(home: Home, item: str) -> Path:
    """Take something out of the bin; returns where it is now: under a new name where the old one is taken."""
    note = note_of(home, item)
    path = note.path
    ensure_folder(home, path[:-1])
    with opened_folder(home.files, path[:-1]) as above, opened_folder(home.bin / item) as held:
        name = free_name(path[-1], set(os.listdir(above)))
        move(ITEM, held, name, above)
        sync_folder(above)
    remove(home, item)
    return (*path[:-1], name)


def note_of(home: Home, item: str) -> Note:
    """Return what an item of the bin is; `NotFound` where there is none."""
    note = _note(home, item)
    if note is None:
        raise NotFound
    return note


def remove(home: Home, item: str) -> None:
    """Delete an item for good."""
    if _ID.fullmatch(item):
        remove_tree(home.bin / item)


def sweep(home: Home, before: datetime) -> int:
    """Delete for good what is older than `before`, also what a crash left unfinished."""
    gone = 0
    for name in os.listdir(home.bin) if home.bin.is_dir() else ():
        note = _note(home, name)
        since = note.deleted_at if note is not None else _age(home.bin / name)
        if since is not None and since <= before:
            remove(home, name)
            gone += 1
    return gone


def _age(place: Folder) -> datetime | None:
    try:
        return datetime.fromtimestamp(place.lstat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def _note(home: Home, item: str) -> Note | None:
    if not _ID.fullmatch(item):
        return None
    try:
        return msgspec.json.decode((home.bin / item / NOTE).read_bytes(), type=Note)
    except (OSError, msgspec.DecodeError):
        return None
