"""Reads the sources among a project's files: `.py` files and requirements.txt with what that includes.

Kernels write there, so nothing is taken on trust: links are not followed, in no part of a path, only plain
files are opened, and all of it has limits.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path

from kernel_manager.imports.encoded import decode
from kernel_manager.imports.requirements import inside_project
from kernel_manager.imports.sources import SKIPPED
from server.files.beneath import opened_folder, read_plain, walk
from server.files.paths import as_text

MOST_FILES = 2_000
MOST_ENTRIES = 50_000
LARGEST_BYTES = 1024 * 1024
MOST_BYTES = 32 * 1024 * 1024


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
    for inside in walk(folder):
        inside.folders[:] = [n for n in inside.folders if n not in SKIPPED and not n.startswith(".")]
        if "pyvenv.cfg" in inside.others:
            inside.folders.clear()
            continue
        entries += len(inside.folders) + len(inside.others)
        for name in inside.others:
            if not name.endswith(".py") or name.startswith("."):
                continue
            raw = read_plain(name, inside.descriptor, LARGEST_BYTES)
            if raw is None:
                continue
            left -= len(raw)
            if left < 0 or len(texts) >= MOST_FILES:
                return ProjectFiles(texts, is_whole=False)
            texts[as_text((*inside.path, name))] = decode(raw).text
        if entries > MOST_ENTRIES:
            return ProjectFiles(texts, is_whole=False)
    return ProjectFiles(texts, is_whole=True)


def read_text(folder: Path, path: str) -> str | None:
    """Return the text of one file below `folder`; None where it is missing, too large, or no plain file."""
    inside = inside_project(path)
    if inside is None:
        return None
    folder_path, name = posixpath.split(inside)
    try:
        with opened_folder(folder, tuple(folder_path.split("/")) if folder_path else ()) as descriptor:
            raw = read_plain(name, descriptor, LARGEST_BYTES)
    except OSError:
        return None
    return None if raw is None else decode(raw).text
