"""Reads and writes small text files of a project, whose folder belongs to people and their kernels.

A kernel may have put a link, a pipe or a huge file where requirements.txt is expected: only a regular file of
a bounded size counts, and a link is never followed. A file keeps its encoding when another text is written.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from kernel_manager.imports.encoded import EncodedText, decode

LARGEST_BYTES = 1024 * 1024


class PaperUnreadable(Exception):
    """The file cannot be used; the text says what to do."""


def read_text(folder: Path, name: str) -> str | None:
    """Return a file's text, or null where there is none."""
    found = _read(folder, name)
    return None if found is None else found.text


def write_text(folder: Path, name: str, text: str | None) -> None:
    """Replace a file whole, or remove it with null. It belongs to whoever the folder belongs to.

    It is written as the file there was: with its mark and in its encoding, where that has all the letters.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    draft = f".{name}.new"
    try:
        if text is None:
            _remove(name, place)
            return
        raw = _as_before(folder, name, text)
        _remove(draft, place)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(draft, flags, 0o644, dir_fd=place)
        try:
            with open(descriptor, "wb") as file:
                owner = os.fstat(place)
                if owner.st_uid != os.geteuid():
                    os.fchown(descriptor, owner.st_uid, owner.st_gid)
                file.write(raw)
                file.flush()
                os.fsync(descriptor)
            os.rename(draft, name, src_dir_fd=place, dst_dir_fd=place)
        except BaseException:
            _remove(draft, place)
            raise
    finally:
        os.close(place)


def _read(folder: Path, name: str) -> EncodedText | None:
    try:
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PaperUnreadable(f"{name} cannot be read: make it a plain file.") from error
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise PaperUnreadable(f"{name} cannot be read: make it a plain file.")
        if found.st_size > LARGEST_BYTES:
            raise PaperUnreadable(f"{name} is larger than 1 MB: shorten it.")
        text = decode(file.read(LARGEST_BYTES))
    if "\0" in text.text:
        raise PaperUnreadable(f"{name} is no text that can be read: save it as UTF-8.")
    return text


def _as_before(folder: Path, name: str, text: str) -> bytes:
    with suppress(PaperUnreadable, UnicodeEncodeError):
        before = _read(folder, name)
        if before is not None:
            return before.encode(text)
    return text.encode()


def _remove(name: str, place: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=place)
