"""Hardware classes: what is nonsense, who may take one, why not, and what it has cost."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel_manager.catalogue import Listed, Taker, cost, may_take, usual, why_not
from kernel_manager.hardware import HardwareClass
from kernel_manager.soundness import ENGINES, OPTIONS, faults

GOOD = HardwareClass(
    id="gpu-a100",
    label="One A100",
    engine="slurm",
    description="For training.\nAsk before long runs.",
    cpus=8,
    memory_mib=65_536,
    processes=2_000,
    disk_mib=10_000,
    gpus=1,
    gpu_type="a100",
    python="/opt/cuda/bin/python3",
    price_per_hour=2.5,
    max_per_user=2,
    idle_after_s=1_800,
    max_life_s=86_400,
    options={"partition": "gpu", "qos": "high"},
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("hardware", [GOOD, HardwareClass(id="x", label="X", engine="local")])
def test_a_sensible_class_has_no_fault(hardware: HardwareClass) -> None:
    assert faults(hardware) == []


NONSENSE: list[tuple[str, Any, str]] = [
    ("id", "", "small letters"),
    ("id", "GPU", "small letters"),
    ("id", "-gpu", "small letters"),
    ("id", "a" * 64, "1 to 63"),
    ("id", "../admin", "small letters"),
    ("label", "  ", "needs a name"),
    ("label", "x" * 101, "1 to 100"),
    ("label", "a\u202eb", "cannot be seen"),
    ("label", "a\nb", "cannot be seen"),
    ("description", "x" * 501, "500"),
    ("description", "\u200b", "cannot be seen"),
    ("engine", "mainframe", "no engine 'mainframe'. It has: local, slurm"),
    ("engine", "", "no engine ''"),
    ("cpus", -1, "-1 is out of range"),
    ("cpus", 0, "0 is out of range: give 0.1 to 1,024 CPUs."),
    ("cpus", math.nan, "nan is out of range"),
    ("cpus", math.inf, "inf is out of range"),
    ("cpus", 1e300, "1e+300 is out of range"),
    ("memory_mib", 0, "out of range"),
    ("memory_mib", 10**12, "1e+12 is out of range: give 128 to 16,777,216 MiB."),
    ("processes", 1, "out of range"),
    ("disk_mib", -5, "out of range"),
    ("gpus", -1, "out of range"),
    ("gpus", 10**400, "out of range"),
    ("gpu_type", "a100; rm", "short name"),
    ("price_per_hour", -0.01, "out of range"),
    ("price_per_hour", math.nan, "out of range"),
    ("max_per_user", 0, "out of range"),
    ("idle_after_s", 5, "out of range: give 60 to"),
    ("max_life_s", 10**10, "out of range"),
    ("python", "python3", "whole path"),
    ("python", "/usr/bin/python\n", "whole path"),
    ("users", ("u", "u"), "twice"),
    ("groups", tuple(map(str, range(10_001))), "10,000 groups"),
    ("options", {"partition": 5}, "partition must be a text"),
    ("options", {"partition": ""}, "partition must be a text"),
    ("options", {"partition": "--wrap=evil"}, "begin with a dash"),
    ("options", {"partition": "a\0b"}, "must be a text"),
    ("options", {"partition": "x" * 301}, "1 to 300"),
    ("options", {"command": "x"}, "takes no option 'command'. It takes: partition, account"),
    ("options", {str(number): "x" for number in range(60)}, "50 options"),
]


@pytest.mark.parametrize(("field", "value", "words"), NONSENSE)
def test_nonsense_is_named_with_its_field_and_a_way_out(field: str, value: Any, words: str) -> None:
    (fault,) = faults(replace(GOOD, **{field: value}))
    assert fault.field == field
    assert words in fault.sentence
    assert fault.sentence.endswith(".")


def test_every_fault_is_told_at_once() -> None:
    wrong = replace(GOOD, id="A", cpus=-1, memory_mib=0, options={"x": 1, "y": 2})
    assert [fault.field for fault in faults(wrong)] == ["id", "cpus", "memory_mib", "options", "options"]


def test_a_gpu_type_needs_a_gpu() -> None:
    assert [fault.field for fault in faults(replace(GOOD, gpus=0))] == ["gpu_type"]


@pytest.mark.parametrize(
    ("engine", "options", "is_good"),
    [
        ("local", {"partition": "gpu"}, False),
        ("local", {"hard_life": True}, True),
        ("slurm", {"hard_life": "yes"}, False),
        ("ssh", {"host": "node1"}, True),
        ("ssh", {"host": ["node1"]}, False),
        ("ssh", {"host": ""}, False),
        ("kubernetes", {"image": "python:3", "node_selector": {"disk": "ssd"}}, True),
        ("kubernetes", {"node_selector": {"disk": 5}}, False),
    ],
)
def test_options_have_the_shape_that_their_engine_takes(
    engine: str, options: dict[str, Any], is_good: bool
) -> None:
    assert (faults(replace(GOOD, engine=engine, options=options)) == []) is is_good


def test_an_engine_that_the_server_lacks_is_refused() -> None:
    (fault,) = faults(GOOD, engines=("local",))
    assert fault.field == "engine"
    assert set(OPTIONS) == set(ENGINES)


numbers = st.one_of(st.none(), st.integers(), st.floats())
junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    id=st.text(),
    label=st.text(),
    engine=st.one_of(st.sampled_from(ENGINES), st.text()),
    description=st.text(),
    cpus=numbers,
    memory_mib=numbers,
    processes=numbers,
    disk_mib=numbers,
    gpus=st.one_of(st.integers(), st.floats()),
    gpu_type=st.one_of(st.none(), st.text()),
    python=st.one_of(st.none(), st.text()),
    price_per_hour=numbers,
    max_per_user=numbers,
    options=st.dictionaries(st.one_of(st.sampled_from(["partition", "host", "image"]), st.text()), junk),
)
def test_whatever_is_written_is_answered_in_sentences(**fields: Any) -> None:
    for fault in faults(HardwareClass(**fields)):
        assert fault.sentence.endswith(".")
        assert len(fault.sentence) < 500


def of(users: tuple[str, ...] = (), groups: tuple[str, ...] = (), most: int | None = None) -> Listed:
    return Listed(
        HardwareClass(id="c", label="C", engine="local", users=users, groups=groups, max_per_user=most)
    )


@pytest.mark.parametrize(
    ("listed", "taker", "words"),
    [
        (of(), Taker("ann"), None),
        (of(), Taker(None), None),
        (of(users=("ann",)), Taker("ann"), None),
        (of(users=("ann",)), Taker("ben"), "kept for other people"),
        (of(users=("ann",)), Taker(None), "kept for other people"),
        (of(groups=("lab",)), Taker("ben", {"lab", "x"}), None),
        (of(groups=("lab",)), Taker("ben", {"x"}), "kept for other people"),
        (of(users=("ann",), groups=("lab",)), Taker("ben", {"lab"}), None),
        (replace(of(), enabled=False), Taker("ann"), "switched off"),
        (of(most=2), Taker("ann", living={"c": 1, "d": 9}), None),
        (
            of(most=2),
            Taker("ann", living={"c": 2}),
            "2 of your 2 kernels of this class are running: stop one first.",
        ),
        (
            of(most=1),
            Taker("ann", living={"c": 1}),
            "1 of your 1 kernel of this class is running: stop it first.",
        ),
    ],
)
def test_who_may_take_a_class_and_why_not(listed: Listed, taker: Taker, words: str | None) -> None:
    found = why_not(listed, taker)
    assert found is None if words is None else words in (found or "")


ids = st.sets(st.sampled_from("abcdef"), max_size=4)


@given(ids, ids, st.sampled_from("abcdef"), ids, st.integers(1, 5), st.integers(0, 8))
def test_a_class_is_taken_exactly_by_those_named_and_below_their_number(
    users: set[str], groups: set[str], who: str, mine: set[str], most: int, living: int
) -> None:
    listed = of(tuple(users), tuple(groups), most)
    taker = Taker(who, mine, {"c": living})
    named = (not users and not groups) or who in users or bool(groups & mine)
    assert may_take(listed.hardware, taker) is named
    assert (why_not(listed, taker) is None) is (named and living < most)


def test_without_a_choice_the_first_class_that_is_on_and_for_the_person_is_taken() -> None:
    off, hers, open_to_all = replace(of(), enabled=False), of(users=("ann",)), of(most=1)
    catalogue = [off, hers, open_to_all]
    assert usual(catalogue, Taker("ann")) is hers
    assert usual(catalogue, Taker("ben", living={"c": 1})) is open_to_all
    assert usual([off], Taker("ann")) is None


def test_a_kernel_costs_from_its_machine_on_and_nothing_without_a_price() -> None:
    assert cost(None, NOW, NOW) is None
    assert cost(2.0, None, NOW) == 0
    assert cost(2.0, NOW - timedelta(minutes=90), NOW) == 3.0
    assert cost(2.0, NOW + timedelta(hours=1), NOW) == 0


@given(st.floats(0, 1e6), st.integers(0, 10**8), st.integers(0, 10**8))
def test_cost_grows_with_time(price: float, first: int, more: int) -> None:
    early = cost(price, NOW, NOW + timedelta(seconds=first))
    late = cost(price, NOW, NOW + timedelta(seconds=first + more))
    assert early is not None
    assert late is not None
    assert 0 <= early <= late
