"""What every engine can do: put a supervisor somewhere, and find it again.

An engine places; it never speaks to a kernel. Everything that a kernel says
or does goes through its supervisor, the same way on every engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from kernel_manager.hardware import HardwareClass

Handle = Mapping[str, Any]
"""How an engine finds a placed supervisor again. Plain JSON, kept in the kernel's row."""

Phase = Literal["queued", "starting", "running", "lost", "ended"]


@dataclass(frozen=True, slots=True)
class Placement:
    """A supervisor that somebody wants placed.

    `token` authenticates the server to the supervisor, `folder` is where the
    kernel of `project` starts (the project's files), `python` the interpreter of the
    project's environment, `environment` the extra variables of the kernel.

    The limits and the network of the kernel are those of `hardware`; where that has the internet, it also
    enters `opened_networks` of the site's own. `uid` is
    the system user that it runs as and that owns its files, where its
    supervisor may choose one; None is the supervisor's own. With
    `allow_unsandboxed` it also starts where no sandbox works.
    """

    kernel_id: str
    owner: str
    token: str
    hardware: HardwareClass
    python: str
    folder: str
    environment: Mapping[str, str] = field(default_factory=dict)
    uid: int | None = None
    allow_unsandboxed: bool = False
    project: str = ""
    opened_networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """Where a placed supervisor stands; `reason` is the engine's own words, `node` the machine.

    `queued` is said of whatever cannot be reached yet and is not known to have ended.
    """

    phase: Phase
    reason: str = ""
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a supervisor answers, as the server can reach it.

    `certificate` is the one that it must show. `is_direct` says that the port is the supervisor's own:
    a refused connection means that it is gone. At the end of a forwarded port it means nothing.
    """

    host: str
    port: int
    certificate: str | None = None
    is_direct: bool = True


@dataclass(frozen=True, slots=True)
class Availability:
    """How many kernels of a class could start now, of how many; None where nothing limits or tells that.

    `queue` counts those that wait before the next one; `reason` says in a
    sentence why none is free, or why that is not known. A class that does not fit
    is larger than anything here, also when nothing else runs.
    """

    free: int | None = None
    total: int | None = None
    queue: int = 0
    reason: str = ""
    fits: bool = True


@runtime_checkable
class TellsAvailability(Protocol):
    """What an engine may offer beside `Engine`: to say what is free before anybody asks for it."""

    async def availability(self, hardware: HardwareClass) -> Availability:
        """Return how much of a class is free now; may take a second, so callers remember the answer."""


class Engine(Protocol):
    """A place where supervisors can be put. All calls are async and may take seconds."""

    name: str

    async def classes(self) -> Sequence[HardwareClass]:
        """Return the hardware classes that this engine offers by itself."""

    async def submit(self, placement: Placement) -> Handle:
        """Place a supervisor and return its handle; raises `EngineRefused` with the engine's reason."""

    async def status(self, handle: Handle) -> Status:
        """Return where the supervisor stands.

        `queued` and `ended` come with a reason for people. An engine that gets no answer itself returns what
        it knew last, and never takes silence for an end.
        """

    async def signal(self, handle: Handle, signum: int) -> None:
        """Send a signal to the supervisor. The last resort: its own socket is the normal way."""

    async def cancel(self, handle: Handle) -> None:
        """End the supervisor and its kernel; harmless when they are gone."""

    async def list(self, owner: str) -> Sequence[Handle]:
        """Return everything placed for `owner`, to find orphans after a crash."""

    async def endpoint(self, handle: Handle) -> Endpoint:
        """Return where the supervisor answers; raises `NotReady` while it is still starting."""


class EngineRefused(Exception):
    """The engine will not place this; the text is for the person who asked."""


class EngineAway(EngineRefused):
    """The engine does not answer now; asking again may help. What it placed may well be alive."""


class NotReady(Exception):
    """The supervisor does not answer yet."""
