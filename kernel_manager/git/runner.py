"""Runs git for one project: shut in as its kernels are, as its user, with settings of ours alone.

A repository's own settings, hooks, filters and drivers are programs that somebody else may have named. So git
never reads them: it is given a folder of our making as its GIT_DIR, in which only objects, refs and the like
are links into the project's `.git`. What it needs to be let in somewhere comes in memory, by a descriptor,
and never stands in a file, an argument or a variable. The network is a gate to the one host that is meant.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from kernel_manager.environment import tool
from kernel_manager.environment.workshop import GATE_PORT, OPEN, shut_in, way_out
from kernel_manager.git.addresses import PORTS
from kernel_manager.git.desk import DESK, PRELUDE, Way, environment_of, lay_desk
from kernel_manager.git.desk import python as python_here
from kernel_manager.git.pump import Pump
from kernel_manager.interpreters import InterpreterMissing, needs_of
from kernel_manager.isolation import OUTER_ENVIRONMENT, PROJECT, Inside
from kernel_manager.isolation_probe import Standing
from kernel_manager.networks import EVERYTHING_CLOSED
from kernel_manager.supervisor.spawn import hand_over

MOST_OUT_BYTES = 64 * 1024 * 1024
USUAL_LIMIT_S = 120.0


class NotShutIn(Exception):
    """No sandbox holds here, so git does not run; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Site:
    """What holds for all projects of a server. `open_hosts` and hosts in `open_networks` may be private."""

    standing: Standing
    open_hosts: frozenset[str] = frozenset()
    open_networks: Sequence[str] = ()
    allow_unsandboxed: bool = False
    upstream: str | None = None
    direct: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What a script left: its exit code, its output, what it said beside, and hosts that were refused."""

    code: int
    out: bytes
    err: str
    refused: tuple[str, ...] = ()


class Git:
    """Git for the project whose folder is `files`, as the user `uid` where the server may choose one."""

    def __init__(self, site: Site, files: Path, desks: Path, uid: int | None = None) -> None:
        self._site = site
        self.files = files
        self._desks = desks
        self._uid = uid if site.standing.own_users else None

    @property
    def is_shut(self) -> bool:
        """Whether git is shut in here; raises `NotShutIn` where it can neither be nor do without."""
        if not self._site.standing.works and not self._site.allow_unsandboxed:
            raise NotShutIn(f"Git cannot run here: it cannot be kept apart. {self._site.standing.why}")
        return self._site.standing.works

    async def run(
        self,
        script: str,
        *arguments: str,
        stdin: bytes = b"",
        way: Way | None = None,
        heard: Callable[[str], None] | None = None,
        variables: Mapping[str, str] | None = None,
        papers: Mapping[str, bytes] | None = None,
        limit_s: float = USUAL_LIMIT_S,
        most_bytes: int = MOST_OUT_BYTES,
    ) -> Said:
        """Run a script of `sh` and return what it said; nothing of it runs any more then.

        `papers` are files that it finds on the desk. `heard` gets lines of progress as they come. Raises
        `NotShutIn`, `TooMuch` and `TookTooLong`.
        """
        is_shut = self.is_shut
        await asyncio.to_thread(self._own_files)
        desk = await asyncio.to_thread(
            lay_desk, self._desks, self.files, self._uid, way, papers or {}, is_shut=is_shut
        )
        secret = None
        refused: list[str] = []
        try:
            async with AsyncExitStack() as stack:
                if way is not None and way.secret is not None:
                    secret = _in_memory(way.secret, self._uid)
                line = None
                if way is not None and is_shut:
                    line = await stack.enter_async_context(way_out(self._rules(way), refused))
                environment = environment_of(
                    desk, self.files, way, secret, self._site.upstream, is_shut=is_shut
                ) | dict(variables or {})
                command = ["/bin/sh", "-c", PRELUDE + script, "git", *arguments]
                open_files = [each for each in (line, secret) if each is not None]
                pump = Pump(stdin, heard, most_bytes, limit_s)
                if is_shut:
                    code = await self._shut_in(command, desk, environment, line, open_files, pump)
                else:
                    code = await pump.run(tool.dying_with_us(command), environment, open_files)
        finally:
            if secret is not None:
                os.close(secret)
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, desk, ignore_errors=True))
        return Said(code, pump.out, pump.err, tuple(dict.fromkeys(refused)))

    async def _shut_in(
        self,
        command: list[str],
        desk: Path,
        environment: dict[str, str],
        line: int | None,
        open_files: list[int],
        pump: Pump,
    ) -> int:
        python = python_here()
        try:
            needs = needs_of(python)
        except InterpreterMissing as missing:
            raise NotShutIn(str(missing)) from missing
        if line is not None:
            command = [python, "-I", "-S", "-c", OPEN, str(line), str(GATE_PORT), *command]
        inside = Inside(
            roots=needs.roots,
            links=needs.links,
            bound=[
                (str(desk), DESK, True),
                (str(desk / "passwd"), "/etc/passwd", False),
                (str(self.files), PROJECT, True),
            ],
            where=PROJECT,
            environment=environment,
        )
        async with shut_in(command, inside, self._uid) as (shut, tell):
            return await pump.run(shut, OUTER_ENVIRONMENT, [tell, *open_files])

    def _own_files(self) -> None:
        """Let git's user write where the server has just made the folder or put a file."""
        self.files.mkdir(parents=True, exist_ok=True)
        if self._uid is not None and self.files.stat().st_uid != self._uid:
            hand_over(str(self.files), self._uid)

    def _rules(self, way: Way) -> dict[str, object]:
        """Return the gate's rules: one host and port, private only where the admin has named it."""
        address = way.address
        place = [address.host, address.port]
        is_open = address.host in self._site.open_hosts or "*" in self._site.open_hosts
        return {
            "named": [place] if is_open else [],
            "hosts": [],
            "public": False,
            "places": [place],
            "posts": True,
            "allowed": list(self._site.open_networks),
            "upstream": self._site.upstream if address.port in PORTS.values() else None,
            "direct": list(self._site.direct),
            "closed": EVERYTHING_CLOSED.closed,
        }


def _in_memory(secret: bytes, uid: int | None) -> int:
    """Return a descriptor from which `secret` can be read: in memory alone, for git's user alone."""
    descriptor = os.memfd_create("git", os.MFD_CLOEXEC)
    os.write(descriptor, secret)
    os.fchmod(descriptor, stat.S_IRUSR)
    if uid is not None:
        os.fchown(descriptor, uid, uid)
    return descriptor
