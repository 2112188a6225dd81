"""How much disk a project's files take, and whether more fits."""

from __future__ import annotations

import os
import time
from pathlib import Path as Folder

from server.files.beneath import walk
from server.files.home import Home
from server.files.paths import Path
from server.refusals import Refusal

FRESH_S = 20.0
"""How long a measurement counts: kernels write without asking."""


def measure(folder: Folder, start: Path = ()) -> int:
    """Return the bytes on disk below `start`; a file with holes counts what it takes, not what it says."""
    total = 0
    for inside in walk(folder, start):
        for name in inside.others:
            try:
                total += 512 * os.stat(name, dir_fd=inside.descriptor, follow_symlinks=False).st_blocks
            except FileNotFoundError:
                continue
    return total


class Quotas:
    """What the projects of a server take; `limit_bytes` 0 sets no limit. Blocking: for threads."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._measured: dict[Folder, tuple[float, int]] = {}

    def used(self, home: Home, *, anew: bool = False) -> int:
        """Return what a project takes, bin and uploads on their way included."""
        kept = self._measured.get(home.place)
        if kept is not None and not anew and time.monotonic() - kept[0] < FRESH_S:
            return kept[1]
        total = sum(measure(folder) for folder in (home.files, home.bin, home.uploads))
        self._measured[home.place] = time.monotonic(), total
        return total

    def note(self, home: Home, bytes_more: int) -> None:
        """Count what the server itself wrote or removed since the last look."""
        kept = self._measured.get(home.place)
        if kept is not None:
            self._measured[home.place] = kept[0], max(0, kept[1] + bytes_more)

    def check(self, home: Home, more_bytes: int) -> None:
        """Refuse what would not fit."""
        if not self.limit_bytes or more_bytes <= 0:
            return
        used = self.used(home)
        if used + more_bytes > self.limit_bytes:
            used = self.used(home, anew=True)
        if used + more_bytes > self.limit_bytes:
            reason = (
                f"The project's files may take {in_units(self.limit_bytes)} and take {in_units(used)} now; "
                f"{in_units(more_bytes)} more do not fit. Delete some and empty the bin."
            )
            raise Refusal("quota_full", reason, 413)


def in_units(count: int) -> str:
    """Return a size as people say it."""
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
