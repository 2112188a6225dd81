"""One SSH connection to a host, shared by every call and forwarded port, and made anew when it is lost."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import socket
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from kernel_manager.engines.base import EngineAway, EngineRefused
from kernel_manager.engines.ssh.hosts import FAILED, SshHost, failure, far_failure, options

CONNECT_LIMIT_S = 12.0
CALL_LIMIT_S = 30.0
FORWARD_TRIES = 5

READY = "ready"


class Connection:
    """The master runs a command that ends with its standard input, so that it never outlives this server."""

    def __init__(self, host: SshHost) -> None:
        self.host = host
        self._folder: Path | None = None
        self._master: asyncio.subprocess.Process | None = None
        self._forwards: dict[int, int] = {}
        self._lock = asyncio.Lock()

    async def call(self, command: Sequence[str], text: bytes) -> bytes:
        """Run a command on the host and return what it prints; raises `EngineRefused` or `EngineAway`."""
        await self._ensure()
        status, out, err = await self._ssh([self.host.address, shlex.join(command)], text)
        if status == FAILED:
            raise failure(self.host, err)
        if status != 0:
            raise far_failure(self.host, err)
        return out

    async def forward(self, port: int) -> int:
        """Return a port of this machine's loopback that leads to `port` of the host's."""
        await self._ensure()
        async with self._lock:
            for _ in range(FORWARD_TRIES):
                if port in self._forwards:
                    return self._forwards[port]
                near = _free_port()
                line = ["-O", "forward", "-L", f"127.0.0.1:{near}:127.0.0.1:{port}", self.host.address]
                status, _, said = await self._ssh(line, b"")
                if status == 0:
                    self._forwards[port] = near
                elif self._master is None or self._master.returncode is not None:
                    raise failure(self.host, said)
        raise EngineAway(f"No port could be forwarded from {self.host.name}.")

    async def drop(self, port: int) -> None:
        """Forget a forwarded port."""
        near = self._forwards.pop(port, None)
        if near is not None and self._master is not None and self._master.returncode is None:
            line = ["-O", "cancel", "-L", f"127.0.0.1:{near}:127.0.0.1:{port}", self.host.address]
            with suppress(EngineRefused):
                await self._ssh(line, b"")

    async def close(self) -> None:
        """Hang up. What runs on the host goes on."""
        master, self._master = self._master, None
        if master is not None and master.returncode is None:
            master.terminate()
            await master.wait()
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _ensure(self) -> None:
        """Have a living master."""
        async with self._lock:
            if self._master is not None and self._master.returncode is None:
                return
            self._forwards.clear()
            if self._folder is None:
                self._folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="ssh-"))
            (self._folder / "control").unlink(missing_ok=True)
            command = f"echo {READY}; exec cat"
            pipe = asyncio.subprocess.PIPE
            process = await self._spawn(["-M", self.host.address, command], stderr=pipe)
            assert process.stdout is not None
            assert process.stderr is not None
            try:
                said = await asyncio.wait_for(process.stdout.readline(), CONNECT_LIMIT_S)
            except TimeoutError:
                said = b""
            if said.strip() != READY.encode():
                with suppress(ProcessLookupError):
                    process.kill()
                words = (await process.stderr.read()).decode(errors="replace")
                await process.wait()
                raise failure(self.host, words or "timed out")
            self._master = process

    async def _ssh(self, arguments: Sequence[str], text: bytes) -> tuple[int, bytes, str]:
        process = await self._spawn(arguments, stderr=asyncio.subprocess.PIPE)
        try:
            out, err = await asyncio.wait_for(process.communicate(text), CALL_LIMIT_S)
        except TimeoutError:
            raise EngineAway(f"The host {self.host.name} does not answer now.") from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return process.returncode or 0, out, err.decode(errors="replace")

    async def _spawn(self, arguments: Sequence[str], *, stderr: int) -> asyncio.subprocess.Process:
        assert self._folder is not None
        flags = options(self.host, str(self._folder / "control"))
        pipe = asyncio.subprocess.PIPE
        try:
            return await asyncio.create_subprocess_exec(
                "ssh", *flags, *arguments, stdin=pipe, stdout=pipe, stderr=stderr, start_new_session=True
            )
        except OSError as error:
            raise EngineRefused(f"The program ssh cannot be run on the server: {error.strerror}.") from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
