"""Runs `uv` in a process group of its own: lines as they come, no secrets of ours, nothing left behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC")
PASSED_ON_PREFIXES = ("UV_", "PIP_", "XDG_")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")

KEPT_LINES = 400
LINE_BYTES = 256 * 1024
GRACE_S = 2.0

Heard = Callable[[str], None]


class EnvironmentFailed(Exception):
    """The tool did not do what it was to do; the text is its own."""


def find_uv() -> str:
    """Return the path of uv; raises `EnvironmentFailed`."""
    from uv import find_uv_bin  # looks for its program at call time

    try:
        return find_uv_bin()
    except FileNotFoundError as error:
        raise EnvironmentFailed("The program uv is not installed.") from error


NO_INDEX = "UV_NO_INDEX"
"""In the settings: packages come from folders alone. uv has no variable for it, only an argument."""


def index_arguments(settings: Mapping[str, str]) -> list[str]:
    """Return uv's arguments about where packages come from."""
    return ["--no-index"] if settings.get(NO_INDEX) else []


def tool_environment(own: Mapping[str, str], settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what of the server's environment the installer may see: its settings, and no secrets of ours.

    `settings` are those of the site's admin, as uv's own variables; they win.
    """
    passed = {
        name: value
        for name, value in own.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES) or name.lower() in PROXIES
    }
    return {**passed, "UV_PYTHON_DOWNLOADS": "never", "UV_LINK_MODE": "copy", **(settings or {})}


async def run(
    command: Sequence[str], folder: Path, heard: Heard, settings: Mapping[str, str] | None = None
) -> str:
    """Run a command that runs nobody else's code to its end in `folder` and return what it said.

    Each line goes to `heard` too. Raises `EnvironmentFailed` with the last lines. When this is cancelled, the
    whole process group is ended first; when the server dies, the system ends the tool.
    """
    if not os.path.isfile(command[0]):  # noqa: ASYNC240 - one look, for a sentence of our own
        raise EnvironmentFailed(f"{command[0]} could not start: No such file or directory.")
    return await follow(dying_with_us(command), folder, tool_environment(os.environ, settings), heard)


async def follow(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    heard: Heard,
    descriptors: Sequence[int] = (),
) -> str:
    """Start a command with `environment` and these open `descriptors`, and follow it as `run` does."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            limit=LINE_BYTES,
            pass_fds=descriptors,
        )
    except OSError as error:
        raise EnvironmentFailed(f"{command[0]} could not start: {error.strerror}.") from error
    assert process.stdout is not None
    lines: deque[str] = deque(maxlen=KEPT_LINES)
    try:
        async for line in _lines(process.stdout):
            lines.append(line)
            heard(line)
        code = await process.wait()
    except BaseException:
        await _end(process)
        raise
    if code != 0:
        signalled = f"The installer was ended by signal {-code}." if code < 0 else ""
        raise EnvironmentFailed("\n".join([*lines, signalled]).strip() or f"It ended with {code}.")
    return "\n".join(lines)


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    while True:
        try:
            raw = await stream.readline()
        except ValueError:  # a line without end: what was read of it is dropped
            continue
        if not raw:
            return
        line = raw.decode(errors="replace").rstrip()
        if line.strip():
            yield line


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the process and all it started: politely, then by force."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(process.wait(), GRACE_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def dying_with_us(command: Sequence[str]) -> list[str]:
    """Have the system end the command when this process is killed, where it can."""
    guard = shutil.which("setpriv") if sys.platform == "linux" else None
    return [*([guard, "--pdeathsig", "KILL", "--"] if guard else []), *command]
