"""Compiles what an environment holds, so that kernels need not do it at every start.

A kernel sees its environment read-only, so it could never keep what it has compiled: importing pandas
would cost it seconds each time. Compiling runs no code of the packages: the interpreter starts without
`site`, which would read their `.pth` files.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from kernel_manager.environment import tool

POLITENESS = "10"


async def compile_bytecode(place: Path) -> None:
    """Compile every module below the environment `place` that has changed since it was last compiled.

    Takes a second where nothing has changed and up to a minute the first time, on one core and behind
    whatever else wants it. Modules that do not compile are left as they are: packages ship templates
    and code for other versions of Python.
    """
    python = place / "bin" / "python"
    nice = shutil.which("nice")
    politely = [nice, "-n", POLITENESS] if nice else []
    command = [*politely, str(python), "-I", "-S", "-m", "compileall", "-qq", str(place / "lib")]
    with suppress(tool.EnvironmentFailed):  # some module did not compile; whoever imports it is told why
        await tool.run(command, place, lambda line: None)
