"""The frames between a supervisor and the server: msgpack, so that buffers and contents travel as bytes.

A websocket frame is one kind byte and a payload. BATCH: a msgpack array of `[seq, epoch, body]`. PART and
LAST: pieces of one batch that is too big for a frame. CONTROL: one message outside the journal. TOLD_PART
and TOLD: pieces of one answer of a kernel's agent, outside the journal too. Frames of the server hold one
`Request`. A message's content and metadata stay the JSON that the kernel sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Literal, assert_never

import msgspec

from kernel_manager import reports

BATCH, PART, LAST, CONTROL, TOLD_PART, TOLD = b"\x00", b"\x01", b"\x02", b"\x03", b"\x04", b"\x05"

FRAME_LIMIT = 1024 * 1024
"""The most bytes in a websocket frame of the supervisor."""

REQUEST_LIMIT = 32 * 1024 * 1024
"""The most bytes in a request: code longer than this is refused."""

DISPLACED = 4409
"""The code with which a supervisor closes the socket of a server that another one replaced."""


PROTOCOL = 1
"""What this version speaks. It grows when a server that knows only earlier ones would misunderstand.

A new field at the end of a message needs no new number: whoever does not know it passes over it.
"""

OLDEST_PROTOCOL = 1
"""The earliest that a server still understands, for supervisors that an upgrade finds at work."""


class ReadyBody(msgspec.Struct, array_like=True, frozen=True, tag="ready"):
    """See `reports.Ready`."""

    language: str


class StartedBody(msgspec.Struct, array_like=True, frozen=True, tag="started"):
    """See `reports.Started`."""

    msg_id: str
    count: int | None
    at: float


class MessageBody(msgspec.Struct, array_like=True, frozen=True, tag="message"):
    """See `reports.Message`; `content` and `metadata` are JSON."""

    msg_id: str
    msg_type: str
    content: bytes
    metadata: bytes = b"{}"
    buffers: tuple[bytes, ...] = ()


class InputBody(msgspec.Struct, array_like=True, frozen=True, tag="input"):
    """See `reports.InputWanted`."""

    msg_id: str
    prompt: str
    password: bool


class FinishedBody(msgspec.Struct, array_like=True, frozen=True, tag="finished"):
    """See `reports.Finished`."""

    msg_id: str
    status: Literal["ok", "error", "aborted"]
    at: float
    count: int | None = None
    ename: str | None = None
    evalue: str | None = None
    payload: tuple[dict[str, Any], ...] = ()
    expressions: dict[str, Any] = {}


class DiedBody(msgspec.Struct, array_like=True, frozen=True, tag="died"):
    """See `reports.Died`."""

    cause: str
    reason: str
    returncode: int | None
    log_tail: str
    at: float
    line: int | None = None
    peak: int | None = None
    memory_limit: int | None = None
    variables: tuple[reports.Variable, ...] = ()


class TruncatedBody(msgspec.Struct, array_like=True, frozen=True, tag="truncated"):
    """See `reports.Truncated`."""

    dropped_to: int
    dropped_bytes: int


Body = ReadyBody | StartedBody | MessageBody | InputBody | FinishedBody | DiedBody | TruncatedBody


class Hello(msgspec.Struct, array_like=True, frozen=True, tag="hello"):
    """The first frame of a connection: the kernel's epoch, and whether it is starting, ready or dead.

    `isolation` and `limits` say in words what holds the kernel.
    """

    epoch: int
    state: Literal["starting", "ready", "dead"]
    last_seq: int
    protocol: int = 1
    isolation: str = ""
    limits: str = ""
    asks: bool = False
    """This supervisor knows `Ask`."""
    takes_comms: bool = False
    """This supervisor knows `Comm`."""
    takes_surroundings: bool = False
    """This supervisor knows `Surround`."""


class UsageNow(msgspec.Struct, array_like=True, frozen=True, tag="usage"):
    """See `reports.Usage`."""

    cpu: float | None
    memory: int
    memory_limit: int | None
    gpus: tuple[reports.GpuUse, ...] = ()
    quiet: reports.Quiet | None = None
    unsandboxed: bool = False


class Done(msgspec.Struct, array_like=True, frozen=True, tag="done"):
    """The request `id` was carried out, or refused with a sentence."""

    id: int
    refusal: str | None = None


Control = Hello | UsageNow | Done


class Told(msgspec.Struct, array_like=True, frozen=True):
    """What became of the `Ask` of this id: the JSON object `content` with buffers, or else a `reason`.

    gone: there is no kernel to answer. none: it has no agent. refused: the agent, or the way, says no.
    """

    id: str
    status: Literal["ok", "gone", "none", "refused"]
    content: bytes = b"{}"
    buffers: tuple[bytes, ...] = ()
    reason: str = ""


class Execute(msgspec.Struct, array_like=True, frozen=True, tag="execute"):
    """Run `code`, unless a request of this `msg_id` came before."""

    msg_id: str
    code: str
    stop_on_error: bool = True
    store_history: bool = True
    silent: bool = False
    allow_stdin: bool = True
    expressions: dict[str, str] = {}
    """What to evaluate after the code, by name; the values come with its end."""


class Call(msgspec.Struct, array_like=True, frozen=True, tag="call"):
    """Have the guest do `function` in the kernel, between two requests; `arguments` is a JSON object.

    What it tells comes as messages of the type `commonbook`, its end as that of a request.
    """

    msg_id: str
    function: Literal["save", "restore", "survey"]
    arguments: str


class Ask(msgspec.Struct, array_like=True, frozen=True, tag="ask"):
    """Have the kernel's agent do `operation`, also while a cell runs; `arguments` is a JSON object.

    `Told` answers, unless the connection is lost or `limit_s` has passed. It may be asked again.
    """

    id: str
    operation: str
    arguments: str
    limit_s: float


class Comm(msgspec.Struct, array_like=True, frozen=True, tag="comm"):
    """Say something to a comm of the kernel, unless a request of this `msg_id` came before.

    `content` is JSON. It waits in the kernel behind what runs, and has no reply: its end is the idle status.
    One that `is_work` keeps the kernel from the idle stop.
    """

    msg_id: str
    msg_type: Literal["comm_open", "comm_msg", "comm_close"]
    content: bytes
    buffers: tuple[bytes, ...] = ()
    is_work: bool = True


class Surround(msgspec.Struct, array_like=True, frozen=True, tag="surround"):
    """Give the kernel these environment variables, now and after each restart, in place of those before.

    What is in `files` becomes a file, and the variable its path. `secrets` are to be taken out of all that
    the kernel says. Kept in memory alone. Done once the kernel has them; what is to run waits for that.
    """

    variables: dict[str, str]
    files: dict[str, str]
    secrets: tuple[str, ...]


class Interrupt(msgspec.Struct, array_like=True, frozen=True, tag="interrupt"):
    """Raise KeyboardInterrupt in what runs now."""


class Restart(msgspec.Struct, array_like=True, frozen=True, tag="restart"):
    """Replace the kernel of `epoch`; does nothing when it was replaced already."""

    epoch: int


class Shutdown(msgspec.Struct, array_like=True, frozen=True, tag="shutdown"):
    """End the kernel and then the supervisor."""


class Answer(msgspec.Struct, array_like=True, frozen=True, tag="answer"):
    """Give `text` to the `input()` announced as `seq`, unless a later one waits by now.

    `secrets` are to be taken out of all that the kernel says from then on. With `is_shown` the question and
    its answer stay below the cell, as in a terminal.
    """

    msg_id: str
    seq: int
    text: str
    secrets: tuple[str, ...] = ()
    is_shown: bool = False


class Acknowledge(msgspec.Struct, array_like=True, frozen=True, tag="acknowledge"):
    """Everything up to `seq` is safe with the server."""

    seq: int


Command = Execute | Call | Ask | Comm | Surround | Interrupt | Restart | Shutdown | Answer | Acknowledge


class Request(msgspec.Struct, array_like=True, frozen=True):
    """A command and the number under which `Done` answers it."""

    id: int
    command: Command


encode = msgspec.msgpack.Encoder().encode
decode_batch = msgspec.msgpack.Decoder(list[tuple[int, int, Body]]).decode
decode_control = msgspec.msgpack.Decoder(Control).decode
decode_told = msgspec.msgpack.Decoder(Told).decode
decode_request = msgspec.msgpack.Decoder(Request).decode


def encode_entry(seq: int, epoch: int, body: bytes) -> bytes:
    """Return the msgpack of `[seq, epoch, body]` around an already encoded body."""
    return b"\x93\xcf" + seq.to_bytes(8, "big") + b"\xce" + epoch.to_bytes(4, "big") + body


def batch_frames(entries: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the frames of a batch of encoded entries: one, or parts of at most `FRAME_LIMIT` bytes."""
    batch = b"\xdd" + len(entries).to_bytes(4, "big") + b"".join(entries)
    if len(batch) < FRAME_LIMIT:
        yield BATCH + batch
    else:
        yield from _pieces(batch, PART, LAST)


def told_frames(told: Told) -> Iterator[bytes]:
    """Yield the frames of an answer."""
    yield from _pieces(encode(told), TOLD_PART, TOLD)


def _pieces(payload: bytes, part: bytes, last: bytes) -> Iterator[bytes]:
    room = FRAME_LIMIT - 1
    for start in range(0, len(payload), room):
        yield (last if start + room >= len(payload) else part) + payload[start : start + room]


def report(seq: int, epoch: int, body: Body) -> reports.Report:
    """Return a journal entry as the report that the server reads."""
    match body:
        case MessageBody():
            content, metadata = decode_json(body.content), decode_json(body.metadata)
            return reports.Message(seq, epoch, body.msg_id, body.msg_type, content, metadata, body.buffers)
        case StartedBody():
            return reports.Started(seq, epoch, body.msg_id, body.count, body.at)
        case FinishedBody():
            return reports.Finished(
                seq,
                epoch,
                body.msg_id,
                body.status,
                body.count,
                body.ename,
                body.evalue,
                body.at,
                tuple(body.payload),
                body.expressions,
            )
        case InputBody():
            return reports.InputWanted(seq, epoch, body.msg_id, body.prompt, body.password)
        case ReadyBody():
            return reports.Ready(seq, epoch, body.language)
        case DiedBody():
            return reports.Died(
                seq,
                epoch,
                body.cause,
                body.reason,
                body.returncode,
                body.log_tail,
                body.at,
                body.line,
                body.peak,
                body.memory_limit,
                body.variables,
            )
        case TruncatedBody():
            return reports.Truncated(seq, epoch, body.dropped_to, body.dropped_bytes)
        case _:
            assert_never(body)


_decode_object = msgspec.json.Decoder(dict[str, Any]).decode


def decode_json(data: bytes) -> dict[str, Any]:
    """Return the JSON object in `data`. A kernel may send text that is not UTF-8: such bytes are replaced."""
    try:
        return _decode_object(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    except RecursionError:
        return {}
    try:
        value = json.loads(data.decode(errors="replace"))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
