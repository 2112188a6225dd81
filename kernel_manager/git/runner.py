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
import signal
import stat
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from kernel_manager.environment import tool
from kernel_manager.environment.workshop import GATE_PORT, OPEN, shut_in, way_out
from kernel_manager.git import tunnel
from kernel_manager.git.addresses import PORTS, Address
from kernel_manager.interpreters import InterpreterMissing, needs_of
from kernel_manager.isolation import (
    HOME,
    OUTER_ENVIRONMENT,
    PROJECT,
    TEMPORARY,
    Inside,
)
from kernel_manager.isolation_probe import Standing
from kernel_manager.networks import EVERYTHING_CLOSED
from kernel_manager.supervisor.spawn import hand_over

DESK = "/run/git"
MOST_OUT_BYTES = 64 * 1024 * 1024
MOST_ERR_BYTES = 256 * 1024
USUAL_LIMIT_S = 120.0
GRACE_S = 2.0

LINKED = ("refs", "logs", "packed-refs", "info", "shallow")
"""What of the project's `.git` git finds in the folder of our making."""

CONFIG = """\
[core]
\trepositoryformatversion = 0
\tbare = false
\tlogAllRefUpdates = true
\thooksPath = /dev/null
\tfsmonitor = false
\tattributesFile = /dev/null
\texcludesFile = /dev/null
\tquotePath = false
\tautocrlf = false
\tpager = cat
[user]
\tuseConfigOnly = true
[gc]
\tauto = 0
[maintenance]
\tauto = false
[fetch]
\trecurseSubmodules = false
\twriteCommitGraph = false
[push]
\trecurseSubmodules = no
[submodule]
\trecurse = false
[credential]
\thelper =
[http]
\tfollowRedirects = initial
\tlowSpeedLimit = 100
\tlowSpeedTime = 60
[advice]
\tdetachedHead = false
"""

ASKPASS = """\
#!/bin/sh
case "$1" in
Username*) printf '%s\\n' "$COMMONBOOK_GIT_USER" ;;
*) exec cat "/proc/$COMMONBOOK_GIT_SELF/fd/$COMMONBOOK_GIT_SECRET" ;;
esac
"""

SSH = (
    "ssh -F none -o BatchMode=yes -o IdentitiesOnly=yes -o IdentityAgent=none -o GlobalKnownHostsFile=none"
    ' -o UserKnownHostsFile="$COMMONBOOK_GIT_DESK/known_hosts" -o StrictHostKeyChecking={strict}'
    " -o HashKnownHosts=no -o UpdateHostKeys=no -o CheckHostIP=no -o ConnectTimeout=20"
    " -o ServerAliveInterval=20 -o ServerAliveCountMax=3 -o PasswordAuthentication=no"
    " -o ClearAllForwardings=yes -o PermitLocalCommand=no -o ForwardAgent=no{key}{proxy}"
)
KEY = ' -i "/proc/$COMMONBOOK_GIT_SELF/fd/$COMMONBOOK_GIT_SECRET"'
PROXY = " -o ProxyCommand='{python} -I -S \"$COMMONBOOK_GIT_DESK/tunnel.py\" {port} %h %p'"

PRELUDE = """\
umask 022
COMMONBOOK_GIT_SELF=$$; export COMMONBOOK_GIT_SELF
P=$GIT_WORK_TREE; D=$COMMONBOOK_GIT_DESK
if [ -f "$P/.git/HEAD" ]; then head -c 300 "$P/.git/HEAD" > "$GIT_DIR/HEAD"; fi
cd "$P"
"""
"""Comes before every script. `P` is the project's folder and `D` the desk, where scripts may leave files."""


class NotShutIn(Exception):
    """No sandbox holds here, so git does not run; the text is a sentence."""


class TooMuch(Exception):
    """What is fetched or told is larger than may be; the text is a sentence."""


class TookTooLong(Exception):
    """It did not end in time."""


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
class Way:
    """The one place that a command may reach, and what opens it.

    `secret` is a token, or for ssh a private key. With `accepts_any_host` ssh notes which key the host
    shows, in `known_hosts` on the desk; nothing secret may be given along then.
    """

    address: Address
    user: str = ""
    secret: bytes | None = field(default=None, repr=False)
    known_hosts: str = ""
    accepts_any_host: bool = False


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
        desk = await asyncio.to_thread(self._lay_desk, way, papers or {}, is_shut)
        secret = None
        refused: list[str] = []
        try:
            async with AsyncExitStack() as stack:
                if way is not None and way.secret is not None:
                    secret = _in_memory(way.secret, self._uid)
                line = None
                if way is not None and is_shut:
                    line = await stack.enter_async_context(way_out(self._rules(way), refused))
                environment = self._environment(desk, way, secret, is_shut=is_shut) | dict(variables or {})
                command = ["/bin/sh", "-c", PRELUDE + script, "git", *arguments]
                open_files = [each for each in (line, secret) if each is not None]
                pump = _Pump(stdin, heard, most_bytes, limit_s)
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
        pump: _Pump,
    ) -> int:
        python = _python()
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

    def _lay_desk(self, way: Way | None, papers: Mapping[str, bytes], is_shut: bool) -> Path:
        """Make the folder that stands in for `.git`, with settings of ours. Nothing in it is secret."""
        self._desks.mkdir(mode=0o700, parents=True, exist_ok=True)
        desk = Path(tempfile.mkdtemp(dir=self._desks))
        folder = desk / "dir"
        folder.mkdir()
        project = PROJECT if is_shut else str(self.files)
        (folder / "config").write_text(CONFIG)
        (folder / "HEAD").write_text("ref: refs/heads/main\n")
        for name in LINKED:
            (folder / name).symlink_to(f"{project}/.git/{name}")
        (desk / "askpass").write_text(ASKPASS)
        (desk / "askpass").chmod(0o755)
        uid = os.geteuid() if self._uid is None else self._uid
        (desk / "passwd").write_text(f"kernel:x:{uid}:{uid}::{HOME}:/bin/sh\n")
        shutil.copyfile(tunnel.__file__, desk / "tunnel.py")
        (desk / "known_hosts").write_text(way.known_hosts if way is not None else "")
        for name, content in papers.items():
            (desk / name).write_bytes(content)
        if self._uid is not None:
            for place in (desk, *desk.iterdir(), *folder.iterdir()):
                os.chown(place, self._uid, self._uid, follow_symlinks=False)
        return desk

    def _environment(
        self, desk: Path, way: Way | None, secret: int | None, *, is_shut: bool
    ) -> dict[str, str]:
        place = DESK if is_shut else str(desk)
        project = PROJECT if is_shut else str(self.files)
        variables = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": HOME if is_shut else place,
            "TMPDIR": TEMPORARY if is_shut else place,
            "LC_ALL": "C.UTF-8",
            "COMMONBOOK_GIT_DESK": place,
            "GIT_DIR": f"{place}/dir",
            "GIT_WORK_TREE": project,
            "GIT_INDEX_FILE": f"{project}/.git/index",
            "GIT_OBJECT_DIRECTORY": f"{project}/.git/objects",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_ALLOW_PROTOCOL": way.address.scheme if way is not None else "none",
            "GIT_ASKPASS": f"{place}/askpass",
            "SSH_ASKPASS": "/bin/false",
            "GIT_EDITOR": "/bin/false",
        }
        if way is None:
            return variables
        variables["COMMONBOOK_GIT_USER"] = way.user
        if secret is not None:
            variables["COMMONBOOK_GIT_SECRET"] = str(secret)
        if is_shut:
            to_gate = f"http://127.0.0.1:{GATE_PORT}"
            variables |= {"http_proxy": to_gate, "https_proxy": to_gate}
        elif self._site.upstream:
            variables |= {"http_proxy": self._site.upstream, "https_proxy": self._site.upstream}
        if way.address.scheme == "ssh":
            variables["GIT_SSH_VARIANT"] = "ssh"
            variables["GIT_SSH_COMMAND"] = SSH.format(
                strict="accept-new" if way.accepts_any_host else "yes",
                key=KEY if secret is not None else "",
                proxy=PROXY.format(python=_python(), port=GATE_PORT) if is_shut else "",
            )
        return variables

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


class _Pump:
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


def _python() -> str:
    """Return the interpreter that opens the gate's door inside: the one that this server's was made from."""
    return os.path.realpath(sys.executable)


def _in_memory(secret: bytes, uid: int | None) -> int:
    """Return a descriptor from which `secret` can be read: in memory alone, for git's user alone."""
    descriptor = os.memfd_create("git", os.MFD_CLOEXEC)
    os.write(descriptor, secret)
    os.fchmod(descriptor, stat.S_IRUSR)
    if uid is not None:
        os.fchown(descriptor, uid, uid)
    return descriptor
