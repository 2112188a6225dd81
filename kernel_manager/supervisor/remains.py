"""What a kernel left when it ended, read before its folder and its group are removed. Takes nonsense."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from kernel_manager.reports import Variable
from kernel_manager.supervisor.process import KernelProcess
from kernel_manager.supervisor.spawn import LAST_WORDS, VARIABLES

VARIABLES_SHOWN = 5
NAME_LIMIT = 60

_FRAME = re.compile(
    r'^  File "(?P<file>[^"\n]{1,300})", line (?P<line>\d{1,7}) in (?P<function>.{1,200})$', re.M
)
_CELL = re.compile(r"(^|/)ipykernel_\d+/\d+\.py$|^<ipython-input")


@dataclass(frozen=True, slots=True)
class Remains:
    """What is known of a kernel after its end; None and empty where nobody knows."""

    peak: int | None = None
    memory_limit: int | None = None
    oom_kills: int | None = None
    line: int | None = None
    """The line of the cell that ran, when it was last seen or when it crashed."""
    variables: tuple[Variable, ...] = ()


def remains_of(process: KernelProcess) -> Remains:
    """Read what is left of a kernel whose process has ended."""
    group = process.group
    return Remains(
        peak=None if group is None else group.peak(),
        memory_limit=None if group is None else group.memory_limit,
        oom_kills=None if group is None else group.oom_kills(),
        line=line_of(process.left_behind(LAST_WORDS).decode(errors="replace")),
        variables=variables_of(process.left_behind(VARIABLES)),
    )


def line_of(words: str) -> int | None:
    """Return the line of the cell in the last of the stacks that Python's faulthandler wrote.

    The stack may end in some library; the line wanted is the outermost one that lies in a cell.
    """
    last = words.rpartition("(most recent call first)")[2]
    start = max(words.rfind("Fatal Python error"), words.rfind("Current thread"))
    frames = list(_FRAME.finditer(words[start:] if start >= 0 else last))
    for frame in reversed(frames):
        if frame["function"] == "<module>" and _CELL.search(frame["file"]):
            return int(frame["line"])
    return None


def variables_of(content: bytes) -> tuple[Variable, ...]:
    """Return the largest variables as the kernel wrote them down after its last cell."""
    try:
        listed = json.loads(content)
        found = [
            Variable(str(name)[:NAME_LIMIT], str(kind)[:NAME_LIMIT], int(size)) for name, kind, size in listed
        ]
    except (ValueError, TypeError, RecursionError, OverflowError):
        return ()
    return tuple(found[:VARIABLES_SHOWN])
