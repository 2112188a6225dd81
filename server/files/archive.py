"""A folder as one ZIP file, made while it is sent. Links, pipes and devices stay out, and are named in it."""

from __future__ import annotations

import os
import stat
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as Folder
from typing import IO, cast

from server.files.beneath import open_plain, opened_folder, walk
from server.files.paths import Path, as_text, free_name, shown
from server.refusals import Refusal

MOST_FILES = 50_000
MOST_BYTES = 20 * 1000**3
PIECE_BYTES = 256 * 1024
LEFT_OUT = "LEFT OUT.txt"

_PACKED = (".zip", ".gz", ".bz2", ".xz", ".zst", ".png", ".jpg", ".jpeg", ".webp", ".mp4", ".parquet", ".7z")
_EARLIEST = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes into an archive, and what does not."""

    files: list[Path]
    folders: list[Path]
    left_out: list[Path]


def plan(root: Folder, start: Path) -> Plan:
    """Look what is in a folder; raises a `Refusal` where it is too much for one archive."""
    with opened_folder(root, start):
        pass
    made, size = Plan([], [], []), 0
    for inside in walk(root, start):
        if not inside.folders and not inside.others and inside.path != start:
            made.folders.append(inside.path)
        for name in inside.others:
            try:
                found = os.stat(name, dir_fd=inside.descriptor, follow_symlinks=False)
            except FileNotFoundError:
                continue
            path = (*inside.path, name)
            (made.files if stat.S_ISREG(found.st_mode) else made.left_out).append(path)
            size += found.st_size if stat.S_ISREG(found.st_mode) else 0
        if len(made.files) > MOST_FILES or size > MOST_BYTES:
            reason = (
                f"The folder holds more than {MOST_FILES:,} files or {MOST_BYTES // 1000**3} GB: too much for"
                " one archive. Download a folder in it."
            )
            raise Refusal("too_large", reason, 413)
    return made


class _Pipe:
    """What `zipfile` writes into; it cannot go back, and so `zipfile` never asks it to."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self._told = 0

    def write(self, piece: bytes, /) -> int:
        self.pieces.append(bytes(piece))
        self._told += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._told

    def flush(self) -> None:
        return

    def take(self) -> bytes:
        taken = b"".join(self.pieces)
        self.pieces.clear()
        return taken


def pack(root: Folder, start: Path, made: Plan) -> Iterator[bytes]:
    """Give the archive piece by piece. A file that is gone meanwhile is named among those left out."""
    pipe, left_out = _Pipe(), list(made.left_out)
    names: set[str] = set()
    with zipfile.ZipFile(cast(IO[bytes], pipe), "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for folder in made.folders:
            archive.writestr(zipfile.ZipInfo(_name(folder, start, names) + "/"), b"")
        for path in made.files:
            try:
                with opened_folder(root, path[:-1]) as above:
                    descriptor = open_plain(path[-1], above)
            except OSError:
                left_out.append(path)
                continue
            with os.fdopen(descriptor, "rb") as file:
                found = os.fstat(descriptor)
                info = zipfile.ZipInfo(
                    _name(path, start, names), max(_EARLIEST, time.gmtime(found.st_mtime)[:6])
                )
                is_packed = path[-1].lower().endswith(_PACKED)
                info.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
                info.external_attr = 0o100644 << 16
                with archive.open(info, "w", force_zip64=found.st_size > 1 << 30) as member:
                    left = found.st_size  # a file that grows for ever ends here
                    while left and (piece := file.read(min(PIECE_BYTES, left))):
                        member.write(piece)
                        left -= len(piece)
                        yield pipe.take()
            yield pipe.take()
        if left_out:
            lines = ["Links, pipes, devices and files that could not be read are not in this archive:", ""]
            archive.writestr(
                free_name(LEFT_OUT, names), "\n".join([*lines, *(as_text(path) for path in left_out), ""])
            )
    yield pipe.take()


def _name(path: Path, start: Path, names: set[str]) -> str:
    """Return a member's name that no program unpacks to another place, and that no other member has."""
    readable = ["".join(c if c.isprintable() and c != "\\" else "_" for c in shown(n)) for n in path]
    name = free_name("/".join(readable[len(start) :]), names)
    names.add(name)
    return name


def archive_name(project_name: str, path: Path) -> str:
    """Return the file name of an archive."""
    return f"{path[-1] if path else project_name}.zip"
