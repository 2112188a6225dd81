"""The operating system's side of one kernel: start it, hear its last words, signal it, end it.

Standard library only, and no event loop: the first kernel is started before the supervisor imports
anything heavy, so that both get ready at the same time.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kernel_manager.supervisor.spec import Spec

LAUNCHER = Path(__file__).parent.parent / "guest" / "launch.py"
SOCKET_PATH_LIMIT = 107
"""The longest path of a unix socket on Linux."""

LOG_TAIL_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True)
class Wiring:
    """Where one kernel's sockets are (`ipc://{prefix}-{port}`) and the key that signs its messages."""

    prefix: str
    key: bytes
    shell: int = 1
    iopub: int = 2
    stdin: int = 3
    control: int = 4
    heartbeat: int = 5

    def address(self, port: int) -> str:
        """Return the ZMQ address of one of the ports."""
        return f"ipc://{self.prefix}-{port}"


class StartFailed(Exception):
    """The system would not start the kernel's process; the text is for the person who asked."""


def socket_folder(folder: Path) -> Path:
    """Return a private folder whose path is short enough for sockets: `folder`, or a new temporary one."""
    if len(os.fsencode(folder)) <= SOCKET_PATH_LIMIT - len("/k1000000-5"):
        return folder
    return Path(tempfile.mkdtemp(prefix="kernel-"))


def kernel_environment(spec: Spec, own: Mapping[str, str]) -> dict[str, str]:
    """Return the kernel's environment: the supervisor's, less what concerns only it, plus the spec's."""
    ours = {"PYTHONPATH", "JPY_PARENT_PID"}
    inherited = {name: value for name, value in own.items() if name not in ours}
    scripts = os.path.dirname(spec.python)
    path = os.pathsep.join(part for part in (scripts, inherited.get("PATH", os.defpath)) if part)
    # debugpy would otherwise fill the log with advice about frozen modules.
    return {**inherited, "PATH": path, "PYDEVD_DISABLE_FILE_VALIDATION": "1", **spec.environment}


class KernelProcess:
    """One running kernel process, the leader of its own session, and the last of its stdout and stderr."""

    def __init__(self, process: subprocess.Popen[bytes], wiring: Wiring, connection_file: Path) -> None:
        assert process.stdout is not None
        self.wiring = wiring
        self.pid = process.pid
        self._process = process
        self._connection_file = connection_file
        self._pipe = process.stdout
        self.log_descriptor = process.stdout.fileno()
        os.set_blocking(self.log_descriptor, False)
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0

    @classmethod
    def start(cls, spec: Spec, folder: Path, epoch: int) -> KernelProcess:
        """Start the kernel of `epoch`; its sockets and its connection file go into `folder`."""
        wiring = Wiring(prefix=str(folder / f"k{epoch}"), key=os.urandom(32).hex().encode())
        connection_file = folder / f"connection-{epoch}.json"
        _write_connection(connection_file, wiring)
        command = [spec.python, str(LAUNCHER), str(os.getpid()), "-f", str(connection_file)]
        try:
            process = subprocess.Popen(  # noqa: S603 - the interpreter of the project's own environment
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=spec.folder,
                env=kernel_environment(spec, os.environ),
                start_new_session=True,
            )
        except OSError as error:
            connection_file.unlink()
            raise StartFailed(f"{error.filename or spec.python}: {error.strerror}") from error
        _offer_to_oom_killer(process.pid)
        return cls(process, wiring, connection_file)

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal, or None while the kernel runs."""
        return self._process.poll()

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
        self._pipe.close()
        self._connection_file.unlink(missing_ok=True)
        for port in range(self.wiring.shell, self.wiring.heartbeat + 1):
            Path(f"{self.wiring.prefix}-{port}").unlink(missing_ok=True)


def _write_connection(path: Path, wiring: Wiring) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as file:
        json.dump(
            {
                "transport": "ipc",
                "ip": wiring.prefix,
                "shell_port": wiring.shell,
                "iopub_port": wiring.iopub,
                "stdin_port": wiring.stdin,
                "control_port": wiring.control,
                "hb_port": wiring.heartbeat,
                "key": wiring.key.decode(),
                "signature_scheme": "hmac-sha256",
                "kernel_name": "python3",
            },
            file,
        )


def _offer_to_oom_killer(pid: int) -> None:
    """Have the system pick the kernel before its supervisor when memory runs out: somebody has to tell."""
    with suppress(OSError):  # not Linux, or already gone
        Path(f"/proc/{pid}/oom_score_adj").write_text("500")
