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


def pytest_itemcollected(item: pytest.Item) -> None:
    """Try a browser's test once more: on two busy cores Chromium may miss any limit once."""
    if item.get_closest_marker("browser") is not None:
        item.add_marker(pytest.mark.flaky(reruns=1))
