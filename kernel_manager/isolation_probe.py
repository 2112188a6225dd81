"""Finds out whether the sandbox holds on this machine, by trying to get out of one.

The answer is kept for as long as the machine runs: a supervisor reads it in no time. Only a good answer is
kept, so that a blocker that was removed is noticed at the next start.
"""

from __future__ import annotations

import json
import os
import sys

from kernel_manager.interpreters import needs_of
from kernel_manager.isolation import OUTER_ENVIRONMENT, SOCKETS, inner_environment, of_kernel, sandboxed

TYPE_CHECKING = False  # as in `typing`, which takes longer to import than all that is here
if TYPE_CHECKING:
    from typing import Any

ANSWER = "sandbox.json"
FORM = 1
"""Changes with what the trial demands, so that no older answer counts."""

TRIAL_LIMIT_S = 20.0
CANARY = "COMMONBOOK_CANARY"
GUEST_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "guest")


class Standing:
    """Whether kernels can be isolated here. `why` is a sentence for the admin where they cannot."""

    __slots__ = ("own_users", "why", "works")

    def __init__(self, *, works: bool, own_users: bool = False, why: str = "") -> None:
        self.works = works
        self.own_users = own_users
        """Each project's kernels may run as a system user of their own."""
        self.why = why


def standing_of(folder: str, uid: int | None) -> Standing:
    """Return whether sandboxes work, from the answer kept in `folder` or by a trial.

    `uid` is a user that kernels may run as. The trial takes about a quarter of a second.
    """
    kept = _kept(folder, uid)
    if kept is not None:
        return kept
    standing = try_out(uid)
    if standing.works:
        _keep(folder, uid, standing)
    return standing


def try_out(uid: int | None) -> Standing:
    """Start a sandbox in which a program tries to get out, as `uid` where that is possible."""
    why = _missing()
    if why:
        return Standing(works=False, why=why)
    if uid is not None and os.geteuid() == 0 and not _trial(uid):
        return Standing(works=True, own_users=True)
    why = _trial(None)
    return Standing(works=not why, why=why)


def advice(complaint: str) -> str:
    """Return what an admin can do about what bubblewrap said."""
    said = complaint.lower()
    if "rtm_newaddr" in said or ("uid map" in said and "permission" in said):
        return (
            "The system lets no ordinary program make user namespaces (Ubuntu's AppArmor does that): "
            "allow it for bubblewrap with a profile that holds `userns,`, as docs/admin.md shows."
        )
    if "namespace" in said or "clone" in said or "unshare" in said:
        return (
            "The system or the container around it forbids new namespaces: in Docker, start it with a "
            "seccomp profile that allows them, as docs/admin.md shows."
        )
    if "proc" in said and "mount" in said:
        return "The container hides parts of /proc: start it with --security-opt systempaths=unconfined."
    if "setpriv" in said:
        return "The program setpriv is missing: install the package util-linux."
    return "docs/admin.md says what the sandbox needs."


def _missing() -> str:
    if sys.platform != "linux":
        return "Sandboxes for kernels exist only on Linux."
    import shutil

    if shutil.which("bwrap", path=OUTER_ENVIRONMENT["PATH"]) is None:
        return (
            "The program bubblewrap is not installed. Install the package `bubblewrap` "
            "(apt install bubblewrap, dnf install bubblewrap), then try again."
        )
    return ""


def _trial(uid: int | None) -> str:
    """Return why a sandbox does not hold, or nothing if it does."""
    import socket
    import subprocess
    import tempfile

    with (
        tempfile.TemporaryDirectory(prefix="trial-") as folder,
        socket.create_server(("127.0.0.1", 0)) as host,
    ):
        port = host.getsockname()[1]
        for name in ("project", "sockets"):
            os.mkdir(os.path.join(folder, name), 0o700)
            if uid is not None:
                os.chown(os.path.join(folder, name), uid, uid)
        secret = os.path.join(folder, "secret")
        with open(secret, "w") as file:
            file.write("seen")
        python = sys.executable
        needs = needs_of(python)
        inside = of_kernel(
            roots=[*needs.roots],
            links=needs.links,
            project=os.path.join(folder, "project"),
            sockets=os.path.join(folder, "sockets"),
            guest=GUEST_FOLDER,
            environment=inner_environment(python, {}, {}),
        )
        expected = str(os.geteuid() if uid is None else uid)
        program = [python, "-I", "-S", "-c", PROGRAM, str(port), secret, CANARY, expected, SOCKETS]
        read_end, write_end = os.pipe()
        try:
            done = subprocess.run(  # noqa: S603 - our own command line
                sandboxed(program, inside, uid=uid, information=write_end),
                env=OUTER_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TRIAL_LIMIT_S,
                pass_fds=(write_end,),
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "A trial sandbox did not end in time."
        finally:
            os.close(read_end)
            os.close(write_end)
    said = done.stdout.decode(errors="replace").strip()
    if done.returncode == 0 and said == "closed":
        return ""
    if said.startswith("open: "):
        return f"A trial sandbox let its program {said.removeprefix('open: ')}."
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    complaint = lines[-1] if lines else f"It ended with code {done.returncode}."
    return f"The sandbox does not start ({complaint.rstrip('.')}). {advice(complaint)}"


PROGRAM = """
import ctypes, os, socket, sys
port, secret, canary, uid, sockets = sys.argv[1:]
found = []
def reads(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
usual = {b"PATH", b"PWD", b"SHLVL", b"_", b"OLDPWD", b""}
numbers = [each for each in os.listdir("/proc") if each.isdigit()]
if len(numbers) > 3:
    found.append("see other processes")
for each in numbers:
    names = {part.partition(b"=")[0] for part in reads(f"/proc/{each}/environ").split(b"\\0")}
    if canary.encode() in names or (each == "1" and names - usual):
        found.append("read the server's environment")
try:
    socket.create_connection(("127.0.0.1", int(port)), 2).close()
    found.append("reach a port of the server's machine")
except OSError:
    pass
if os.path.exists(secret) or reads("/etc/shadow"):
    found.append("read files of the server's machine")
if ctypes.CDLL(None).unshare(0x10000000) == 0:
    found.append("make a second user namespace")
if os.geteuid() != int(uid):
    found.append("run as another user than it should")
open("/project/written", "w").close()
open(sockets + "/written", "w").close()
print("open: " + found[0] if found else "closed")
"""
"""Runs inside, in the server's own interpreter: prints `closed`, or what it could do."""


def _mark(uid: int | None) -> dict[str, Any]:
    """Return what an answer is good for: this boot, this bubblewrap, this kind of user."""
    with open("/proc/sys/kernel/random/boot_id") as file:
        boot = file.read().strip()
    program = next((path for path in ("/usr/bin/bwrap", "/bin/bwrap") if os.path.exists(path)), "")
    changed = os.stat(program).st_mtime_ns if program else 0
    return {"form": FORM, "boot": boot, "program": changed, "as": os.geteuid(), "with_user": uid is not None}


def _kept(folder: str, uid: int | None) -> Standing | None:
    try:
        with open(os.path.join(folder, ANSWER)) as file:
            answer = json.load(file)
        if answer["mark"] == _mark(uid):
            return Standing(works=True, own_users=answer["own_users"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def _keep(folder: str, uid: int | None, standing: Standing) -> None:
    draft = os.path.join(folder, f"{ANSWER}.{os.getpid()}")
    try:
        with open(draft, "w") as file:
            json.dump({"mark": _mark(uid), "own_users": standing.own_users}, file)
        os.replace(draft, os.path.join(folder, ANSWER))
    except OSError:
        pass  # then the next one tries again
