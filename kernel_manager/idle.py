"""Whether a kernel is idle, why it lives, and when it stops. Pure: time comes in, nothing is measured here.

A kernel is idle only when **every** sign of work has been absent for the idle time of its machine; a sign
that nobody can read counts as work. What Jupyter calls `execution_state` is no sign: it says idle while a
cell sleeps and a subshell answers, and while a thread computes.

All times are seconds of one monotonic clock, the caller's. Wall clocks may jump by a day and stop nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal

LONGEST_WARNING_S = 300.0
SHORTEST_WARNING_S = 1.0
WARNING_SHARE = 5
"""A warning takes at most this part of the idle time: one fifth."""

INPUT_WAITS = 4
"""A cell that waits for `input()` counts as work for this many idle times, then no longer."""

RECENT_S = 15.0
"""Samples come every few seconds: what was seen this recently is said to go on."""

PEOPLE_RECENT_S = 60.0
"""How long somebody who does not move is said to be at work."""

NEVER = float("-inf")

State = Literal["busy", "counting", "warned", "stop"]
Cause = Literal["idle", "max_life"]


@dataclass(frozen=True, slots=True)
class Sign:
    """When one kind of work was last seen (`NEVER`, if it was not); None if nobody knows.

    `words` tell of it while it goes on, or while nobody knows.
    """

    last: float | None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Signals:
    """All signs of work of one kernel.

    `requests` are those that it has taken and not finished, in any subshell, by our own count. `people` have
    typed, moved their cursor or asked for something; a tab that is only open is no sign.
    `input_wait_s` says for how long the open request has waited for an answer to `input()`: 0 for not at all.
    """

    requests: Sign
    queue: Sign
    cpu: Sign
    children: Sign
    gpu: Sign
    network: Sign
    output: Sign
    people: Sign
    input_wait_s: float | None = 0.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What a machine allows. None is without limit. A life that is not hard lets the running cell end."""

    idle_after_s: float | None = None
    max_life_s: float | None = None
    life_is_hard: bool = False

    @property
    def warning_s(self) -> float:
        """How long before a stop people are told: five minutes, less where the idle time is short."""
        times = [time for time in (self.idle_after_s, self.max_life_s) if time is not None]
        shortest = min(times, default=LONGEST_WARNING_S * WARNING_SHARE)
        return max(SHORTEST_WARNING_S, min(LONGEST_WARNING_S, shortest / WARNING_SHARE))


@dataclass(frozen=True, slots=True)
class Pin:
    """Somebody keeps the kernel until then, whatever it does."""

    until: float
    by: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of a kernel now.

    `because` is one sentence, `restarts` says what would start the clock again, or nothing where nothing
    would. `stop_at` is None while no stop is in sight. `warned_since` goes into the next question.
    """

    state: State
    because: str
    stop_at: float | None = None
    cause: Cause | None = None
    restarts: str = ""
    idle_since: float | None = None
    warned_since: float | None = None


STARTS_AGAIN = "Running a cell, typing or moving the cursor in the notebook starts the clock again."
ONLY_A_PIN = "Nothing that happens in the notebook moves this; save what you need."

_GOES_ON = {
    "requests": "A cell is running",
    "queue": "Cells wait to run",
    "cpu": "Its processes compute",
    "children": "A process that it started is at work",
    "gpu": "Its GPU is in use",
    "network": "It sends or receives data",
    "output": "It puts out text, figures or widgets",
    "people": "Somebody works in the notebook",
}

_UNKNOWN = {
    "requests": "It does not answer",
    "queue": "Its queue is not known",
    "cpu": "Its use of the processor cannot be measured",
    "children": "The processes that it started cannot be seen",
    "gpu": "Its use of the GPU cannot be measured",
    "network": "Its network traffic cannot be measured",
    "output": "It is not known what it puts out",
    "people": "It is not known who works in the notebook",
}

_LAST = {
    "requests": "the last cell ended",
    "queue": "the last cell left the queue",
    "cpu": "its processes computed",
    "children": "a process that it started was at work",
    "gpu": "its GPU was in use",
    "network": "it sent or received data",
    "output": "it put out something",
    "people": "somebody worked in the notebook",
}


def judge(
    signals: Signals,
    rules: Rules,
    now: float,
    *,
    born: float,
    pin: Pin | None = None,
    warned_since: float | None = None,
) -> Verdict:
    """Return what holds for a kernel that began at `born`.

    A stop is never the first that people hear of: between the first `warned` and `stop` lies the whole
    warning, however late the question comes.
    """
    idle = _idle(signals, rules, now, born, pin, warned_since)
    if rules.max_life_s is None:
        return idle
    return _nearer(idle, _life(signals, rules, now, born + rules.max_life_s, warned_since))


def work(signals: Signals, rules: Rules, now: float) -> list[str]:
    """Return what counts as work now, in sentences without their full stops. Empty for an idle kernel."""
    found = []
    for name, sign in _signs(signals):
        if name == "requests" and _is_only_waiting(signals, rules):
            continue
        if sign.last is None:
            words = sign.words or f"{_UNKNOWN[name]}, which counts as work"
        elif now - sign.last < _recent_s(name, rules):
            words = sign.words or _GOES_ON[name]
        else:
            continue
        if words not in found:
            found.append(words)
    if signals.input_wait_s is None:
        found.append("It is not known whether it waits for an answer, which counts as work")
    elif signals.input_wait_s > 0 and not _is_only_waiting(signals, rules):
        found.insert(0, "A cell waits for an answer to input()")
    return found


def _idle(
    signals: Signals, rules: Rules, now: float, born: float, pin: Pin | None, warned_since: float | None
) -> Verdict:
    going_on = work(signals, rules, now)
    if going_on:
        return Verdict("busy", _joined(going_on), restarts=STARTS_AGAIN)
    what, since = _last_work(signals, rules, born)
    because = f"{duration(now - since)} ago {what}; nothing has happened since."
    if rules.idle_after_s is None:
        return Verdict(
            "counting", f"{because} This machine stops no kernel for being idle.", idle_since=since
        )
    warning_s, stop_at = rules.warning_s, since + rules.idle_after_s
    if pin is not None and pin.until > now:
        because = f"{pin.by} keeps it. {because}"
        stop_at = max(stop_at, pin.until)
    if now < stop_at - warning_s:
        return Verdict("counting", because, stop_at, "idle", STARTS_AGAIN, since)
    warned = now if warned_since is None else warned_since
    stop_at = max(stop_at, warned + warning_s)
    state: State = "stop" if now >= stop_at else "warned"
    return Verdict(state, because, stop_at, "idle", STARTS_AGAIN, since, warned)


def _life(signals: Signals, rules: Rules, now: float, ends: float, warned_since: float | None) -> Verdict:
    because = f"A kernel on this machine lives for at most {duration(rules.max_life_s or 0.0)}."
    if now < ends - rules.warning_s:
        return Verdict("counting", because, ends, "max_life", ONLY_A_PIN)
    warned = now if warned_since is None else warned_since
    stop_at = max(ends, warned + rules.warning_s)
    if now < stop_at:
        return Verdict("warned", because, stop_at, "max_life", ONLY_A_PIN, None, warned)
    runs = signals.requests.last is None or now - signals.requests.last < _recent_s("requests", rules)
    if runs and not rules.life_is_hard:
        waits = f"{because} It stops as soon as the running cell has ended."
        return Verdict("warned", waits, None, "max_life", ONLY_A_PIN, None, warned)
    return Verdict("stop", because, stop_at, "max_life", ONLY_A_PIN, None, warned)


def _nearer(idle: Verdict, life: Verdict) -> Verdict:
    """Return the verdict that comes true first; the end of a life is told from the beginning."""
    rank: dict[State, int] = {"busy": 0, "counting": 0, "warned": 1, "stop": 2}
    if rank[life.state] != rank[idle.state]:
        return life if rank[life.state] > rank[idle.state] else idle
    if idle.state == "busy":
        return Verdict("busy", idle.because, life.stop_at, "max_life", life.restarts)
    if idle.stop_at is None or (life.stop_at is not None and life.stop_at < idle.stop_at):
        return Verdict(
            life.state,
            f"{idle.because} {life.because}",
            life.stop_at,
            "max_life",
            life.restarts,
            idle.idle_since,
            life.warned_since,
        )
    return idle


def _signs(signals: Signals) -> Iterator[tuple[str, Sign]]:
    for each in fields(signals):
        value = getattr(signals, each.name)
        if isinstance(value, Sign):
            yield each.name, value


def _is_only_waiting(signals: Signals, rules: Rules) -> bool:
    """Say whether the open request has waited for an answer for so long that it is no work any more."""
    waited, idle_after = signals.input_wait_s, rules.idle_after_s
    return waited is not None and idle_after is not None and waited > INPUT_WAITS * idle_after


def _last_work(signals: Signals, rules: Rules, born: float) -> tuple[str, float]:
    only_waiting = _is_only_waiting(signals, rules)
    seen = [("it was started", born)] + [
        (_LAST[name], sign.last)
        for name, sign in _signs(signals)
        if sign.last is not None and not (only_waiting and name == "requests")
    ]
    return max(seen, key=lambda each: each[1])


def _recent_s(name: str, rules: Rules) -> float:
    usual = PEOPLE_RECENT_S if name == "people" else RECENT_S
    return usual if rules.idle_after_s is None else min(usual, rules.idle_after_s / WARNING_SHARE)


def _joined(sentences: list[str]) -> str:
    shown = sentences[:3]
    return ". ".join(shown) + "."


def duration(seconds: float) -> str:
    """Return a length of time as people say it: "12 minutes", "4 hours"."""
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size or (unit == "minute" and seconds >= size):
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    count = int(seconds)
    return f"{count} second{'' if count == 1 else 's'}"
