"""A few numbers of a long series, for a quick line and histogram."""

from __future__ import annotations

from array import array
from math import isfinite
from typing import Any

from .kinds import kinds, library_of
from .looks import NUMBERS
from .operations import Refused

MOST_POINTS = 2000
BINS = 30
PLAIN = kinds(list, tuple, range, array)


def plot_of(value: Any) -> dict[str, Any]:
    """Return evenly spaced points of a series of numbers, and how they are spread.

    `y` holds at most 2,000 numbers, None where one is missing; the i-th lies at position i x `step`. `bins`
    counts those points between `low` and `high`. Raises `Refused` if it is not a series of numbers.
    """
    total = _length(value)
    step = max(1, -(-total // MOST_POINTS))
    points = [_number(item) for item in _sample(value, step)]
    known = [point for point in points if point is not None]
    if not known:
        raise Refused("There are no numbers in it to draw.")
    low, high = min(known), max(known)
    bins = [0] * (BINS if high > low else 1)
    for point in known:
        at = int((point / 2 - low / 2) / (high / 2 - low / 2) * BINS) if high > low else 0
        bins[min(at, len(bins) - 1)] += 1
    mean = sum(point / len(known) for point in known)
    return {
        "total": total,
        "step": step,
        "y": points,
        "low": low,
        "high": high,
        "mean": mean,
        "missing": len(points) - len(known),
        "bins": bins,
    }


def _length(value: Any) -> int:
    kind, found = type(value), library_of(type(value))
    if id(kind) in PLAIN:
        return len(value)
    if found == ("numpy", "ndarray"):
        return int(value.size)
    if found is not None and found[0] in ("pandas", "polars", "pyarrow"):
        return len(value)
    if found in (("torch", "Tensor"), ("torch", "Parameter")):
        return int(value.nelement())
    raise Refused("Only a series of numbers can be drawn.")


def _sample(value: Any, step: int) -> list[Any]:
    found = library_of(type(value))
    if found is None:
        return list(value[::step])
    if found[0] == "numpy":
        return list(value.flat[::step].tolist())
    if found[0] == "pandas":
        return list(value.iloc[::step].tolist())
    if found[0] == "polars":
        return list(value.gather_every(step).to_list())
    if found[0] == "torch":
        return list(value.detach().view(-1)[::step].tolist())
    return [value[at].as_py() for at in range(0, len(value), step)]


def _number(value: Any) -> float | None:
    if id(type(value)) not in NUMBERS:
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None
