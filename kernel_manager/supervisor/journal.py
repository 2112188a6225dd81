"""What a kernel said, numbered and kept until the server says it is safe.

Entries lie in segments. The newest segments are in memory; when memory's share is full the oldest of them is
written to a file (without fsync: it guards against a lost server, not a lost machine); when the cap is
reached the oldest are dropped. Dropping takes outputs only: entries that change a request's state are kept
until acknowledged, and a `Truncated` entry stands for the rest. Knows no kernel and no socket.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

import msgspec

from kernel_manager.supervisor.wire import MessageBody, TruncatedBody, encode

TEXT_LIMIT = 256 * 1024
"""Stream text grows in one entry up to about this many characters."""

MEMORY_BYTES = 4 * 1024 * 1024
SEGMENT_BYTES = 1024 * 1024

_frame = struct.Struct(">QI?I")
_seq = attrgetter("seq")


@dataclass(frozen=True, slots=True)
class Record:
    """One entry: an encoded body and its number. One that is `vital` outlives the cap."""

    seq: int
    epoch: int
    body: bytes
    vital: bool


@dataclass(slots=True)
class _Segment:
    """A run of records, in memory or in a file."""

    first: int
    last: int = 0
    size: int = 0
    records: list[Record] | None = field(default_factory=list)
    path: Path | None = None


@dataclass(slots=True)
class _Text:
    """Stream text that still grows, because nobody has read it."""

    seq: int
    epoch: int
    msg_id: str
    name: str
    parts: list[str]
    size: int


class Journal:
    """Appends in order, reads from any place, forgets what was acknowledged. Not thread safe."""

    def __init__(
        self,
        folder: Path,
        *,
        cap_bytes: int,
        memory_bytes: int = MEMORY_BYTES,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        self._folder = folder
        self._cap = cap_bytes
        self._memory = min(memory_bytes, cap_bytes)
        self._segment_bytes = max(1, min(segment_bytes, cap_bytes // 16))
        self._segments: deque[_Segment] = deque()
        self._kept: list[Record] = []
        self._text: _Text | None = None
        self._loaded: tuple[_Segment, list[Record]] | None = None
        self._acknowledged = 0
        self._dropped = Record(0, 0, b"", vital=True)
        self._dropped_bytes = 0
        self._size = 0
        self._in_memory = 0
        self.last_seq = 0

    def append(self, epoch: int, body: bytes, *, vital: bool) -> int:
        """Add an encoded body and return its number."""
        self._seal()
        self.last_seq += 1
        self._store(Record(self.last_seq, epoch, body, vital))
        return self.last_seq

    def append_text(self, epoch: int, msg_id: str, name: str, text: str) -> int:
        """Add stream text: to the last entry if that is the same stream and unread, else as a new one."""
        open_text = self._text
        if (
            open_text is None
            or (open_text.epoch, open_text.msg_id, open_text.name) != (epoch, msg_id, name)
            or open_text.size + len(text) > TEXT_LIMIT
        ):
            self._seal()
            self.last_seq += 1
            open_text = self._text = _Text(self.last_seq, epoch, msg_id, name, [], 0)
        open_text.parts.append(text)
        open_text.size += len(text)
        return open_text.seq

    def read(self, since: int, limit_bytes: int) -> list[Record]:
        """Return the records after `since` in order: about `limit_bytes` of them, at least one if any.

        What was returned once never changes; text that is still open is closed when a reader gets to it.
        """
        since = max(since, self._acknowledged)
        found: list[Record] = []
        size = 0
        for source in self._sources(since):
            for record in source[bisect_right(source, since, key=_seq) :]:
                found.append(record)
                size += len(record.body)
                if size >= limit_bytes:
                    return found
        return found

    def acknowledge(self, seq: int) -> None:
        """Forget the records up to `seq`; they are never read again."""
        closed_to = self._text.seq - 1 if self._text else self.last_seq
        self._acknowledged = max(self._acknowledged, min(seq, closed_to))
        while self._segments and self._segments[0].last <= self._acknowledged:
            self._remove(self._segments.popleft())
        gone = bisect_right(self._kept, self._acknowledged, key=_seq)
        self._size -= sum(len(record.body) for record in self._kept[:gone])
        del self._kept[:gone]
        if self._dropped.seq <= self._acknowledged:
            self._dropped_bytes = 0

    @property
    def size(self) -> int:
        """Return the bytes that the journal holds, in memory and in files."""
        return self._size + (self._text.size if self._text else 0)

    def close(self) -> None:
        """Delete the journal's files."""
        while self._segments:
            self._remove(self._segments.popleft())

    def _sources(self, since: int) -> Iterable[list[Record]]:
        if since < self._dropped.seq:
            truncated = TruncatedBody(self._dropped.seq, self._dropped_bytes)
            stand_in = Record(self._dropped.seq, self._dropped.epoch, encode(truncated), vital=True)
            yield sorted([*self._kept, stand_in], key=_seq)
        elif self._kept:
            yield self._kept
        for segment in self._segments:
            if segment.last > since:
                yield self._records_of(segment)
        sealed = self._seal()
        if sealed is not None:
            yield [sealed]

    def _records_of(self, segment: _Segment) -> list[Record]:
        if segment.records is not None:
            return segment.records
        if self._loaded is None or self._loaded[0] is not segment:
            assert segment.path is not None
            self._loaded = (segment, _read_segment(segment.path))
        return self._loaded[1]

    def _seal(self) -> Record | None:
        text, self._text = self._text, None
        if text is None:
            return None
        content = msgspec.json.encode({"name": text.name, "text": "".join(text.parts)})
        body = encode(MessageBody(text.msg_id, "stream", content))
        return self._store(Record(text.seq, text.epoch, body, vital=False))

    def _store(self, record: Record) -> Record:
        size = len(record.body)
        if size > self._cap // 2 and not record.vital:
            # It would push out everything else: a sentence takes its place.
            body = encode(TruncatedBody(record.seq, size))
            record = Record(record.seq, record.epoch, body, vital=True)
            size = len(body)
        if not self._segments or self._segments[-1].size >= self._segment_bytes:
            self._segments.append(_Segment(first=record.seq))
        segment = self._segments[-1]
        assert segment.records is not None  # the newest segment is never put away
        segment.records.append(record)
        segment.last = record.seq
        segment.size += size
        self._size += size
        self._in_memory += size
        self._keep_within_limits()
        return record

    def _keep_within_limits(self) -> None:
        if self._in_memory > self._memory:
            for segment in list(self._segments)[:-1]:
                if self._in_memory <= self._memory:
                    break
                if segment.records is not None and not self._put_away(segment):
                    while self._segments[0] is not segment:
                        self._drop(self._segments.popleft())
                    self._drop(self._segments.popleft())
        while self._size > self._cap and len(self._segments) > 1:
            self._drop(self._segments.popleft())

    def _put_away(self, segment: _Segment) -> bool:
        """Move a segment from memory to a file; False if the disk will not have it."""
        assert segment.records is not None
        path = self._folder / f"journal-{segment.first}.seg"
        try:
            with path.open("wb") as file:
                for record in segment.records:
                    file.write(_frame.pack(record.seq, record.epoch, record.vital, len(record.body)))
                    file.write(record.body)
        except OSError:
            path.unlink(missing_ok=True)
            return False
        segment.records, segment.path = None, path
        self._in_memory -= segment.size
        return True

    def _drop(self, segment: _Segment) -> None:
        """Give up a segment that nobody acknowledged, except for its vital records."""
        records = self._records_of(segment)
        lost = [record for record in records if not record.vital and record.seq > self._acknowledged]
        kept = [record for record in records if record.vital and record.seq > self._acknowledged]
        if lost:
            self._dropped = lost[-1]
            self._dropped_bytes += sum(len(record.body) for record in lost)
        self._remove(segment)
        self._kept += kept
        self._size += sum(len(record.body) for record in kept)

    def _remove(self, segment: _Segment) -> None:
        self._size -= segment.size
        if segment.records is not None:
            self._in_memory -= segment.size
        if segment.path is not None:
            segment.path.unlink(missing_ok=True)
        if self._loaded is not None and self._loaded[0] is segment:
            self._loaded = None


def _read_segment(path: Path) -> list[Record]:
    data = path.read_bytes()
    records = []
    offset = 0
    while offset < len(data):
        seq, epoch, vital, length = _frame.unpack_from(data, offset)
        offset += _frame.size
        records.append(Record(seq, epoch, data[offset : offset + length], vital))
        offset += length
    return records
