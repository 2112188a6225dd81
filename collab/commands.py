"""What a person may ask of an open notebook. Each command declares the capability it `needs`."""

from __future__ import annotations

import typing
from datetime import datetime
from typing import Any, ClassVar, Literal

import msgspec

from collab.roles import Capability


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The base of all commands; `op` names it on the wire."""

    op: ClassVar[str]
    needs: ClassVar[Capability]


class RunCells(Command, frozen=True):
    """Queue cells. Code never travels with the command: the server reads its own document.

    Give one `cell_id`, or `cells`: a list in the order to run, or "all".
    """

    op: ClassVar[str] = "run"
    needs: ClassVar[Capability] = Capability.RUN

    cell_id: str | None = None
    cells: list[str] | Literal["all"] | None = None


class RunText(Command, frozen=True):
    """Queue code that no cell holds, as another program sends it. Free text, so it needs EDIT as well.

    It never comes by the notebook socket: whoever sends it hears its outputs elsewhere.
    """

    op: ClassVar[str] = "run_text"
    needs: ClassVar[Capability] = Capability.RUN
    needs_too: ClassVar[Capability] = Capability.EDIT

    code: str
    client: str
    request: str = ""
    silent: bool = False
    store_history: bool = True
    allow_stdin: bool = False
    stop_on_error: bool = True
    expressions: dict[str, str] = {}


class Cancel(Command, frozen=True):
    """Take waiting cells out of the queue: one cell, one run, or with neither the whole queue."""

    op: ClassVar[str] = "cancel"
    needs: ClassVar[Capability] = Capability.RUN

    cell_id: str | None = None
    run: str | None = None


class Interrupt(Command, frozen=True):
    """Stop the running cell and empty the queue behind it."""

    op: ClassVar[str] = "interrupt"
    needs: ClassVar[Capability] = Capability.RUN


class StartKernel(Command, frozen=True):
    """Start the kernel without running anything. To name the `hardware` needs HARDWARE too."""

    op: ClassVar[str] = "start"
    needs: ClassVar[Capability] = Capability.RUN

    hardware: str | None = None


class Restart(Command, frozen=True):
    """Begin a new kernel; all variables are lost. With `run_all`, then queue every code cell."""

    op: ClassVar[str] = "restart"
    needs: ClassVar[Capability] = Capability.RUN

    run_all: bool = False


class Stop(Command, frozen=True):
    """End the kernel. With `keep_variables`, stop the running cell and save them first."""

    op: ClassVar[str] = "stop"
    needs: ClassVar[Capability] = Capability.RUN

    keep_variables: bool = False


class Answer(Command, frozen=True):
    """Answer `input()` of the run `run`. The first answer wins."""

    op: ClassVar[str] = "input"
    needs: ClassVar[Capability] = Capability.RUN

    run: str
    text: str


class ClearOutputs(Command, frozen=True):
    """Remove outputs of the named cells, or of "all"."""

    op: ClassVar[str] = "clear"
    needs: ClassVar[Capability] = Capability.RUN

    cells: list[str] | Literal["all"] = "all"


class Keep(Command, frozen=True):
    """Keep the kernel from the idle stop: for `hours`, or `until` a time. No hours: keep it no longer."""

    op: ClassVar[str] = "keep"
    needs: ClassVar[Capability] = Capability.RUN

    hours: float | None = None
    until: datetime | None = None


class ChangeHardware(Command, frozen=True):
    """End the kernel and start the next one on another hardware class.

    With `keep_variables`, what can be kept is saved first and restored afterwards; without a kernel, what
    was saved last is restored. A running cell is stopped only with `interrupt`.
    """

    op: ClassVar[str] = "change_hardware"
    needs: ClassVar[Capability] = Capability.HARDWARE

    hardware: str
    keep_variables: bool = True
    interrupt: bool = False


class RestoreVariables(Command, frozen=True):
    """Bring back saved variables, the newest if no `saved` is named; starts a kernel where there is none."""

    op: ClassVar[str] = "restore_variables"
    needs: ClassVar[Capability] = Capability.RUN

    saved: str | None = None


class ForgetVariables(Command, frozen=True):
    """Delete saved variables."""

    op: ClassVar[str] = "forget_variables"
    needs: ClassVar[Capability] = Capability.RUN

    saved: str


class Comm(Command, frozen=True):
    """Move a widget: set keys of its `state`, or with `method` "custom" send it `content`.

    `buffers` are base64, in the order of `paths`. The kernel's code that this calls runs in the name of
    whoever sends it. Answered once it is on its way; the event `moved` tells that the kernel is done with it.
    """

    op: ClassVar[str] = "comm"
    needs: ClassVar[Capability] = Capability.RUN

    widget: str
    method: Literal["update", "custom"] = "update"
    state: dict[str, Any] = {}
    content: Any = None
    paths: list[list[str | int]] = []
    buffers: list[bytes] = []


class SetInput(Command, frozen=True):
    """Set the value of an input cell, then run the cell and what depends on it, as its definition says.

    Without `value`, the one that stands in the cell is taken. Dates and paths are texts. Nothing runs
    without a kernel, or where `run` is false; what runs just now runs again when it has ended.
    """

    op: ClassVar[str] = "set_input"
    needs: ClassVar[Capability] = Capability.RUN

    cell_id: str
    value: str | int | float | bool | msgspec.UnsetType = msgspec.UNSET
    run: bool = True


class LookAtVariables(Command, frozen=True):
    """Be told of the kernel's variables from now on, or with `open` false no more.

    Changes nothing, so it waits for nothing that does.
    """

    op: ClassVar[str] = "look_at_variables"
    needs: ClassVar[Capability] = Capability.READ

    open: bool


AnyCommand = (
    RunCells
    | RunText
    | Cancel
    | Interrupt
    | StartKernel
    | Restart
    | Stop
    | Answer
    | ClearOutputs
    | Keep
    | ChangeHardware
    | RestoreVariables
    | ForgetVariables
    | Comm
    | SetInput
)

COMMANDS: dict[str, type[AnyCommand]] = {
    command.op: command for command in typing.get_args(AnyCommand) if command is not RunText
}
"""The commands of the notebook socket."""
BESIDE: dict[str, type[LookAtVariables]] = {LookAtVariables.op: LookAtVariables}
"""Commands that change nothing in the session, and so never wait for their turn."""


def parse(op: str, args: dict[str, Any]) -> AnyCommand | LookAtVariables:
    """Return the command `op` with `args`.

    Raises `KeyError` for an unknown `op` and `msgspec.ValidationError` for
    arguments of the wrong shape.
    """
    if op in BESIDE:
        return msgspec.convert(args, BESIDE[op])
    return msgspec.convert(args, COMMANDS[op])
