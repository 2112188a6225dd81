"""What lets projects into their repositories: tokens and keys, and the host keys that somebody accepted."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from collab.ids import ProjectId
from kernel_manager.git.calls import GitFailed
from server.connections.fields import Value
from server.db.repositories.connections import ConnectionRow
from server.db.repositories.git import RepositoryRow
from server.git.hosts import HostKey, read_host_key
from server.git.sources import token_fields
from server.git.ways import address_of
from server.git.work import refusal_of
from server.identity import Identity
from server.refusals import NotFound, Refusal

if TYPE_CHECKING:
    from server.git.service import Repositories

log = logging.getLogger("commonbook.git")


class Access:
    """What lets the projects of one server in."""

    def __init__(self, repositories: Repositories) -> None:
        self._of = repositories

    async def give_token(self, project: ProjectId, by: Identity, user: str | None, token: str) -> None:
        """Let the project in with a token."""
        row = await self._of.row(project)
        fields = token_fields(address_of(self._of.config, row.url), user, token)
        await self._keep(row, fields, by)

    async def choose(self, project: ProjectId, connection: str | None) -> None:
        """Let the project in with one of its connections, or with none."""
        row = await self._of.row(project)
        if connection is not None:
            found = await self._of.connections.find(project, connection)
            host = address_of(self._of.config, row.url).host
            if found.kind != "git" or str(found.fields.get("host", "")).lower() != host:
                raise Refusal("wrong_connection", f"This connection does not lead to {host}.", 409)
        await self._of.change(project, connection=connection)

    async def of(self, row: RepositoryRow) -> ConnectionRow | None:
        """Return the connection that lets a project in, without its secrets."""
        if row.connection is None:
            return None
        try:
            return await self._of.connections.find(row.project, row.connection)
        except NotFound:
            return None

    async def host_key(self, project: ProjectId) -> HostKey:
        """Ask the host for its key, and say whether it is the one that was accepted."""
        row = await self._of.row(project)
        way = await self._of.ways.unarmed(row)
        if way.address.scheme != "ssh":
            raise Refusal("no_host_key", "Only addresses of ssh have a host key to accept.", 409)
        repository = await self._of.repository(project)
        try:
            return read_host_key(await repository.far.host_key(way), row.known_hosts, way.address)
        except GitFailed as failed:
            raise refusal_of(failed) from None

    async def accept_host_key(self, project: ProjectId, by: Identity, key: str) -> None:
        """Accept the key of the host, if it is the one that the host shows now."""
        shown = await self.host_key(project)
        if shown.key != key:
            reason = "The host shows another key by now. Look at it again before you accept it."
            raise Refusal("host_key_changed", reason, 409)
        await self._of.change(project, known_hosts=f"{shown.line}\n")
        log.info("host key accepted", extra={"project": project, "by": by.user})

    async def _keep(self, row: RepositoryRow, fields: Mapping[str, Value], by: Identity) -> None:
        found = await self.of(row)
        if found is not None:
            await self._of.connections.change(row.project, found.id, by=by.user, given=fields)
            return
        name = f"Git: {fields['host']}"[:100]
        made = await self._of.connections.add(row.project, "git", name, fields, attached=False, by=by.user)
        await self._of.change(row.project, connection=made.id)
