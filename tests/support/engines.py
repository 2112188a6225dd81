"""An engine without processes: places names, and says of each what a test wants it to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kernel_manager.engines.base import (
    Endpoint,
    EngineAway,
    EngineRefused,
    Handle,
    NotReady,
    Placement,
    Status,
)
from kernel_manager.hardware import HardwareClass


@dataclass
class FakeEngine:
    """`statuses` are told one after the other, the last of them for ever. `away` is how many lists fail.

    `silences` is how many placements are taken without an answer.
    """

    name: str = "fake"
    statuses: list[Status] = field(default_factory=lambda: [Status("running")])
    placed: dict[str, Placement] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    at: Endpoint | None = None
    away: int = 0
    silences: int = 0
    refuse: str | None = None

    async def classes(self) -> Sequence[HardwareClass]:
        return [HardwareClass(f"{self.name}-small", f"Small on {self.name}", self.name)]

    async def submit(self, placement: Placement) -> Handle:
        if self.refuse is not None:
            raise EngineRefused(self.refuse)
        self.placed[placement.kernel_id] = placement
        if self.silences > 0:
            self.silences -= 1
            raise EngineAway("The engine does not answer.")
        return self._handle(placement.kernel_id)

    async def status(self, handle: Handle) -> Status:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    async def signal(self, handle: Handle, signum: int) -> None:
        pass

    async def cancel(self, handle: Handle) -> None:
        kernel = str(handle["dir"]).rpartition("/")[2]
        self.cancelled.append(kernel)
        self.placed.pop(kernel, None)

    async def list(self, owner: str) -> Sequence[Handle]:
        if self.away > 0:
            self.away -= 1
            raise EngineAway("The engine does not answer.")
        return [self._handle(name) for name, one in self.placed.items() if one.owner == owner]

    async def endpoint(self, handle: Handle) -> Endpoint:
        if self.at is None:
            raise NotReady("The kernel's supervisor is still starting.")
        return self.at

    def _handle(self, kernel: str) -> Handle:
        return {"dir": f"/{self.name}/{kernel}"}
