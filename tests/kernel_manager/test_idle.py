"""When a kernel is idle: a table of cases, and what holds whatever happens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kernel_manager.idle import (
    INPUT_WAITS,
    NEVER,
    Pin,
    Rules,
    Sign,
    Signals,
    Verdict,
    judge,
    work,
)

HOUR = 3600.0
BORN = 1_000.0
RULES = Rules(idle_after_s=HOUR)
SIGNS = ("requests", "queue", "cpu", "children", "gpu", "network", "output", "people")
QUIET = Signals(**{name: Sign(NEVER) for name in SIGNS})
NOW = BORN + 10 * HOUR


def signals(**last: float | None) -> Signals:
    return replace(QUIET, **{name: Sign(at) for name, at in last.items()})


def at(now: float, seen: Signals = QUIET, rules: Rules = RULES, **more: Any) -> Verdict:
    return judge(seen, rules, now, born=BORN, **more)


# The table


@pytest.mark.parametrize("name", SIGNS)
def test_each_sign_of_work_alone_makes_a_kernel_busy(name: str) -> None:
    verdict = at(NOW, signals(**{name: NOW}))
    assert (verdict.state, verdict.stop_at) == ("busy", None)


@pytest.mark.parametrize("name", SIGNS)
def test_a_sign_that_nobody_can_read_counts_as_work_and_is_named(name: str) -> None:
    verdict = at(NOW, signals(**{name: None}))
    assert verdict.state == "busy"
    assert "counts as work" in verdict.because


@pytest.mark.parametrize("name", SIGNS)
def test_the_clock_starts_when_the_work_ends(name: str) -> None:
    ended = NOW - 20 * 60
    verdict = at(NOW, signals(**{name: ended}))
    assert (verdict.state, verdict.idle_since, verdict.stop_at) == ("counting", ended, ended + HOUR)
    assert verdict.because.startswith("20 minutes ago ")


@dataclass(frozen=True)
class Case:
    rule: str
    seen: Signals
    state: str
    says: str = ""


CASES = [
    Case("a kernel that never did anything has been idle since it was started", QUIET, "warned", "started"),
    Case(
        "a sleeping main cell is work, whatever a subshell says",
        signals(requests=NOW),
        "busy",
        "cell is running",
    ),
    Case(
        "a thread at 100 % is work without a request",
        signals(cpu=NOW, requests=NOW - 9 * HOUR),
        "busy",
        "compute",
    ),
    Case(
        "a forgotten tab is no work", signals(people=NOW - 5 * HOUR), "warned", "5 hours ago somebody worked"
    ),
    Case("a training on the GPU alone is work", signals(gpu=NOW), "busy", "GPU"),
    Case("a download alone is work", signals(network=NOW), "busy", "data"),
    Case("memory held on a GPU is no work", signals(gpu=NOW - 2 * HOUR), "warned", "GPU was in use"),
    Case("a widget that moves is work", signals(output=NOW - 2), "busy", "widgets"),
    Case(
        "a short wait for input is work", replace(signals(requests=NOW), input_wait_s=60.0), "busy", "input()"
    ),
    Case("an unknown wait for input is work", replace(QUIET, input_wait_s=None), "busy", "not known"),
    Case(
        "a wait for input has its own, longer limit",
        replace(signals(requests=NOW, output=NOW - 9 * HOUR), input_wait_s=INPUT_WAITS * HOUR + 1),
        "warned",
        "9 hours ago it put out",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_the_table(case: Case) -> None:
    verdict = at(NOW, case.seen)
    assert verdict.state == case.state
    assert case.says in verdict.because


def test_a_wait_for_input_within_its_limit_outlasts_the_idle_time() -> None:
    asking = replace(signals(requests=NOW), input_wait_s=INPUT_WAITS * HOUR - 1)
    assert at(NOW, asking).state == "busy"


def test_busy_sentences_use_the_words_of_the_sign() -> None:
    seen = replace(QUIET, gpu=Sign(NOW, "Its GPU is used at 87 %"), people=Sign(NOW, "Grace works here"))
    assert at(NOW, seen).because == "Its GPU is used at 87 %. Grace works here."


def test_five_minutes_before_the_stop_people_are_warned_and_then_it_stops() -> None:
    seen = signals(requests=NOW)
    stop = NOW + HOUR
    assert at(stop - 301, seen).state == "counting"
    warned = at(stop - 300, seen)
    assert (warned.state, warned.stop_at) == ("warned", stop)
    assert at(stop - 1, seen, warned_since=warned.warned_since).state == "warned"
    over = at(stop, seen, warned_since=warned.warned_since)
    assert (over.state, over.cause) == ("stop", "idle")


def test_who_comes_late_still_gives_the_whole_warning() -> None:
    """After a restart of the server nobody was warned, however long ago the kernel fell idle."""
    first = at(NOW, signals(requests=BORN))
    assert (first.state, first.stop_at) == ("warned", NOW + 300)
    assert at(NOW + 299, signals(requests=BORN), warned_since=NOW).state == "warned"
    assert at(NOW + 300, signals(requests=BORN), warned_since=NOW).state == "stop"


def test_work_during_the_warning_takes_it_back() -> None:
    verdict = at(NOW, signals(people=NOW), warned_since=NOW - 200)
    assert (verdict.state, verdict.warned_since) == ("busy", None)


@pytest.mark.parametrize(
    ("idle_after", "warning"), [(HOUR, 300), (600, 120), (10, 2), (2, 1), (7 * HOUR, 300)]
)
def test_a_short_idle_time_has_a_short_warning(idle_after: float, warning: float) -> None:
    assert Rules(idle_after).warning_s == warning


def test_without_an_idle_time_nothing_stops() -> None:
    verdict = at(NOW + 1e6, rules=Rules())
    assert (verdict.state, verdict.stop_at) == ("counting", None)
    assert "stops no kernel" in verdict.because


def test_a_pin_keeps_an_idle_kernel_and_says_who() -> None:
    pin = Pin(NOW + 2 * HOUR, "Grace")
    verdict = at(NOW, pin=pin)
    assert (verdict.state, verdict.stop_at) == ("counting", NOW + 2 * HOUR)
    assert verdict.because.startswith("Grace keeps it.")


def test_the_warning_comes_before_a_pin_ends() -> None:
    pin = Pin(NOW + 2 * HOUR, "Grace")
    assert at(pin.until - 300, pin=pin).state == "warned"
    assert at(pin.until + 1, pin=pin, warned_since=pin.until - 300).state == "stop"


def test_a_pin_during_the_warning_takes_it_back() -> None:
    verdict = at(NOW, pin=Pin(NOW + HOUR, "Grace"), warned_since=NOW - 10)
    assert (verdict.state, verdict.warned_since) == ("counting", None)


# The end of a life

LIFE = Rules(HOUR, max_life_s=12 * HOUR)
END = BORN + 12 * HOUR


def test_the_end_of_a_life_is_told_early_also_while_the_kernel_is_busy() -> None:
    verdict = at(BORN + HOUR, signals(requests=BORN + HOUR), LIFE)
    assert (verdict.state, verdict.stop_at, verdict.cause) == ("busy", END, "max_life")


def test_the_end_of_a_life_is_warned_of_and_no_work_moves_it() -> None:
    busy = signals(cpu=END, people=END)
    warned = at(END - 300, busy, LIFE)
    assert (warned.state, warned.stop_at) == ("warned", END)
    assert at(END, busy, LIFE, warned_since=END - 300).state == "stop"


def test_the_end_of_a_life_waits_for_the_running_cell_unless_it_is_hard() -> None:
    running = signals(requests=END + 60)
    soft = at(END + 60, running, LIFE, warned_since=END - 300)
    assert (soft.state, soft.stop_at) == ("warned", None)
    assert "as soon as the running cell has ended" in soft.because
    hard = at(END + 60, running, replace(LIFE, life_is_hard=True), warned_since=END - 300)
    assert (hard.state, hard.cause) == ("stop", "max_life")


def test_a_pin_does_not_prolong_a_life() -> None:
    pin = Pin(END + HOUR, "Grace")
    assert at(END, rules=LIFE, pin=pin, warned_since=END - 300).state == "stop"


def test_idleness_stops_before_the_end_of_a_life() -> None:
    verdict = at(BORN + 2 * HOUR, signals(requests=BORN + 1.5 * HOUR), LIFE)
    assert (verdict.stop_at, verdict.cause) == (BORN + 2.5 * HOUR, "idle")


# Properties

times = st.none() | st.just(NEVER) | st.floats(BORN, NOW)
any_signals = st.builds(
    Signals,
    **{name: st.builds(Sign, times) for name in SIGNS},
    input_wait_s=st.none() | st.just(0.0) | st.floats(0, 50 * HOUR),
)
idle_times = st.none() | st.floats(1, 24 * HOUR)
any_rules = st.builds(Rules, idle_times, st.none() | st.floats(60, 100 * HOUR), st.booleans())
pins = st.none() | st.builds(Pin, st.floats(BORN, NOW + 24 * HOUR), st.just("Grace"))
warnings = st.none() | st.floats(BORN, NOW)


@given(any_signals, any_rules, pins)
def test_nobody_is_stopped_who_was_not_warned(seen: Signals, rules: Rules, pin: Pin | None) -> None:
    assert judge(seen, rules, NOW, born=BORN, pin=pin).state != "stop"


@given(any_signals, any_rules, pins, warnings)
def test_a_stop_comes_only_after_a_whole_warning(
    seen: Signals, rules: Rules, pin: Pin | None, warned: float | None
) -> None:
    verdict = judge(seen, rules, NOW, born=BORN, pin=pin, warned_since=warned)
    if verdict.state == "stop":
        assert warned is not None
        assert NOW - warned >= rules.warning_s - 1e-6


@given(any_signals, idle_times, pins, warnings)
def test_whatever_works_or_is_unknown_is_not_stopped_for_being_idle(
    seen: Signals, idle_after: float | None, pin: Pin | None, warned: float | None
) -> None:
    rules = Rules(idle_after)
    verdict = judge(seen, rules, NOW, born=BORN, pin=pin, warned_since=warned)
    is_unknown = any(getattr(seen, name).last is None for name in SIGNS if name != "requests")
    if work(seen, rules, NOW) or is_unknown or (pin and pin.until > NOW):
        assert verdict.state != "stop"
    elif verdict.state == "stop":
        assert idle_after is not None
        for name in SIGNS[1:]:
            last = getattr(seen, name).last
            assert NOW - last >= idle_after - 1e-6


@given(any_signals, any_rules, pins, warnings, st.floats(-1e5, 1e5))
def test_only_differences_of_the_clock_count(
    seen: Signals, rules: Rules, pin: Pin | None, warned: float | None, shift: float
) -> None:
    """A clock that began elsewhere gives the same verdict; there is no wall clock to jump."""

    def moved(sign: Sign) -> Sign:
        return replace(sign, last=None if sign.last is None else sign.last + shift)

    there = replace(seen, **{name: moved(getattr(seen, name)) for name in SIGNS})
    before = judge(seen, rules, NOW, born=BORN, pin=pin, warned_since=warned)
    after = judge(
        there,
        rules,
        NOW + shift,
        born=BORN + shift,
        pin=replace(pin, until=pin.until + shift) if pin else None,
        warned_since=None if warned is None else warned + shift,
    )
    edges = [getattr(seen, name).last for name in SIGNS] + [warned, pin.until if pin else None]
    if all(edge is None or abs(_to_edges(edge, rules)) > 1e-3 for edge in edges):
        assert after.state == before.state


def _to_edges(edge: float, rules: Rules) -> float:
    """Return the smallest distance of the moment to one at which a verdict changes."""
    lengths = [0.0, 15.0, 60.0, rules.warning_s]
    for length in (rules.idle_after_s, rules.max_life_s):
        if length is not None:
            lengths += [length, length - rules.warning_s, length / 5, INPUT_WAITS * length]
    ages = [NOW - edge, NOW - BORN, edge - NOW]
    return min(abs(age - length) for age in ages for length in lengths)


@given(any_signals, any_rules, pins, warnings)
def test_every_verdict_says_why_and_a_stop_to_come_lies_ahead(
    seen: Signals, rules: Rules, pin: Pin | None, warned: float | None
) -> None:
    verdict = judge(seen, rules, NOW, born=BORN, pin=pin, warned_since=warned)
    assert verdict.because.endswith(".")
    if verdict.state in ("counting", "warned") and verdict.stop_at is not None:
        assert verdict.stop_at > NOW
        assert verdict.restarts
    if verdict.state == "stop":
        assert verdict.cause is not None


@given(any_signals, any_rules, pins, warnings, st.sampled_from(SIGNS))
def test_more_work_never_brings_a_stop_nearer(
    seen: Signals, rules: Rules, pin: Pin | None, warned: float | None, name: str
) -> None:
    rules = replace(rules, max_life_s=None)
    before = judge(seen, rules, NOW, born=BORN, pin=pin, warned_since=warned)
    busier = replace(seen, input_wait_s=0.0, **{name: Sign(NOW)})
    after = judge(busier, rules, NOW, born=BORN, pin=pin, warned_since=warned)
    assert after.state == "busy"
    assert before.state != "stop" or after.stop_at is None
