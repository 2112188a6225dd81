"""What happens without anybody's command, in the session's own words.

Whoever speaks with kernels translates into these, so nothing in this package
knows how a kernel is reached. `epoch` counts the kernels of the notebook.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from collab.ids import CellId, UserId
from collab.session.state import NOTHING_KNOWN, Remains, SavedVariables


@dataclass(frozen=True, slots=True)
class Preparing:
    """Something about the kernel `epoch` takes its time; `sentence` says what it waits for."""

    epoch: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The kernel `epoch` answers."""

    epoch: int
    at: datetime
    language: str


@dataclass(frozen=True, slots=True)
class Began:
    """The kernel began with the request `msg_id`."""

    epoch: int
    at: datetime
    msg_id: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """The request `msg_id` waits for `input()`."""

    epoch: int
    msg_id: str
    prompt: str
    password: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """The request `msg_id` is over and all its output is in."""

    epoch: int
    at: datetime
    msg_id: str
    status: Literal["ok", "error", "aborted"]
    count: int | None
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The kernel does not answer now; nobody knows yet whether it lives."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Reached:
    """The kernel answers again, and is the same one."""

    epoch: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Gone:
    """The kernel has ended without being asked to.

    `is_proven` tells a death that somebody saw from a kernel that cannot be
    found any more: then nobody knows how far its cell came.
    """

    epoch: int
    at: datetime
    cause: str
    reason: str
    is_proven: bool = True
    remains: Remains = NOTHING_KNOWN


@dataclass(frozen=True, slots=True)
class Stopped:
    """The kernel has ended, as asked."""

    epoch: int
    at: datetime


@dataclass(frozen=True, slots=True)
class TimeIsUp:
    """The kernel has been idle for too long, or has lived for too long. Said again, it means: at once."""

    epoch: int
    at: datetime
    cause: Literal["idle", "max_life"]
    reason: str


@dataclass(frozen=True, slots=True)
class Saved:
    """The variables are saved as far as they could be; None if there were none, or for the `failure`."""

    epoch: int
    at: datetime
    saved: SavedVariables | None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Restored:
    """Saved variables are back as far as they could be; `complaint` says what is missing."""

    epoch: int
    at: datetime
    complaint: str = ""


@dataclass(frozen=True, slots=True)
class Barred:
    """These people may not run any more. Not about a kernel."""

    at: datetime
    people: frozenset[UserId]


@dataclass(frozen=True, slots=True)
class Removed:
    """These cells were deleted. Not about a kernel."""

    at: datetime
    cells: frozenset[CellId]


KernelReport = (
    Preparing
    | Ready
    | Began
    | Asked
    | Ended
    | Unreachable
    | Reached
    | Gone
    | Stopped
    | TimeIsUp
    | Saved
    | Restored
)
Report = KernelReport | Barred | Removed
