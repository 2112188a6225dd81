"""When a running cell uses too much memory: pure decisions, and what the cell's reader is told.

The limit itself is the system's, and it kills. Before that, while there is room for Python to clean up, the
cell is interrupted: the kernel and its variables live.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EVERY_S, CLOSEST_S = 0.05, 0.002
"""How often a running cell is looked at, and how often one whose memory grows fast. An idle kernel is not."""

INTERRUPT_AT = 0.85
CALM_BELOW = 0.75
AGAIN_S = 3.0
"""How long an interrupt may take to free memory before the next one."""
GROWN = 0.03
"""By which share of the limit memory must have grown since: what only rests is saved or deleted in peace."""

ASK_ABOVE = 0.4
ASK_GROWTH = 0.05
ASK_EVERY_S = 0.2

MIB = 1024 * 1024

Advice = Literal["calm", "ask_where", "interrupt"]


@dataclass(slots=True)
class Guard:
    """Watches one kernel's memory against its limit, both in bytes. Times are seconds of any one clock."""

    limit: int
    _asked_used: int = 0
    _asked_at: float = float("-inf")
    _interrupted_at: float | None = None
    _interrupted_used: float = 0.0
    _seen: tuple[int, float] | None = None

    def pause(self, used: int, now: float) -> float:
        """Return how many seconds to wait before the next look.

        Half of the time in which memory would reach the share at which to interrupt, if it went on growing as
        it did since the last look: a gigabyte a second leaves some 50 ms between that share and the end.
        """
        before, self._seen = self._seen, (used, now)
        if before is None or used <= before[0] or now <= before[1]:
            return EVERY_S
        rate = (used - before[0]) / (now - before[1])
        return min(EVERY_S, max(CLOSEST_S, (INTERRUPT_AT * self.limit - used) / rate / 2))

    def look(self, used: int, now: float) -> Advice:
        """Return what to do about `used` bytes: note which line runs, interrupt it, or nothing."""
        share = used / self.limit
        if share < CALM_BELOW:
            self._interrupted_at = None
        if share >= INTERRUPT_AT and self._is_due(used, now):
            self._interrupted_at, self._interrupted_used = now, used
            return "interrupt"
        has_grown = used - self._asked_used >= ASK_GROWTH * self.limit
        if share >= ASK_ABOVE and has_grown and now - self._asked_at >= ASK_EVERY_S:
            self._asked_used, self._asked_at = used, now
            return "ask_where"
        self._asked_used = min(self._asked_used, used)
        return "calm"

    def _is_due(self, used: int, now: float) -> bool:
        if self._interrupted_at is None:
            return True
        grown = used - self._interrupted_used
        return now - self._interrupted_at >= AGAIN_S and grown >= GROWN * self.limit


def interrupted(used: int, limit: int) -> str:
    """Return what the interrupted cell says."""
    return (
        f"\nCommonbook interrupted this cell: the kernel uses {used // MIB:,} of the {limit // MIB:,} MiB of "
        f"memory that it may use ({100 * used // limit} %). At 100 % the system would end it. Its variables "
        "are still there: delete some, work in smaller parts, or choose a larger machine.\n"
    )
