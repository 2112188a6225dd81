"""Starts a kernel's process, and imports next to nothing to do it.

This is the first thing that a supervisor does: whatever is imported here, even `pathlib`, delays the first
result of every kernel. So paths are text, and what is known of the process is a plain class.
"""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False  # as in `typing`, which takes longer to import than all that is here
if TYPE_CHECKING:
    from typing import Any

LAUNCHER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "guest", "launch.py")

SOCKET_PATH_LIMIT = 107
"""The longest path of a unix socket on Linux."""

SIGPIPE, SIGXFSZ = 13, 25
"""What Python ignores, and a child would go on ignoring. (`import signal` costs more than a file read.)"""

PORTS = {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5}


SPEC = "spec.json"


class StartFailed(Exception):
    """The system would not start the kernel's process; the text is for the person who asked."""


class Spawned:
    """A process that was started, and what is needed to talk to it."""

    __slots__ = ("connection_file", "key", "log_descriptor", "pid", "prefix")

    def __init__(self, pid: int, log_descriptor: int, prefix: str, key: bytes, connection_file: str) -> None:
        self.pid = pid
        self.log_descriptor = log_descriptor
        """Where what it writes to stdout and stderr can be read."""
        self.prefix = prefix
        self.key = key
        self.connection_file = connection_file


def take_spec(folder: str) -> dict[str, Any]:
    """Read the spec that an engine left in a supervisor's folder, and delete it: it holds a token."""
    path = os.path.join(folder, SPEC)
    with open(path) as file:
        spec: dict[str, Any] = json.load(file)
    os.unlink(path)
    return spec


def spawn_kernel(python: str, folder: str, environment: dict[str, str], sockets: str, epoch: int) -> Spawned:
    """Start the kernel of `epoch` in `folder`, with signals as a shell would leave them.

    Its sockets and its connection file go into the folder `sockets`.
    """
    prefix = os.path.join(sockets, f"k{epoch}")
    key = os.urandom(32).hex()
    connection_file = os.path.join(sockets, f"connection-{epoch}.json")
    _write_connection(connection_file, prefix, key)
    log, write_end = os.pipe()
    try:
        pid = _spawn_in(
            folder,
            [python, LAUNCHER, str(os.getpid()), "-f", connection_file],
            kernel_environment(python, environment, dict(os.environ)),
            write_end,
        )
    except OSError as error:
        os.close(log)
        os.unlink(connection_file)
        raise StartFailed(f"{error.filename or python}: {error.strerror}") from error
    finally:
        os.close(write_end)
    _offer_to_oom_killer(pid)
    return Spawned(pid, log, prefix, key.encode(), connection_file)


def socket_folder(folder: str) -> str:
    """Return a private folder whose path is short enough for sockets: `folder`, or a new temporary one."""
    if len(os.fsencode(folder)) <= SOCKET_PATH_LIMIT - len("/k1000000-5"):
        return folder
    import tempfile

    return tempfile.mkdtemp(prefix="kernel-")


def kernel_environment(python: str, added: dict[str, str], own: dict[str, str]) -> dict[str, str]:
    """Return a kernel's environment: the supervisor's `own`, less what concerns only it, plus `added`."""
    inherited = {name: value for name, value in own.items() if name not in ("PYTHONPATH", "JPY_PARENT_PID")}
    scripts = os.path.dirname(python)
    path = os.pathsep.join(part for part in (scripts, inherited.get("PATH", os.defpath)) if part)
    # debugpy would otherwise fill the log with advice about frozen modules.
    return {**inherited, "PATH": path, "PYDEVD_DISABLE_FILE_VALIDATION": "1", **added}


def _spawn_in(folder: str, command: list[str], environment: dict[str, str], output: int) -> int:
    """Start a process in its own session. It inherits the working folder, so ours changes for a moment."""
    before = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.chdir(folder)
        return os.posix_spawnp(
            command[0],
            command,
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, output, 1),
                (os.POSIX_SPAWN_DUP2, output, 2),
            ],
            setsid=True,
            # A blocked SIGINT would be inherited, and no interrupt would ever arrive.
            setsigmask=[],
            setsigdef=[SIGPIPE, SIGXFSZ],
        )
    finally:
        os.fchdir(before)
        os.close(before)


def _write_connection(path: str, prefix: str, key: str) -> None:
    connection = {"transport": "ipc", "ip": prefix, "key": key, "signature_scheme": "hmac-sha256"}
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as file:
        file.write(json.dumps({**connection, **PORTS, "kernel_name": "python3"}))


def _offer_to_oom_killer(pid: int) -> None:
    """Have the system pick the kernel before its supervisor when memory runs out: somebody has to tell."""
    try:
        with open(f"/proc/{pid}/oom_score_adj", "w") as file:
            file.write("500")
    except OSError:
        pass  # not Linux, or already gone
