"""Opens what lies beneath a folder that kernels write to, and follows no link on the way.

Each name is opened in the folder before it, so nothing that is swapped meanwhile leads out. Only plain files
are read: a pipe or a device is told by its kind before it is opened, and opened without waiting all the same.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path as Folder
from typing import Literal

from server.files.paths import MOST_NAMES, Path

Kind = Literal["file", "folder", "link", "other"]

_PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC

_NO_REPLACE, _EXCHANGE = 1, 2


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one name in a folder."""

    name: str
    kind: Kind
    size_bytes: int
    changed_ns: int
    mark: str
    """Another one whenever the content may be another."""


@contextmanager
def opened_folder(root: Folder | int, path: Path = ()) -> Iterator[int]:
    """Open a folder step by step. `OSError` where a step is missing, a link, or no folder."""
    descriptor = os.dup(root) if isinstance(root, int) else os.open(root, _FOLDER)
    try:
        for name in path:
            inner = os.open(name, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def open_plain(name: str, folder: int) -> int:
    """Open a plain file of `folder` for reading; `OSError` for everything else."""
    if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        raise OSError(errno.EINVAL, "not a plain file")
    descriptor = os.open(name, _PLAIN, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a plain file")
    return descriptor


def read_plain(name: str, folder: int, most_bytes: int) -> bytes | None:
    """Return a plain file's content; None where it is missing, no plain file, or larger."""
    try:
        descriptor = open_plain(name, folder)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        raw = file.read(most_bytes + 1)
    return raw if len(raw) <= most_bytes else None


def look(name: str, folder: int) -> Entry:
    """Return what `name` is, without following it."""
    return entry_of(name, os.stat(name, dir_fd=folder, follow_symlinks=False))


def is_there(name: str, folder: int) -> bool:
    """Return whether a folder holds something of that name."""
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return False
    return True


def entry_of(name: str, found: os.stat_result) -> Entry:
    """Return what a `stat` says."""
    mark = f"{found.st_mtime_ns:x}-{found.st_size:x}-{found.st_ino:x}"
    return Entry(name, kind_of(found.st_mode), found.st_size, found.st_mtime_ns, mark)


def kind_of(mode: int) -> Kind:
    """Return what a `stat` mode stands for."""
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "link" if stat.S_ISLNK(mode) else "other"


@dataclass(frozen=True, slots=True)
class Inside:
    """One folder of a walk; `descriptor` is good until the next one."""

    path: Path
    descriptor: int
    folders: list[str]
    others: list[str]


def walk(root: Folder | int, start: Path = ()) -> Iterator[Inside]:
    """Go through a tree from the top, parents first, in order of names; links are never entered.

    Take names out of `folders` to leave them aside. Holds one folder open at a time and keeps no stack of
    calls, so no depth exhausts it; what is deeper than a path may be is left out.
    """
    waiting = [start]
    while waiting:
        path = waiting.pop()
        try:
            with opened_folder(root, path) as descriptor:
                folders: list[str] = []
                others: list[str] = []
                with os.scandir(descriptor) as entries:
                    for entry in entries:
                        (folders if entry.is_dir(follow_symlinks=False) else others).append(entry.name)
                inside = Inside(path, descriptor, sorted(folders), sorted(others))
                yield inside
        except OSError:
            continue  # it went away meanwhile
        if len(path) < MOST_NAMES:
            waiting.extend((*path, name) for name in reversed(inside.folders))


def move(source: str, source_folder: int, target: str, target_folder: int) -> None:
    """Give something another place; `FileExistsError` where something is there, which stays as it is."""
    if _renamed(source, source_folder, target, target_folder, _NO_REPLACE):
        return
    # A file system that cannot refuse by itself (or a folder into itself, which the call below tells again).
    try:
        os.stat(target, dir_fd=target_folder, follow_symlinks=False)
    except FileNotFoundError:
        os.rename(source, target, src_dir_fd=source_folder, dst_dir_fd=target_folder)
    else:
        raise FileExistsError(errno.EEXIST, "something is there")


def exchange(source: str, source_folder: int, target: str, target_folder: int) -> bool:
    """Let two things change places, so that what was there is still in hand; False where no disk can."""
    return _renamed(source, source_folder, target, target_folder, _EXCHANGE)


def _renamed(source: str, source_folder: int, target: str, target_folder: int, flag: int) -> bool:
    """Call Linux's renameat2; False where the system or the file system does not know the flag."""
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        return False
    names = os.fsencode(source), os.fsencode(target)
    if library.renameat2(source_folder, names[0], target_folder, names[1], flag) == 0:
        return True
    code = ctypes.get_errno()
    if code not in {errno.ENOSYS, errno.EINVAL}:
        raise OSError(code, os.strerror(code))
    return False
