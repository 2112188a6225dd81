"""The text of streams as files, DATA/streams/NOTEBOOK/ID: an end may be rewritten, a middle never is."""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from collab.ids import NotebookId
from server import storage

_GOOD_ID = re.compile(r"[A-Za-z0-9_-]{1,160}")
_BUFFER_BYTES = 64 * 1024

log = logging.getLogger("commonbook.sessions")


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


class _Log:
    """One growing file. What is written waits until there is much of it, or until `flush`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w+b", buffering=0)
        self._waiting = bytearray()
        self._size = 0

    def write(self, offset: int, text: bytes) -> None:
        if offset != self._size:
            self.flush()
            self._file.seek(offset)
            self._file.truncate()
        self._waiting += text
        self._size = offset + len(text)
        if len(self._waiting) > _BUFFER_BYTES:
            self.flush()

    def flush(self) -> None:
        waiting = memoryview(bytes(self._waiting))
        self._waiting.clear()
        while waiting:
            waiting = waiting[self._file.write(waiting) :]

    def close(self) -> None:
        self._file.close()


class StreamFiles:
    """The logs of one notebook. Files that grow stay open; `settle` makes what was written readable.

    A log for which the disk has no room ends where it is. That is told once,
    by `lost`; what is written to it afterwards is dropped.
    """

    def __init__(self, folder: Path, notebook: NotebookId) -> None:
        self._folder = folder / notebook
        self._open: dict[str, _Log] = {}
        self._lost: set[str] = set()
        self._ended: set[str] = set()

    def write(self, stream: str, offset: int, text: bytes) -> None:
        """Make the log hold exactly `text` from `offset` on."""
        if stream in self._ended:
            return
        with self._enduring(stream):
            file = self._open.get(stream)
            if file is None:
                file = self._open[stream] = _Log(self._path(stream))
            file.write(offset, text)

    def settle(self) -> None:
        """Hand everything to the system, so that readers see it and a killed server loses nothing."""
        for stream, file in list(self._open.items()):
            with self._enduring(stream):
                file.flush()

    def lost(self, stream: str) -> bool:
        """Say, once, that the disk was too full for a log."""
        is_lost = stream in self._lost
        self._lost.discard(stream)
        return is_lost

    def close(self, stream: str) -> None:
        """The log grows no more."""
        file = self._open.pop(stream, None)
        self._ended.discard(stream)
        if file is not None:
            with self._enduring(stream):
                file.flush()
            file.close()

    def close_all(self) -> None:
        """No log grows any more."""
        for stream in list(self._open):
            self.close(stream)

    def remove(self, stream: str) -> None:
        """Forget a log."""
        self.close(stream)
        self._lost.discard(stream)
        if _GOOD_ID.fullmatch(stream):
            self._path(stream).unlink(missing_ok=True)

    @contextmanager
    def _enduring(self, stream: str) -> Iterator[None]:
        """End the log where the body finds the disk full."""
        try:
            yield
        except OSError as failure:
            if not storage.is_away(failure):
                raise
            log.warning("no room for a stream", extra={"stream": stream})
            self._lost.add(stream)
            self._ended.add(stream)
            if (gone := self._open.pop(stream, None)) is not None:
                gone.close()

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
