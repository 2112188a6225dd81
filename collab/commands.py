"""What a person may ask of an open notebook. Each command declares the capability it `needs`."""

from __future__ import annotations

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
    """Start the kernel without running anything."""

    op: ClassVar[str] = "start"
    needs: ClassVar[Capability] = Capability.RUN


class Restart(Command, frozen=True):
    """Begin a new kernel; all variables are lost. With `run_all`, then queue every code cell."""

    op: ClassVar[str] = "restart"
    needs: ClassVar[Capability] = Capability.RUN

    run_all: bool = False


class Stop(Command, frozen=True):
    """End the kernel."""

    op: ClassVar[str] = "stop"
    needs: ClassVar[Capability] = Capability.RUN


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
    """Keep the kernel from the idle stop for `hours`."""

    op: ClassVar[str] = "keep"
    needs: ClassVar[Capability] = Capability.RUN

    hours: float = 8


AnyCommand = RunCells | Cancel | Interrupt | StartKernel | Restart | Stop | Answer | ClearOutputs | Keep

COMMANDS: dict[str, type[AnyCommand]] = {
    command.op: command
    for command in (RunCells, Cancel, Interrupt, StartKernel, Restart, Stop, Answer, ClearOutputs, Keep)
}


def parse(op: str, args: dict[str, Any]) -> AnyCommand:
    """Return the command `op` with `args`.

    Raises `KeyError` for an unknown `op` and `msgspec.ValidationError` for
    arguments of the wrong shape.
    """
    return msgspec.convert(args, COMMANDS[op])
