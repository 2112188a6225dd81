"""Compiles what an environment holds, and what we run in its kernels, so that these need not at every start.

A kernel sees its environment and the guest read-only, so it could never keep what it has compiled: importing
pandas would cost it seconds each time. Compiling runs no code of the packages: the interpreter starts without
`site`, which would read their `.pth` files.
"""

from __future__ import annotations

import asyncio
import shutil
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from kernel_manager.environment import tool

POLITENESS = "10"
MARK = ".compiled"
"""Says what was compiled, so that no later look at all modules is needed."""

FIRST = (
    *("ipykernel", "IPython", "traitlets", "jupyter_client", "jupyter_core", "zmq", "tornado", "comm"),
    *("dateutil", "pygments", "prompt_toolkit", "jedi", "parso", "stack_data", "executing", "asttokens"),
)
"""What a kernel imports before its first cell: compiled before the rest, since somebody may be waiting."""
LEFT_OUT = r"/site-packages/.*/tests?/"
"""Tests of packages, a fifth of all modules, are imported by those who work on them."""

GUEST = Path(__file__).parent.parent / "guest"
"""Our own code in kernels. Where an installation is read-only, it stays as it was installed."""


async def compile_bytecode(place: Path) -> None:
    """Compile every module of the guest and of the environment `place` that has changed since the last time.

    Takes no time where a mark says that nothing has changed, and up to a minute the first time, on one core
    and behind whatever else wants it. Modules that do not compile are left as they are: packages ship
    templates and code for other versions of Python. Who comes second waits for who came first.
    """
    place = await asyncio.to_thread(place.resolve)
    async with _turns[place]:
        if not await asyncio.to_thread(_is_marked, place):
            await _compile(place)
    _turns.pop(place, None)


_turns: dict[Path, asyncio.Lock] = defaultdict(asyncio.Lock)


async def compile_guest(python: Path) -> None:
    """Compile the guest alone, for an interpreter whose packages its admin looks after."""
    await _run(python, str(GUEST))


async def _compile(place: Path) -> None:
    first = await asyncio.to_thread(_first, place)
    await _run(place / "bin" / "python", "-x", LEFT_OUT, str(GUEST), *first, str(place / "lib"))
    with suppress(OSError):  # it was replaced or removed meanwhile
        await asyncio.to_thread(lambda: (place / MARK).write_text(_state_of(place)))


async def _run(python: Path, *modules: str) -> None:
    nice = shutil.which("nice")
    politely = [nice, "-n", POLITENESS] if nice else []
    command = [*politely, str(python), "-I", "-S", "-m", "compileall", "-qq", *modules]
    with suppress(tool.EnvironmentFailed):  # some module did not compile; whoever imports it is told why
        await tool.run(command, Path("/"), lambda line: None)


def _first(place: Path) -> list[str]:
    packages = place.glob("lib/python3*/site-packages")
    return [str(folder / name) for folder in packages for name in FIRST if (folder / name).exists()]


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
