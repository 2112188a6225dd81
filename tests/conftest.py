"""What holds for all tests."""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import HealthCheck, settings

# The tests start hundreds of processes: whatever the shell says, no module is compiled in each of them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# On a busy machine slow inputs are nobody's fault.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

BESIDE_OTHERS = ("browser", "kernel", "faults")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Try a test with processes of its own once more: on two busy cores one may miss any limit once."""
    if any(item.get_closest_marker(name) is not None for name in BESIDE_OTHERS):
        item.add_marker(pytest.mark.flaky(reruns=1))
