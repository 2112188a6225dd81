"""What holds for all tests."""

from __future__ import annotations

import gc
import os
import signal
import sys

import pytest
from hypothesis import HealthCheck, settings

# The tests start hundreds of processes: whatever the shell says, no module is compiled in each of them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shell that starts the tests in the background ignores Ctrl+C for them, and Python then leaves it so.
signal.signal(signal.SIGINT, signal.default_int_handler)

# On a busy machine slow inputs are nobody's fault.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


REAL = frozenset({"browser", "faults", "kernel", "postgres"})
"""The marks of tests that drive real processes."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Try a test of real processes once more: on two busy cores any of them may miss any limit once."""
    if any(mark.name in REAL for mark in item.iter_markers()):
        item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_collection_finish() -> None:
    """Let the collector of rubbish pass over what is imported: it would read it again in every few tests."""
    gc.collect()
    gc.freeze()
