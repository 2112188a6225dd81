"""Tells one process from another that later got the same id."""

from __future__ import annotations

from pathlib import Path


def birth(pid: int) -> str | None:
    """Return a mark of when the process began, the same for all of its life; None if it is not running.

    On Linux: the machine's boot and the clock ticks since, which no clock change moves.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else _portable_birth(pid)
    except ProcessLookupError:
        return None
    # The second field is a name in brackets that may hold anything; what follows the last bracket is plain.
    fields = text.rpartition(")")[2].split()
    state, start_ticks = fields[0], fields[19]
    return None if state in "ZX" else f"{boot}/{start_ticks}"


def _portable_birth(pid: int) -> str | None:
    import psutil  # not where /proc says it all: every supervisor would wait for it

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return f"{process.create_time():.2f}"
    except psutil.Error:
        return None
