"""Fractional keys sort, always leave room for another, and are those of the npm package."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.positions import MAX_LENGTH, is_key, key_between, place_between, spaced

# Made with generateKeyBetween of fractional-indexing 4.0.0.
KNOWN = [
    (None, None, "a0"),
    (None, "a0", "Zz"),
    (None, "Zz", "Zy"),
    ("a0", None, "a1"),
    ("a1", None, "a2"),
    ("a0", "a1", "a0V"),
    ("a1", "a2", "a1V"),
    ("a0V", "a1", "a0l"),
    ("Zz", "a0", "ZzV"),
    ("Zz", "a1", "a0"),
    (None, "Y00", "Xzzz"),
    ("bzz", None, "c000"),
    ("a0", "a0V", "a0G"),
    ("a0", "a0G", "a08"),
    ("b125", "b129", "b127"),
    ("a0", "a1V", "a1"),
    ("Zz", "a01", "a0"),
    (None, "a0V", "a0"),
    (None, "b999", "b99"),
    ("zzzzzzzzzzzzzzzzzzzzzzzzzzy", None, "zzzzzzzzzzzzzzzzzzzzzzzzzzz"),
    ("zzzzzzzzzzzzzzzzzzzzzzzzzzz", None, "zzzzzzzzzzzzzzzzzzzzzzzzzzzV"),
]


@pytest.mark.parametrize(("low", "high", "expected"), KNOWN)
def test_keys_are_those_of_the_npm_package(low: str | None, high: str | None, expected: str) -> None:
    assert key_between(low, high) == expected


@pytest.mark.parametrize(
    "text", ["", "a", "b0", "a0-x", "a00", "a0V0", "~", "é0", "A" + "0" * 26, "\u0660a", "1a"]
)
def test_text_of_another_form_is_no_key(text: str) -> None:
    assert not is_key(text)
    with pytest.raises(ValueError, match="not a key"):
        key_between(text, None)


@pytest.mark.parametrize(("low", "high"), [("a1", "a0"), ("a1", "a1")])
def test_there_is_no_place_between_keys_in_the_wrong_order(low: str, high: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        key_between(low, high)


@given(st.integers(), st.lists(st.floats(0, 1), max_size=60))
def test_inserting_anywhere_keeps_the_order(seed: int, gaps: list[float]) -> None:
    rng, keys = random.Random(seed), list[str]()
    for gap in gaps:
        at = round(gap * len(keys))
        low = keys[at - 1] if at else None
        high = keys[at] if at < len(keys) else None
        keys.insert(at, place_between(low, high, rng))
    assert keys == sorted(set(keys))
    assert all(is_key(key) for key in keys)


def test_two_people_at_one_place_get_different_keys() -> None:
    keys = {place_between("a0", "a1", random.Random(seed)) for seed in range(200)}
    assert len(keys) == 200


def test_writing_a_hundred_cells_downwards_in_one_gap_stays_short() -> None:
    rng, low = random.Random(1), "a0"
    for _ in range(100):
        low = place_between(low, "a1", rng)
    assert len(low) <= MAX_LENGTH


def test_spaced_keys_are_short_and_in_order() -> None:
    keys = spaced(5000)
    assert keys == sorted(set(keys))
    assert max(map(len, keys)) <= 4
