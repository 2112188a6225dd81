"""The code of widget libraries, as their Python packages bring it for Jupyter's notebook.

It lies in the environment that the notebook's kernel has, at `share/jupyter/nbextensions/NAME/index.js`.
Whoever may install packages decides what it is, so it runs in output frames alone. Links are followed in no
part of the path below the environment.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

ABOVE = ("share", "jupyter", "nbextensions")
LARGEST_BYTES = 16 * 1024 * 1024

_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC
_PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read_library(environment: Path, name: str) -> str | None:
    """Return the code of the library `name`; None where there is none, or none that can be read. Blocks."""
    try:
        descriptor = os.open(environment, _FOLDER & ~os.O_NOFOLLOW)
        for part in (*ABOVE, *name.split("/")):
            inner = _opened(part, _FOLDER, descriptor)
            descriptor = inner
        file = _opened("index.js", _PLAIN, descriptor)
    except OSError:
        return None
    with os.fdopen(file, "rb") as reading:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return None
        content = reading.read(LARGEST_BYTES + 1)
    return content.decode(errors="replace") if len(content) <= LARGEST_BYTES else None


def _opened(name: str, how: int, folder: int) -> int:
    """Open one step below `folder`, which is closed then."""
    try:
        return os.open(name, how, dir_fd=folder)
    finally:
        os.close(folder)
