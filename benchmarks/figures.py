"""The figures that are told of many measurements."""

from __future__ import annotations

from collections.abc import Sequence


def p95(values: Sequence[float]) -> float:
    """Return what 95 of 100 values are below."""
    return sorted(values)[int(len(values) * 0.95)]
