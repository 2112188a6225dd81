"""The notebook socket: frames, control messages and the shapes inside the runtime document.

One websocket for each open notebook. A frame is one channel byte and a
payload; `docs/protocol.md` describes each channel for people who write a
client. The TypeScript types of the frontend are generated from the structs
here (`make types`).
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import Any, Literal

import msgspec

MAX_FRAME_BYTES = 1024 * 1024
"""The largest frame accepted from a client."""


class Channel(IntEnum):
    """The first byte of every frame."""

    SOURCE = 0
    RUNTIME = 1
    COMMENTS = 2
    AWARENESS = 3
    STREAM = 4
    CONTROL = 5


class Person(msgspec.Struct, frozen=True):
    """Who somebody is, as stamped by the server. `color` indexes the ten people colours."""

    id: str
    name: str
    color: int
    guest: bool = False


# From the server, on the control channel


JobState = Literal["queued", "running", "done", "failed", "cancelled"]


class Hello(msgspec.Struct, frozen=True, tag="hello", tag_field="type"):
    """First message of a connection. Use `client_id` for the source document before any edit.

    `seq` is the head of the durable history; `epoch` names that history.
    """

    user: Person
    rights: list[str]
    epoch: str
    client_id: int
    seq: int


class Ack(msgspec.Struct, frozen=True, tag="ack", tag_field="type"):
    """The first `seq` write frames (step 2 or update) of this connection are committed."""

    seq: int


class Persisted(msgspec.Struct, frozen=True, tag="persisted", tag_field="type"):
    """The history up to `seq` is durable."""

    seq: int


class Reset(msgspec.Struct, frozen=True, tag="reset", tag_field="type"):
    """Drop the source document, make a new one with `client_id`, sync again, keep refused text as a draft."""

    reason: str
    client_id: int
    epoch: str


class RightsChanged(msgspec.Struct, frozen=True, tag="rights", tag_field="type"):
    """The person's capabilities from now on."""

    rights: list[str]


class Result(msgspec.Struct, frozen=True, tag="result", tag_field="type"):
    """A command was accepted. `value` depends on the command."""

    id: str
    value: dict[str, Any] = {}


class Error(msgspec.Struct, frozen=True, tag="error", tag_field="type"):
    """A command was refused: a stable `code`, and a `reason` that says what to do next."""

    id: str | None
    code: str
    reason: str


class GpuMetrics(msgspec.Struct, frozen=True):
    """One GPU of the kernel: `use` from 0 to 1, memory in bytes; None where the driver does not tell."""

    name: str
    use: float | None
    memory: int | None
    memory_total: int | None


class Metrics(msgspec.Struct, frozen=True, tag="metrics", tag_field="type"):
    """What the kernel uses now. `cpu` in cores, `memory` and `memory_limit` in bytes.

    `unsandboxed` says that nothing keeps the kernel apart from the server's machine.
    """

    cpu: float
    memory: int
    memory_limit: int | None = None
    gpus: list[GpuMetrics] = []
    unsandboxed: bool = False


class PackageChange(msgspec.Struct, frozen=True):
    """`before` is null for what came, `after` for what went."""

    name: str
    before: str | None
    after: str | None


class JobProgress(msgspec.Struct, frozen=True, tag="job", tag_field="type"):
    """How far a change of the project's environment is: told at least once a second until it has ended.

    `code` and `reason` say why it failed, `changes` what came, went or changed.
    """

    id: str
    project: str
    kind: str
    title: str
    state: JobState
    phase: str
    text: str
    done_bytes: int
    total_bytes: int
    elapsed_s: float
    by: str | None
    by_name: str
    created_at: datetime
    ended_at: datetime | None = None
    code: str | None = None
    reason: str | None = None
    changes: list[PackageChange] = []


class LoadedVersion(msgspec.Struct, frozen=True):
    """A distribution that this notebook's kernel has loaded in another version than is installed now."""

    name: str
    before: str
    after: str | None


class RestartAdvised(msgspec.Struct, frozen=True, tag="restart_advised", tag_field="type"):
    """The kernel of this notebook goes on with what it has loaded; a restart brings what is installed.

    Told when it becomes so, and to whoever comes before the kernel is restarted.
    """

    packages: list[LoadedVersion]


class Alive(msgspec.Struct, frozen=True, tag="alive", tag_field="type"):
    """Why the kernel lives and when it stops; sent when that changes. GET tells it to whoever joins.

    `because` is one or two sentences, `restarts` says what would start the clock again. `stops_at` is null
    while no stop is in sight, and `warned` says that it is near. `cause` is what the stop would be for.
    """

    because: str
    stops_at: str | None = None
    warned: bool = False
    cause: Literal["idle", "max_life"] | None = None
    restarts: str = ""
    kept_until: str | None = None
    kept_by: str | None = None


class Notice(msgspec.Struct, frozen=True, tag="notice", tag_field="type"):
    """A quiet word to everybody in the notebook: from an admin who asks, or of something that failed."""

    kind: Literal["nudge", "failure"]
    text: str
    by: str | None = None


class Moved(msgspec.Struct, frozen=True, tag="moved", tag_field="type"):
    """The text file of this room has another path. `address` is it as it stands in addresses."""

    name: str
    path: str
    address: str


class RequirementsChanged(msgspec.Struct, frozen=True, tag="requirements", tag_field="type"):
    """What the text of this project's notebooks imports, and what is missing for it, is not as it was.

    Told once typing rests, to everybody in the project; `missing` counts what could be installed.
    """

    project: str
    missing: int


class WidgetBuffer(msgspec.Struct, frozen=True):
    """A binary value of a widget's state, and where in it that belongs. `data` is base64."""

    path: list[str | int]
    data: bytes


class WidgetModel(msgspec.Struct, frozen=True):
    """One widget as it is now, of the cell and the run whose code made it.

    `alive` is false once its kernel is gone: what is shown is the last state. `cut` says that some of its
    values were too large to keep.
    """

    id: str
    state: dict[str, Any]
    buffers: list[WidgetBuffer] = []
    cell: str | None = None
    run: str | None = None
    alive: bool = True
    cut: bool = False


class WidgetOpened(msgspec.Struct, frozen=True, tag="opened", tag_field="event"):
    """A widget came, or was made anew."""

    model: WidgetModel


class WidgetUpdated(msgspec.Struct, frozen=True, tag="updated", tag_field="event"):
    """Keys of a widget have other values. Those in `echo` only repeat what a page has sent."""

    id: str
    state: dict[str, Any]
    buffers: list[WidgetBuffer] = []
    echo: list[str] = []


class WidgetSaid(msgspec.Struct, frozen=True, tag="said", tag_field="event"):
    """A message of a widget's own kind, which leaves no trace in its state."""

    id: str
    content: Any
    buffers: list[bytes] = []


class WidgetClosed(msgspec.Struct, frozen=True, tag="closed", tag_field="event"):
    """A widget is gone."""

    id: str


class WidgetMoved(msgspec.Struct, frozen=True, tag="moved", tag_field="event"):
    """The kernel has dealt with what somebody did to a widget: the answer to the command `comm`."""

    id: str
    message: str
    by: str
    by_name: str


class WidgetsEnded(msgspec.Struct, frozen=True, tag="ended", tag_field="event"):
    """The kernel is gone, and every widget shows its last state from now on."""


WidgetEvent = WidgetOpened | WidgetUpdated | WidgetSaid | WidgetClosed | WidgetMoved | WidgetsEnded


class WidgetChanges(msgspec.Struct, frozen=True, tag="widgets", tag_field="type"):
    """What happened to the widgets, in order. The one before has the number `seq - 1`.

    Dropped for whoever reads slowly: where a number is missing, `GET /api/notebooks/N/widgets` tells all.
    """

    seq: int
    events: list[WidgetEvent]


class WidgetsAt(msgspec.Struct, frozen=True, tag="widgets_at", tag_field="type"):
    """Changes up to `seq` have been sent; whoever lacks some asks for all."""

    seq: int


class VariableOrigin(msgspec.Struct, frozen=True):
    """Which run of which cell bound or changed a variable. `edited`: the cell's text is another one now."""

    by: str
    by_name: str
    cell: str
    run: str
    at: str
    edited: bool


class Variable(msgspec.Struct, frozen=True, omit_defaults=True):
    """One variable, or one thing inside it, as the kernel's agent saw it.

    `shape` holds lengths, `size` bytes without what a container's items weigh. `children`, `plot`, `frame`:
    it can be unfolded, drawn, opened as a table. `fresh`: the last run bound or changed it.
    """

    name: str
    kind: str
    type: str
    preview: str
    length: int | None = None
    shape: list[int] | None = None
    size: int | None = None
    children: bool = False
    plot: bool = False
    frame: bool = False
    fresh: bool = False
    defined: VariableOrigin | None = None
    changed: VariableOrigin | None = None


VariablesState = Literal["none", "unknown", "current", "late", "unavailable", "ended"]


class Variables(msgspec.Struct, frozen=True, tag="variables", tag_field="type"):
    """The kernel's variables, to those who look at them: all if `whole`, else what came, changed or is gone.

    `state`: there is no kernel; nothing is known yet; `items` are as they are; the kernel does not answer, so
    they are as of `as_of`; this kernel cannot tell, for `reason`; it has ended with them. `total` counts them
    all, also where only some are known.
    """

    state: VariablesState
    whole: bool
    as_of: str | None = None
    total: int = 0
    reason: str = ""
    items: list[Variable] = []
    gone: list[str] = []


class PackagesAsked(msgspec.Struct, frozen=True, tag="asked", tag_field="type"):
    """Somebody in this project asked for packages, or was answered: the list of requests is another now."""

    project: str


ServerMessage = (
    Hello
    | Ack
    | Persisted
    | Reset
    | RightsChanged
    | Result
    | Error
    | Metrics
    | JobProgress
    | RestartAdvised
    | Alive
    | Notice
    | Moved
    | RequirementsChanged
    | WidgetChanges
    | WidgetsAt
    | Variables
    | PackagesAsked
)


# From a client, on the control channel


class ClientHello(msgspec.Struct, frozen=True, tag="hello", tag_field="type"):
    """The history the client knows (`null` for none) and the client ids under which it has unsent edits."""

    epoch: str | None = None
    client_ids: list[int] = []


class Cmd(msgspec.Struct, frozen=True, tag="cmd", tag_field="type"):
    """A command: exactly one `result` or `error` with the same `id` answers it."""

    id: str
    op: str
    args: dict[str, Any] = {}


ClientMessage = ClientHello | Cmd


# Values inside the runtime document

KernelState = Literal[
    "none",
    "starting",
    "restoring",
    "idle",
    "busy",
    "saving",
    "restarting",
    "reconnecting",
    "stopping",
    "dead",
]
RunState = Literal["queued", "running", "done", "error", "cancelled", "lost"]


class Inline(msgspec.Struct, frozen=True):
    """A value small enough to live in the document."""

    inline: Any


class BlobRef(msgspec.Struct, frozen=True):
    """A value kept as a blob: `GET /api/outputs/SHA256?notebook=N`. `size` in bytes."""

    sha256: str
    size: int


class StreamOutput(msgspec.Struct, frozen=True, tag="stream", tag_field="type"):
    """Text of stdout or stderr.

    While it grows, its text comes on the stream channel under `id` and from
    `GET /api/notebooks/N/streams/ID`. Once `done`, a short text is inline as
    `text`; of a longer one, `GET /api/notebooks/N/streams` gives the ends.
    (Documents of earlier versions hold them here, as `head` and `tail`.)
    `truncated` counts the bytes that the cap removed from the middle.
    """

    id: str
    name: Literal["stdout", "stderr"]
    bytes: int
    lines: int
    done: bool
    text: str | None = None
    head: str | None = None
    tail: str | None = None
    truncated: int = 0


class DisplayOutput(msgspec.Struct, frozen=True, tag="display", tag_field="type"):
    """`display_data`, or with `count` an `execute_result`. Maps MIME types to values."""

    id: str
    data: dict[str, Inline | BlobRef]
    metadata: dict[str, Any] = {}
    display_id: str | None = None
    count: int | None = None


class ErrorOutput(msgspec.Struct, frozen=True, tag="error", tag_field="type"):
    """A traceback; its lines may hold ANSI colours."""

    id: str
    ename: str
    evalue: str
    traceback: list[str]


class UnknownOutput(msgspec.Struct, frozen=True, tag="unknown", tag_field="type"):
    """An imported output that nbformat does not define, kept for export. `raw` is its JSON text."""

    id: str
    raw: str


Output = StreamOutput | DisplayOutput | ErrorOutput | UnknownOutput


class QueueEntry(msgspec.Struct, frozen=True):
    """One waiting or running cell. The head of the queue is what runs."""

    run: str
    cell: str
    by: str
    by_name: str
    queued: str


class InputRequest(msgspec.Struct, frozen=True):
    """The kernel waits for `input()`. The first answer wins."""

    run: str
    cell: str
    prompt: str
    password: bool


class HeldVariable(msgspec.Struct, frozen=True):
    """A variable that the kernel had, and about how many bytes it held."""

    name: str
    type: str
    size: int


class Death(msgspec.Struct, frozen=True):
    """Why the kernel ended: a stable `cause`, one sentence, and the cell that ran, if any.

    `line` is the line of that cell where it was last seen, `peak` and `memory_limit` are bytes, `variables`
    the largest after the last cell.
    """

    cause: str
    reason: str
    at: str
    cell: str | None = None
    line: int | None = None
    peak: int | None = None
    memory_limit: int | None = None
    variables: list[HeldVariable] = []


class SavedOffer(msgspec.Struct, frozen=True):
    """Variables of an earlier kernel that can be restored: how many, of when, on which hardware class."""

    id: str
    at: str
    kept: int
    lost: int
    bytes: int
    hardware: str
    cause: str
    until: str


# Frames

_encode = msgspec.json.encode
_client_decoder: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)


def control(message: ServerMessage) -> bytes:
    """Return the frame that carries `message`."""
    return bytes((Channel.CONTROL,)) + _encode(message)


def parse_control(payload: bytes | memoryview) -> ClientMessage:
    """Decode the payload of a control frame; raises `msgspec.DecodeError` or `msgspec.ValidationError`."""
    return _client_decoder.decode(payload)


def varuint(value: int) -> bytes:
    """Return `value` as lib0 writes an unsigned integer: 7 bits a byte, lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(0x80 | value & 0x7F)
        value >>= 7
    out.append(value)
    return bytes(out)


def stream(log_id: str, offset: int, text: bytes) -> bytes:
    """Return a stream frame: from byte `offset` on, the log now holds exactly `text`.

    A carriage return rewrites the last line, so `offset` may lie before the
    end of what was sent earlier; it always lies on a character's border.
    """
    name = log_id.encode()
    return bytes((Channel.STREAM,)) + varuint(len(name)) + name + varuint(offset) + text
