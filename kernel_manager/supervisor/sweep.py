"""Removes the groups of kernels whose supervisors were killed: the system itself keeps them."""

from __future__ import annotations

from pathlib import Path

from kernel_manager import limits
from kernel_manager.engines.processes import birth


def sweep(proc: Path = Path("/proc")) -> None:
    """End what is left in such groups, and remove them. Takes a moment, so not for an event loop."""
    groups = limits.find_groups()
    if groups is None:
        return
    alive: dict[int, str] = {}
    for entry in proc.iterdir():
        born = birth(int(entry.name)) if entry.name.isdigit() else None
        if born is not None:
            alive[int(entry.name)] = born.rpartition("/")[2]
    for group in limits.leftovers(groups, alive):
        group.close()
