"""What holds for all tests."""

from __future__ import annotations

import pytest

BESIDE_OTHERS = ("browser", "kernel", "faults")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Try a test with processes of its own once more: on two busy cores one may miss any limit once."""
    if any(item.get_closest_marker(name) is not None for name in BESIDE_OTHERS):
        item.add_marker(pytest.mark.flaky(reruns=1))
