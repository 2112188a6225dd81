"""The operating system's side of one kernel: start it, hear it, signal it, end it. No event loop."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from kernel_manager.isolation import GUEST
from kernel_manager.isolation_probe import GUEST_FOLDER
from kernel_manager.supervisor.spawn import LAST_WORDS, PORTS, Spawned, spawn_kernel
from kernel_manager.supervisor.spec import Spec

LOG_TAIL_BYTES = 8 * 1024
LEFT_LIMIT = 64 * 1024

TELL_WHERE = signal.SIGRTMIN + 13 if hasattr(signal, "SIGRTMIN") else signal.SIGURG
"""As in the launcher."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """Where one kernel's sockets are (`ipc://{prefix}-{port}`) and the key that signs its messages."""

    prefix: str
    key: bytes

    def address(self, channel: str) -> str:
        """Return the ZMQ address of a channel: shell, iopub, stdin or control."""
        return f"ipc://{self.prefix}-{PORTS[f'{channel}_port']}"


class KernelProcess:
    """One running kernel: its process or its sandbox, its group, and the last of its stdout and stderr."""

    def __init__(self, spawned: Spawned) -> None:
        self.wiring = Wiring(spawned.prefix, spawned.key)
        self.pid = spawned.pid
        """The process that is waited for: the kernel's, or that of its sandbox."""
        self.log_descriptor = spawned.log_descriptor
        self.group = spawned.group
        self.standing = spawned.standing
        self.folder = Path(spawned.folder)
        self._information = spawned.information
        self._inner_pid: int | None = None
        self._python: int | None = None
        self._returncode: int | None = None
        os.set_blocking(self.log_descriptor, False)
        if self._information is not None:
            os.set_blocking(self._information, False)
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0

    @classmethod
    def start(cls, spec: Spec, home: Path, sockets: Path, epoch: int) -> KernelProcess:
        """Start the kernel of `epoch`; raises `StartFailed`."""
        return cls(spawn_kernel(asdict(spec), str(home), str(sockets), epoch))

    @property
    def is_sandboxed(self) -> bool:
        """Whether the kernel is shut in."""
        return self._information is not None

    @property
    def leader(self) -> int | None:
        """Return the process that leads the kernel's own session; None while its sandbox is being made."""
        if self._information is None:
            return self.pid
        if self._inner_pid is None:
            try:
                said = os.read(self._information, 4096)
                self._inner_pid = int(json.loads(said)["child-pid"])
            except (BlockingIOError, ValueError, KeyError):
                return None
        return self._inner_pid

    @property
    def guest(self) -> str:
        """Return the folder of the launcher and what lies beside it, as the kernel sees it."""
        return GUEST if self.is_sandboxed else GUEST_FOLDER

    @property
    def isolation(self) -> str:
        """Return in words what keeps the kernel apart."""
        if not self.is_sandboxed:
            return "none"
        return "sandbox, as its project's own user" if self.standing.own_users else "sandbox"

    @property
    def limits(self) -> str:
        """Return in words what enforces the kernel's limits."""
        if self.group is None:
            return "rlimits of each process"
        return f"cgroup version {self.group.version}: {', '.join(self.group.controllers)}"

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal, or None while the kernel runs.

        A sandbox reports a signal as a code above 128, as shells do.
        """
        if self._returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                is_signal = self.is_sandboxed and 128 < code < 128 + signal.NSIG
                self._returncode = 128 - code if is_signal else code
        return self._returncode

    def send_signal(self, signum: int) -> None:
        """Signal the kernel and whatever it started in its own session; harmless once it is gone."""
        leader = self.leader
        # It may have ended first, or have left only zombies.
        with suppress(ProcessLookupError, PermissionError):
            if leader is not None:
                os.killpg(leader, signum)
        if signum == signal.SIGKILL and leader != self.pid:
            with suppress(ProcessLookupError):
                if self._returncode is None:
                    os.kill(self.pid, signum)

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the running code. Passes by no queue at all."""
        self.send_signal(signal.SIGINT)

    def ask_where(self) -> None:
        """Have the kernel write down which line runs, without waking Python. Its children are not asked."""
        if self._python is None:
            self._python = self._find_python()
        if self._python is not None:
            with suppress(OSError):
                os.truncate(self.folder / LAST_WORDS, 0)
            with suppress(ProcessLookupError, PermissionError):
                os.kill(self._python, TELL_WHERE)

    def _find_python(self) -> int | None:
        """Return Python's own process: in a sandbox the first child of the process that leads it."""
        if not self.is_sandboxed:
            return self.pid
        try:
            children = Path(f"/proc/{self.leader}/task/{self.leader}/children").read_text().split()
        except OSError:
            return None
        return int(children[0]) if children else None

    def read_log(self) -> bool:
        """Take in what the kernel wrote to its stdout and stderr; False once both are closed."""
        while True:
            try:
                piece = os.read(self.log_descriptor, 65536)
            except BlockingIOError:
                return True
            if not piece:
                return False
            self._tail.append(piece)
            self._tail_bytes += len(piece)
            while self._tail_bytes - len(self._tail[0]) >= LOG_TAIL_BYTES:
                self._tail_bytes -= len(self._tail.popleft())

    def forget_log(self) -> None:
        """Drop what was written so far."""
        self._tail.clear()
        self._tail_bytes = 0

    def log_tail(self) -> str:
        """Return the last of what the kernel wrote to its stdout and stderr."""
        return b"".join(self._tail)[-LOG_TAIL_BYTES:].decode(errors="replace").strip()

    def left_behind(self, name: str) -> bytes:
        """Return the start of a file that the kernel left for its supervisor. It may be anything by now."""
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            descriptor = os.open(self.folder / name, flags)
        except OSError:
            return b""
        with open(descriptor, "rb") as file:
            return file.read(LEFT_LIMIT) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""

    def clean(self) -> None:
        """End what is left of the kernel's processes and remove its files. Call after it ended."""
        self.send_signal(signal.SIGKILL)
        if self.group is not None:
            self.group.close()
        os.close(self.log_descriptor)
        if self._information is not None:
            os.close(self._information)
        shutil.rmtree(self.folder, ignore_errors=True)
