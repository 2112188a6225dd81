"""Limits of a kernel's memory, processors and processes by cgroups: version 2 where it is delegated, else 1.

Light to import: a supervisor makes the group before it starts its kernel, which joins before its first
instruction. The supervisor stays outside, so that it lives to tell what happened. Where no group can be made,
`resource_limits` are what is left: each counts for one process, or for one user, and proves nothing.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress

TYPE_CHECKING = False  # as in `typing`, which takes longer to import than all that is here
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

PERIOD_US = 100_000
PREFIX = "commonbook-"
TRIAL = f"{PREFIX}trial-"
LEAF = "commonbook-outside"
"""Where whoever was in a version 2 group goes, so that the group may have children with limits."""

KILL_LIMIT_S = 2.0

MOST_MEMORY = 0.9
MOST_PROCESSES = 4096
"""What a kernel without limits may take: a share of the machine's memory, so many processes and threads."""


class Wanted:
    """What a kernel may use, with all that it starts; None is no limit."""

    __slots__ = ("cpus", "memory", "processes")

    def __init__(self, memory: int | None, cpus: float | None, processes: int | None) -> None:
        self.memory = memory
        self.cpus = cpus
        self.processes = processes


class Groups:
    """Where this process may make groups: a folder for each controller."""

    __slots__ = ("folders", "version")

    def __init__(self, version: int, folders: Mapping[str, str]) -> None:
        self.version = version
        self.folders = folders
        """By controller (memory, cpu, pids); in version 2 all the same one."""


class Group:
    """The cgroup of one kernel. A figure that cannot be had is None."""

    def __init__(self, version: int, folders: Mapping[str, str], memory_limit: int | None = None) -> None:
        self.version = version
        self.memory_limit = memory_limit
        self._folders = folders

    @property
    def join_files(self) -> list[str]:
        """Return the files that a process writes its id to, to be in the group with all that it starts."""
        return [os.path.join(folder, "cgroup.procs") for folder in dict.fromkeys(self._folders.values())]

    @property
    def controllers(self) -> list[str]:
        """Return what this group limits or measures."""
        return sorted(self._folders)

    def memory(self) -> int | None:
        """Return the bytes in use, less the files that the system keeps only while there is room."""
        used = self._number("memory", "memory.current" if self.version == 2 else "memory.usage_in_bytes")
        if used is None:
            return None
        names = (
            ("active_file", "inactive_file")
            if self.version == 2
            else ("total_active_file", "total_inactive_file")
        )
        kept = self._fields("memory", "memory.stat")
        return max(0, used - sum(kept.get(name, 0) for name in names))

    def full(self) -> int | None:
        """Return the bytes in use, files included: cheaper than `memory`, and never less."""
        return self._number("memory", "memory.current" if self.version == 2 else "memory.usage_in_bytes")

    def peak(self) -> int | None:
        """Return the most bytes that were ever in use."""
        return self._number("memory", "memory.peak" if self.version == 2 else "memory.max_usage_in_bytes")

    def oom_kills(self) -> int | None:
        """Return how many of the group's processes the system ended for want of memory: the proof."""
        file = "memory.events" if self.version == 2 else "memory.oom_control"
        return self._fields("memory", file).get("oom_kill")

    def processes(self) -> int | None:
        """Return how many processes and threads there are."""
        return self._number("pids", "pids.current")

    def refused_processes(self) -> int | None:
        """Return how often a process could not be started because there were too many."""
        return self._fields("pids", "pids.events").get("max")

    def members(self) -> list[int]:
        """Return the processes in the group."""
        found: set[int] = set()
        for file in self.join_files:
            try:
                with open(file) as lines:
                    found.update(int(line) for line in lines)
            except OSError:
                continue
        return sorted(found)

    def close(self) -> None:
        """End whatever is left in the group and remove it. A process may take a moment to die."""
        end = time.monotonic() + KILL_LIMIT_S
        while True:
            for pid in self.members():
                with suppress(OSError):  # it ended by itself
                    os.kill(pid, 9)
            left = [folder for folder in dict.fromkeys(self._folders.values()) if not _removed(folder)]
            if not left or time.monotonic() > end:
                return
            time.sleep(0.005)

    def _number(self, controller: str, file: str) -> int | None:
        try:
            with open(os.path.join(self._folders[controller], file)) as text:
                return int(text.read())
        except (KeyError, OSError, ValueError):
            return None

    def _fields(self, controller: str, file: str) -> dict[str, int]:
        try:
            with open(os.path.join(self._folders[controller], file)) as lines:
                pairs = [line.split() for line in lines]
        except (KeyError, OSError):
            return {}
        return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


def ceiling(wanted: Wanted) -> Wanted:
    """Return what a kernel may use where its class names no limit: not all that there is."""
    memory = wanted.memory
    if memory is None:
        with suppress(ValueError, OSError):
            memory = int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * MOST_MEMORY)
    processes = MOST_PROCESSES if wanted.processes is None else wanted.processes
    return Wanted(memory, wanted.cpus, processes)


def find_groups(root: str = "/") -> Groups | None:
    """Return where groups can be made here; None where they cannot. Tries it, and leaves nothing behind."""
    try:
        with open(os.path.join(root, "proc/self/cgroup")) as file:
            lines = file.read().splitlines()
        with open(os.path.join(root, "proc/self/mountinfo")) as file:
            mounts = _mounts(file.read())
    except OSError:
        return None  # not Linux
    own = dict(_own_groups(lines))
    second = _second(root, mounts, own)
    return second if second is not None else _first(root, mounts, own)


def make_group(groups: Groups, name: str, wanted: Wanted) -> Group | None:
    """Make the group of a kernel with its limits; None where the system refuses. `name` says whose it is."""
    folders = {each: os.path.join(folder, PREFIX + name) for each, folder in groups.folders.items()}
    group = Group(groups.version, folders, wanted.memory if "memory" in folders else None)
    try:
        for folder in dict.fromkeys(folders.values()):
            os.mkdir(folder)
        for controller, file, value in _settings(groups.version, wanted):
            path = os.path.join(folders[controller], file)
            if file in OPTIONAL and not os.path.exists(path):
                continue
            with open(path, "w") as setting:
                setting.write(value)
    except (OSError, KeyError):
        group.close()
        return None
    return group


def group_name(pid: int, born: str | None, epoch: int) -> str:
    """Return the name of a group: whose it is can be read from it after that supervisor is gone."""
    ticks = (born or "0").rpartition("/")[2]
    return f"{pid}.{ticks}.{epoch}"


def leftovers(groups: Groups, alive: Mapping[int, str]) -> list[Group]:
    """Return the groups whose supervisors are gone. `alive`: start ticks of those that run, by id."""
    names: dict[str, dict[str, str]] = {}
    for controller, folder in groups.folders.items():
        try:
            entries = os.listdir(folder)
        except OSError:
            continue
        for entry in entries:
            if entry.startswith(PREFIX) and entry != LEAF and not entry.startswith(TRIAL):
                names.setdefault(entry, {})[controller] = os.path.join(folder, entry)
    return [
        Group(groups.version, folders)
        for name, folders in sorted(names.items())
        if not _has_owner(name, alive)
    ]


def resource_limits(
    wanted: Wanted, file_bytes: int | None, *, controllers: Collection[str], own_user: bool
) -> dict[str, int]:
    """Return the limits that a kernel sets on itself before it runs anything, by their names in `resource`.

    They stand in for what no group of `controllers` limits. RLIMIT_DATA and never RLIMIT_AS: address space is
    not memory, and some libraries reserve much of it. RLIMIT_NPROC counts all processes of a user, so it is
    right only for one who has no others.
    """
    limits = {"RLIMIT_CORE": 0}
    if file_bytes is not None:
        limits["RLIMIT_FSIZE"] = file_bytes
    if wanted.memory is not None and "memory" not in controllers:
        limits["RLIMIT_DATA"] = wanted.memory
    if wanted.processes is not None and "pids" not in controllers and own_user:
        limits["RLIMIT_NPROC"] = wanted.processes
    return limits


OPTIONAL = ("memory.memsw.limit_in_bytes", "memory.swap.max")
"""Settings that some systems do not have: those without swap."""


def _settings(version: int, wanted: Wanted) -> list[tuple[str, str, str]]:
    """Return (controller, file, value) in the order in which the system takes them."""
    found: list[tuple[str, str, str]] = []
    if wanted.memory is not None:
        if version == 2:
            found += [("memory", "memory.max", str(wanted.memory)), ("memory", "memory.swap.max", "0")]
        else:
            found.append(("memory", "memory.limit_in_bytes", str(wanted.memory)))
            found.append(("memory", "memory.memsw.limit_in_bytes", str(wanted.memory)))
    if wanted.cpus is not None:
        quota = max(1000, int(wanted.cpus * PERIOD_US))
        if version == 2:
            found.append(("cpu", "cpu.max", f"{quota} {PERIOD_US}"))
        else:
            found.append(("cpu", "cpu.cfs_period_us", str(PERIOD_US)))
            found.append(("cpu", "cpu.cfs_quota_us", str(quota)))
    if wanted.processes is not None:
        found.append(("pids", "pids.max", str(wanted.processes)))
    return found


def _own_groups(lines: Sequence[str]) -> list[tuple[str, str]]:
    """Return (controller, path) of the groups this process is in; the controller of version 2 is empty."""
    found: list[tuple[str, str]] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        found += [(controller, path) for controller in controllers.split(",")]
    return found


def _mounts(text: str) -> dict[str, tuple[str, str]]:
    """Return, by controller ("" for version 2), where its groups are mounted and which of them is the top."""
    found: dict[str, tuple[str, str]] = {}
    for line in text.splitlines():
        left, _, right = line.partition(" - ")
        top, place = left.split(" ")[3:5]
        kind, _, options = right.split(" ", 2)
        if kind == "cgroup2":
            found.setdefault("", (place, top))
        elif kind == "cgroup":
            for option in options.split(" ")[-1].split(","):
                found.setdefault(option, (place, top))
    return found


def _folder(root: str, mount: tuple[str, str], own: str) -> str:
    """Return the folder of the group `own`; in a container it may be known by a name that is not there."""
    place, top = mount
    below = (
        os.path.relpath(own, top) if own == top or own.startswith(top.rstrip("/") + "/") else own.lstrip("/")
    )
    folder = os.path.normpath(os.path.join(root, place.lstrip("/"), below))
    return folder if os.path.isdir(folder) else os.path.join(root, place.lstrip("/"))


def _second(root: str, mounts: Mapping[str, tuple[str, str]], own: Mapping[str, str]) -> Groups | None:
    if "" not in mounts:
        return None
    folder = _folder(root, mounts[""], own.get("", "/"))
    if os.path.basename(folder) == LEAF:
        folder = os.path.dirname(folder)
    needed = {"memory", "cpu", "pids"}
    if not needed <= _words(os.path.join(folder, "cgroup.controllers")):
        return None
    if not needed <= _words(os.path.join(folder, "cgroup.subtree_control")):
        try:
            _delegate(folder, needed)
        except OSError:
            return None
    groups = Groups(2, dict.fromkeys(sorted(needed), folder))
    return groups if _works(groups) else None


def _delegate(folder: str, controllers: set[str]) -> None:
    """Let children of `folder` have limits. A group with limited children may hold no process itself."""
    leaf = os.path.join(folder, LEAF)
    if not os.path.isdir(leaf):
        os.mkdir(leaf)
    with open(os.path.join(folder, "cgroup.procs")) as file:
        members = file.read().split()
    for pid in members:
        try:
            with open(os.path.join(leaf, "cgroup.procs"), "w") as file:
                file.write(pid)
        except OSError:
            continue  # it ended, or is not ours to move; then the next line fails
    with open(os.path.join(folder, "cgroup.subtree_control"), "w") as file:
        file.write(" ".join(f"+{each}" for each in sorted(controllers)))


def _first(root: str, mounts: Mapping[str, tuple[str, str]], own: Mapping[str, str]) -> Groups | None:
    folders: dict[str, str] = {}
    for controller in ("memory", "cpu", "pids"):
        if controller in mounts:
            folder = _folder(root, mounts[controller], own.get(controller, "/"))
            if _works(Groups(1, {controller: folder})):
                folders[controller] = folder
    return Groups(1, folders) if folders else None


def _works(groups: Groups) -> bool:
    """Try to make a group and to remove it again."""
    for folder in dict.fromkeys(groups.folders.values()):
        trial = os.path.join(folder, f"{TRIAL}{os.getpid()}")
        try:
            os.mkdir(trial)
            os.rmdir(trial)
        except OSError:
            return False
    return True


def _words(path: str) -> set[str]:
    try:
        with open(path) as file:
            return set(file.read().split())
    except OSError:
        return set()


def _has_owner(name: str, alive: Mapping[int, str]) -> bool:
    """Whether the supervisor that the group is named after still runs."""
    parts = name[len(PREFIX) :].split(".")
    if not parts[0].isdigit():
        return False
    return len(parts) == 3 and alive.get(int(parts[0])) == parts[1]


def _removed(folder: str) -> bool:
    try:
        os.rmdir(folder)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
