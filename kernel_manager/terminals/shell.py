"""Starts a shell shut in as a kernel is, with a pseudo-terminal whose other end stays with the caller."""

from __future__ import annotations

import fcntl
import itertools
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from kernel_manager import limits
from kernel_manager.environment.tool import dying_with_us
from kernel_manager.interpreters import InterpreterMissing, needs_of
from kernel_manager.isolation import OUTER_ENVIRONMENT, inner_environment, of_kernel, sandboxed
from kernel_manager.isolation_probe import GUEST_FOLDER, Standing
from kernel_manager.networks import routes
from kernel_manager.supervisor.spawn import JOIN, hand_over, has_network_tools, kernel_environment

SHELLS = ("/bin/bash", "/bin/sh")
OWN_TERMINAL = "/usr/bin/setsid"
"""Gives the shell the pseudo-terminal as its own, so that Ctrl-C and job control work. Part of util-linux."""

TIOCGSID = 0x5429
"""Linux: which session's terminal this is. Python's `termios` has no name for it."""

_numbers = itertools.count(1_000_000)
"""Numbers of groups, apart from those of kernels' epochs."""


class ShellRefused(Exception):
    """No shell can be started; the text is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a shell works, as whom, and what it may use. `own` is a private folder of this shell."""

    python: str
    files: Path
    own: Path
    standing: Standing
    uid: int | None = None
    allow_unsandboxed: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    cpus: float | None = None
    memory_bytes: int | None = None
    processes: int | None = None
    disk_bytes: int | None = None
    internet: bool = False
    opened_networks: tuple[str, ...] = ()


@dataclass(slots=True)
class Shell:
    """A shell that runs, and the server's end of its terminal."""

    process: subprocess.Popen[bytes]
    terminal: int
    group: limits.Group | None
    information: int

    @property
    def is_working(self) -> bool:
        """Whether something runs in it beside the shell itself; if nobody can tell, it counts as work."""
        try:
            (leader,) = struct.unpack("i", fcntl.ioctl(self.terminal, TIOCGSID, bytes(4)))
        except OSError:
            return False  # the shell has ended
        try:
            return bool(psutil.Process(leader).children())
        except psutil.Error:
            return True

    def resize(self, columns: int, rows: int) -> None:
        """Tell the programs inside how large the terminal is."""
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def end(self) -> None:
        """End the shell with all that it started. Takes a moment."""
        for descriptor in (self.terminal, self.information):
            os.close(descriptor)
        self.process.kill()
        self.process.wait()
        if self.group is not None:
            self.group.close()


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that a shell needs to start. It holds descriptors: `start` it, once."""

    command: list[str]
    environment: Mapping[str, str]
    where: str
    group: limits.Group | None
    told: tuple[int, int]


def prepare(desk: Desk) -> Prepared:
    """Make what a shell needs; raises `ShellRefused`. It looks at each file of the project: for a thread."""
    works = desk.standing.works
    if not works and not desk.allow_unsandboxed:
        raise ShellRefused(
            "A terminal cannot be kept apart from the rest of this machine. "
            f"{desk.standing.why} Ask an admin of the server."
        )
    uid = desk.uid if desk.standing.own_users else None
    shell = next((each for each in SHELLS if os.path.exists(each)), SHELLS[-1])
    look = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PS1": r"\w \$ ", "PROMPT_DIRTRIM": "2"}
    variables = {**desk.environment, **look}
    command = [OWN_TERMINAL, "--ctty", "--wait", shell, *(["--norc"] if shell.endswith("bash") else []), "-i"]
    read_end, information = os.pipe()
    group = _group(desk)
    environment: Mapping[str, str] = OUTER_ENVIRONMENT
    try:
        if works:
            command = _shut_in(desk, command, variables, uid, information)
        else:
            environment = kernel_environment(desk.python, variables, os.environ)
    except (OSError, InterpreterMissing) as failure:
        _let_go((read_end, information), group)
        raise ShellRefused(f"The terminal could not be started: {failure}.") from failure
    joined = group.join_files if group is not None else []
    command = dying_with_us(["/bin/sh", "-c", JOIN, "sh", *joined, "--", *command])
    where = "/" if works else str(desk.files)
    return Prepared(command, environment, where, group, (read_end, information))


def start(prepared: Prepared, columns: int, rows: int) -> Shell:
    """Start a shell; raises `ShellRefused`.

    From the main thread: the system ends the shell when the thread ends that started it.
    """
    read_end, information = prepared.told
    server_end, shell_end = pty.openpty()
    try:
        process = subprocess.Popen(  # noqa: S603
            prepared.command,
            stdin=shell_end,
            stdout=shell_end,
            stderr=shell_end,
            cwd=prepared.where,
            env=prepared.environment,
            start_new_session=True,
            pass_fds=[information],
        )
    except OSError as failure:
        os.close(server_end)
        _let_go(prepared.told, prepared.group)
        raise ShellRefused(f"The terminal could not be started: {failure}.") from failure
    finally:
        os.close(shell_end)
    os.close(information)
    os.set_blocking(server_end, False)
    made = Shell(process, server_end, prepared.group, read_end)
    made.resize(columns, rows)
    return made


def _let_go(descriptors: Iterable[int], group: limits.Group | None) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
    if group is not None:
        group.close()


def _shut_in(
    desk: Desk, command: list[str], variables: Mapping[str, str], uid: int | None, information: int
) -> list[str]:
    python = os.path.abspath(desk.python)
    needs = needs_of(python)
    if uid is not None:
        hand_over(str(desk.files), uid)
        os.chown(desk.own, uid, uid)
    has_network = desk.internet and uid is not None and has_network_tools()
    inside = of_kernel(
        roots=needs.roots,
        links=needs.links,
        project=str(desk.files),
        sockets=str(desk.own),
        guest=GUEST_FOLDER,
        environment=inner_environment(python, dict(variables), {}),
        network=routes(desk.opened_networks) if has_network else None,
        tmp_bytes=desk.disk_bytes,
    )
    return sandboxed(command, inside, uid=uid, information=information)


def _group(desk: Desk) -> limits.Group | None:
    groups = limits.find_groups()
    if groups is None:
        return None
    wanted = limits.ceiling(limits.Wanted(desk.memory_bytes, desk.cpus, desk.processes))
    with open("/proc/self/stat") as file:
        born = file.read().rpartition(")")[2].split()[19]
    return limits.make_group(groups, limits.group_name(os.getpid(), born, next(_numbers)), wanted)
