"""Says why a kernel ended, in one sentence for a person. Pure, except that `oom_kills` reads a counter."""

from __future__ import annotations

import signal
from pathlib import Path

from kernel_manager.supervisor.remains import Remains
from kernel_manager.supervisor.wire import DiedBody

MIB = 1024 * 1024


def death(
    returncode: int,
    *,
    was_ready: bool,
    out_of_memory: bool,
    ended_by: str | None,
    remains: Remains,
    log_tail: str,
    at: float,
) -> DiedBody:
    """Return the report on a kernel process that ended with `returncode` (negative for a signal).

    `ended_by` is the supervisor's own reason for having ended it.
    """
    sentence = ending(returncode)
    if ended_by is not None:
        cause, reason = "interrupt", ended_by
    elif out_of_memory:
        cause, reason = "memory", _out_of_memory(remains)
    elif not was_ready:
        cause, reason = "start_failed", f"The kernel could not start. {_why(log_tail) or sentence}"
    else:
        cause, reason = ("signal" if returncode < 0 else "exit"), sentence
    return DiedBody(
        cause,
        reason,
        returncode,
        log_tail,
        at,
        remains.line,
        remains.peak,
        remains.memory_limit,
        remains.variables,
    )


def start_failure(why: str, log_tail: str, at: float) -> DiedBody:
    """Return the report on a kernel that has no process, or one that never answered."""
    return DiedBody("start_failed", f"The kernel could not start. {why}", None, log_tail, at)


def ending(returncode: int) -> str:
    """Return the sentence for an exit status."""
    if returncode >= 0:
        return f"Python exited with code {returncode}."
    try:
        name = f" ({signal.Signals(-returncode).name})"
    except ValueError:
        name = ""
    return f"The kernel was killed by signal {-returncode}{name}."


def _out_of_memory(remains: Remains) -> str:
    if remains.oom_kills is None:
        return "The kernel ran out of memory and the system ended it."
    limit = remains.memory_limit
    room = "" if limit is None else f" of {limit // MIB:,} MiB"
    return (
        f"The kernel reached its memory limit{room} and the system ended it "
        f"(its control group counts {remains.oom_kills} such end{'s' if remains.oom_kills != 1 else ''})."
    )


def _why(log_tail: str) -> str:
    """Return the last line of the log, where Python puts its reason."""
    lines = [line.strip() for line in log_tail.splitlines() if line.strip()]
    if not lines:
        return ""
    return lines[-1] if lines[-1].endswith(".") else lines[-1] + "."


def oom_kills(pid: int, root: Path = Path("/")) -> int | None:
    """Return how often the system ended something in the process's cgroup for want of memory, if it tells."""
    try:
        lines = (root / f"proc/{pid}/cgroup").read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            counter = root / "sys/fs/cgroup" / path.lstrip("/") / "memory.events"
        elif "memory" in controllers.split(","):
            counter = root / "sys/fs/cgroup/memory" / path.lstrip("/") / "memory.oom_control"
        else:
            continue
        try:
            fields = dict(entry.split() for entry in counter.read_text().splitlines())
        except (OSError, ValueError):
            continue
        if "oom_kill" in fields:
            return int(fields["oom_kill"])
    return None
