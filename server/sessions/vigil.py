"""The idle clock of one notebook's kernel: gathers the signs of work and says what holds now.

The policy is `kernel_manager.idle`; this only knows where each sign comes from. Runs on the loop's monotonic
clock. Wall time is read for one thing: to say when a stop will be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from collab.packed_run import stamp
from collab.session.state import Session
from collab.wire import Alive
from kernel_manager.hardware import HardwareClass
from kernel_manager.idle import NEVER, Pin, Rules, Sign, Signals, Verdict, duration, judge
from kernel_manager.reports import Quiet, Usage

STALE_S = 45.0
"""What a supervisor said longer ago than this is not known any more."""

LONGEST_GAP_S = 30.0
"""After a longer pause between two looks nobody knows who was warned, and the warning begins again."""

SAID_AGAIN_S = 60.0
"""How long a kernel has to obey before it hears again that its time is up."""

JUST_RAN = "It has just run something"
"""Said of a sign of work that is over but too recent to be called past."""

JUST_BEGUN = "It has just started"
YOUNG_S = 15.0
"""Some signs are known only from the second measurement on."""
FIRST_SAMPLES_S = 5.0
"""What counts as work until then was not seen of a kernel: it was not known."""

SHOWN_CORES = 0.05

HARD_LIFE = "hard_life"
"""The option of a hardware class whose kernels end on time, also in the middle of a cell."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a supervisor said last, and when."""

    quiet: Quiet
    usage: Usage
    at: float


class Vigil:
    """Signs of one kernel after the other. `rules` are those of its class, None until they are read."""

    rules: Rules | None
    kept_until: datetime | None
    kept_by: str | None

    def __init__(self) -> None:
        self._people = Sign(NEVER)
        self._forget()

    def _forget(self) -> None:
        self.rules = self.kept_until = self.kept_by = None
        self._pin: Pin | None = None
        self._heard: Heard | None = None
        self._queued = NEVER
        self._warned_since: float | None = None
        self._looked_at: float | None = None
        self._said_at: float | None = None

    def begin(self, kept_until: datetime | None, kept_by: str | None, now: float, wall: datetime) -> None:
        """Watch another kernel, or one that an earlier server has watched."""
        self._forget()
        self.keep(kept_until, kept_by, now, wall)

    def heard(self, usage: Usage, now: float) -> None:
        """Take in what the supervisor has seen."""
        if usage.quiet is not None:
            self._heard = Heard(usage.quiet, usage, now)

    def moved(self, name: str | None, now: float) -> None:
        """Somebody has typed, moved the cursor or asked for something."""
        who = name or "Somebody"
        self._people = Sign(now, f"{who} works in the notebook")

    def keep(self, until: datetime | None, by: str | None, now: float, wall: datetime) -> None:
        """Keep the kernel until then. From here on only the monotonic clock counts."""
        self.kept_until, self.kept_by = until, by
        self._pin = None if until is None else Pin(now + (until - wall).total_seconds(), by or "Somebody")

    def look(
        self, session: Session, began: Mapping[str, datetime], now: float, wall: datetime
    ) -> tuple[Alive, Verdict | None]:
        """Return what to say of the kernel, and a verdict if its time is up."""
        if self._looked_at is not None and now - self._looked_at > LONGEST_GAP_S:
            self._warned_since = None
        self._looked_at = now
        if session.waiting:
            self._queued = now
        if self._pin is not None and self._pin.until <= now:
            self.keep(None, None, now, wall)
        if session.kernel not in ("idle", "busy", "reconnecting") or session.ending is not None:
            return self._alive(Verdict("busy", _on_its_way(session)), now, wall), None
        verdict = judge(
            self._signals(session, began, now, wall),
            self.rules or Rules(),
            now,
            born=self._born(now),
            pin=self._pin,
            warned_since=self._warned_since,
        )
        self._warned_since = verdict.warned_since
        return self._alive(verdict, now, wall), self._due(verdict, now)

    def _due(self, verdict: Verdict, now: float) -> Verdict | None:
        """Return a stop to be carried out, which is said once and again only if nothing comes of it."""
        if verdict.state != "stop":
            self._said_at = None
            return None
        if self._said_at is not None and now - self._said_at < SAID_AGAIN_S:
            return None
        self._said_at = now
        return verdict

    def _alive(self, verdict: Verdict, now: float, wall: datetime) -> Alive:
        stops_at = None
        if verdict.stop_at is not None:
            stops_at = stamp(wall + timedelta(seconds=round(verdict.stop_at - now)))
        return Alive(
            verdict.because,
            stops_at,
            verdict.state in ("warned", "stop"),
            verdict.cause,
            verdict.restarts,
            stamp(self.kept_until) if self.kept_until else None,
            self.kept_by,
        )

    def _born(self, now: float) -> float:
        return now if self._heard is None else self._heard.at - self._heard.quiet.age

    def _signals(
        self, session: Session, began: Mapping[str, datetime], now: float, wall: datetime
    ) -> Signals:
        heard = self._heard
        if heard is None or now - heard.at > STALE_S or session.kernel == "reconnecting":
            unknown = Sign(None, JUST_BEGUN if heard is None and session.kernel != "reconnecting" else "")
            return Signals(
                self._request(session, began, unknown, now, wall),
                self._queue(session),
                *(unknown,) * 5,
                self._people,
            )
        quiet, usage = heard.quiet, heard.usage

        def sign(age: float | None, words: str = "", known_after_s: float = 0.0) -> Sign:
            if age is None:
                return Sign(None, JUST_BEGUN if quiet.age < YOUNG_S else "")
            was_seen = quiet.age - age > known_after_s
            return Sign(heard.at - age, words if was_seen else JUST_BEGUN)

        def measured(age: float | None, words: str = "") -> Sign:
            return sign(age, words, FIRST_SAMPLES_S)

        cores = usage.cpu or 0.0
        gpus = [gpu.use for gpu in usage.gpus if gpu.use]
        return Signals(
            self._request(session, began, sign(quiet.requests, JUST_RAN), now, wall),
            self._queue(session),
            measured(quiet.cpu, f"Its processes compute ({cores:.1f} cores)" if cores >= SHOWN_CORES else ""),
            measured(quiet.children),
            measured(quiet.gpu, f"Its GPU is used at {max(gpus):.0%}" if gpus else ""),
            measured(quiet.network),
            sign(quiet.output),
            self._people,
            quiet.input_wait + now - heard.at if quiet.input_wait else 0.0,
        )

    def _queue(self, session: Session) -> Sign:
        return Sign(self._queued, "" if session.waiting else JUST_RAN)

    def _request(
        self, session: Session, began: Mapping[str, datetime], told: Sign, now: float, wall: datetime
    ) -> Sign:
        """Return the sign of requests: the supervisor's count, and what this server has sent."""
        running = session.running
        if running is None:
            return told
        since = began.get(running.msg_id)
        if since is None:
            return Sign(now, "A cell is running")
        return Sign(now, f"A cell has been running for {duration(max(0.0, (wall - since).total_seconds()))}")


def rules_of(hardware: HardwareClass) -> Rules:
    """Return what a hardware class says about the end of its kernels."""
    return Rules(hardware.idle_after_s, hardware.max_life_s, bool(hardware.options.get(HARD_LIFE)))


def report_of(verdict: Verdict, rules: Rules) -> str:
    """Return the sentence that the notebook shows afterwards."""
    if verdict.cause == "max_life":
        return f"Stopped after {duration(rules.max_life_s or 0)}, the longest that this machine allows."
    return f"Stopped after {duration(rules.idle_after_s or 0)} without work."


def _on_its_way(session: Session) -> str:
    match session.kernel:
        case "starting" | "restarting":
            return "It is starting."
        case "saving":
            return "Its variables are being saved; then it stops."
        case "restoring":
            return "Its variables are being restored."
        case "stopping":
            return "It is stopping."
        case _:
            return "It stops as soon as the running cell has ended."
