"""Where uv works for one project: shut in as a kernel is, with one state to build and a cache of its own.

Inside are the system's programs, uv, the interpreters, the state that is built, the project's cache and a
folder for papers; nothing of the server, of other projects, or of the network but what the gate lets through.
Whoever cannot be shut in is not let in at all, unless the admin has said so for kernels too.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import select
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kernel_manager import limits
from kernel_manager.engines.processes import birth
from kernel_manager.environment import gate, tool
from kernel_manager.environment.tool import EnvironmentFailed, Heard
from kernel_manager.interpreters import InterpreterMissing, needs_of
from kernel_manager.isolation import (
    HOME,
    OUTER_ENVIRONMENT,
    PROJECT,
    TEMPORARY,
    Inside,
    sandboxed,
)
from kernel_manager.isolation_probe import Standing
from kernel_manager.networks import EVERYTHING_CLOSED, own_proxy
from kernel_manager.owners import make_own
from kernel_manager.supervisor.spawn import JOIN, hand_over

UV, PAPERS = "/run/installer/uv", "/run/papers"
GATE_PORT = 3128
PUBLIC_INDEX = ("https://pypi.org", "https://files.pythonhosted.org")
ANY_HOST = "*"
PORTS = {"https": 443, "http": 80}
END_LIMIT_S = 10.0

PLACES = (
    "UV_FIND_LINKS",
    "UV_CONSTRAINT",
    "UV_OVERRIDE",
    "UV_BUILD_CONSTRAINT",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)
"""Settings of uv that may name files and folders."""

OPEN = """\
import os, socket, sys
line = socket.socket(fileno=int(sys.argv[1]))
door = socket.create_server(("127.0.0.1", int(sys.argv[2])), backlog=128)
socket.send_fds(line, [b"."], [door.fileno()])
line.recv(1)
line.close()
door.close()
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Runs inside, before uv: hands a listening socket of this network out to the gate."""

REFUSED = "Commonbook let no connection through to"

_numbers = itertools.count(1)


class NotShutIn(EnvironmentFailed):
    """No sandbox holds here, so nothing is installed; the text is a sentence for the person who asked."""


@dataclass(frozen=True, slots=True)
class Site:
    """What holds for all installers of a server.

    `settings` are uv's variables; `hosts` are names that may be reached beside the indexes, "*" every
    public one. `standing` says whether a sandbox holds.
    """

    settings: Mapping[str, str]
    standing: Standing
    hosts: Sequence[str] = (ANY_HOST,)
    allow_unsandboxed: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One call of uv: `papers` is the folder it starts in, `python` the interpreter it may look at.

    `state` may be written to; `files`, the project's, are shown where its lines name some of them, to be
    written to where `builds_there`: a build leaves files beside its source.
    """

    papers: Path
    python: str
    state: Path | None = None
    files: Path | None = None
    builds_there: bool = False


class Workshop:
    """Runs uv for one project, whose cache is `cache`, as the user `uid` where the server may choose one."""

    def __init__(self, site: Site, cache: Path, uid: int | None = None) -> None:
        self._site = site
        self._cache = cache
        self.uid = uid if site.standing.own_users else None
        """Who has to own what is written inside; None for the server's own user."""
        self._uv = tool.find_uv()

    @property
    def is_shut(self) -> bool:
        """Whether uv is shut in here; raises `NotShutIn` where it can neither be nor do without."""
        if not self._site.standing.works and not self._site.allow_unsandboxed:
            why = self._site.standing.why
            raise NotShutIn(f"Nothing can be installed: the installer cannot be kept apart here. {why}")
        return self._site.standing.works

    def root_of(self, files: Path) -> str:
        """Return where uv, and then kernels, find the project's `files`."""
        return PROJECT if self.is_shut else str(files.resolve())

    async def uv(self, arguments: Sequence[str], job: Job, heard: Heard) -> str:
        """Run uv and return what it said. Raises `EnvironmentFailed`; nothing of it runs any more then."""
        arguments = [*arguments[:2], *tool.index_arguments(self._site.settings), *arguments[2:]]
        await asyncio.to_thread(make_own, self._cache, self.uid)
        if not self.is_shut:
            settings = {**self._site.settings, "UV_CACHE_DIR": str(self._cache)}
            return await tool.run([self._uv, *arguments], job.papers, heard, settings)
        if self.uid is not None:
            for place in (job.papers, *job.papers.iterdir()):
                os.chown(place, self.uid, self.uid, follow_symlinks=False)
            if job.files is not None and job.builds_there:
                await asyncio.to_thread(hand_over, str(job.files), self.uid)
        variables = tool.tool_environment(os.environ, self._site.settings)
        refused: list[str] = []
        try:
            async with self._way_out(variables, refused) as line:
                return await self._shut_in(arguments, job, variables, line, heard)
        except EnvironmentFailed as failure:
            said = "".join(f"\n{REFUSED} {host}." for host in dict.fromkeys(refused))
            raise EnvironmentFailed(f"{failure}{said}") from None

    async def _shut_in(
        self, arguments: Sequence[str], job: Job, variables: Mapping[str, str], line: int | None, heard: Heard
    ) -> str:
        inside = self._inside(job, variables, with_network=line is not None)
        command = [UV, *arguments]
        if line is not None:
            command = [job.python, "-I", "-S", "-c", OPEN, str(line), str(GATE_PORT), *command]
        async with shut_in(command, inside, self.uid) as (shut, tell):
            descriptors = [tell] if line is None else [tell, line]
            return await tool.follow(shut, Path("/"), OUTER_ENVIRONMENT, heard, descriptors)

    def _inside(self, job: Job, variables: Mapping[str, str], *, with_network: bool) -> Inside:
        try:
            needs = needs_of(job.python)
        except InterpreterMissing as missing:
            raise EnvironmentFailed(str(missing)) from missing
        places = [part for name in PLACES for part in variables.get(name, "").split() if part.startswith("/")]
        bound = [(each, each, False) for each in dict.fromkeys(places) if os.path.exists(each)]
        bound += [(self._uv, UV, False), (str(job.papers), PAPERS, True)]
        bound += [(str(self._cache), str(self._cache), True)]
        if job.state is not None:
            bound.append((str(job.state), str(job.state), True))
        if job.files is not None:
            bound.append((str(job.files), PROJECT, job.builds_there))
        return Inside(
            roots=needs.roots,
            links=needs.links,
            bound=bound,
            where=PAPERS,
            environment=_environment(variables, str(self._cache), with_network=with_network),
        )

    @asynccontextmanager
    async def _way_out(self, variables: Mapping[str, str], refused: list[str]) -> AsyncIterator[int | None]:
        if variables.get(tool.NO_INDEX):
            yield None
            return
        async with way_out(rules_of(variables, self._site.hosts), refused) as line:
            yield line


@asynccontextmanager
async def way_out(rules: Mapping[str, object], refused: list[str]) -> AsyncIterator[int]:
    """Keep a gate with these rules open meanwhile; yields the descriptor over which it is given its door."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        program = [sys.executable, "-I", "-S", gate.__file__, str(theirs.fileno())]
        process = await asyncio.create_subprocess_exec(
            *tool.dying_with_us(program),
            env=OUTER_ENVIRONMENT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(rules).encode() + b"\n")
        try:
            yield ours.fileno()
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            said, _ = await process.communicate()
            refused += said.decode(errors="replace").split()


def rules_of(variables: Mapping[str, str], hosts: Sequence[str]) -> dict[str, object]:
    """Return the gate's rules: the hosts of the indexes are named, wherever they are. Pure."""
    indexes = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")
    found = [url for name in indexes for url in re.findall(r"https?://[^\s,]+", variables.get(name, ""))]
    if not any(variables.get(name) for name in indexes[:2]):
        found += PUBLIC_INDEX
    parts = [urlsplit(url) for url in found]
    upstream, direct = own_proxy(variables)
    return {
        "named": sorted(
            {(each.hostname, each.port or (443 if each.scheme == "https" else 80)) for each in parts}
        ),
        "hosts": [host for host in hosts if host != ANY_HOST],
        "public": ANY_HOST in hosts,
        "upstream": upstream,
        "direct": direct,
        "closed": EVERYTHING_CLOSED.closed,
    }


def _environment(variables: Mapping[str, str], cache: str, *, with_network: bool) -> dict[str, str]:
    """Return the whole environment of a sandboxed installer: uv's settings, and the gate as its proxy."""
    kept = {
        name: value
        for name, value in variables.items()
        if name.startswith(("UV_", "SSL_CERT_")) or name == "LANG"
    }
    proxies = ("http_proxy", "https_proxy", "all_proxy")
    to_gate = f"http://127.0.0.1:{GATE_PORT}"
    ways = {each: to_gate for name in proxies for each in (name, name.upper())} if with_network else {}
    return {
        "LANG": "C.UTF-8",
        **kept,
        **ways,
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": HOME,
        "USER": "installer",
        "TMPDIR": TEMPORARY,
        "UV_CACHE_DIR": cache,
    }


@asynccontextmanager
async def shut_in(
    command: Sequence[str], inside: Inside, uid: int | None
) -> AsyncIterator[tuple[list[str], int]]:
    """Yield what runs `command` inside, within a group of its own, and the descriptor that it is to inherit.

    Goes on once no process of the sandbox is left.
    """
    group = await asyncio.to_thread(_new_group)
    told, tell = os.pipe()
    try:
        joined = group.join_files if group is not None else []
        shut = sandboxed(command, inside, uid=uid, information=tell)
        try:
            yield tool.dying_with_us(["/bin/sh", "-c", JOIN, "sh", *joined, "--", *shut]), tell
        finally:
            os.close(tell)
            await asyncio.shield(asyncio.to_thread(_wait_until_empty, told))
    finally:
        os.close(told)
        if group is not None:
            await asyncio.shield(asyncio.to_thread(group.close))


def _new_group() -> limits.Group | None:
    """Return a group with a ceiling for what runs beside kernels; None where none can be made."""
    groups = limits.find_groups()
    if groups is None:
        return None
    name = limits.group_name(os.getpid(), birth(os.getpid()), next(_numbers))
    return limits.make_group(groups, name, limits.ceiling(limits.Wanted(None, None, None)))


def _wait_until_empty(told: int) -> None:
    """Return once no process of the sandbox is left: bubblewrap ends a moment before the last of them.

    What stands at `told` after bubblewrap's own words is not to be trusted. Raises `EnvironmentFailed`.
    """
    os.set_blocking(told, False)
    try:
        said, _ = json.JSONDecoder().raw_decode(os.read(told, 4096).decode(errors="replace"))
        first = os.pidfd_open(int(said["child-pid"]))
    except (BlockingIOError, ValueError, KeyError, TypeError, ProcessLookupError):
        return  # it never began, or is over
    try:
        if not select.select([first], [], [], END_LIMIT_S)[0]:
            raise EnvironmentFailed("The installer's sandbox did not end. Try again later.")
    finally:
        os.close(first)
