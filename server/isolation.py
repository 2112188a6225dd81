"""Whether kernels are kept apart on this machine, for `doctor`, the log and whoever starts a server."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from kernel_manager.isolation_probe import Standing, standing_of
from kernel_manager.limits import Groups, find_groups
from kernel_manager.owners import Owners
from server.config import Config

KERNELS = "kernels"
"""Where, below the data folder, what is known of sandboxes and of projects' users is kept."""


@dataclass(frozen=True, slots=True)
class Holds:
    """What holds kernels apart and within their limits here."""

    sandbox: Standing
    groups: Groups | None

    @property
    def isolation(self) -> str:
        """Return a sentence about the sandbox."""
        if not self.sandbox.works:
            return self.sandbox.why
        user = "a system user of its project" if self.sandbox.own_users else "the server's own system user"
        return f"bubblewrap holds: each kernel runs in a sandbox, as {user}"

    @property
    def limits(self) -> str:
        """Return a sentence about what enforces the limits of hardware classes."""
        if self.groups is None:
            return "no cgroup can be made here: memory and processes are limited for each process, by rlimits"
        return f"cgroup version {self.groups.version}: {', '.join(sorted(self.groups.folders))}"


async def look(config: Config) -> Holds:
    """Find out what holds here. Quick after the first time in a boot, else about a quarter of a second."""
    folder = config.data / KERNELS
    uid = config.kernel_users_from if config.kernel_users_from and os.geteuid() == 0 else None
    sandbox = await asyncio.to_thread(standing_of, str(folder), uid)
    return Holds(sandbox, await asyncio.to_thread(find_groups))


class Sandboxes:
    """As whom a project's tools run beside its kernels: as its own system user, where there can be one."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._standing: Standing | None = None
        self._users: dict[Path, int] = {}

    async def of(self, files: Path) -> tuple[Standing, int | None]:
        """Return whether a sandbox holds, and the user of the project whose `files` these are."""
        if self._standing is None or not self._standing.works:
            self._standing = (await look(self._config)).sandbox
        if not self._standing.own_users:
            return self._standing, None
        if files not in self._users:
            owners = Owners(self._config.data / KERNELS, first=self._config.kernel_users_from)
            self._users[files] = await asyncio.to_thread(owners.of, files)
        return self._standing, self._users[files]


def is_alone(config: Config) -> bool:
    """Whether only programs of this machine can reach the server: the one case in which it may ask."""
    return config.host in {"127.0.0.1", "::1", "localhost"} and not config.base_url


def ask_to_go_on(why: str) -> bool:
    """Ask the person at the terminal whether kernels may run without a sandbox while this server runs."""
    sys.stdout.write(
        f"\nKernels cannot be isolated on this machine: {why}\n"
        "Without isolation, code in a notebook can do whatever you can: read your files, use your network.\n"
        "That is right for trying Commonbook alone, with code that you trust. Only you reach this server.\n"
        "Run kernels without isolation, until this server stops? [y/N] "
    )
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
