"""Measures a kernel: processor, memory, GPUs, traffic. What cannot be had is None: unknown, not zero."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kernel_manager.gpus import VISIBLE, Gpus, GpuSample
from kernel_manager.reports import GpuUse
from kernel_manager.supervisor.activity import Sampled
from kernel_manager.supervisor.traffic import Traffic
from kernel_manager.supervisor.tree import Tree, read_tree

EVERY_S = 2.0
QUIET_EVERY_S = 10.0
"""How often a kernel is looked at that has been quiet for a while."""

TRAFFIC_EVERY_S = 8.0
"""Counting connections costs more than everything else, and traffic that matters lasts longer."""

CHILD_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Measured:
    """One sample. `cpu` in cores, None before there are two; memory in bytes; `work` for the idle clock."""

    cpu: float | None
    memory: int
    gpus: tuple[GpuUse, ...]
    work: Sampled


class Meter:
    """Measures one kernel process again and again. Costs about half a millisecond a sample."""

    def __init__(self, gpus: Gpus | None = None, proc: Path = Path("/proc")) -> None:
        self._gpus = gpus
        self._proc = proc
        self._traffic = Traffic(proc)
        self._before: tuple[float, float, Tree] | None = None
        self._counted: tuple[float, int] | None = None
        self._rate: float | None = 0.0
        self._measures_traffic = True

    @property
    def may_block(self) -> bool:
        """Whether a sample asks a driver, which may take its time."""
        return self._gpus is not None

    def sample(self, pid: int) -> Measured | None:
        """Return what `pid` and all below it use now; None if the kernel cannot be read at all."""
        now = time.monotonic()
        tree = read_tree(pid, self._proc)
        if tree is None:
            self._before = None
            return None
        cpu_s = cgroup_cpu_s(tree.kernel, self._proc)
        total = tree.cpu_s if cpu_s is None else cpu_s
        before, self._before = self._before, (now, total, tree)
        cores = children = None
        if before is not None and pid in before[2].processes and now > before[0]:
            took_s = now - before[0]
            cores = round(max(0.0, total - before[1]) / took_s, 3)
            children = _are_children_busy(before[2], tree, took_s)
        gpus = [] if self._gpus is None else self._gpus.sample(tree.processes)
        self._count(tree, now)
        work = Sampled(total, children, _are_busy(gpus), self._rate)
        shown = tuple(GpuUse(each.name, each.use, each.memory, each.memory_total) for each in gpus)
        return Measured(cores, tree.memory, shown, work)

    def _count(self, tree: Tree, now: float) -> None:
        """Learn the rate of the traffic between the last two counts: 0 where a system never tells."""
        before = self._counted
        if not self._measures_traffic or (before and now - before[0] < TRAFFIC_EVERY_S):
            return
        count = self._traffic.read(tree.kernel, tree.processes)
        if count is None:
            self._measures_traffic, self._rate = before is not None, None if before else 0.0
        else:
            self._rate = (count - before[1]) / (now - before[0]) if before else 0.0
            self._counted = now, count


def gpus_of(environment: Mapping[str, str], own: Mapping[str, str]) -> Gpus | None:
    """Return the GPUs that a kernel may use, which its class or its environment names."""
    visible = environment.get(VISIBLE, own.get(VISIBLE))
    return Gpus.open(visible)


def cgroup_cpu_s(pid: int, proc: Path = Path("/proc"), root: Path = Path("/sys/fs/cgroup")) -> float | None:
    """Return the processor seconds of the kernel's cgroup, if it has one that is not its supervisor's."""
    theirs, own = _cgroups(proc / str(pid) / "cgroup"), _cgroups(proc / "self/cgroup")
    for controllers, path in theirs.items():
        if own.get(controllers) == path:
            continue
        try:
            if controllers == "":
                lines = (root / path.lstrip("/") / "cpu.stat").read_text().splitlines()
                return int(dict(line.split() for line in lines)["usage_usec"]) / 1e6
            if "cpuacct" in controllers.split(","):
                return int((root / "cpuacct" / path.lstrip("/") / "cpuacct.usage").read_text()) / 1e9
        except (OSError, ValueError, KeyError):
            continue
    return None


def _cgroups(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return {}
    parts = [line.split(":", 2) for line in lines]
    return {part[1]: part[2] for part in parts if len(part) == 3}


def _are_children_busy(before: Tree, now: Tree, took_s: float) -> bool:
    """Say whether something that the kernel started computes, or has waited for a disk all the time."""
    for each in now.children:
        earlier = before.processes.get(each.pid)
        spent = each.cpu_s - (0.0 if earlier is None else earlier.cpu_s)
        if spent / took_s >= CHILD_SHARE:
            return True
        if each.state == "D" and earlier is not None and earlier.state == "D":
            return True
    return False


def _are_busy(gpus: list[GpuSample]) -> bool | None:
    if any(each.is_busy for each in gpus):
        return True
    return None if any(each.is_busy is None for each in gpus) else False
