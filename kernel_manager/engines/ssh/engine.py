"""Places supervisors on hosts that are reached by SSH, through the local engine of each host.

The supervisor listens on the host's loopback only; its port is forwarded through the one connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from kernel_manager.engines.base import (
    Endpoint,
    EngineAway,
    EngineRefused,
    Handle,
    NotReady,
    Placement,
    Status,
)
from kernel_manager.engines.ssh.connection import Connection
from kernel_manager.engines.ssh.far import Answer, Call, Cancel, ListAll, Look, Signal, Submit
from kernel_manager.engines.ssh.hosts import SshHost
from kernel_manager.hardware import HardwareClass


class SshEngine:
    """`hosts` by name; a class names one with its option `host`, or gets the only one."""

    name = "ssh"

    def __init__(self, hosts: Mapping[str, SshHost]) -> None:
        self._connections = {name: Connection(host) for name, host in hosts.items()}

    async def classes(self) -> Sequence[HardwareClass]:
        """Return each host, unlimited."""
        return [
            HardwareClass(f"ssh-{name}", name, self.name, options={"host": name})
            for name in self._connections
        ]

    async def submit(self, placement: Placement) -> Handle:
        """Start a supervisor on the host of its class."""
        names = list(self._connections)
        name = placement.hardware.options.get("host", names[0] if len(names) == 1 else None)
        connection = self._connection(name)
        host = connection.host
        if not host.shared_files:
            python = placement.hardware.python or host.kernel_python or host.python
            placement = replace(placement, python=python)
        answer = await self._call(connection, Submit(host.folder, placement, host.shared_files))
        assert answer.handle is not None
        return {"host": name, **answer.handle}

    async def status(self, handle: Handle) -> Status:
        """Ask the host. One that does not answer has lost nothing yet."""
        try:
            answer = await self._look(handle)
        except EngineAway as away:
            return Status("queued", f"{away} It is tried again.", str(handle["host"]))
        phase: Any = answer.phase
        return Status(phase, answer.reason, str(handle["host"]))

    async def signal(self, handle: Handle, signum: int) -> None:
        """Send a signal to the supervisor on its host."""
        connection = self._connection(handle["host"])
        await self._call(connection, Signal(connection.host.folder, dict(handle), signum))

    async def cancel(self, handle: Handle) -> None:
        """End the supervisor and its kernel on their host."""
        connection = self._connection(handle["host"])
        await self._call(connection, Cancel(connection.host.folder, dict(handle)))

    async def list(self, owner: str) -> Sequence[Handle]:
        """Return the supervisors of `owner` on all hosts; raises `EngineAway` if one does not answer."""
        found = await asyncio.gather(
            *(self._call(each, ListAll(each.host.folder, owner)) for each in self._connections.values())
        )
        names = list(self._connections)
        return [
            {"host": name, **handle}
            for name, answer in zip(names, found, strict=True)
            for handle in answer.handles
        ]

    async def endpoint(self, handle: Handle) -> Endpoint:
        """Return the near end of the forwarded port, made anew if the connection was lost."""
        answer = await self._look(handle)
        if answer.port is None:
            raise NotReady("The kernel's supervisor is still starting.")
        port = await self._connection(handle["host"]).forward(answer.port)
        return Endpoint("127.0.0.1", port, is_direct=False)

    async def close(self) -> None:
        """Hang up everywhere."""
        for connection in self._connections.values():
            await connection.close()

    async def _look(self, handle: Handle) -> Answer:
        connection = self._connection(handle["host"])
        return await self._call(connection, Look(connection.host.folder, dict(handle)))

    async def _call(self, connection: Connection, call: Call) -> Answer:
        command = [connection.host.python, "-I", "-m", "kernel_manager.engines.ssh.far"]
        out = await connection.call(command, msgspec.json.encode(call))
        answer = msgspec.json.decode(out, type=Answer)
        if answer.refusal is not None:
            raise EngineRefused(answer.refusal)
        return answer

    def _connection(self, name: object) -> Connection:
        found = self._connections.get(str(name))
        if found is None:
            known = ", ".join(sorted(self._connections)) or "none"
            raise EngineRefused(
                f"There is no SSH host {name!r} in the settings, only: {known}. Ask an admin to correct it."
            )
        return found
