"""Feeds a process, hears what it says, and ends it and all it started."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

MOST_ERR_BYTES = 256 * 1024
GRACE_S = 2.0


class TooMuch(Exception):
    """What is fetched or told is larger than may be; the text is a sentence."""


class TookTooLong(Exception):
    """It did not end in time."""


class Pump:
    """Feeds a process, hears what it says, and ends it where it says too much or takes too long."""

    def __init__(
        self, stdin: bytes, heard: Callable[[str], None] | None, most_bytes: int, limit_s: float
    ) -> None:
        self._stdin = stdin
        self._heard = heard or (lambda line: None)
        self._most = most_bytes
        self._limit_s = limit_s
        self.out = b""
        self.err = ""

    async def run(
        self, command: Sequence[str], environment: Mapping[str, str], open_files: Sequence[int]
    ) -> int:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd="/",
            env=dict(environment),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            pass_fds=list(open_files),
        )
        try:
            async with asyncio.timeout(self._limit_s):
                await asyncio.gather(self._feed(process), self._read_out(process), self._read_err(process))
                return await process.wait()
        except TimeoutError:
            raise TookTooLong from None
        finally:
            await asyncio.shield(_end(process))

    async def _feed(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        with suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.write(self._stdin)
            await process.stdin.drain()
        process.stdin.close()

    async def _read_out(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        parts, size = [], 0
        while chunk := await process.stdout.read(256 * 1024):
            parts.append(chunk)
            size += len(chunk)
            if size > self._most:
                raise TooMuch("This repository holds more than can be shown here.")
        self.out = b"".join(parts)

    async def _read_err(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        text, rest = "", ""
        while chunk := await process.stderr.read(64 * 1024):
            said = chunk.decode(errors="replace")
            text = (text + said)[-MOST_ERR_BYTES:]
            *lines, rest = (rest + said).replace("\r", "\n").split("\n")
            for line in lines:
                if line.strip():
                    self._heard(line.strip())
            rest = rest[-1000:]
        self.err = text


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the process and all it started: politely, then by force."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), GRACE_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
