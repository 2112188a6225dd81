"""The text of streams as files, DATA/streams/NOTEBOOK/ID: an end may be rewritten, a middle never is."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from collab.ids import NotebookId

_GOOD_ID = re.compile(r"[A-Za-z0-9_-]{1,160}")
_BUFFER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class StreamPart:
    """Bytes of a log, and how long the whole log is."""

    content: bytes
    total: int


@dataclass(frozen=True, slots=True)
class StreamEnds:
    """How a log of `total` bytes begins and ends; `tail` is empty where `head` is all of it."""

    total: int
    head: str
    tail: str


class StreamFiles:
    """The logs of one notebook. Files that grow stay open; `settle` makes what was written readable."""

    def __init__(self, folder: Path, notebook: NotebookId) -> None:
        self._folder = folder / notebook
        self._open: dict[str, BinaryIO] = {}
        self._sizes: dict[str, int] = {}

    def write(self, stream: str, offset: int, text: bytes) -> None:
        """Make the log hold exactly `text` from `offset` on."""
        file = self._open.get(stream)
        if file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = self._open[stream] = self._path(stream).open("w+b", buffering=_BUFFER_BYTES)
            self._sizes[stream] = 0
        if offset != self._sizes[stream]:
            file.seek(offset)
            file.truncate()
        file.write(text)
        self._sizes[stream] = offset + len(text)

    def settle(self) -> None:
        """Hand everything to the system, so that readers see it and a killed server loses nothing."""
        for file in self._open.values():
            file.flush()

    def close(self, stream: str) -> None:
        """The log grows no more."""
        file = self._open.pop(stream, None)
        self._sizes.pop(stream, None)
        if file is not None:
            file.close()

    def close_all(self) -> None:
        """No log grows any more."""
        for stream in list(self._open):
            self.close(stream)

    def remove(self, stream: str) -> None:
        """Forget a log."""
        self.close(stream)
        if _GOOD_ID.fullmatch(stream):
            self._path(stream).unlink(missing_ok=True)

    def _path(self, stream: str) -> Path:
        if not _GOOD_ID.fullmatch(stream):
            raise ValueError(f"no id of a stream: {stream!r}")
        return self._folder / stream


def read_stream(
    folder: Path, notebook: NotebookId, stream: str, start: int, end: int | None, limit: int
) -> StreamPart | None:
    """Return at most `limit` bytes of a log from `start` on, or None where there is no such log."""
    if not _GOOD_ID.fullmatch(stream):
        return None
    try:
        with (folder / notebook / stream).open("rb") as file:
            total = file.seek(0, 2)
            file.seek(min(start, total))
            wanted = limit if end is None else min(limit, max(end - start, 0))
            return StreamPart(file.read(wanted), total)
    except FileNotFoundError:
        return None


def read_ends(folder: Path, notebook: NotebookId, stream: str, size: int) -> StreamEnds | None:
    """Return the first and the last `size` bytes of a log as text; all of it where they would meet."""
    whole = read_stream(folder, notebook, stream, 0, None, 2 * size)
    if whole is None:
        return None
    if whole.total <= len(whole.content):
        return StreamEnds(whole.total, whole.content.decode(errors="replace"), "")
    last = read_stream(folder, notebook, stream, whole.total - size, None, size)
    tail = last.content if last is not None else b""
    return StreamEnds(whole.total, whole.content[:size].decode(errors="ignore"), tail.decode(errors="ignore"))


def copy_streams(folder: Path, source: NotebookId, target: NotebookId) -> None:
    """Give `target` the logs of `source`."""
    if (folder / source).is_dir():
        shutil.copytree(folder / source, folder / target, dirs_exist_ok=True)
