"""Hands the tree of a state to the installer and takes it back, so that nothing in it can fool the server.

Code of strangers may have written there. A link that leads out, another interpreter than the one the state
was made for, a pipe that would keep a reader waiting: the server reads none of it, and no kernel gets it.
Sealed files are read-only for everybody: states of one project share them by hard links.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SETTINGS = "pyvenv.cfg"
PROGRAMS = "bin"
LEFT_BY_UV = ".lock"


class Tampered(Exception):
    """What was built is not what it may be; the text is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Bones:
    """What says which Python runs in an environment: its settings, and the links beside its programs."""

    settings: bytes
    links: dict[str, str]


def bones(state: Path) -> Bones:
    """Return those of an environment that nobody has built in yet."""
    links = {
        str(place.relative_to(state)): os.readlink(place)
        for folder in (state, state / PROGRAMS)
        for place in folder.iterdir()
        if place.is_symlink()
    }
    return Bones((state / SETTINGS).read_bytes(), links)


def hand_over(state: Path, uid: int | None, *, files: bool = False) -> None:
    """Let the installer's user change what is in the folders of a state, and with `files` the files too.

    Without `files` it can remove and add them, but not write into one that an earlier state shares.
    """
    for entry in _walk(state):
        is_folder = entry.is_dir(follow_symlinks=False)
        if uid is not None and (is_folder or files):
            os.chown(entry.path, uid, uid, follow_symlinks=False)
        if files and entry.is_file(follow_symlinks=False):
            os.chmod(entry.path, entry.stat(follow_symlinks=False).st_mode | stat.S_IWUSR)
    if uid is not None:
        os.chown(state, uid, uid)


def seal(state: Path, expected: Bones) -> None:
    """Check a state and make it the server's own again. Nobody may be at work in it. Raises `Tampered`."""
    top = state.lstat()
    if not stat.S_ISDIR(top.st_mode):
        raise Tampered("The environment is no folder any more. Nothing was changed.")
    root = state.resolve()
    for entry in _walk(state):
        _take_back(entry, state, root, expected)
    _own(str(state), top, 0o755)
    (state / LEFT_BY_UV).unlink(missing_ok=True)
    if bones(state) != expected:
        raise Tampered("A package changed which Python this environment starts. Nothing was changed.")


def _take_back(entry: os.DirEntry[str], state: Path, root: Path, expected: Bones) -> None:
    found = entry.stat(follow_symlinks=False)
    name = os.path.relpath(entry.path, state)
    if stat.S_ISDIR(found.st_mode):
        _own(entry.path, found, 0o755)
    elif stat.S_ISREG(found.st_mode):
        _own(entry.path, found, 0o555 if found.st_mode & stat.S_IXUSR else 0o444)
    elif stat.S_ISLNK(found.st_mode):
        is_ours = expected.links.get(name) == os.readlink(entry.path)
        if not is_ours and not Path(os.path.realpath(entry.path)).is_relative_to(root):
            raise Tampered(f"A package left a link that leads out of the environment, {name[:80]}.")
        if found.st_uid != os.geteuid():
            os.chown(entry.path, os.geteuid(), os.getegid(), follow_symlinks=False)
    else:
        raise Tampered(f"A package left something that is no file, {name[:80]}. Nothing was changed.")


def _own(path: str, found: os.stat_result, mode: int) -> None:
    if found.st_uid != os.geteuid():
        os.chown(path, os.geteuid(), os.getegid(), follow_symlinks=False)
    if stat.S_IMODE(found.st_mode) != mode:
        os.chmod(path, mode)


def _walk(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    """Yield everything below a folder; links are not followed. A folder comes before what it holds."""
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
