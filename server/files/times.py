"""The times of files."""

from __future__ import annotations

from datetime import UTC, datetime


def time_of(changed_ns: int) -> datetime:
    """Return a file's time; a kernel may set any, so one that no calendar has becomes its nearest."""
    try:
        return datetime.fromtimestamp(changed_ns / 1e9, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.max.replace(tzinfo=UTC) if changed_ns > 0 else datetime.min.replace(tzinfo=UTC)
