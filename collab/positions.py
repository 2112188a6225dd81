"""Places in an order that several people change at once: fractional keys, in base 62.

A key names a place; between two different keys there is always a third. The
form is that of the npm package `fractional-indexing` (version 4, its default
alphabet), so a browser and the server may both make keys for one notebook.
`place_between` adds random digits, so that two people who insert at the same
place at the same moment get different keys.
"""

from __future__ import annotations

import random

MAX_LENGTH = 64
"""A key longer than this is due for re-spacing."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUE = {digit: value for value, digit in enumerate(_DIGITS)}
_ZERO, _LAST = _DIGITS[0], _DIGITS[-1]
_SMALLEST = "A" + _ZERO * 26
_JITTER_BITS = 24


def is_key(text: str) -> bool:
    """Say whether `text` is a well-formed key, so that others can be made beside it."""
    if not text or text == _SMALLEST or any(digit not in _VALUE for digit in text):
        return False
    length = _integer_length(text[0])
    if length is None or length > len(text):
        return False
    return len(text) == length or text[-1] != _ZERO


def key_between(low: str | None, high: str | None) -> str:
    """Return the shortest key after `low` and before `high`; None means the start or the end.

    Raises `ValueError` unless both are keys and `low < high`.
    """
    for key in (low, high):
        if key is not None and not is_key(key):
            raise ValueError(f"not a key: {key!r}")
    if low is not None and high is not None and low >= high:
        raise ValueError(f"no place between {low!r} and {high!r}")
    if low is None:
        return "a" + _ZERO if high is None else _key_before(high)
    if high is None:
        integer, fraction = _split(low)
        return _incremented(integer) or integer + _midpoint(fraction, None)
    low_integer, low_fraction = _split(low)
    high_integer, high_fraction = _split(high)
    if low_integer == high_integer:
        return low_integer + _midpoint(low_fraction, high_fraction)
    following = _incremented(low_integer)
    if following is not None and following < high:
        return following
    return low_integer + _midpoint(low_fraction, None)


def place_between(low: str | None, high: str | None, rng: random.Random) -> str:
    """Return a key between `low` and `high` that nobody else will choose: it is about 5 digits longer."""
    low = key_between(low, high)
    high = key_between(low, high)
    bits = rng.getrandbits(_JITTER_BITS)
    for _ in range(_JITTER_BITS):
        middle = key_between(low, high)
        if bits & 1:
            low = middle
        else:
            high = middle
        bits >>= 1
    return key_between(low, high)


def spaced(count: int) -> list[str]:
    """Return `count` short keys in order."""
    keys: list[str] = []
    for _ in range(count):
        keys.append(key_between(keys[-1] if keys else None, None))
    return keys


def _integer_length(head: str) -> int | None:
    """Return how many characters the integer part has that begins with `head`."""
    if "a" <= head <= "z":
        return ord(head) - ord("a") + 2
    if "A" <= head <= "Z":
        return ord("Z") - ord(head) + 2
    return None


def _split(key: str) -> tuple[str, str]:
    length = _integer_length(key[0])
    return key[:length], key[length:]


def _key_before(high: str) -> str:
    integer, fraction = _split(high)
    if integer == _SMALLEST:
        return integer + _midpoint("", fraction)
    if fraction:
        return integer
    smaller = _decremented(integer)
    if smaller is None or smaller == _SMALLEST:
        return _SMALLEST + _midpoint("", None)
    return smaller


def _incremented(integer: str) -> str | None:
    """Return the next integer part, or None after the largest."""
    head, digits = integer[0], integer[1:]
    kept = digits.rstrip(_LAST)
    if kept:
        return head + kept[:-1] + _DIGITS[_VALUE[kept[-1]] + 1] + _ZERO * (len(digits) - len(kept))
    if head == "z":
        return None
    new_head = "a" if head == "Z" else chr(ord(head) + 1)
    return new_head + _ZERO * ((_integer_length(new_head) or 0) - 1)


def _decremented(integer: str) -> str | None:
    """Return the previous integer part, or None before the smallest."""
    head, digits = integer[0], integer[1:]
    kept = digits.rstrip(_ZERO)
    if kept:
        return head + kept[:-1] + _DIGITS[_VALUE[kept[-1]] - 1] + _LAST * (len(digits) - len(kept))
    if head == "A":
        return None
    new_head = "Z" if head == "a" else chr(ord(head) - 1)
    return new_head + _LAST * ((_integer_length(new_head) or 0) - 1)


def _midpoint(low: str, high: str | None) -> str:
    """Return the digits of a fraction between `low` and `high`; neither ends in a zero, None means 1."""
    shared = 0
    if high is not None:
        while (low[shared] if shared < len(low) else _ZERO) == high[shared]:
            shared += 1
        if shared:
            return high[:shared] + _midpoint(low[shared:], high[shared:])
    first = _VALUE[low[0]] if low else 0
    last = _VALUE[high[0]] if high is not None else len(_DIGITS)
    if last - first > 1:
        return _DIGITS[(first + last + 1) // 2]
    if high is not None and len(high) > 1:
        return high[0]
    return _DIGITS[first] + _midpoint(low[1:], None)
