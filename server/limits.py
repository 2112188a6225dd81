"""How often something may be tried. Pure counting in memory: the caller passes the time in."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from server.refusals import Refusal

MAX_KEYS = 20_000
"""How many addresses or names are remembered; the one unused for longest is forgotten first."""


@dataclass(slots=True)
class TryLimit:
    """At most `tries` within `window_s`, for each key apart."""

    tries: int
    window_s: float
    _seen: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)

    def wait_s(self, key: str, now: float) -> float:
        """Return how long `key` must wait before the next try; 0 when it need not."""
        times = self._recent(key, now)
        return times[0] + self.window_s - now if len(times) >= self.tries else 0.0

    def count(self, key: str, now: float) -> None:
        """Note one try."""
        times = self._recent(key, now)
        times.append(now)
        self._seen[key] = times
        self._seen.move_to_end(key)
        while len(self._seen) > MAX_KEYS:
            self._seen.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Take back the latest try of `key`, because it succeeded."""
        if times := self._seen.get(key):
            times.pop()
            if not times:
                del self._seen[key]

    def _recent(self, key: str, now: float) -> deque[float]:
        times = self._seen.get(key, deque())
        while times and times[0] <= now - self.window_s:
            times.popleft()
        return times


@dataclass(slots=True)
class Limits:
    """The limits of one server: wrong passwords by account and by address, wrong secrets by address.

    `asks` counts requests for packages, `connection_tests` tries of connections, `comments` what is said in
    notebooks, by whoever makes them.
    """

    by_account: TryLimit = field(default_factory=lambda: TryLimit(10, 300))
    by_address: TryLimit = field(default_factory=lambda: TryLimit(30, 300))
    secrets: TryLimit = field(default_factory=lambda: TryLimit(60, 300))
    asks: TryLimit = field(default_factory=lambda: TryLimit(30, 3600))
    connection_tests: TryLimit = field(default_factory=lambda: TryLimit(30, 300))
    comments: TryLimit = field(default_factory=lambda: TryLimit(60, 60))


def attempt(tries: list[tuple[TryLimit, str]], now: float) -> None:
    """Count one try against each limit; raises a `Refusal` (429) and counts nothing when one is used up.

    Trying counts at once, so that many tries at the same moment cannot slip
    through; `forgive` takes it back after a success.
    """
    wait_s = max(limit.wait_s(key, now) for limit, key in tries)
    if wait_s > 0:
        seconds = int(wait_s) + 1
        reason = f"Too many tries. Wait {seconds} seconds and try again."
        raise Refusal("too_many_tries", reason, 429, retry_after_s=seconds)
    for limit, key in tries:
        limit.count(key, now)
