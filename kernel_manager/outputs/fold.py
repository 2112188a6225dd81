"""Folds the messages of one run into its outputs, one change after the other.

Pure: no clock, no documents, no sockets. The caller writes the changes down
and decides when they travel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kernel_manager.outputs.safety import safe_json, safe_text
from kernel_manager.outputs.stream import StreamLog
from kernel_manager.outputs.values import (
    Change,
    DisplayUpdated,
    DisplayValue,
    ErrorValue,
    OutputAdded,
    OutputReplaced,
    OutputsCleared,
    OutputValue,
    StreamChange,
    StreamName,
    StreamValue,
)
from kernel_manager.reports import Message


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one run may keep. A cap that takes something away says so in the outputs.

    `stream_bytes` is shared by all streams of the run, but none gets less
    than `least_stream_bytes`. `errors` come on top of `outputs`, because a
    traceback is what people look for.
    """

    stream_bytes: int = 10_000_000
    least_stream_bytes: int = 64 * 1024
    outputs: int = 2000
    errors: int = 20


class OutputFold:
    """The outputs of one run. `prefix` begins every output's id and must be unique among runs.

    Apply each message in order, then call `finish` once.
    """

    def __init__(self, prefix: str, limits: Limits | None = None) -> None:
        self._prefix = prefix
        self._limits = limits or Limits()
        self._values: list[OutputValue] = []
        self._made = 0
        self._log: StreamLog | None = None
        self._sealed_bytes = 0
        self._left_out = 0
        self._clear_next = False

    @property
    def outputs(self) -> tuple[OutputValue, ...]:
        """What there is now. The text of a stream that still grows is only in its changes."""
        return tuple(self._values)

    @property
    def left_out(self) -> int:
        """How many outputs the cap on their number kept away."""
        return self._left_out

    def apply(self, message: Message) -> list[Change]:
        """Return what `message` changes; nothing for a kind of message that is no output."""
        changes: list[Change] = []
        content = message.content
        match message.msg_type:
            case "stream":
                self._stream(content, changes)
            case "display_data" | "execute_result":
                self._display(message.msg_type == "execute_result", content, changes)
            case "update_display_data":
                self._update_display(content, changes)
            case "error":
                self._error(content, changes)
            case "clear_output":
                if content.get("wait"):
                    self._clear_next = True
                else:
                    self._clear(changes)
            case _:
                pass
        return changes

    def finish(self) -> list[Change]:
        """End the run: no stream grows any more."""
        changes: list[Change] = []
        self._seal(changes)
        return changes

    def _stream(self, content: Mapping[str, Any], changes: list[Change]) -> None:
        text = content.get("text")
        if not isinstance(text, str) or not text:
            return
        name: StreamName = "stderr" if content.get("name") == "stderr" else "stdout"
        self._clear_if_due(changes)
        if self._log is None or self._open_stream.name != name:
            self._seal(changes)
            if not self._has_room(changes):
                return
            room = self._limits.stream_bytes - self._sealed_bytes
            self._log = StreamLog(max(room, self._limits.least_stream_bytes))
            self._add(StreamValue(self._new_id(), name), changes)
        self._changed(self._log.write(text), changes)

    def _display(self, is_result: bool, content: Mapping[str, Any], changes: list[Change]) -> None:
        self._clear_if_due(changes)
        self._seal(changes)
        if not self._has_room(changes):
            return
        count = content.get("execution_count") if is_result else None
        value = DisplayValue(
            self._new_id(),
            _safe_mapping(content.get("data")),
            _safe_mapping(content.get("metadata")),
            _display_id(content),
            count if isinstance(count, int) else None,
        )
        self._add(value, changes)

    def _update_display(self, content: Mapping[str, Any], changes: list[Change]) -> None:
        display_id = _display_id(content)
        if display_id is None:
            return
        data, metadata = _safe_mapping(content.get("data")), _safe_mapping(content.get("metadata"))
        for index, value in enumerate(self._values):
            if isinstance(value, DisplayValue) and value.display_id == display_id:
                self._replace(index, replace(value, data=data, metadata=metadata), changes)
        changes.append(DisplayUpdated(display_id, data, metadata))

    def _error(self, content: Mapping[str, Any], changes: list[Change]) -> None:
        self._clear_if_due(changes)
        self._seal(changes)
        if len(self._values) >= self._limits.outputs + self._limits.errors:
            self._left_out += 1
            return
        traceback = content.get("traceback")
        lines = traceback if isinstance(traceback, list | tuple) else ()
        value = ErrorValue(
            self._new_id(),
            safe_text(str(content.get("ename", ""))),
            safe_text(str(content.get("evalue", ""))),
            tuple(safe_text(str(line)) for line in lines),
        )
        self._add(value, changes)

    def _clear_if_due(self, changes: list[Change]) -> None:
        if self._clear_next:
            self._clear(changes)

    def _clear(self, changes: list[Change]) -> None:
        self._clear_next = False
        if self._values:
            streams = tuple(value.id for value in self._values if isinstance(value, StreamValue))
            changes.append(OutputsCleared(streams))
        self._values.clear()
        self._log = None
        self._sealed_bytes = self._left_out = 0

    def _has_room(self, changes: list[Change]) -> bool:
        """Say whether one more output fits; the first that does not is replaced by a notice."""
        if len(self._values) < self._limits.outputs:
            return True
        if not self._left_out:
            text = f"Output truncated: only the first {self._limits.outputs:,} outputs are kept.\n"
            notice = StreamValue(self._new_id(), "stderr", len(text), 1, done=True, text=text)
            self._add(notice, changes)
        self._left_out += 1
        return False

    @property
    def _open_stream(self) -> StreamValue:
        value = self._values[-1]
        assert isinstance(value, StreamValue)
        return value

    def _changed(self, written: tuple[int, bytes], changes: list[Change]) -> None:
        assert self._log is not None
        log, index = self._log, len(self._values) - 1
        value = replace(self._open_stream, size=log.size, lines=log.lines, truncated=log.truncated)
        self._values[index] = value
        offset, text = written
        changes.append(
            StreamChange(index, value.id, value.name, offset, text, log.size, log.lines, log.truncated)
        )

    def _seal(self, changes: list[Change]) -> None:
        if self._log is None:
            return
        written = self._log.close()
        if written is not None:
            self._changed(written, changes)
        value = replace(self._open_stream, done=True, text=self._log.short_text())
        self._sealed_bytes += self._log.size
        self._log = None
        self._replace(len(self._values) - 1, value, changes)

    def _add(self, value: OutputValue, changes: list[Change]) -> None:
        changes.append(OutputAdded(len(self._values), value))
        self._values.append(value)

    def _replace(self, index: int, value: OutputValue, changes: list[Change]) -> None:
        self._values[index] = value
        changes.append(OutputReplaced(index, value))

    def _new_id(self) -> str:
        self._made += 1
        return f"{self._prefix}-{self._made}"


def _display_id(content: Mapping[str, Any]) -> str | None:
    transient = content.get("transient")
    display_id = transient.get("display_id") if isinstance(transient, Mapping) else None
    return safe_text(display_id) if isinstance(display_id, str) else None


def _safe_mapping(value: Any) -> Mapping[str, Any]:
    safe = safe_json(value)
    return safe if isinstance(safe, dict) else {}
