"""One process that reads code for one project, shut in as a kernel is, and kept for the next question."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernel_manager.environment.tool import dying_with_us
from kernel_manager.interpreters import InterpreterMissing, needs_of
from kernel_manager.isolation import (
    GUEST,
    OUTER_ENVIRONMENT,
    PROJECT,
    Inside,
    inner_environment,
    sandboxed,
)
from kernel_manager.isolation_probe import GUEST_FOLDER, Standing
from kernel_manager.owners import make_own

CACHE = "/run/analysis"
LONGEST_WORK_S = 60.0
"""After this the process is replaced: something keeps it from answering at all."""
MOST_WAITING = 6
CLOSE_LIMIT_S = 3.0
LONGEST_ANSWER = 4 * 1024 * 1024


class NoAnswer(Exception):
    """The question cannot be answered just now; the text says why, for the log."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a worker works: the interpreter, the project's files, and who it runs as inside.

    `cache` is a folder of its own for what it has read of packages; no other project's worker may see it.
    """

    python: str
    files: Path
    cache: Path
    standing: Standing
    uid: int | None = None
    allow_unsandboxed: bool = False

    @property
    def project(self) -> str:
        """Where the project's files are for the worker."""
        return PROJECT if self.standing.works else str(self.files)


class Worker:
    """Answers one question after the other. The process starts with the first one.

    `program` is one of the guest's. `tools` are programs of the server's that it finds inside, and where.
    """

    def __init__(self, seat: Seat, program: str, tools: Sequence[tuple[str, str]] = ()) -> None:
        self.seat = seat
        self._program = program
        self._tools = tools
        self._process: asyncio.subprocess.Process | None = None
        self._waiting = 0
        self._work_left: asyncio.Task[dict[str, Any]] | None = None
        self._told: int | None = None
        """Where bubblewrap tells of the sandbox; it waits until somebody could hear it."""
        self._turn = asyncio.Lock()
        self._is_closed = False

    async def put(self, question: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        """Return the program's answer to a question.

        Raises `NoAnswer`. What takes long is read to its end all the same: the next question finds it read.
        """
        if self._waiting >= MOST_WAITING:
            raise NoAnswer("many questions wait already")
        self._waiting += 1
        try:
            async with asyncio.timeout(limit_s):
                await self._turn.acquire()
                self._work_left = asyncio.create_task(self._work(question))
                return await asyncio.shield(self._work_left)
        except TimeoutError:
            raise NoAnswer(f"no answer to {question['kind']} in time") from None
        finally:
            self._waiting -= 1

    async def _work(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Answer the question whose turn it is, also when nobody waits for it any more."""
        try:
            async with asyncio.timeout(LONGEST_WORK_S):
                return await self._exchange(question)
        except (NoAnswer, OSError, ValueError, TimeoutError, asyncio.CancelledError) as failure:
            self._kill()
            raise NoAnswer(f"{type(failure).__name__}: {failure}") from failure
        finally:
            self._turn.release()

    async def close(self) -> None:
        """End the process."""
        self._is_closed = True
        if self._work_left is not None:
            self._work_left.cancel()
            await asyncio.wait([self._work_left])
        process = self._process
        self._kill()
        if process is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_LIMIT_S):
                    await process.communicate()

    async def _exchange(self, question: Mapping[str, Any]) -> dict[str, Any]:
        if self._is_closed:
            raise NoAnswer("the worker was closed")
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(question).encode() + b"\n")
        await process.stdin.drain()
        line = await process.stdout.readline()
        if not line.endswith(b"\n"):
            raise OSError("the process ended")
        answer = json.loads(line)
        if not isinstance(answer, dict):
            raise ValueError("this is no answer")
        return answer

    async def _start(self) -> asyncio.subprocess.Process:
        await asyncio.to_thread(make_own, self.seat.cache, self._uid)
        read_end, information = os.pipe()
        try:
            return await asyncio.create_subprocess_exec(
                *dying_with_us(self._command(information)),
                env=OUTER_ENVIRONMENT,
                cwd="/" if self.seat.standing.works else self.seat.files,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                limit=LONGEST_ANSWER,
                pass_fds=[information],
            )
        finally:
            os.close(information)
            self._told = read_end

    def _command(self, information: int) -> list[str]:
        """Return what to start; raises `NoAnswer` where nothing may run without a sandbox."""
        seat = self.seat
        python = os.path.abspath(seat.python)
        if not seat.standing.works:
            if not seat.allow_unsandboxed:
                raise NoAnswer("no sandbox holds here")
            tools = [tool for tool, _ in self._tools]
            return [python, "-I", os.path.join(GUEST_FOLDER, self._program), str(seat.cache), *tools]
        try:
            needs = needs_of(python)
        except InterpreterMissing as missing:
            raise NoAnswer(str(missing)) from missing
        inside = Inside(
            roots=needs.roots,
            links=needs.links,
            bound=[
                (GUEST_FOLDER, GUEST, False),
                (str(seat.files), PROJECT, False),
                (str(seat.cache), CACHE, True),
                *((tool, place, False) for tool, place in self._tools),
            ],
            where=PROJECT,
            environment=inner_environment(python, {}, {}),
        )
        command = [python, "-I", f"{GUEST}/{self._program}", CACHE, *(place for _, place in self._tools)]
        return sandboxed(command, inside, uid=self._uid, information=information)

    @property
    def _uid(self) -> int | None:
        return self.seat.uid if self.seat.standing.own_users else None

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
        told, self._told = self._told, None
        if told is not None:
            os.close(told)
