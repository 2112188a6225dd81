"""Names that resemble a well-known one: a slip of the fingers, or a trap laid for it."""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass

from kernel_manager.imports.table import curated, ranked

SHORTEST = 4
"""Shorter names resemble too much."""
SHORTEST_FOR_TWO = 8
"""From this length on, two slips count as one name."""

CONFUSABLE = str.maketrans(
    "асеорхуіјһԁԛԝѕԍḷаɡɑοαικνρτυχωⅼ０１",
    "aceopxyijhdqwsglagaoaikvptuxwl01",
)
"""Letters of other scripts that look like Latin ones."""


@dataclass(frozen=True)
class _Known:
    name: str
    distribution: str
    letters: int


@functools.lru_cache(10_000)
def look_alike(name: str) -> str | None:
    """Return the distribution that a name which nobody knows may have meant.

    The same without separators or case, the same to the eye, or within two slips (Damerau); None where
    nothing well known is near. About 1 ms.
    """
    if name in curated().private:
        return None
    shown = _squeezed(_to_latin(name))
    for form in (_squeezed(name), shown, f"{shown}python", f"python{shown}", f"py{shown}"):
        if form in _squeezed_names():
            return _squeezed_names()[form]
    return _nearest(name.lower())


def _nearest(name: str) -> str | None:
    if len(name) < SHORTEST:
        return None
    most = 2 if len(name) >= SHORTEST_FOR_TWO else 1
    letters = _letters(name)
    best: tuple[int, bool, str, str] | None = None
    for length in range(len(name) - most, len(name) + most + 1):
        for known in _known_by_length().get(length, ()):
            if (known.letters ^ letters).bit_count() <= 2 * most:
                distance = damerau(name, known.name)
                if distance <= most:
                    found = (distance, known.name[0] != name[0], known.name, known.distribution)
                    best = found if best is None else min(best, found)
    return None if best is None else best[3]


def damerau(one: str, other: str) -> int:
    """Return how many letters must be added, dropped, changed or swapped with a neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, counterpart in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != counterpart))
            if i > 1 and j > 1 and letter == other[j - 2] and counterpart == one[i - 2]:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]


@functools.cache
def _well_known_names() -> dict[str, str]:
    table = ranked()
    found = {name.lower(): table.names[name] for each in table.well_known for name in table.imports[each]}
    found |= {
        name.lower(): distributions[0] for name, distributions in curated().names.items() if distributions
    }
    meant = {
        name.replace("-", "_"): wanted
        for name, wanted in curated().refused.items()
        if wanted in table.imports
    }
    return meant | {each.replace("-", "_"): each for each in table.well_known} | found


@functools.cache
def _squeezed_names() -> dict[str, str]:
    return {_squeezed(name): distribution for name, distribution in _well_known_names().items()}


@functools.cache
def _known_by_length() -> dict[int, list[_Known]]:
    lengths: dict[int, list[_Known]] = {}
    for name, distribution in _well_known_names().items():
        if len(name) >= SHORTEST and "." not in name:
            lengths.setdefault(len(name), []).append(_Known(name, distribution, _letters(name)))
    return lengths


def _letters(name: str) -> int:
    """Return a bit for each character that occurs; names two slips apart differ in four at most."""
    bits = 0
    for character in name:
        bits |= 1 << (ord(character) & 63)
    return bits


def _to_latin(name: str) -> str:
    return unicodedata.normalize("NFKC", name).lower().translate(CONFUSABLE)


def _squeezed(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(".", "").lower()
