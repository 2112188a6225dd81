"""Makes the environments that projects begin with: one for each Python version, never changed afterwards.

Built once by `uv`, in its final place, and read-only; a marker written last tells a whole one from one whose
building was cut short, which is built anew. A file lock keeps two builders apart, in one server or in two.
Its packages are the admin's choice and come as wheels, so that making it runs nobody's code: here uv is not
shut in.
"""

from __future__ import annotations

import asyncio
import fcntl
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from kernel_manager.environment import tool
from kernel_manager.environment.seal import Tampered, bones, seal

PACKAGES = ("cloudpickle", "ipykernel", "matplotlib", "pandas")
"""What a project without requirements of its own finds, so that a first notebook runs."""

MARKER = ".complete"
LAST_LINES = 12
POLL_S = 0.1


async def ensure_default(
    folder: Path,
    progress: Callable[[str], None],
    *,
    python: str = sys.executable,
    name: str = "default",
    packages: Sequence[str] = PACKAGES,
    uv: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> Path:
    """Return the interpreter of the environment `name` below `folder`; takes a minute the first time.

    `progress` hears a sentence now and then. Callers at the same time wait for one installation.
    Raises `EnvironmentFailed` with the last lines of the tool.
    """
    home = folder / "environments"
    place = home / name
    made = place / "bin" / "python"
    if (place / MARKER).exists():
        return made
    home.mkdir(parents=True, exist_ok=True)
    async with _only_builder(home / f"{name}.lock", progress):
        if (place / MARKER).exists():
            return made
        program = str(uv or tool.find_uv())
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
        progress("Creating the default Python environment.")
        await _run([program, *venv_arguments(python, place)], home, progress, settings)
        expected = await asyncio.to_thread(bones, place)
        progress(f"Installing {', '.join(packages)}.")
        sources = tool.index_arguments(settings or {})
        install = ["pip", "install", *sources, "--no-build", "--python", str(made), "--", *packages]
        await _run([program, *install], home, progress, settings)
        try:
            await asyncio.to_thread(seal, place, expected)
        except Tampered as failure:
            raise tool.EnvironmentFailed(str(failure)) from failure
        (place / MARKER).touch()
        progress("The default Python environment is ready.")
    return made


def venv_arguments(python: str, place: Path) -> list[str]:
    """Return uv's arguments that make an empty environment whose programs work from any place."""
    return ["venv", "--no-project", "--relocatable", "--python", python, str(place)]


async def _run(
    command: list[str], folder: Path, progress: Callable[[str], None], settings: Mapping[str, str] | None
) -> None:
    def tell(line: str) -> None:
        if not line.startswith(" + "):  # the name of each package, once all are there
            progress(line.strip())

    try:
        await tool.run(command, folder, tell, settings)
    except tool.EnvironmentFailed as failure:
        raise tool.EnvironmentFailed("\n".join(str(failure).splitlines()[-LAST_LINES:])) from failure


@asynccontextmanager
async def _only_builder(path: Path, progress: Callable[[str], None]) -> AsyncIterator[None]:
    """Hold the lock; the system frees it when this process dies."""
    with path.open("w") as file:
        is_first = True
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if is_first:
                    progress("Waiting for the Python environment, which is being made for the first time.")
                    is_first = False
                await asyncio.sleep(POLL_S)
        yield
