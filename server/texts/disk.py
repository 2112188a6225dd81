"""A text file on the disk, where kernels, terminals and git write too: read, and replaced in one step."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass

from collab.gate import MAX_FILE_BYTES
from server.files.beneath import entry_of, exchange, is_there, look, move, open_plain, opened_folder
from server.files.home import FILE_MODE, Home, ensure_folder, not_a_file, sync_folder
from server.files.paths import Path
from server.refusals import Refusal
from server.texts.written import read as as_written
from server.texts.written import too_large


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds; `mark` is another one whenever that may have changed."""

    raw: bytes
    mark: str
    mode: int


def mark_of(home: Home, path: Path) -> str | None:
    """Return the mark of what stands at a path; None where nothing does."""
    try:
        with opened_folder(home.files, path[:-1]) as above:
            return look(path[-1], above).mark
    except (FileNotFoundError, NotADirectoryError):
        return None


def read(home: Home, path: Path) -> Found | None:
    """Return what is there; None where nothing is. Raises a `Refusal` for no plain file, or one too large."""
    try:
        with opened_folder(home.files, path[:-1]) as above:
            if not is_there(path[-1], above):
                return None
            try:
                descriptor = open_plain(path[-1], above)
            except OSError:
                raise not_a_file() from None
    except (FileNotFoundError, NotADirectoryError):
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        raw = file.read(MAX_FILE_BYTES + 1)
    if len(raw) > MAX_FILE_BYTES:
        raise too_large()
    return Found(raw, entry_of(path[-1], status).mark, status.st_mode & 0o777)


def replace(home: Home, path: Path, raw: bytes, known: Found | None) -> tuple[Found, bytes | None]:
    """Write a file whole, safely on disk, in the place of what is `known` to be there.

    Returns it, and what it took the place of where that was something else than `known`: somebody wrote it
    just then, and it is to be merged. Raises a `Refusal` where what is there is no text, and leaves it there.
    """
    mode = known.mode if known is not None else FILE_MODE
    home.prepare()
    draft = f"{secrets.token_hex(16)}.text"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with opened_folder(home.uploads) as drafts:
        descriptor = os.open(draft, flags, 0o600, dir_fd=drafts)
        try:
            with os.fdopen(descriptor, "wb") as file:
                home.give(descriptor, mode)
                file.write(raw)
                file.flush()
                os.fsync(descriptor)
                status = os.fstat(descriptor)
            ensure_folder(home, path[:-1])
            with opened_folder(home.files, path[:-1]) as above:
                replaced = _put(draft, drafts, path[-1], above, known)
                sync_folder(above)
        finally:
            with suppress(FileNotFoundError):  # it is in its place
                os.unlink(draft, dir_fd=drafts)
    return Found(raw, entry_of(path[-1], status).mark, mode), replaced


def _put(draft: str, drafts: int, name: str, above: int, known: Found | None) -> bytes | None:
    if not is_there(name, above):
        move(draft, drafts, name, above)
        return None
    if not exchange(draft, drafts, name, above):
        os.rename(draft, name, src_dir_fd=drafts, dst_dir_fd=above)
        return None
    was = look(draft, drafts)
    if known is not None and was.mark == known.mark:
        return None
    try:
        return _text_in(draft, drafts)
    except Refusal:
        exchange(draft, drafts, name, above)  # it cannot be merged, so it keeps its place
        raise


def _text_in(name: str, folder: int) -> bytes:
    try:
        descriptor = open_plain(name, folder)
    except OSError:
        raise not_a_file() from None
    with os.fdopen(descriptor, "rb") as file:
        raw = file.read(MAX_FILE_BYTES + 1)
    as_written(raw)
    return raw
