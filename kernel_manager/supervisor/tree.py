"""Reads a kernel's process tree: what it has used of the processor, its memory, what its children do.

On Linux through `/proc/PID/task/*/children`, which costs some files for each process of the tree; walking the
system's whole table costs milliseconds and grows with everything else that runs there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MOST_PROCESSES = 2_000
"""A tree larger than this is read in part: somebody has made a fork bomb."""

WRAPPERS = frozenset({"bwrap", "unshare", "setpriv"})
"""Programs around a kernel, which are neither it nor its children."""

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


@dataclass(frozen=True, slots=True)
class Process:
    """One process now. `cpu_s` is its own use, `reaped_s` that of children which it has waited for."""

    pid: int
    name: str
    state: str
    cpu_s: float
    reaped_s: float
    memory: int


@dataclass(frozen=True, slots=True)
class Tree:
    """A kernel and everything below it. `kernel` is the kernel itself, inside whatever wraps it."""

    kernel: int
    processes: dict[int, Process]

    @property
    def cpu_s(self) -> float:
        """Processor seconds of the whole tree, also of children that came and went."""
        return sum(each.cpu_s + each.reaped_s for each in self.processes.values())

    @property
    def memory(self) -> int:
        """Resident bytes of the whole tree."""
        return sum(each.memory for each in self.processes.values())

    @property
    def children(self) -> Iterator[Process]:
        """Whatever the kernel has started."""
        for each in self.processes.values():
            if each.pid != self.kernel and each.name not in WRAPPERS:
                yield each


def read_tree(pid: int, proc: Path = Path("/proc")) -> Tree | None:
    """Return the tree below `pid`, or None where it cannot be read."""
    if not (proc / "self/stat").exists():
        return _portable_tree(pid)
    root = _read(proc, pid)
    if root is None:
        return None
    processes, kernel = {pid: root}, pid
    pending = [pid]
    while pending and len(processes) < MOST_PROCESSES:
        parent = pending.pop()
        for child in _children(proc, parent):
            found = _read(proc, child)
            if found is None or child in processes:
                continue  # ended in the meantime
            processes[child] = found
            pending.append(child)
            if parent == kernel and processes[kernel].name in WRAPPERS:
                kernel = child
    return Tree(kernel, processes)


def _read(proc: Path, pid: int) -> Process | None:
    try:
        with open(f"{proc}/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return None
    # The second field is a name in brackets that may hold anything; what follows the last bracket is plain.
    head, _, rest = text.rpartition(b")")
    fields = rest.split()
    if len(fields) < 22:
        return None
    user, system, waited_user, waited_system = (int(field) for field in fields[11:15])
    return Process(
        pid,
        head.partition(b"(")[2].decode(errors="replace"),
        fields[0].decode(),
        (user + system) / _TICKS,
        (waited_user + waited_system) / _TICKS,
        int(fields[21]) * _PAGE,
    )


def _children(proc: Path, pid: int) -> Iterable[int]:
    try:
        threads = os.listdir(f"{proc}/{pid}/task")
    except OSError:
        return ()
    found: list[int] = []
    for thread in threads:
        try:
            with open(f"{proc}/{pid}/task/{thread}/children", "rb") as file:
                found += map(int, file.read().split())
        except OSError:
            continue  # the thread ended
    return found


def _portable_tree(pid: int) -> Tree | None:
    import psutil  # only where there is no /proc: it reads the whole table

    try:
        root = psutil.Process(pid)
        found = [root, *root.children(recursive=True)]
    except psutil.Error:
        return None
    processes = {}
    for each in found:
        try:
            times, memory = each.cpu_times(), each.memory_info().rss
            state = "D" if each.status() == psutil.STATUS_DISK_SLEEP else "S"
            processes[each.pid] = Process(
                each.pid, each.name(), state, times.user + times.system, 0.0, memory
            )
        except psutil.Error:
            continue  # ended in the meantime
    return Tree(pid, processes) if pid in processes else None
