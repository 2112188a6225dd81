"""What a kernel's process does to itself first: it ends with its supervisor, keeps limits, tells its end."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1

TELL_WHERE = signal.SIGRTMIN + 13 if hasattr(signal, "SIGRTMIN") else None
"""The signal with which a supervisor asks which line runs."""


def put(parent: int, limits: str, folder: str) -> None:
    """Set all of it. A `parent` 0 leaves its end to a sandbox; `limits` are as `RLIMIT_CORE=0,...`."""
    if parent != 0:
        die_with(parent)
    set_limits(limits)
    leave_last_words(folder)


def die_with(parent: int) -> None:
    """Ask the system to kill this process when its parent ends; exit at once if that already happened."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def set_limits(listed: str) -> None:
    """Set resource limits, for good: a kernel cannot raise them again."""
    for name, _, value in (part.partition("=") for part in listed.split(",") if part):
        number = getattr(resource, name)
        _, most = resource.getrlimit(number)
        wanted = int(value) if most == resource.RLIM_INFINITY else min(int(value), most)
        resource.setrlimit(number, (wanted, wanted))


def leave_last_words(folder: str) -> None:
    """Have a crash, or `TELL_WHERE` at any time, write down which lines run. Works while Python cannot."""
    path = os.path.join(folder, "last-words")
    words = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    faulthandler.enable(words)
    if TELL_WHERE is not None:
        faulthandler.register(TELL_WHERE, words)
