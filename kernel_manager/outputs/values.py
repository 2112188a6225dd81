"""What a run put out, and how it changed: plain values, without documents or sockets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

StreamName = Literal["stdout", "stderr"]


@dataclass(frozen=True, slots=True)
class StreamValue:
    """A stretch of stdout or stderr. `id` names its log.

    `size` (bytes) and `lines` measure the log, `truncated` the bytes that the cap
    took out of its middle. Only when `done`, and only when it is short, is its
    `text` here.
    """

    id: str
    name: StreamName
    size: int = 0
    lines: int = 0
    truncated: int = 0
    done: bool = False
    text: str | None = None


@dataclass(frozen=True, slots=True)
class DisplayValue:
    """Something shown: MIME type → value. An `execute_result` has the prompt number in `count`."""

    id: str
    data: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    display_id: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class ErrorValue:
    """A traceback; its lines may hold ANSI colours."""

    id: str
    ename: str
    evalue: str
    traceback: Sequence[str]


OutputValue = StreamValue | DisplayValue | ErrorValue


@dataclass(frozen=True, slots=True)
class StreamChange:
    """From byte `offset` on, the log `id` now holds exactly `text` (UTF-8).

    `offset` never lies behind the log's end and always on the border of a
    character. The counters are those of the output after this change.
    """

    index: int
    id: str
    name: StreamName
    offset: int
    text: bytes
    size: int
    lines: int
    truncated: int


@dataclass(frozen=True, slots=True)
class OutputAdded:
    """`value` is the newest output, at `index`."""

    index: int
    value: OutputValue


@dataclass(frozen=True, slots=True)
class OutputReplaced:
    """The output at `index` is `value` now."""

    index: int
    value: OutputValue


@dataclass(frozen=True, slots=True)
class OutputsCleared:
    """All outputs are gone, and with them the logs named `streams`."""

    streams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DisplayUpdated:
    """Every display called `display_id`, in whatever cell, shows `data` now.

    Displays of the same run have been replaced already when this arrives.
    """

    display_id: str
    data: Mapping[str, Any]
    metadata: Mapping[str, Any]


Change = StreamChange | OutputAdded | OutputReplaced | OutputsCleared | DisplayUpdated


def merged(first: StreamChange, second: StreamChange) -> StreamChange:
    """Return the one change that does what `first` and then `second` do to the same log."""
    if second.offset <= first.offset:
        return second
    text = first.text[: second.offset - first.offset] + second.text
    return StreamChange(
        second.index,
        second.id,
        second.name,
        first.offset,
        text,
        second.size,
        second.lines,
        second.truncated,
    )
