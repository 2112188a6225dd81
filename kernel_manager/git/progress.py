"""Reads from git's lines how far it is. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNITS = {"bytes": 1, "B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_SHARE = re.compile(
    r"(?:remote: )?(?P<what>[A-Z][a-z]+ [a-z]+):\s+(?P<percent>\d+)% \((?P<done>\d+)/(?P<total>\d+)\)"
    r"(?:, (?P<size>[\d.]+) (?P<unit>bytes|B|KiB|MiB|GiB))?"
)
_WORDS = {
    "Counting objects": "The other side is counting",
    "Compressing objects": "The other side is packing",
    "Receiving objects": "Receiving",
    "Resolving deltas": "Unpacking",
    "Updating files": "Writing files",
    "Writing objects": "Sending",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """What git does, which share of it is done, and how many bytes came or went."""

    text: str
    share: float | None = None
    done_bytes: int = 0


def after(progress: Progress, line: str) -> Progress:
    """Return the progress once git has said `line`."""
    found = _SHARE.match(line)
    words = _WORDS.get(found["what"]) if found is not None else None
    if found is None or words is None:
        return progress
    size = int(float(found["size"]) * _UNITS[found["unit"]]) if found["size"] else progress.done_bytes
    return Progress(words, int(found["percent"]) / 100, size)
