"""Compiles what an environment holds, and what we run in its kernels, so that these need not at every start.

A kernel sees its environment and the guest read-only, so it could never keep what it has compiled: importing
pandas would cost it seconds each time. Compiling runs no code of the packages: the interpreter starts without
`site`, which would read their `.pth` files.
"""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from pathlib import Path

from kernel_manager.environment import tool

POLITENESS = "10"
MARK = ".compiled"
"""Says what was compiled, so that no later look at all modules is needed."""

GUEST = Path(__file__).parent.parent / "guest"
"""Our own code in kernels. Where an installation is read-only, it stays as it was installed."""


async def compile_bytecode(place: Path) -> None:
    """Compile every module of the guest and of the environment `place` that has changed since the last time.

    Takes no time where a mark says that nothing has changed, and up to a minute the first time, on one core
    and behind whatever else wants it. Modules that do not compile are left as they are: packages ship
    templates and code for other versions of Python.
    """
    if await asyncio.to_thread(_is_marked, place):
        return
    python = place / "bin" / "python"
    nice = shutil.which("nice")
    politely = [nice, "-n", POLITENESS] if nice else []
    command = [*politely, str(python), "-I", "-S", "-m", "compileall", "-qq", str(GUEST), str(place / "lib")]
    with suppress(tool.EnvironmentFailed):  # some module did not compile; whoever imports it is told why
        await tool.run(command, place, lambda line: None)
    with suppress(OSError):  # it was replaced or removed meanwhile
        await asyncio.to_thread(lambda: (place / MARK).write_text(_state_of(place)))


def _is_marked(place: Path) -> bool:
    try:
        return (place / MARK).read_text() == _state_of(place)
    except OSError:
        return False


def _state_of(place: Path) -> str:
    """Return what changes when packages come or go, or when another Python or guest is there."""
    python = (place / "bin" / "python").resolve()
    looked_at = [python, *sorted(place.glob("lib/python3*/site-packages")), *sorted(GUEST.rglob("*.py"))]
    return "\n".join(f"{each} {each.stat().st_mtime_ns}" for each in looked_at)
