"""Gives files and folders another place, and reads one to hand it out."""

from __future__ import annotations

import os
from dataclasses import dataclass

from server.files.beneath import Entry, entry_of, look, move, open_plain, opened_folder
from server.files.home import Home, ensure_folder, not_a_file, sync_folder
from server.files.paths import Path
from server.refusals import Refusal


def entry_at(home: Home, path: Path) -> Entry:
    """Return what stands at a path; the project's own folder has the empty path."""
    with opened_folder(home.files, path[:-1]) as above:
        return look(path[-1], above) if path else entry_of("", os.fstat(above))


def entry_or_none(home: Home, path: Path) -> Entry | None:
    """Return the same, or None where nothing is there."""
    try:
        return entry_at(home, path)
    except OSError:
        return None


def rename(home: Home, path: Path, target: Path) -> Entry:
    """Move something inside the project; nothing that is there is overwritten."""
    if target[: len(path)] == path and len(target) > len(path):
        raise Refusal("into_itself", "A folder cannot be moved into itself. Choose another folder.", 409)
    entry = entry_at(home, path)
    ensure_folder(home, target[:-1])
    with opened_folder(home.files, path[:-1]) as before, opened_folder(home.files, target[:-1]) as after:
        if path == target:
            return entry
        move(path[-1], before, target[-1], after)
        sync_folder(after)
        sync_folder(before)
        return look(target[-1], after)


@dataclass(frozen=True, slots=True)
class Opened:
    """A plain file that is open for reading; `close` it."""

    entry: Entry
    descriptor: int

    def read(self, start: int, most: int) -> bytes:
        return os.pread(self.descriptor, most, start)

    def close(self) -> None:
        os.close(self.descriptor)


def open_file(home: Home, path: Path) -> Opened:
    """Open a plain file."""
    if not path:
        raise not_a_file()
    with opened_folder(home.files, path[:-1]) as above:
        descriptor = open_plain(path[-1], above)
    return Opened(entry_of(path[-1], os.fstat(descriptor)), descriptor)


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the one range that is asked for, as start and end; None for the whole.

    Several ranges, or another unit, are answered with the whole, as RFC 9110 allows. Raises a refusal
    of status 416 where nothing of the file is in the range.
    """
    if header is None or not header.startswith("bytes=") or "," in header:
        return None
    first, dash, last = header.removeprefix("bytes=").strip().partition("-")
    numbers = [text for text in (first, last) if text]
    if not dash or not numbers or not all(n.isascii() and n.isdecimal() and len(n) < 19 for n in numbers):
        return None
    start, end = (int(first), int(last) + 1 if last else size) if first else (size - int(last), size)
    start, end = max(start, 0), min(end, size)
    if start >= end:
        raise Refusal("bad_range", f"The file has {size} bytes; nothing of it lies in this range.", 416)
    return start, end
