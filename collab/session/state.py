"""The state of a session, the effects it asks for, and the one rule that moves the queue on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, assert_never

from collab.ids import CellId, RunId, UserId
from collab.roles import Rights
from collab.wire import HeldVariable, KernelState, RunState


@dataclass(frozen=True, slots=True)
class CellText:
    """One cell as the document holds it at the moment a command arrives."""

    id: CellId
    type: str
    source: str


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and what they may do now."""

    user: UserId
    name: str
    rights: Rights


@dataclass(frozen=True, slots=True)
class Moment:
    """What a command may know beside the session.

    `run` is the id of the run, if the command makes one; the same command sent
    twice carries the same id, and `repeated` says that this id is on record.
    `cells` are all living cells in their order, `saved` the ids of saved
    variables, the newest first.
    """

    now: datetime
    run: RunId
    cells: tuple[CellText, ...] = ()
    repeated: bool = False
    saved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextOptions:
    """How code that is no cell's is to run, in the words of Jupyter's execute request.

    `client` is the program that sent it: when its code fails, what else it sent does not run. `request` is
    the program's own id of it.
    """

    client: str
    request: str = ""
    silent: bool = False
    store_history: bool = True
    allow_stdin: bool = False
    stop_on_error: bool = True
    expressions: Mapping[str, str] = field(default_factory=dict)


_TEXT = "text:"
"""How the id begins that stands for a cell where there is none. No cell's own id holds a colon."""


def text_cell(run: RunId) -> CellId:
    """Return what stands for the cell of a run of free text."""
    return CellId(f"{_TEXT}{run}")


@dataclass(frozen=True, slots=True)
class QueuedCell:
    """One cell of a run, with the text that was there when somebody asked for it.

    Code that another program sends belongs to no cell; `text` says how it is to run, while that is known.
    """

    run: RunId
    cell: CellId
    by: UserId
    by_name: str
    source: str
    queued: datetime
    text: TextOptions | None = None

    @property
    def is_text(self) -> bool:
        """Whether this is code of another program, which the document does not hold."""
        return self.cell.startswith(_TEXT)

    @property
    def msg_id(self) -> str:
        """The id of the one request that may ever carry this cell to a kernel."""
        return f"{self.run}-{self.cell}"

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to execute."""
        return not self.source.strip() and not (self.text and self.text.expressions)


@dataclass(frozen=True, slots=True)
class Prompt:
    """The kernel waits for `input()` in the cell that is in flight."""

    prompt: str
    password: bool


@dataclass(frozen=True, slots=True)
class Remains:
    """What is known of a kernel that ended: the line that ran, bytes, its largest variables."""

    line: int | None = None
    peak: int | None = None
    memory_limit: int | None = None
    variables: tuple[HeldVariable, ...] = ()


NOTHING_KNOWN = Remains()


@dataclass(frozen=True, slots=True)
class KernelDeath:
    """Why the last kernel ended, the cell that ran, and what is known of the end."""

    cause: str
    reason: str
    at: datetime
    cell: CellId | None = None
    remains: Remains = NOTHING_KNOWN


Cause = Literal["asked", "idle", "max_life", "hardware"]


@dataclass(frozen=True, slots=True)
class SavedVariables:
    """What of the variables was saved, and how much of them could not be."""

    id: str
    kept: int
    lost: int


@dataclass(frozen=True, slots=True)
class Ending:
    """Why the kernel is being ended, and the hardware class of the one that follows, if one does.

    `reason` is for the report of one that nobody asked to end. `keeps` says that its variables are saved
    first; `saved` is what came of it. `by` is whoever asked, `by_name` their name.
    """

    cause: Cause
    reason: str = ""
    hardware: str | None = None
    keeps: bool = True
    saved: SavedVariables | None = None
    by: UserId | None = None
    by_name: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """Everything that decides what happens next in a notebook.

    `queue[0]` is the cell that runs, or that will run next; `in_flight` says
    that it was sent. `epoch` counts the kernels of this notebook: a report of
    any other epoch is a late word of a replaced one. `progress` says what the
    start of a kernel waits for, or how far the saving of its variables is.
    `ending` is set while a kernel is on its way out: nothing new is sent to it.
    `restore` names saved variables that the next kernel gets when it is ready.
    """

    kernel: KernelState = "none"
    epoch: int = 0
    language: str = ""
    progress: str = ""
    queue: tuple[QueuedCell, ...] = ()
    in_flight: bool = False
    prompt: Prompt | None = None
    death: KernelDeath | None = None
    ending: Ending | None = None
    restore: str | None = None

    @property
    def is_at_rest(self) -> bool:
        """Whether the last kernel ended as it was to, idle or at the end of its time, and none followed."""
        return self.kernel == "dead" and self.death is not None and self.death.cause in ("idle", "max_life")

    @property
    def running(self) -> QueuedCell | None:
        """The cell that was sent to the kernel and has not ended."""
        return self.queue[0] if self.in_flight else None

    @property
    def waiting(self) -> tuple[QueuedCell, ...]:
        """The cells that nobody has sent yet."""
        return self.queue[1:] if self.in_flight else self.queue


# Effects


@dataclass(frozen=True, slots=True)
class CellsQueued:
    """Put these cells on record before anything else happens to them."""

    cells: tuple[QueuedCell, ...]


@dataclass(frozen=True, slots=True)
class CellStarted:
    """The kernel began with the cell."""

    cell: QueuedCell
    at: datetime
    count: int | None


@dataclass(frozen=True, slots=True)
class CellEnded:
    """The cell will not run any further; `suggestion` is the text of a `set_next_input`."""

    cell: QueuedCell
    state: RunState
    at: datetime
    count: int | None = None
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Execute:
    """Send the cell to the kernel, once."""

    epoch: int
    cell: QueuedCell


@dataclass(frozen=True, slots=True)
class StartKernel:
    """Find a machine, of the class `hardware` if one is named, and start the notebook's kernel `epoch`.

    `by` is whoever asked for that class.
    """

    epoch: int
    hardware: str | None = None
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class RestartKernel:
    """Replace the living kernel by number `epoch`."""

    epoch: int


@dataclass(frozen=True, slots=True)
class StopKernel:
    """End the kernel `epoch`."""

    epoch: int


@dataclass(frozen=True, slots=True)
class InterruptKernel:
    """Interrupt what the kernel does."""

    epoch: int


@dataclass(frozen=True, slots=True)
class SendInput:
    """Give `text` to the `input()` of the cell."""

    epoch: int
    cell: QueuedCell
    text: str


@dataclass(frozen=True, slots=True)
class ClearCells:
    """Remove what these cells have put out."""

    cells: tuple[CellId, ...]


@dataclass(frozen=True, slots=True)
class KeepKernel:
    """Keep the kernel from the idle stop until then; None lets go of it."""

    until: datetime | None
    by: UserId
    by_name: str


@dataclass(frozen=True, slots=True)
class SaveVariables:
    """Save what can be kept of the kernel's variables."""

    epoch: int
    cause: Cause


@dataclass(frozen=True, slots=True)
class RestoreVariables:
    """Bring saved variables into the kernel."""

    epoch: int
    saved: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell everybody in the notebook that something did not work."""

    sentence: str


@dataclass(frozen=True, slots=True)
class ForgetVariables:
    """Delete saved variables."""

    saved: str


Effect = (
    CellsQueued
    | CellStarted
    | CellEnded
    | Execute
    | StartKernel
    | RestartKernel
    | StopKernel
    | InterruptKernel
    | SendInput
    | ClearCells
    | KeepKernel
    | SaveVariables
    | RestoreVariables
    | ForgetVariables
    | Tell
)


@dataclass(frozen=True, slots=True)
class Step:
    """The next state, what to do about it, and the run that a command made."""

    session: Session
    effects: tuple[Effect, ...] = ()
    run: RunId | None = None


def then(step: Step, session: Session, *effects: Effect) -> Step:
    """Return `step` carried on to `session`, with more to do."""
    return Step(session, step.effects + effects, step.run)


def advance(step: Step, now: datetime) -> Step:
    """Let the head of the queue go as far as it can: the only place where anything begins to run."""
    while (head := _next(step.session)) and head.is_empty:
        rest = replace(step.session, queue=step.session.queue[1:])
        step = then(step, rest, CellStarted(head, now, None), CellEnded(head, "done", now))
    session = step.session
    if head is None:
        return step
    match session.kernel:
        case "none" | "dead":
            return start(step)
        case "idle":
            sent = replace(session, kernel="busy", in_flight=True)
            return then(step, sent, Execute(session.epoch, head))
        case "busy" | "starting" | "restarting" | "reconnecting" | "stopping" | "saving" | "restoring":
            return step
        case _:
            assert_never(session.kernel)


def start(
    step: Step, hardware: str | None = None, restore: str | None = None, by: UserId | None = None
) -> Step:
    """Begin a kernel where there is none."""
    epoch = step.session.epoch + 1
    session = replace(
        step.session,
        kernel="starting",
        epoch=epoch,
        death=None,
        language="",
        progress="",
        ending=None,
        restore=restore,
    )
    return then(step, session, StartKernel(epoch, hardware, by))


def end_running(
    step: Step, state: RunState, at: datetime, count: int | None = None, suggestion: str | None = None
) -> Step:
    """Take the cell in flight off the queue, if there is one."""
    session = step.session
    if not session.in_flight:
        return step
    rest = replace(session, queue=session.queue[1:], in_flight=False, prompt=None)
    return then(step, rest, CellEnded(session.queue[0], state, at, count, suggestion))


def cancel_waiting(step: Step, at: datetime, which: Callable[[QueuedCell], bool] = lambda cell: True) -> Step:
    """Take the waiting cells that `which` names off the queue."""
    session = step.session
    gone = tuple(cell for cell in session.waiting if which(cell))
    kept = session.queue[:1] if session.in_flight else ()
    kept += tuple(cell for cell in session.waiting if not which(cell))
    ended: Sequence[CellEnded] = [CellEnded(cell, "cancelled", at) for cell in gone]
    return then(step, replace(session, queue=kept), *ended)


def _next(session: Session) -> QueuedCell | None:
    return session.queue[0] if session.queue and not session.in_flight else None
