"""Runs Slurm's commands, and asks for the queue once for everybody who wants to know."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from kernel_manager.engines.base import EngineAway, EngineRefused
from kernel_manager.engines.slurm import jobs, nodes
from kernel_manager.engines.slurm.jobs import Job
from kernel_manager.engines.slurm.nodes import Node

LIMIT_S = 20.0
LOOK_LIMIT_S = 5.0
"""How long a look at the queue may take. Slurm's commands look ten seconds for a lost controller."""

PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "LANG")

LONGEST_PAUSE_S = 30.0

AWAY = "Slurm's controller does not answer now."


@dataclass(frozen=True, slots=True)
class Printed:
    """What a command printed and how it ended."""

    status: int
    out: str
    err: str


class Commands:
    """Slurm's commands with a minimal environment: sbatch would hand on whatever it is given."""

    def __init__(self, conf: str = "") -> None:
        self._environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        conf = conf or os.environ.get("SLURM_CONF", "")
        if conf:
            self._environment["SLURM_CONF"] = conf

    async def run(self, *arguments: str, text: str = "") -> Printed:
        """Run one command to its end.

        Raises `EngineAway` if Slurm does not answer, `EngineRefused` if the command is not there.
        """
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *arguments, stdin=pipe, stdout=pipe, stderr=pipe, env=self._environment
            )
        except OSError as failure:
            raise EngineRefused(
                f"Slurm's command {arguments[0]} cannot be run on the server: {failure.strerror}."
            ) from failure
        try:
            out, err = await asyncio.wait_for(process.communicate(text.encode()), LIMIT_S)
        except TimeoutError:
            raise EngineAway(AWAY) from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        printed = Printed(process.returncode or 0, out.decode(errors="replace"), err.decode(errors="replace"))
        if printed.status != 0 and jobs.is_away(printed.err):
            raise EngineAway(AWAY)
        return printed


class Nodes:
    """The nodes as sinfo tells them, asked for at most every `every_s` for everybody."""

    def __init__(self, commands: Commands, every_s: float) -> None:
        self._commands = commands
        self._every_s = every_s
        self._lock = asyncio.Lock()
        self._seen: Sequence[Node] | None = None
        self._next_at = float("-inf")

    async def look(self) -> Sequence[Node] | None:
        """Return the nodes, at most `every_s` old; None while Slurm does not tell. Never raises for that."""
        async with self._lock:
            if time.monotonic() >= self._next_at:
                try:
                    self._seen = await asyncio.wait_for(self._ask(), LOOK_LIMIT_S)
                except (EngineRefused, TimeoutError, ValueError):
                    self._seen = None
                self._next_at = time.monotonic() + self._every_s
            return self._seen

    async def _ask(self) -> Sequence[Node]:
        printed = await self._commands.run("sinfo", *nodes.ARGUMENTS)
        if printed.status != 0:
            raise EngineAway(AWAY)
        return nodes.read_nodes(printed.out)


@dataclass(frozen=True, slots=True)
class Seen:
    """The queue as it was at `at`, by a monotonic clock. `is_away` says that Slurm has not answered since."""

    jobs: Mapping[int, Job]
    at: float
    is_away: bool = False


class Queue:
    """The whole queue, asked for at most every `every_s` for everybody; more seldom while Slurm is silent."""

    def __init__(self, commands: Commands, every_s: float) -> None:
        self._commands = commands
        self._every_s = every_s
        self._lock = asyncio.Lock()
        self._seen = Seen({}, float("-inf"))
        self._next_at = float("-inf")
        self._pause_s = every_s
        self.asked = 0
        """How often Slurm was asked."""

    async def look(self) -> Seen:
        """Return the queue, at most `every_s` old while Slurm answers; never raises for its silence."""
        async with self._lock:
            if time.monotonic() >= self._next_at:
                try:
                    await asyncio.wait_for(self._ask(), LOOK_LIMIT_S)
                except (EngineRefused, TimeoutError):
                    self._seen = replace(self._seen, is_away=True)
                    self._next_at = time.monotonic() + self._pause_s
                    self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
            return self._seen

    async def look_now(self) -> Seen:
        """Ask Slurm whatever was known; raises `EngineAway` if it does not answer."""
        async with self._lock:
            await self._ask()
            return self._seen

    async def _ask(self) -> None:
        self.asked += 1
        began = time.monotonic()
        printed = await self._commands.run("squeue", "--json")
        if printed.status != 0:
            raise EngineAway(AWAY)
        try:
            # A long queue is megabytes of JSON: nobody waits for it to be read.
            found = await asyncio.to_thread(jobs.read_jobs, printed.out)
        except ValueError as failure:
            raise EngineAway(f"Slurm's answer cannot be read: {failure}.") from failure
        self._seen = Seen({job.id: job for job in found}, began)
        self._next_at, self._pause_s = began + self._every_s, self._every_s
