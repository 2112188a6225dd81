"""What is known of a host that is reached by SSH, and the words of `ssh` in ours. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kernel_manager.engines.base import EngineAway, EngineRefused

FAILED = 255
"""The status with which `ssh` itself fails; any other is the far command's."""

ALIVE_EVERY_S, ALIVE_MISSES = 4, 2

_AWAY = (
    "connection refused", "timed out", "no route to host", "could not resolve", "network is unreachable",
    "connection reset", "connection closed", "broken pipe", "timeout, server", "not responding",
    "kex_exchange_identification",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SshHost:
    """One host. `known_hosts` is a file with its key, put there by an admin: nothing else is believed.

    `python` is an interpreter there that has Commonbook installed, `kernel_python` the one for kernels
    (empty: the same). `folder` is where kernels and, unless `shared_files`, the projects' files lie there.
    """

    name: str
    address: str
    known_hosts: str
    user: str = ""
    port: int = 22
    identity: str = ""
    python: str = "python3"
    kernel_python: str = ""
    folder: str = "commonbook"
    shared_files: bool = False


def options(host: SshHost, control: str) -> Sequence[str]:
    """Return the options that every call of `ssh` gets. No settings of the server's user play a part."""
    wanted = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": host.known_hosts,
        "GlobalKnownHostsFile": "/dev/null",
        "UpdateHostKeys": "no",
        "ForwardAgent": "no",
        "ForwardX11": "no",
        "PermitLocalCommand": "no",
        "ConnectTimeout": "8",
        "ServerAliveInterval": str(ALIVE_EVERY_S),
        "ServerAliveCountMax": str(ALIVE_MISSES),
        "ControlPersist": "no",
        "ControlPath": control,
    }
    if host.identity:
        wanted |= {"IdentitiesOnly": "yes", "IdentityFile": host.identity, "IdentityAgent": "none"}
    flags = [part for name, value in wanted.items() for part in ("-o", f"{name}={value}")]
    user = ["-l", host.user] if host.user else []
    return ["-F", "/dev/null", "-p", str(host.port), *user, *flags]


def failure(host: SshHost, said: str) -> EngineRefused:
    """Return what to raise when `ssh` failed with these words."""
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "it does not say why")
    lower = said.lower()
    if "host key verification failed" in lower or "host key is known for" in lower:
        return EngineRefused(
            f"The host {host.name} does not show the key that is pinned for it. Ask an admin to look into it."
        )
    if "permission denied" in lower:
        return EngineRefused(
            f"The host {host.name} does not let this server in. Ask an admin to mend its key."
        )
    if any(sign in lower for sign in _AWAY):
        return EngineAway(f"The host {host.name} does not answer now ({last.rstrip('.')}).")
    return EngineRefused(f"The host {host.name} cannot be reached by SSH: {last.rstrip('.')}.")


def far_failure(host: SshHost, said: str) -> EngineRefused:
    """Return what to raise when the command on the host failed with these words."""
    if "No module named 'kernel_manager'" in said or "No module named kernel_manager" in said:
        return EngineRefused(
            f"On {host.name}, {host.python} has no Commonbook. Ask an admin to install it there."
        )
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "it does not say why")
    return EngineRefused(f"The host {host.name} could not do it: {last.rstrip('.')}.")
