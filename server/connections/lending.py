"""What a cell of SQL is given of a connection: its fields, in answer to a question of the kernel's guest.

They travel on the channel of `input()`, so they stand in no code, output, history or document. Who ran the
cell must hold RUN now, and each use is put on record.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from collab.ids import ProjectId, UserId
from collab.roles import Capability
from server.access import rights_of
from server.connections import reach
from server.connections.fields import Value
from server.connections.kinds import DATABASES
from server.connections.part import connections_of
from server.connections.service import Opened
from server.db.repositories.connections import ConnectionRow
from server.identity import Identity
from server.refusals import NotFound, Refusal
from server.services import Services


@dataclass(frozen=True, slots=True, repr=False)
class Lent:
    """The answer for a kernel, and what of it nobody is to see."""

    text: str
    secrets: tuple[str, ...] = ()


Lender = Callable[[ProjectId, UserId, str], Awaitable[Lent]]
"""Takes a project, whoever ran the cell and a connection; returns the answer for the kernel."""

log = logging.getLogger("commonbook.connections")


async def nothing_to_lend(project: ProjectId, user: UserId, connection: str) -> Lent:
    """Answer where there are no projects, and so no connections."""
    return _refused("There are no connections here.")


def lender_of(services: Services) -> Lender:
    """Return what answers the kernels of a server."""

    async def lend(project: ProjectId, user: UserId, connection: str) -> Lent:
        try:
            found = await opened(services, project, user, connection)
            return Lent(json.dumps({"ok": True, "connection": told(found)}), tuple(found.secrets))
        except Refusal as refusal:
            return _refused(refusal.reason)
        except Exception:
            # The cell waits for an answer: it gets one before the bug reaches the log.
            log.exception("a connection could not be lent")
            return _refused("Something failed on the server. Run the cell again.")

    return lend


async def known(services: Services, project: ProjectId, user: UserId, connection: str) -> ConnectionRow:
    """Return a database that `user` may ask, without its secrets; raises a `Refusal`."""
    rights = await rights_of(services.database, Identity.of_account(user), project)
    if Capability.RUN not in rights:
        raise Refusal("forbidden", "Queries need the right to run, which you do not have here.", 403)
    try:
        row = await connections_of(services).find(project, connection)
    except NotFound:
        raise _gone() from None
    if row.kind not in DATABASES:
        raise Refusal("no_database", f"{row.name} is no database, so SQL cannot run there.", 409)
    return row


async def opened(
    services: Services, project: ProjectId, user: UserId, connection: str, *, use: str = "query"
) -> Opened:
    """Return a database for `user`, with its secrets, and put `use` on record; raises a `Refusal`."""
    row = await known(services, project, user, connection)
    await _demand_reachable(services, row.fields)
    try:
        return await connections_of(services).open(project, connection, by=user, use=use)
    except NotFound:
        raise _gone() from None


def told(connection: Opened) -> dict[str, object]:
    """Return a connection as the guest in a kernel reads it."""
    return {
        "id": connection.id,
        "kind": connection.kind,
        "name": connection.name,
        "read_only": connection.fields.get("read_only") is True,
        "fields": {name: value for name, value in connection.fields.items() if name != "read_only"},
    }


async def _demand_reachable(services: Services, fields: Mapping[str, Value]) -> None:
    """Raise a refusal for a host in a network of the site's own; a name that only kernels know passes."""
    host, port = fields.get("host"), fields.get("port")
    if not isinstance(host, str) or not isinstance(port, int):
        return
    try:
        await reach.resolve(host, port, services.config.private_hosts)
    except reach.Unreachable as refusal:
        if refusal.code != "unknown_host":
            raise


def _gone() -> Refusal:
    return Refusal(
        "no_connection",
        "The connection of this cell is not in this project any more. Choose another one.",
        409,
    )


def _refused(reason: str) -> Lent:
    return Lent(json.dumps({"ok": False, "reason": reason}))
