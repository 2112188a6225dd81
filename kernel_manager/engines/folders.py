"""The folder through which an engine and its supervisor speak: made private, given a spec, read, removed.

Each kernel's folder has the kernel's name. Knows no engine.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from kernel_manager.engines.base import EngineRefused
from kernel_manager.supervisor.spec import LOG, Spec, write_spec


def prepare(root: Path, spec: Spec) -> Path:
    """Make the kernel's folder below `root` and leave the spec in it; a name is placed only once."""
    folder = root / spec.kernel_id
    try:
        root.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        write_spec(folder, spec)
    except FileExistsError as error:
        raise EngineRefused("A kernel of this name was placed already.") from error
    except OSError as error:
        raise EngineRefused(
            f"The kernel's folder could not be made in {root}: {error.strerror}. An admin can mend it."
        ) from error
    return folder


async def remove(folder: str) -> None:
    """Delete a kernel's folder with all that is in it."""
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def last_line(folder: Path) -> str:
    """Return the last thing that a supervisor wrote to its log, or nothing."""
    try:
        lines = (folder / LOG).read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
