"""The way from a project to its repository: the address, whether it may be reached, and what lets one in."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kernel_manager.git.addresses import Address, BadAddress, parse
from kernel_manager.git.desk import Way
from kernel_manager.git.runner import Site
from kernel_manager.isolation_probe import Standing
from kernel_manager.networks import own_proxy
from server.config import Config
from server.connections.reach import may_reach, resolve
from server.connections.service import Connections, Opened
from server.db.repositories.git import RepositoryRow
from server.refusals import NotFound, Refusal

USUAL_USER = "git"
"""The name that goes with a token where nobody gave one; most hosts take any."""


def site_of(config: Config, standing: Standing, environment: Mapping[str, str] = os.environ) -> Site:
    """Return what holds for git on this server."""
    upstream, direct = own_proxy(environment)
    names = frozenset(each.lower() for each in config.private_hosts)
    return Site(standing, names, _networks(config.private_hosts), config.allow_unsandboxed, upstream, direct)


def address_of(config: Config, url: str) -> Address:
    """Return the address that somebody typed; raises a `Refusal`."""
    names = {each.lower() for each in config.private_hosts}

    def is_open(host: str) -> bool:
        return host in names or "*" in names or may_reach(host, host, config.private_hosts)

    try:
        return parse(url, is_open)
    except BadAddress as bad:
        raise Refusal("bad_address", str(bad)) from None


class Ways:
    """Opens the ways of one server's projects. Secrets come from the projects' connections, for one use."""

    def __init__(self, config: Config, connections: Connections) -> None:
        self._config = config
        self._connections = connections

    async def of(self, row: RepositoryRow, *, by: str, use: str) -> Way:
        """Return the way to a project's repository, with what lets `by` in; raises a `Refusal`.

        A host of the server's own network is refused before git is started; the gate looks again.
        """
        address = address_of(self._config, row.url)
        await self._demand_reachable(address)
        if row.connection is None:
            return Way(address, known_hosts=row.known_hosts)
        try:
            opened = await self._connections.open(row.project, row.connection, by=by, use=f"git {use}")
        except NotFound:
            reason = "The connection of this repository was deleted. Choose another one, or give a token."
            raise Refusal("no_connection", reason, 409) from None
        return way_with(address, opened, row.known_hosts)

    async def unarmed(self, row: RepositoryRow) -> Way:
        """Return the way to a host, with nothing secret, on which ssh notes the key that the host shows."""
        address = address_of(self._config, row.url)
        await self._demand_reachable(address)
        return Way(address, accepts_any_host=True)

    async def _demand_reachable(self, address: Address) -> None:
        if not any(name.lower() == "https_proxy" for name in os.environ):
            await resolve(address.host, address.port, self._config.private_hosts)


def way_with(address: Address, opened: Opened, known_hosts: str) -> Way:
    """Return the way with a connection's secret; raises a `Refusal` where it is not meant for this host."""
    fields = opened.fields
    if opened.kind != "git":
        raise Refusal("wrong_connection", f"{opened.name} is no connection to Git. Choose another one.", 409)
    if str(fields.get("host", "")).lower().rstrip(".") != address.host:
        raise Refusal(
            "wrong_connection",
            f"{opened.name} belongs to {fields.get('host')}, not to {address.host}. Choose another one.",
            409,
        )
    user = str(fields.get("user") or USUAL_USER)
    if address.scheme == "ssh":
        key = str(fields.get("private_key", ""))
        if not key:
            raise Refusal("wrong_connection", f"{opened.name} holds no key for ssh. Choose another one.", 409)
        secret = (key.strip().replace("\r\n", "\n") + "\n").encode()
        hosts = "\n".join(part for part in (known_hosts.strip(), str(fields.get("host_keys", ""))) if part)
        if address.user is None:
            address = replace(address, user=user)
        return Way(address, user, secret, f"{hosts}\n")
    token = str(fields.get("token", ""))
    if not token:
        raise Refusal("wrong_connection", f"{opened.name} holds no token. Choose another one.", 409)
    return Way(address, user, token.encode())


def _networks(entries: Sequence[str]) -> list[str]:
    found = []
    for entry in entries:
        try:
            found.append(str(ipaddress.ip_network(entry, strict=False)))
        except ValueError:
            continue
    return found
