"""Which addresses connections may lead to. A connection is no way to look around in the server's network.

A name is resolved once, every address that it has is checked, and whoever connects takes the addresses that
were checked, not the name.
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
import socket
import time
from collections.abc import Sequence
from contextlib import suppress

from kernel_manager.environment.gate import outermost
from kernel_manager.networks import SITES
from server.refusals import Refusal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

METADATA = frozenset(
    ipaddress.ip_address(text) for text in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200")
)
"""Where clouds tell a machine its own secrets; nobody may allow these but by their exact address."""

RESOLVE_LIMIT_S = 5.0
LOOKED_UP_FOR_S = 60.0


class Unreachable(Refusal):
    """A place that a connection may not lead to, or whose name nobody knows."""


def may_reach(host: str, address: str, allowed: Sequence[str]) -> bool:
    """Say whether a connection may lead to `address`, which `host` stands for.

    Public addresses always; others where the setting `private_hosts` names the host, the address or a
    network that it is in, or says `*`.
    """
    try:
        found = outermost(address)
    except ValueError:
        return False
    names = {entry.lower() for entry in allowed}
    if found.is_global and not found.is_multicast:
        return True
    if str(found) in names:
        return True
    if found in METADATA or found.is_link_local:
        return False
    if "*" in names or host.lower().rstrip(".") in names:
        return True
    return any(_within(found, entry) for entry in allowed)


async def resolve(host: str, port: int, allowed: Sequence[str]) -> list[str]:
    """Return the addresses of `host` to connect to, all of them checked; raises `Unreachable`."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_LIMIT_S):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        raise Unreachable(
            "unknown_host", f"Nobody knows the host {host}. Check how it is written.", 400
        ) from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses or not all(may_reach(host, each, allowed) for each in addresses):
        raise Unreachable(
            "private_host",
            f"{host} is an address within the server's own network. A site admin may allow it with the "
            "setting private_hosts.",
            403,
        )
    return addresses


async def opened_networks(allowed: Sequence[str]) -> tuple[str, ...]:
    """Return the IPv4 networks that kernels with the internet enter, because `private_hosts` names them.

    A name counts with the addresses that it has now; one that nobody knows is passed over.
    """
    found = await asyncio.gather(*(_networks_of(entry, allowed) for entry in allowed))
    return tuple(sorted({each for networks in found for each in networks if ":" not in each}))


async def _networks_of(entry: str, allowed: Sequence[str]) -> Sequence[str]:
    if entry == "*":
        return SITES
    try:
        return [str(ipaddress.ip_network(entry, strict=False))]
    except ValueError:
        with suppress(Unreachable):
            return await resolve(entry, 0, allowed)
    return []


class OpenedNetworks:
    """`opened_networks` for whoever asks often: names are looked up again after a minute."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = allowed
        self._known: tuple[str, ...] = ()
        self._until = -math.inf

    async def now(self) -> tuple[str, ...]:
        if time.monotonic() >= self._until:
            self._known = await opened_networks(self._allowed)
            self._until = time.monotonic() + LOOKED_UP_FOR_S
        return self._known


def _within(address: Address, entry: str) -> bool:
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except (ValueError, TypeError):
        return False
