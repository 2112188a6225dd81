"""Makes the Python environment that kernels use when a project has none of its own.

Built once by `uv`, in its final place; a marker written last tells a whole one from one whose building was
cut short, which is built anew. A file lock keeps two builders apart, in one server or in two.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

PACKAGES = ("ipykernel", "matplotlib", "pandas", "pip")
"""pip is there for `%pip install`."""

PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC")
PASSED_ON_PREFIXES = ("UV_", "PIP_", "XDG_")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")

MARKER = ".complete"
LAST_LINES = 12
POLL_S = 0.1


class EnvironmentFailed(Exception):
    """The environment could not be made; the text is for the person who runs the server."""


async def ensure_default(folder: Path, progress: Callable[[str], None], *, uv: Path | None = None) -> Path:
    """Return the interpreter of the default environment below `folder`; takes a minute the first time.

    `progress` hears a sentence now and then. Callers at the same time wait for one installation.
    Raises `EnvironmentFailed` with the last lines of the tool.
    """
    home = folder / "environments"
    place = home / "default"
    python = place / "bin" / "python"
    if (place / MARKER).exists():
        return python
    home.mkdir(parents=True, exist_ok=True)
    async with _only_builder(home / "default.lock", progress):
        if (place / MARKER).exists():
            return python
        tool = str(uv or _find_uv())
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
        progress("Creating the default Python environment.")
        await _run([tool, "venv", "--no-project", "--python", sys.executable, str(place)], home, progress)
        progress(f"Installing {', '.join(PACKAGES)}.")
        await _run([tool, "pip", "install", "--python", str(python), *PACKAGES], home, progress)
        (place / MARKER).touch()
        progress("The default Python environment is ready.")
    return python


def tool_environment(own: Mapping[str, str]) -> dict[str, str]:
    """Return what of the server's environment the installer may see: its settings, and no secrets of ours."""
    return {
        name: value
        for name, value in own.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES) or name.lower() in PROXIES
    }


def _find_uv() -> str:
    from uv import find_uv_bin  # looks for its program at call time

    try:
        return find_uv_bin()
    except FileNotFoundError as error:
        raise EnvironmentFailed("The program uv is not installed.") from error


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


async def _run(command: Sequence[str], folder: Path, progress: Callable[[str], None]) -> None:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env=tool_environment(os.environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    except OSError as error:
        raise EnvironmentFailed(f"{command[0]} could not start: {error.strerror}.") from error
    assert process.stdout is not None
    lines: deque[str] = deque(maxlen=LAST_LINES)
    try:
        async for raw in process.stdout:
            line = raw.decode(errors="replace").strip()
            if line:
                lines.append(line)
                progress(line)
        code = await process.wait()
    except BaseException:  # cancelled: the half-made environment has no marker
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    if code != 0:
        raise EnvironmentFailed("\n".join(lines) or f"{command[0]} ended with code {code}.")
