"""The operating system's side of one kernel: start it, hear it, signal it, end it. No event loop."""

from __future__ import annotations

import os
import signal
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kernel_manager.supervisor.spawn import PORTS, Spawned, spawn_kernel
from kernel_manager.supervisor.spec import Spec

LOG_TAIL_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True)
class Wiring:
    """Where one kernel's sockets are (`ipc://{prefix}-{port}`) and the key that signs its messages."""

    prefix: str
    key: bytes

    def address(self, channel: str) -> str:
        """Return the ZMQ address of a channel: shell, iopub, stdin or control."""
        return f"ipc://{self.prefix}-{PORTS[f'{channel}_port']}"


class KernelProcess:
    """One running kernel process, the leader of its own session, and the last of its stdout and stderr."""

    def __init__(self, spawned: Spawned) -> None:
        self.wiring = Wiring(spawned.prefix, spawned.key)
        self.pid = spawned.pid
        self.log_descriptor = spawned.log_descriptor
        self._connection_file = Path(spawned.connection_file)
        self._returncode: int | None = None
        os.set_blocking(self.log_descriptor, False)
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0

    @classmethod
    def start(cls, spec: Spec, sockets: Path, epoch: int) -> KernelProcess:
        """Start the kernel of `epoch`; raises `StartFailed`."""
        return cls(spawn_kernel(spec.python, spec.folder, dict(spec.environment), str(sockets), epoch))

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal, or None while the kernel runs."""
        if self._returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._returncode = os.waitstatus_to_exitcode(status)
        return self._returncode

    def send_signal(self, signum: int) -> None:
        """Signal the kernel and whatever it started in its own session; harmless once it is gone."""
        # It may have ended first, or have left only zombies.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signum)

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the running code. Passes by no queue at all."""
        self.send_signal(signal.SIGINT)

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

    def clean(self) -> None:
        """End what is left of the process's session and remove its files. Call after it ended."""
        self.send_signal(signal.SIGKILL)
        os.close(self.log_descriptor)
        self._connection_file.unlink(missing_ok=True)
        for port in PORTS.values():
            Path(f"{self.wiring.prefix}-{port}").unlink(missing_ok=True)
