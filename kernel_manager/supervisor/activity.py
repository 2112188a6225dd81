"""When each kind of work of a kernel was last seen. Pure: samples and the time come in.

Counted here and not by the server, so that a server which starts anew knows for how long a kernel has been
quiet, by the one clock that never jumped.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from kernel_manager.reports import Quiet

CPU_SHARE = 0.02
"""Less of one core than this, in the mean over the window and in a sample, is no work."""

CPU_WINDOW_S = 300.0
BYTES_PER_S = 256.0
"""Less traffic than this is what open connections say to each other to stay open."""

QUIET_AFTER_S = 60.0


@dataclass(frozen=True, slots=True)
class Sampled:
    """What a measurement found; None for what it could not read.

    `cpu_s` only grows, `traffic` is bytes a second.
    """

    cpu_s: float | None
    children_busy: bool | None
    gpu_busy: bool | None
    traffic: float | None


@dataclass(slots=True)
class Activity:
    """The signs of work of one kernel, which began at `born`. Times are monotonic seconds of this process."""

    born: float
    _last: dict[str, float] = field(default_factory=dict)
    _unknown: set[str] = field(default_factory=set)
    _window: deque[tuple[float, float]] = field(default_factory=deque)
    _cpu: tuple[float, float] | None = None

    def worked(self, now: float) -> None:
        """A request began or ended."""
        self._seen("requests", now)

    def put_out(self, now: float) -> None:
        """The kernel sent a stream, a display or a word of a widget."""
        self._seen("output", now)

    def took(self, sampled: Sampled, now: float) -> None:
        """Take in a measurement."""
        self._took_cpu(sampled.cpu_s, now)
        self._mark("children", sampled.children_busy, now)
        self._mark("gpu", sampled.gpu_busy, now)
        self._mark("network", None if sampled.traffic is None else sampled.traffic >= BYTES_PER_S, now)

    def report(self, now: float, *, open_requests: int, asking_since: float | None) -> Quiet:
        """Return how long ago each sign was seen."""
        if open_requests:
            self._seen("requests", now)
        return Quiet(
            age=now - self.born,
            requests=self._age("requests", now),
            cpu=self._age("cpu", now),
            children=self._age("children", now),
            gpu=self._age("gpu", now),
            network=self._age("network", now),
            output=self._age("output", now),
            input_wait=0.0 if asking_since is None else now - asking_since,
        )

    def is_quiet(self, now: float) -> bool:
        """Whether nothing has been seen for a while, so that looking less often will do."""
        last = max(self._last.values(), default=self.born)
        return not self._unknown and now - max(last, self.born) > QUIET_AFTER_S

    def _took_cpu(self, cpu_s: float | None, now: float) -> None:
        before, self._cpu = self._cpu, None if cpu_s is None else (now, cpu_s)
        if cpu_s is None or before is None or cpu_s < before[1] or now <= before[0]:
            # The first sample, a lost one, or one without a process that has left the tree.
            self._mark("cpu", None, now)
            return
        spent, took_s = cpu_s - before[1], now - before[0]
        self._window.append((now, spent))
        while self._window[0][0] <= now - CPU_WINDOW_S:
            self._window.popleft()
        seen_for = min(CPU_WINDOW_S, max(now - self.born, took_s))
        mean = sum(one for _, one in self._window) / seen_for
        self._mark("cpu", spent / took_s >= CPU_SHARE and mean >= CPU_SHARE, now)

    def _mark(self, name: str, busy: bool | None, now: float) -> None:
        if busy is None:
            self._last[name] = now  # it may have worked: the clock starts when somebody knows again
            self._unknown.add(name)
        elif busy:
            self._seen(name, now)
        else:
            self._unknown.discard(name)

    def _seen(self, name: str, now: float) -> None:
        self._last[name] = now
        self._unknown.discard(name)

    def _age(self, name: str, now: float) -> float | None:
        """Return the seconds since a sign was seen, the kernel's whole life if it never was."""
        if name in self._unknown:
            return None
        return now - max(self._last.get(name, self.born), self.born)
