"""Connections of a project: who may choose one sees its name, who may manage them all but the secrets."""

from __future__ import annotations

import time
from collections.abc import Mapping

import msgspec

from collab.roles import Capability
from kernel_manager.guest.sql.drivers import REQUIREMENTS
from server import payloads
from server.connections.fields import Field, Kind, Value
from server.connections.kinds import KINDS
from server.connections.part import connections_of
from server.connections.service import Connections
from server.connections.surroundings import Names, names_of
from server.connections.testing import TESTERS, tester_of, tried
from server.db.repositories import people
from server.db.repositories.connections import ConnectionRow
from server.handlers.base import SIGNED_IN, ApiHandler, needs, route
from server.limits import attempt
from server.paging import oldest_first, part
from server.refusals import Refusal


class ConnectionsBase(ApiHandler):
    """What the routes of connections share."""

    @property
    def connections(self) -> Connections:
        return connections_of(self.services)

    async def _told(self, rows: list[ConnectionRow]) -> list[payloads.Connection]:
        rights = self.opened_project.rights
        attached = await self.connections.attached(self.opened_project.id)
        names = names_of((row, _shape(row)) for row in attached) if Capability.RUN in rights else None
        async with self.services.database.read() as session:
            users = await people.users(session, {row.created_by for row in rows if row.created_by})
        return [_told(row, users, names, whole=Capability.CONNECTIONS in rights) for row in rows]

    async def _changed(self, row: ConnectionRow) -> payloads.Connection:
        """Tell the kernels, and answer with what the connection is now."""
        told, late = await self.services.sessions.connections_changed(self.opened_project.id)
        answer = (await self._told([row]))[0]
        return msgspec.structs.replace(answer, kernels=payloads.ConnectionKernels(told, [*late]))


@route("/api/connection-kinds")
class ConnectionKindsHandler(ApiHandler):
    """What a connection can lead to, and what each kind asks for."""

    @needs(SIGNED_IN, answer=payloads.ConnectionKinds)
    async def get(self) -> payloads.ConnectionKinds:
        return payloads.ConnectionKinds([_kind(kind) for kind in KINDS])


@route("/api/projects/{project}/connections")
class ConnectionsHandler(ConnectionsBase):
    """The connections of a project: names and kinds for all who may read, the rest with CONNECTIONS."""

    @needs(Capability.READ, answer=payloads.Page[payloads.Connection])
    async def get(self) -> payloads.Page[payloads.Connection]:
        found = await self.connections.of_project(self.opened_project.id)
        items, following = part(found, lambda row: oldest_first(row.created_at, row.id), self.window)
        return payloads.Page(await self._told(items), following)

    @needs(Capability.CONNECTIONS, body=payloads.NewConnection, answer=payloads.Connection, status=201)
    async def post(self, body: payloads.NewConnection) -> payloads.Connection:
        row = await self.connections.add(
            self.opened_project.id,
            body.kind,
            body.name,
            body.fields,
            attached=body.attached,
            by=self.person.user,
        )
        return await self._changed(row)


@route("/api/projects/{project}/connections/{connection}")
class ConnectionHandler(ConnectionsBase):
    """One connection, without its secrets."""

    @needs(Capability.CONNECTIONS, answer=payloads.Connection)
    async def get(self, connection: str) -> payloads.Connection:
        row = await self.connections.find(self.opened_project.id, connection)
        return (await self._told([row]))[0]

    @needs(Capability.CONNECTIONS, body=payloads.ChangeConnection, answer=payloads.Connection)
    async def patch(self, body: payloads.ChangeConnection, connection: str) -> payloads.Connection:
        row = await self.connections.change(
            self.opened_project.id,
            connection,
            by=self.person.user,
            name=body.name,
            given=body.fields,
            attached=body.attached,
        )
        return await self._changed(row)

    @needs(Capability.CONNECTIONS)
    async def delete(self, connection: str) -> None:
        await self.connections.remove(self.opened_project.id, connection, by=self.person.user)
        await self.services.sessions.connections_changed(self.opened_project.id)


@route("/api/projects/{project}/connections/{connection}/test")
class ConnectionTestHandler(ConnectionsBase):
    """Tries a connection as it is stored, and says what came of it."""

    @needs(Capability.CONNECTIONS, answer=payloads.ConnectionTest)
    async def post(self, connection: str) -> payloads.ConnectionTest:
        project, me = self.opened_project.id, self.person.user
        row = await self.connections.find(project, connection)
        tester = tester_of(row.kind)
        if tester is None:
            raise Refusal("no_test", "There is nothing to test about this kind of connection.", 409)
        attempt([(self.services.limits.connection_tests, me)], time.monotonic())
        opened = await self.connections.open(project, connection, by=me, use="test")
        began = time.monotonic()
        found = await tried(self.services, project, opened, tester)
        return payloads.ConnectionTest(found.outcome, found.reason, round(time.monotonic() - began, 3))


@route("/api/projects/{project}/connections/{connection}/events")
class ConnectionEventsHandler(ConnectionsBase):
    """Who changed and used a connection lately, the newest first."""

    @needs(Capability.CONNECTIONS, answer=payloads.ConnectionEvents)
    async def get(self, connection: str) -> payloads.ConnectionEvents:
        row = await self.connections.find(self.opened_project.id, connection)
        events = await self.connections.history(row.project, row.id)
        async with self.services.database.read() as session:
            users = await people.users(session, {event.actor for event in events if event.actor})
        return payloads.ConnectionEvents(
            [
                payloads.ConnectionEvent(each.at, users.get(each.actor or ""), each.action, dict(each.detail))
                for each in events
            ]
        )


def _shape(row: ConnectionRow) -> dict[str, Value]:
    """Return which fields are set, as far as names follow from that."""
    return {**row.fields, **dict.fromkeys(row.secrets, "")}


def _told(
    row: ConnectionRow,
    users: Mapping[str, payloads.User],
    names: Mapping[str, Names] | None,
    *,
    whole: bool,
) -> payloads.Connection:
    return payloads.Connection(
        row.id,
        row.kind,
        row.name,
        row.attached,
        dict(row.fields) if whole else None,
        sorted(row.secrets) if whole else None,
        None if names is None else names.get(row.id, Names()).all,
        users.get(row.created_by or ""),
        row.created_at,
        row.changed_at,
    )


def _kind(kind: Kind) -> payloads.ConnectionKind:
    return payloads.ConnectionKind(
        kind.id,
        kind.label,
        kind.group,
        kind.help,
        [_field(field) for field in kind.fields],
        kind.names_free,
        kind.id in TESTERS,
        kind.injected,
        REQUIREMENTS.get(kind.id),
    )


def _field(field: Field) -> payloads.ConnectionField:
    return payloads.ConnectionField(
        field.name,
        field.label,
        field.type,
        field.required,
        field.secret,
        field.default,
        field.help,
        field.placeholder,
        [payloads.ConnectionChoice(choice.value, choice.label) for choice in field.choices],
        None if field.when is None else payloads.ConnectionWhen(field.when[0], list(field.when[1])),
    )
