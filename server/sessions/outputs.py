"""Shows what one cell puts out: in the runtime document, in the stream files, on the sockets.

Messages are folded at once and shown at the pace of `flush`, which brings the
document to the present state of the fold. However much a cell prints between
two flushes, everybody gets one small update and the newest text.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import Any, assert_never

from collab.gate import GateRefusal, check_json_depth
from collab.ids import CellId, NotebookId
from collab.ipynb.bundles import is_json_mime, json_text, stored
from collab.runtime import RuntimeDocument
from collab.wire import BlobRef, DisplayOutput, ErrorOutput, Inline, Output, StreamOutput
from kernel_manager.outputs import (
    DisplayUpdated,
    DisplayValue,
    ErrorValue,
    OutputFold,
    OutputsCleared,
    OutputValue,
    StreamChange,
    StreamValue,
    merged,
)
from kernel_manager.reports import Message
from server import storage
from server.sessions.blobs import BlobStore
from server.sessions.streams import StreamFiles
from server.sessions.translate import disk_notice

SHOWN_BYTES = 16 * 1024
"""The most text of one stream that a flush sends to the sockets; who needs the rest fetches it."""

COUNTED_EVERY_S = 1.0
"""How often the measures of a text that grows are shown; the text itself is shown at each flush."""

INLINE_DEPTH = 32
"""JSON nested more deeply goes into a blob, whatever its size."""

NOT_KEPT = "This output could not be kept: the server cannot save anything at the moment."

_TRACEBACK_CHARACTERS = 64 * 1024

log = logging.getLogger("commonbook.sessions")

SendStream = Callable[[str, int, bytes], None]


class CellOutputs:
    """The outputs of one cell of one run. With `again`, what an earlier server showed of it is replaced.

    Those that come `below` so many others leave them alone, until they are cleared with them.
    """

    def __init__(
        self,
        cell: CellId,
        msg_id: str,
        runtime: RuntimeDocument,
        streams: StreamFiles,
        keep: Keep,
        send: SendStream,
        *,
        again: bool = False,
        below: int = 0,
    ) -> None:
        self.cell = cell
        self._below = below
        self._runtime = runtime
        self._streams = streams
        self._keep = keep
        self._send = send
        self._fold = OutputFold(prefix=_short(msg_id))
        self._shown: list[OutputValue] = []
        self._unsent: dict[str, StreamChange] = {}
        self._begin_anew = again
        self._msg_id = msg_id
        self._counted_at = 0.0
        self._has_told_loss = False
        self.has_changes = again
        self.has_grown = False

    def take(self, message: Message) -> list[DisplayUpdated]:
        """Fold a message in; returns what it changes in displays of other cells."""
        elsewhere = []
        for change in self._fold.apply(message):
            self.has_changes = True
            match change:
                case StreamChange():
                    self._written(change)
                case OutputsCleared():
                    self._begin_anew = True
                    for stream in change.streams:
                        self._unsent.pop(stream, None)
                        self._streams.remove(stream)
                case DisplayUpdated():
                    elsewhere.append(change)
                case _:
                    pass  # the flush compares values
        return elsewhere

    def _tell_if_lost(self) -> None:
        """Say in the cell, once, that its text finds no room on the disk."""
        lost = [self._streams.lost(v.id) for v in self._fold.outputs if isinstance(v, StreamValue)]
        if any(lost) and not self._has_told_loss:
            self._has_told_loss = True
            self.take(disk_notice(self._msg_id))

    async def flush(self) -> None:
        """Show everything folded so far; of a text that only grew, at times how long it is by now."""
        if not self.has_changes and not self.has_grown:
            return
        now = asyncio.get_running_loop().time()
        counts = now - self._counted_at >= COUNTED_EVERY_S
        self._counted_at = now if counts else self._counted_at
        self._streams.settle()
        self._tell_if_lost()
        self.has_changes = self.has_grown = False
        unsent, self._unsent = self._unsent, {}
        for change in unsent.values():
            newest = _newest(change)
            self._send(newest.id, newest.offset, newest.text)
        values = self._fold.outputs
        if self._begin_anew:
            self._shown = []
        before, self._shown = self._shown, list(values)
        fresh = []
        for index, value in enumerate(values):
            shown = before[index] if index < len(before) else None
            if shown is value:
                continue
            if shown is not None and not counts and _only_grew(shown, value):
                self._shown[index], self.has_grown = shown, True
                continue
            fresh.append((index, await self._output(value)))
        with self._runtime.transaction():
            if self._begin_anew:
                self._below = 0
                self._runtime.clear_outputs(self.cell)
            for index, output in fresh:
                if index < len(before):
                    self._runtime.replace_output(self.cell, self._below + index, output)
                else:
                    self._runtime.append_output(self.cell, output)
        self._begin_anew = False

    async def finish(self) -> None:
        """Close the streams and show the final state."""
        for change in self._fold.finish():
            self.has_changes = True
            if isinstance(change, StreamChange):
                self._written(change)
        await self.flush()
        self.let_go()

    def let_go(self) -> None:
        """Close the files."""
        for value in self._fold.outputs:
            if isinstance(value, StreamValue):
                self._streams.close(value.id)

    def _written(self, change: StreamChange) -> None:
        self._streams.write(change.id, change.offset, change.text)
        before = self._unsent.get(change.id)
        joined = merged(before, change) if before else change
        self._unsent[change.id] = _newest(joined) if len(joined.text) > 4 * SHOWN_BYTES else joined

    async def _output(self, value: OutputValue) -> Output:
        match value:
            case StreamValue():
                measures = (value.size, value.lines, value.done, value.text)
                return StreamOutput(value.id, value.name, *measures, truncated=value.truncated)
            case DisplayValue():
                data, metadata = await self._keep.bundle(value.data, value.metadata)
                return DisplayOutput(value.id, data, metadata, value.display_id, value.count)
            case ErrorValue():
                return ErrorOutput(
                    value.id, value.ename[:1000], _cut(value.evalue), _shortened(list(value.traceback))
                )
            case _:
                assert_never(value)


class Keep:
    """Decides which values live in the document and which as blobs of one notebook."""

    def __init__(self, notebook: NotebookId, blobs: BlobStore) -> None:
        self._notebook = notebook
        self._blobs = blobs

    async def bundle(
        self, data: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> tuple[dict[str, Inline | BlobRef], dict[str, Any]]:
        """Return a MIME bundle as the document holds it. Metadata too large or too deep is left out.

        Where no disk takes its large values, a sentence stands in its place.
        """
        try:
            kept = {mime[:200]: await self.value(mime, value) for mime, value in data.items()}
        except Exception as failure:
            if not storage.is_away(failure):
                raise
            log.warning("an output is not kept", exc_info=True, extra={"notebook": self._notebook})
            return {"text/plain": Inline(NOT_KEPT)}, {}
        fits = len(json_text(metadata)) <= 8192 and _is_flat_enough(metadata)
        return kept, dict(metadata) if fits else {}

    async def value(self, mime: str, value: Any) -> Inline | BlobRef:
        """Return one value as the document holds it; its blob, if it needs one, is durable by then."""
        if is_json_mime(mime):
            found = stored(mime, value, inline_bytes=8192 if _is_flat_enough(value) else 0)
        else:
            text = "".join(map(str, value)) if isinstance(value, list) else value
            found = stored(mime, text if isinstance(text, str) else json_text(text))
        if isinstance(found.value, BlobRef) and found.blob is not None:
            await self._blobs.put(self._notebook, found.blob, mime)
        return found.value


def source_hash(source: str) -> str:
    """Return the SHA-256 of a cell's text, which tells whether a run is stale."""
    return hashlib.sha256(source.encode()).hexdigest()


def _only_grew(shown: OutputValue, value: OutputValue) -> bool:
    return (
        isinstance(shown, StreamValue)
        and isinstance(value, StreamValue)
        and shown.id == value.id
        and not value.done
    )


def _short(msg_id: str) -> str:
    """Return 60 bits that name a request among those of its notebook; they stand in each output's id."""
    return base64.b32encode(hashlib.sha256(msg_id.encode()).digest())[:12].decode().lower()


def _is_flat_enough(value: Any) -> bool:
    try:
        check_json_depth(value, INLINE_DEPTH)
    except GateRefusal:
        return False
    return True


def _newest(change: StreamChange) -> StreamChange:
    """Return `change` without all but its last `SHOWN_BYTES`, cut on the border of a character."""
    start = len(change.text) - SHOWN_BYTES
    if start <= 0:
        return change
    while start < len(change.text) and change.text[start] & 0xC0 == 0x80:
        start += 1
    return StreamChange(
        change.index,
        change.id,
        change.name,
        change.offset + start,
        change.text[start:],
        change.size,
        change.lines,
        change.truncated,
    )


def _cut(text: str, characters: int = 8192) -> str:
    return text if len(text) <= characters else text[: characters // 2] + " … " + text[-characters // 2 :]


def _shortened(lines: list[str]) -> list[str]:
    """Return a traceback without its middle, if it is too long to be read anyway."""
    lines = [_cut(line) for line in lines]
    if sum(map(len, lines)) <= _TRACEBACK_CHARACTERS:
        return lines
    head: list[str] = []
    tail: list[str] = []
    room = _TRACEBACK_CHARACTERS // 2
    for kept, side in ((head, lines), (tail, lines[::-1])):
        size = 0
        for line in side:
            size += len(line)
            if size > room:
                break
            kept.append(line)
    return [*head, f"… {len(lines) - len(head) - len(tail)} lines left out …", *reversed(tail)]
