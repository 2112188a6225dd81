"""What a supervisor tells the server: typed, numbered, and stamped with the kernel's epoch.

`epoch` counts the kernels that one supervisor has started (1 is the first; a
restart is the next), so that a late word of a replaced kernel can be dropped.
`seq` counts the entries of the supervisor's journal from 1; a reader that
attaches with `since` gets everything after it, once and in order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Ready:
    """The kernel answers requests. `language` reads like "Python 3.11.7"."""

    seq: int
    epoch: int
    language: str


@dataclass(frozen=True, slots=True)
class Started:
    """The kernel began to execute the request `msg_id`."""

    seq: int
    epoch: int
    msg_id: str
    count: int | None
    at: float


@dataclass(frozen=True, slots=True)
class Message:
    """An iopub message that belongs to the request `msg_id`: an output, a clear, a display update, a comm."""

    seq: int
    epoch: int
    msg_id: str
    msg_type: str
    content: Mapping[str, Any]
    metadata: Mapping[str, Any]
    buffers: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class InputWanted:
    """Code of the request `msg_id` waits for `input()`."""

    seq: int
    epoch: int
    msg_id: str
    prompt: str
    password: bool


@dataclass(frozen=True, slots=True)
class Finished:
    """The request `msg_id` is over: the reply **and** the idle status have arrived, so all output is in.

    `payload` holds the reply's payload entries (`set_next_input`, pagers), `expressions` the values of what
    was to be evaluated after the code.
    """

    seq: int
    epoch: int
    msg_id: str
    status: Literal["ok", "error", "aborted"]
    count: int | None
    ename: str | None
    evalue: str | None
    at: float
    payload: tuple[Mapping[str, Any], ...] = ()
    expressions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the kernel, and about how many bytes it held."""

    name: str
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class Died:
    """The kernel of `epoch` ended without being asked to.

    `cause` is a stable word (`exit`, `signal`, `memory`, `interrupt`,
    `start_failed`), `reason` one sentence for the person, `log_tail` the last
    of its stderr. `line` is the line of the running cell where it was last
    seen, `peak` the most bytes it held, `variables` the largest that it had
    after its last cell: each None or empty where nobody knows.
    """

    seq: int
    epoch: int
    cause: str
    reason: str
    returncode: int | None
    log_tail: str
    at: float
    line: int | None = None
    peak: int | None = None
    memory_limit: int | None = None
    variables: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True)
class GpuUse:
    """One GPU now. `use` from 0 to 1, memory in bytes; None where the driver does not tell."""

    name: str
    use: float | None
    memory: int | None
    memory_total: int | None


@dataclass(frozen=True, slots=True)
class Quiet:
    """For how many seconds each kind of work has not been seen; None if nobody knows.

    `age` is that of the kernel, `input_wait` how long it has waited for an answer to `input()`.
    """

    age: float
    requests: float | None
    cpu: float | None
    children: float | None
    gpu: float | None
    network: float | None
    output: float | None
    input_wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Usage:
    """One sample of the kernel's process tree; not journaled.

    `cpu` in cores, None before there are two samples; memory in bytes.
    """

    cpu: float | None
    memory: int
    memory_limit: int | None
    gpus: tuple[GpuUse, ...] = ()
    quiet: Quiet | None = None
    unsandboxed: bool = False


@dataclass(frozen=True, slots=True)
class Truncated:
    """The journal's cap dropped entries up to `dropped_to`; the bytes are gone for good."""

    seq: int
    epoch: int
    dropped_to: int
    dropped_bytes: int


Report = Ready | Started | Message | InputWanted | Finished | Died | Usage | Truncated
