"""A server that is killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.live import LiveServer


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveServer]:
    """A running server on an empty folder; its kernels end with the test."""
    server = LiveServer(tmp_path)
    server.start()
    yield server
    server.stop()
    server.end_kernels()
