"""The kernel of a notebook, and what may be done to it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from server.payloads.common import Body


class KernelIdle(msgspec.Struct, frozen=True):
    """`because` says in words what the kernel does; `stops_at` until when somebody asked to keep it.

    No kernel is stopped for being idle yet, so nothing happens at `stops_at`.
    """

    because: str
    stops_at: datetime | None


class KernelUsage(msgspec.Struct, frozen=True):
    """`cpu` in cores, null before it was measured twice; memory in bytes."""

    cpu: float | None
    memory: int
    memory_limit: int | None


class KernelDeath(msgspec.Struct, frozen=True):
    cause: str
    reason: str
    at: datetime
    cell: str | None


class Kernel(msgspec.Struct, frozen=True):
    state: str
    hardware: str
    usage: KernelUsage | None
    idle: KernelIdle
    death: KernelDeath | None = None


class KernelAction(Body, frozen=True):
    action: Literal["start", "interrupt", "restart", "stop", "keep"]
