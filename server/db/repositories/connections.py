"""Connections of projects, and their secrets as they are stored: encrypted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import ProjectId
from server.db.tables import Connection, ConnectionSecret
from server.names import fold
from server.refusals import Refusal


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One connection without its secrets; `secrets` names those that are set."""

    id: str
    project: ProjectId
    kind: str
    name: str
    attached: bool
    fields: Mapping[str, Any]
    created_by: str | None
    created_at: datetime
    changed_at: datetime
    secrets: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class SecretRow:
    """One secret field, encrypted with the key `key`."""

    connection: str
    field: str
    key: str
    data: bytes


async def of_project(
    session: AsyncSession, project: ProjectId, *, only_attached: bool = False
) -> list[ConnectionRow]:
    """Return the connections of a project, the oldest first."""
    query = select(Connection).where(Connection.project_id == project)
    if only_attached:
        query = query.where(Connection.attached)
    rows = list(await session.scalars(query.order_by(Connection.created_at, Connection.id)))
    named = await _secret_names(session, [row.id for row in rows])
    return [_row(row, named.get(row.id, frozenset())) for row in rows]


async def find(session: AsyncSession, project: ProjectId, connection: str) -> ConnectionRow | None:
    """Return one connection of a project."""
    query = select(Connection).where(Connection.project_id == project, Connection.id == connection)
    row = (await session.execute(query)).scalar_one_or_none()
    if row is None:
        return None
    return _row(row, (await _secret_names(session, [row.id])).get(row.id, frozenset()))


async def project_of(session: AsyncSession, connection: str) -> ProjectId | None:
    """Return the project that a connection belongs to."""
    found = await session.scalar(select(Connection.project_id).where(Connection.id == connection))
    return None if found is None else ProjectId(found)


async def count(session: AsyncSession, project: ProjectId) -> int:
    """Return how many connections a project has."""
    return int(await session.scalar(select(func.count()).where(Connection.project_id == project)) or 0)


async def add(session: AsyncSession, row: ConnectionRow) -> None:
    """Put a connection on record; raises a `Refusal` where the project has one of that name."""
    try:
        async with session.begin_nested():
            await session.execute(
                insert(Connection).values(
                    id=row.id,
                    project_id=row.project,
                    kind=row.kind,
                    name=row.name,
                    name_key=fold(row.name)[:200],
                    attached=row.attached,
                    fields=dict(row.fields),
                    created_by=row.created_by,
                    created_at=row.created_at,
                    changed_at=row.changed_at,
                )
            )
    except IntegrityError:
        raise _taken(row.name) from None


async def change(session: AsyncSession, row: ConnectionRow) -> None:
    """Store what `row` says now; raises a `Refusal` where the project has another one of its name."""
    try:
        async with session.begin_nested():
            await session.execute(
                update(Connection)
                .where(Connection.id == row.id)
                .values(
                    name=row.name,
                    name_key=fold(row.name)[:200],
                    attached=row.attached,
                    fields=dict(row.fields),
                    changed_at=row.changed_at,
                )
            )
    except IntegrityError:
        raise _taken(row.name) from None


async def remove(session: AsyncSession, connection: str) -> None:
    """Delete a connection and its secrets."""
    await session.execute(delete(ConnectionSecret).where(ConnectionSecret.connection_id == connection))
    await session.execute(delete(Connection).where(Connection.id == connection))


async def secrets_of(session: AsyncSession, connections: Collection[str]) -> list[SecretRow]:
    """Return the encrypted secrets of some connections."""
    query = select(ConnectionSecret).where(ConnectionSecret.connection_id.in_(sorted(connections)))
    return [_secret(row) for row in await session.scalars(query)]


async def all_secrets(session: AsyncSession) -> list[SecretRow]:
    """Return every encrypted secret of the site, for whoever encrypts them anew in the same transaction."""
    return [_secret(row) for row in await session.scalars(select(ConnectionSecret).with_for_update())]


async def keys_in_use(session: AsyncSession) -> set[str]:
    """Return the ids of the keys that some secret is encrypted with."""
    return set(await session.scalars(select(ConnectionSecret.key_id).distinct()))


async def put_secret(session: AsyncSession, secret: SecretRow) -> None:
    """Store a secret in place of the one before."""
    await drop_secrets(session, secret.connection, [secret.field])
    await session.execute(
        insert(ConnectionSecret).values(
            connection_id=secret.connection, field=secret.field, key_id=secret.key, data=secret.data
        )
    )


async def drop_secrets(session: AsyncSession, connection: str, fields: Collection[str]) -> None:
    """Forget some secrets of a connection."""
    await session.execute(
        delete(ConnectionSecret).where(
            ConnectionSecret.connection_id == connection, ConnectionSecret.field.in_(sorted(fields))
        )
    )


async def _secret_names(session: AsyncSession, connections: Collection[str]) -> dict[str, frozenset[str]]:
    query = select(ConnectionSecret.connection_id, ConnectionSecret.field).where(
        ConnectionSecret.connection_id.in_(sorted(connections))
    )
    found: dict[str, frozenset[str]] = {}
    for connection, name in await session.execute(query):
        found[connection] = found.get(connection, frozenset()) | {name}
    return found


def _secret(row: ConnectionSecret) -> SecretRow:
    return SecretRow(row.connection_id, row.field, row.key_id, row.data)


def _row(row: Connection, secrets: frozenset[str]) -> ConnectionRow:
    return ConnectionRow(
        row.id,
        ProjectId(row.project_id),
        row.kind,
        row.name,
        row.attached,
        row.fields,
        row.created_by,
        row.created_at,
        row.changed_at,
        secrets,
    )


def _taken(name: str) -> Refusal:
    return Refusal("taken", f"The project has a connection called {name}. Choose another name.", 409)
