"""The kernel of a notebook, and what may be done to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.payloads.common import Body


class KernelIdle(msgspec.Struct, frozen=True):
    """Why the kernel lives (`because`), when it stops, and what would start the clock again (`restarts`).

    `stops_at` is null while no stop is in sight; `cause` says what it would be for, and `warned` that it is
    near. `kept_until` and `kept_by` say who keeps it from being stopped as idle.
    """

    because: str
    stops_at: datetime | None
    cause: Literal["idle", "max_life"] | None = None
    warned: bool = False
    restarts: str = ""
    kept_until: datetime | None = None
    kept_by: str | None = None


class KeptVariable(msgspec.Struct, frozen=True):
    """One saved variable; `size` in bytes."""

    name: str
    type: str
    size: int


class LostVariable(msgspec.Struct, frozen=True):
    """One variable that was not saved, and why."""

    name: str
    type: str
    why: str


class SavedVariables(msgspec.Struct, frozen=True):
    """What an ended kernel left; deleted at `expires_at`."""

    id: str
    hardware: str
    cause: str
    saved_at: datetime
    expires_at: datetime
    restored_at: datetime | None
    bytes: int
    kept: list[KeptVariable]
    lost: list[LostVariable]


class SavedSets(msgspec.Struct, frozen=True):
    """The newest first."""

    saved: list[SavedVariables]


class KeepableVariable(msgspec.Struct, frozen=True):
    """One variable as it is now. `size` is a guess in bytes; `why` says why it certainly cannot be kept."""

    name: str
    type: str
    size: int | None
    why: str | None


class KeepableVariables(msgspec.Struct, frozen=True):
    """What could be kept over the end of the kernel.

    Without `cloudpickle` in the environment, classes of the notebook and their objects cannot be.
    """

    variables: list[KeepableVariable]
    total: int
    cloudpickle: bool


class Nudge(Body, frozen=True):
    """What to ask of whoever uses the kernel."""

    text: Annotated[str, Meta(max_length=300)] = ""


class Nudged(msgspec.Struct, frozen=True):
    """Whether anybody had the notebook open."""

    reached: bool


class KernelUsage(msgspec.Struct, frozen=True):
    """`cpu` in cores, null before it was measured twice; memory in bytes."""

    cpu: float | None
    memory: int
    memory_limit: int | None


class KernelVariable(msgspec.Struct, frozen=True):
    """A variable that a kernel had, and about how many bytes it held."""

    name: str
    type: str
    size: int


class KernelDeath(msgspec.Struct, frozen=True):
    """Why a kernel ended. `line` is the line of `cell` that ran; sizes in bytes; null where nobody knows."""

    cause: str
    reason: str
    at: datetime
    cell: str | None
    line: int | None = None
    peak: int | None = None
    memory_limit: int | None = None
    variables: list[KernelVariable] = []


class Kernel(msgspec.Struct, frozen=True):
    """`isolation` and `limits` say in words what holds a running kernel; `none` is no sandbox."""

    state: str
    hardware: str
    usage: KernelUsage | None
    idle: KernelIdle
    death: KernelDeath | None = None
    isolation: str | None = None
    limits: str | None = None


class KernelAction(Body, frozen=True):
    action: Literal["start", "interrupt", "restart", "stop", "keep"]
