"""Reads the sources among a project's files: `.py` files and requirements.txt with what that includes.

Kernels write there, so nothing is taken on trust: links are not followed, in no part of a path, only plain
files are opened, and all of it has limits.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kernel_manager.imports.encoded import decode
from kernel_manager.imports.requirements import inside_project
from kernel_manager.imports.sources import SKIPPED

MOST_FILES = 2_000
MOST_ENTRIES = 50_000
LARGEST_BYTES = 1024 * 1024
MOST_BYTES = 32 * 1024 * 1024

_PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class ProjectFiles:
    """The `.py` files of a project, by their path in it."""

    texts: dict[str, str]
    is_whole: bool
    """Whether all were read; a project may hold more than the limits allow."""


def read_sources(folder: Path) -> ProjectFiles:
    """Return the text of the `.py` files below `folder`; none where there is no such folder."""
    texts: dict[str, str] = {}
    left, entries = MOST_BYTES, 0
    try:
        root = os.open(folder, _FOLDER)
    except OSError:
        return ProjectFiles({}, is_whole=True)
    try:
        for place, folders, files, descriptor in os.fwalk(".", dir_fd=root, follow_symlinks=False):
            folders[:] = sorted(name for name in folders if name not in SKIPPED and not name.startswith("."))
            if "pyvenv.cfg" in files:
                folders.clear()
                continue
            entries += len(folders) + len(files)
            for name in sorted(files):
                if not name.endswith(".py") or name.startswith("."):
                    continue
                raw = _read(name, descriptor)
                if raw is None:
                    continue
                left -= len(raw)
                if left < 0 or len(texts) >= MOST_FILES:
                    return ProjectFiles(texts, is_whole=False)
                texts[os.path.normpath(os.path.join(place, name))] = decode(raw).text
            if entries > MOST_ENTRIES:
                return ProjectFiles(texts, is_whole=False)
    finally:
        os.close(root)
    return ProjectFiles(texts, is_whole=True)


def read_text(folder: Path, path: str) -> str | None:
    """Return the text of one file below `folder`; None where it is missing, too large, or no plain file."""
    inside = inside_project(path)
    if inside is None:
        return None
    *above, name = inside.split("/")
    try:
        with _opened(folder, above) as descriptor:
            raw = _read(name, descriptor)
    except OSError:
        return None
    return None if raw is None else decode(raw).text


@contextmanager
def _opened(folder: Path, above: list[str]) -> Iterator[int]:
    """Open a folder step by step, so that no link on the way leads out."""
    descriptor = os.open(folder, _FOLDER)
    try:
        for name in above:
            inner = os.open(name, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _read(name: str, folder: int) -> bytes | None:
    try:
        descriptor = os.open(name, _PLAIN, dir_fd=folder)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        raw = file.read(LARGEST_BYTES + 1)
    return raw if len(raw) <= LARGEST_BYTES else None
