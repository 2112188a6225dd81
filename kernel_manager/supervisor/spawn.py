"""Starts a kernel's process, in its sandbox and under its limits, and imports next to nothing to do it.

This is the first thing that a supervisor does: whatever is imported here, even `pathlib`, delays the first
result of every kernel. So paths are text, and what is known of the process is a plain class.
"""

from __future__ import annotations

import json
import os

from kernel_manager import limits
from kernel_manager.interpreters import InterpreterMissing, needs_of
from kernel_manager.isolation import (
    GUEST,
    OUTER_ENVIRONMENT,
    SOCKETS,
    inner_environment,
    of_kernel,
    sandboxed,
)
from kernel_manager.isolation_probe import GUEST_FOLDER, Standing, standing_of
from kernel_manager.networks import routes

TYPE_CHECKING = False  # as in `typing`, which takes longer to import than all that is here
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

LAUNCHER = "launch.py"

SOCKET_PATH_LIMIT = 107
"""The longest path of a unix socket on Linux."""

SIGPIPE, SIGXFSZ = 13, 25
"""What Python ignores, and a child would go on ignoring. (`import signal` costs more than a file read.)"""

PORTS = {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5}

SPEC = "spec.json"
CONNECTION, LAST_WORDS, VARIABLES = "connection.json", "last-words", "variables.json"
"""What a kernel's folder holds: how to connect, where it crashed, what its largest variables were."""

INFORMATION = 3
"""The descriptor on which bubblewrap says which process the sandbox is."""

JOIN = """\
while [ "$1" != -- ]; do echo $$ > "$1" || exit 97; shift; done
echo 500 > /proc/self/oom_score_adj
shift; exec "$@"
"""
"""Enters the groups that are named before `--`, then becomes the command after it. When memory runs out, the
system picks the kernel before its supervisor: somebody has to tell."""


class StartFailed(Exception):
    """The system would not start the kernel's process; the text is for the person who asked."""


class Spawned:
    """A process that was started, and what is needed to talk to it."""

    __slots__ = ("folder", "group", "information", "key", "log_descriptor", "pid", "prefix", "standing")

    def __init__(self, pid: int, log_descriptor: int, folder: str, key: bytes) -> None:
        self.pid = pid
        self.log_descriptor = log_descriptor
        """Where what it writes to stdout and stderr can be read."""
        self.folder = folder
        """Where its sockets are, and what it leaves for its supervisor."""
        self.prefix = os.path.join(folder, "k")
        self.key = key
        self.information: int | None = None
        """Where bubblewrap says which process the sandbox is; None without a sandbox."""
        self.group: limits.Group | None = None
        self.standing = Standing(works=False)


def take_spec(folder: str) -> dict[str, Any]:
    """Read the spec that an engine left in a supervisor's folder, and delete it: it holds a token."""
    path = os.path.join(folder, SPEC)
    with open(path) as file:
        spec: dict[str, Any] = json.load(file)
    os.unlink(path)
    return spec


def spawn_kernel(spec: Mapping[str, Any], home: str, sockets: str, epoch: int) -> Spawned:
    """Start the kernel of `epoch`, with signals as a shell would leave them.

    Its sockets and its connection file go into a new folder in `sockets`; `home` is where supervisors of
    this machine keep what they found out about it.
    """
    uid: int | None = spec["uid"] if os.geteuid() == 0 else None
    standing = standing_of(home, uid)
    if not standing.works and not spec["allow_unsandboxed"]:
        raise StartFailed(
            f"It cannot be kept apart from the rest of this machine. {standing.why} "
            "An admin may also set allow_unsandboxed, for people who may read everything here"
        )
    uid = uid if standing.own_users else None
    if spec["internet"] and standing.works and (uid is None or not has_network_tools()):
        raise StartFailed(
            "Its class has the internet, for which the server must be root and have slirp4netns and "
            "iproute2. Choose a class without internet, or ask an admin to install them"
        )
    group = _group(spec, epoch)
    folder = os.path.join(sockets, str(epoch))
    log, write_end = os.pipe()
    information: tuple[int, int] | None = None
    try:
        key = _prepare_folder(folder, uid, inside=standing.works)
        if standing.works:
            information = os.pipe()
        command, environment = _command(spec, folder, uid, group, standing)
        if group is not None or standing.works:
            joined = group.join_files if group is not None else []
            command = ["/bin/sh", "-c", JOIN, "sh", *joined, "--", *command]
        where = "/" if standing.works else spec["folder"]
        pid = _spawn_in(where, command, environment, write_end, information and information[1])
    except (OSError, InterpreterMissing) as error:
        os.close(log)
        if information is not None:
            os.close(information[0])
        if group is not None:
            group.close()
        if isinstance(error, OSError):
            raise StartFailed(f"{error.filename or spec['python']}: {error.strerror}") from error
        raise StartFailed(str(error).rstrip(".")) from error
    finally:
        os.close(write_end)
        if information is not None:
            os.close(information[1])
    spawned = Spawned(pid, log, folder, key)
    spawned.group, spawned.standing = group, standing
    spawned.information = None if information is None else information[0]
    return spawned


def socket_folder(folder: str) -> str:
    """Return a private folder whose path is short enough for sockets: `folder`, or a new temporary one."""
    if len(os.fsencode(folder)) <= SOCKET_PATH_LIMIT - len("/1000000/k-5"):
        return folder
    import tempfile

    return tempfile.mkdtemp(prefix="kernel-")


def kernel_environment(python: str, added: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a kernel without a sandbox: `own`, less what concerns only its supervisor."""
    inherited = {name: value for name, value in own.items() if name not in ("PYTHONPATH", "JPY_PARENT_PID")}
    scripts = os.path.dirname(python)
    path = os.pathsep.join(part for part in (scripts, inherited.get("PATH", os.defpath)) if part)
    # debugpy would otherwise fill the log with advice about frozen modules.
    return {**inherited, "PATH": path, "PYDEVD_DISABLE_FILE_VALIDATION": "1", **added}


def _group(spec: Mapping[str, Any], epoch: int) -> limits.Group | None:
    """Make the kernel's cgroup, also for one without limits: it counts, and what is in it can be ended."""
    groups = limits.find_groups()
    if groups is None:
        return None
    wanted = limits.ceiling(limits.Wanted(spec["memory_limit_bytes"], spec["cpus"], spec["process_limit"]))
    return limits.make_group(groups, limits.group_name(os.getpid(), _own_birth(), epoch), wanted)


def _own_birth() -> str:
    """Return the ticks at which this process began, as `processes.birth` does, without its imports."""
    with open("/proc/self/stat") as file:
        return file.read().rpartition(")")[2].split()[19]


def _command(
    spec: Mapping[str, Any], folder: str, uid: int | None, group: limits.Group | None, standing: Standing
) -> tuple[list[str], dict[str, str]]:
    """Return the command and the environment of the process to start."""
    python = os.path.abspath(spec["python"])
    wanted = limits.Wanted(spec["memory_limit_bytes"], spec["cpus"], spec["process_limit"])
    has = set() if group is None else set(group.controllers)
    own = limits.resource_limits(wanted, spec["disk_limit_bytes"], controllers=has, own_user=uid is not None)
    listed = ",".join(f"{name}={value}" for name, value in own.items())
    if not standing.works:
        launcher = os.path.join(GUEST_FOLDER, LAUNCHER)
        command = [spec["python"], launcher, str(os.getpid()), listed, folder]
        return command, kernel_environment(spec["python"], spec["environment"], os.environ)
    needs = needs_of(python)
    inside = of_kernel(
        roots=needs.roots,
        links=needs.links,
        project=spec["folder"],
        sockets=folder,
        guest=GUEST_FOLDER,
        environment=inner_environment(python, spec["environment"], dict(os.environ)),
        devices=_gpu_devices() if spec["gpus"] else (),
        network=routes(spec["opened_networks"]) if spec["internet"] else None,
        tmp_bytes=spec["disk_limit_bytes"],
    )
    if uid is not None:
        hand_over(spec["folder"], uid)
    command = [python, f"{GUEST}/{LAUNCHER}", "0", listed, SOCKETS]
    return sandboxed(command, inside, uid=uid, information=INFORMATION), dict(OUTER_ENVIRONMENT)


def has_network_tools() -> bool:
    folders = ("/usr/bin", "/bin", "/usr/sbin", "/sbin")
    return all(
        any(os.path.exists(os.path.join(folder, tool)) for folder in folders)
        for tool in ("slirp4netns", "ip")
    )


def _gpu_devices() -> list[str]:
    return sorted(f"/dev/{name}" for name in os.listdir("/dev") if name.startswith("nvidia"))


def hand_over(folder: str, uid: int) -> None:
    """Give the project's files to the kernel's user. What the server wrote there since is among them.

    A kernel of the same project may be at work there, and would gain by our following a link of its making.
    """
    os.chown(folder, uid, uid, follow_symlinks=False)
    for _, folders, files, here in os.fwalk(folder, follow_symlinks=False):
        for name in (*folders, *files):
            try:
                if os.stat(name, dir_fd=here, follow_symlinks=False).st_uid != uid:
                    os.chown(name, uid, uid, dir_fd=here, follow_symlinks=False)
            except FileNotFoundError:
                continue  # it was deleted in the meantime


def _prepare_folder(folder: str, uid: int | None, *, inside: bool) -> bytes:
    """Make the folder of a kernel's sockets with the connection file in it; returns the key of its messages.

    Always a new folder: the one before was in the hands of the kernel before.
    """
    key = os.urandom(32).hex()
    os.mkdir(folder, 0o700)
    prefix = os.path.join(SOCKETS if inside else folder, "k")
    connection = {"transport": "ipc", "ip": prefix, "key": key, "signature_scheme": "hmac-sha256"}
    path = os.path.join(folder, CONNECTION)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        file.write(json.dumps({**connection, **PORTS, "kernel_name": "python3"}))
    if uid is not None:
        os.chown(path, uid, uid)
        os.chown(folder, uid, uid)
    return key.encode()


def _spawn_in(
    folder: str, command: list[str], environment: dict[str, str], output: int, information: int | None
) -> int:
    """Start a process in its own session. It inherits the working folder, so ours changes for a moment."""
    actions: list[tuple[Any, ...]] = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, output, 1),
        (os.POSIX_SPAWN_DUP2, output, 2),
    ]
    if information is not None:
        actions.append((os.POSIX_SPAWN_DUP2, information, INFORMATION))
    before = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.chdir(folder)
        return os.posix_spawnp(
            command[0],
            command,
            environment,
            file_actions=actions,
            setsid=True,
            # A blocked SIGINT would be inherited, and no interrupt would ever arrive.
            setsigmask=[],
            setsigdef=[SIGPIPE, SIGXFSZ],
        )
    finally:
        os.fchdir(before)
        os.close(before)
