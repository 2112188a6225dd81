"""The connections of projects: made, changed and deleted, and opened for whoever uses one.

Secrets leave by `open` and `of_kernels` alone; both put on record who had them and what for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import ProjectId, new_id
from server.connections.fields import BadFields, Change, Kind, Value, Values, changed
from server.connections.kinds import BY_ID
from server.db.engine import Database
from server.db.repositories import audit
from server.db.repositories import connections as rows
from server.db.repositories.audit import Event
from server.db.repositories.connections import ConnectionRow, SecretRow
from server.names import clean_name
from server.refusals import NotFound, Refusal
from server.secrets.keys import BadKeys, NoSuchKey
from server.secrets.vault import Sealed, Tampered, Vault

MOST = 100
"""How many connections a project has."""

log = logging.getLogger("commonbook.connections")


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A connection with its secrets, for whoever uses it now. Never log or show one.

    `fields` holds plain and secret fields by name; what was left empty is not in it.
    """

    id: str
    kind: str
    name: str
    fields: Mapping[str, Value]
    secret_names: frozenset[str]
    changed_at: datetime

    @property
    def secrets(self) -> list[str]:
        """The secret values, to be taken out of whatever people see."""
        return [str(self.fields[name]) for name in sorted(self.secret_names)]


class Connections:
    """The connections of one server."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def of_project(self, project: ProjectId) -> list[ConnectionRow]:
        """Return a project's connections without their secrets."""
        async with self._database.read() as session:
            return await rows.of_project(session, project)

    async def find(self, project: ProjectId, connection: str) -> ConnectionRow:
        """Return one connection without its secrets; raises `NotFound`."""
        async with self._database.read() as session:
            return await _known(session, project, connection)

    async def project_of(self, connection: str) -> ProjectId | None:
        """Return the project that a connection belongs to; whoever asks still has to be let in there."""
        async with self._database.read() as session:
            return await rows.project_of(session, connection)

    async def open(self, project: ProjectId, connection: str, *, by: str | None, use: str) -> Opened:
        """Return a connection with its secrets, and put on record that `by` had them for `use`.

        `use` is a word or two, such as `test`, `query` or `push`. Raises `NotFound`, or a `Refusal` where a
        secret cannot be decrypted.
        """
        async with self._database.begin() as session:
            row = await _known(session, project, connection)
            opened = (await self._opened(session, [row]))[0]
            await audit.add(session, _event(row, by, "connection used", {"for": use}))
        return opened

    async def attached(self, project: ProjectId) -> list[ConnectionRow]:
        """Return the connections that a project's kernels get, without their secrets."""
        async with self._database.read() as session:
            return await rows.of_project(session, project, only_attached=True)

    async def for_kernel(self, project: ProjectId, *, kernel: str, by: str | None) -> list[Opened]:
        """Return what a kernel of the project gets, and put on record that it got it."""
        if not await self.attached(project):
            return []
        async with self._database.begin() as session:
            found = await rows.of_project(session, project, only_attached=True)
            opened = await self._opened(session, found)
            for row in found:
                detail = {"for": "kernel", "kernel": kernel}
                await audit.add(session, _event(row, by, "connection used", detail))
        return opened

    async def add(
        self, project: ProjectId, kind: str, name: str, given: Values, *, attached: bool, by: str
    ) -> ConnectionRow:
        """Make a connection; raises a `Refusal` with what cannot be right about it."""
        known = kind_of(kind)
        change = _change(known, given, {}, frozenset())
        now = datetime.now(UTC)
        row = ConnectionRow(new_id(), project, known.id, _named(name), attached, change.plain, by, now, now)
        async with self._database.begin() as session:
            if await rows.count(session, project) >= MOST:
                raise Refusal("too_many", f"A project has at most {MOST} connections. Delete one.", 409)
            await rows.add(session, row)
            await self._store(session, row.id, change)
            await audit.add(session, _event(row, by, "connection added", {"kind": row.kind}))
        return replace(row, secrets=frozenset(change.secrets))

    async def change(
        self,
        project: ProjectId,
        connection: str,
        *,
        by: str,
        name: str | None = None,
        given: Values | None = None,
        attached: bool | None = None,
    ) -> ConnectionRow:
        """Change what is named; raises `NotFound`, or a `Refusal` with what cannot be right."""
        async with self._database.begin() as session:
            row = await _known(session, project, connection)
            change = Change(row.fields, {}, frozenset())
            if given is not None:
                change = _change(kind_of(row.kind), given, row.fields, row.secrets)
            after = replace(
                row,
                name=row.name if name is None else _named(name),
                attached=row.attached if attached is None else attached,
                fields=change.plain,
                secrets=(row.secrets - change.dropped) | frozenset(change.secrets),
                changed_at=datetime.now(UTC),
            )
            await rows.change(session, after)
            await self._store(session, row.id, change)
            detail = _told(row, after, change)
            if detail:
                await audit.add(session, _event(after, by, "connection changed", detail))
        return after

    async def remove(self, project: ProjectId, connection: str, *, by: str) -> ConnectionRow:
        """Delete a connection and its secrets; raises `NotFound`."""
        async with self._database.begin() as session:
            row = await _known(session, project, connection)
            await rows.remove(session, row.id)
            await audit.add(session, _event(row, by, "connection deleted", {"kind": row.kind}))
        return row

    async def history(self, project: ProjectId, connection: str) -> list[Event]:
        """Return who changed and used a connection lately, the newest first."""
        async with self._database.read() as session:
            return await audit.of_thing(session, project, connection)

    async def _opened(self, session: AsyncSession, found: Iterable[ConnectionRow]) -> list[Opened]:
        wanted = {row.id: row for row in found}
        secrets = await rows.secrets_of(session, list(wanted))
        values = await asyncio.to_thread(self._decrypted, wanted, secrets)
        return [
            Opened(
                row.id,
                row.kind,
                row.name,
                {**row.fields, **values.get(row.id, {})},
                frozenset(values.get(row.id, {})),
                row.changed_at,
            )
            for row in wanted.values()
        ]

    def _decrypted(
        self, wanted: Mapping[str, ConnectionRow], secrets: Iterable[SecretRow]
    ) -> dict[str, dict[str, str]]:
        values: dict[str, dict[str, str]] = {}
        for secret in secrets:
            name = wanted[secret.connection].name
            try:
                value = self._vault.open(secret.connection, secret.field, Sealed(secret.key, secret.data))
            except (NoSuchKey, Tampered, BadKeys) as failure:
                log.error(
                    "a secret does not open", extra={"connection": secret.connection, "why": str(failure)}
                )
                raise Refusal(
                    "locked",
                    f"The secrets of {name} cannot be decrypted: {_why(failure)} Ask a site admin to put the "
                    "right keys back, or give the secrets again.",
                    409,
                ) from None
            values.setdefault(secret.connection, {})[secret.field] = value
        return values

    async def _store(self, session: AsyncSession, connection: str, change: Change) -> None:
        if change.dropped:
            await rows.drop_secrets(session, connection, change.dropped)
        for field, value in change.secrets.items():
            try:
                sealed = await asyncio.to_thread(self._vault.seal, connection, field, value)
            except BadKeys as failure:
                raise Refusal("locked", f"Nothing was stored: {failure}", 503) from None
            await rows.put_secret(session, SecretRow(connection, field, sealed.key, sealed.data))


def kind_of(kind: str) -> Kind:
    """Return a kind by its id; raises a `Refusal`."""
    found = BY_ID.get(kind)
    if found is None:
        known = ", ".join(BY_ID)
        raise Refusal("unknown_kind", f"There is no kind of connection like that. Choose one of: {known}.")
    return found


async def _known(session: AsyncSession, project: ProjectId, connection: str) -> ConnectionRow:
    found = await rows.find(session, project, connection)
    if found is None:
        raise NotFound
    return found


def _change(kind: Kind, given: Values, plain: Mapping[str, Value], kept: frozenset[str]) -> Change:
    try:
        return changed(kind, given, plain, kept)
    except BadFields as failure:
        raise Refusal("bad_fields", str(failure)) from None


def _named(name: str) -> str:
    clean = clean_name(name)
    if len(clean) > 100:
        raise Refusal("bad_name", "The name is longer than 100 characters. Choose a shorter one.")
    return clean


def _told(before: ConnectionRow, after: ConnectionRow, change: Change) -> dict[str, Value | list[str]]:
    """Return what is put on record of a change: names, and never a value of a field."""
    told: dict[str, Value | list[str]] = {}
    if before.name != after.name:
        told["name_before"] = before.name
    if before.attached != after.attached:
        told["attached"] = after.attached
    moved = {
        name for name in {*before.fields, *after.fields} if before.fields.get(name) != after.fields.get(name)
    }
    if fields := sorted({*moved, *change.secrets, *change.dropped}):
        told["fields"] = fields
    return told


def _event(row: ConnectionRow, by: str | None, action: str, detail: Mapping[str, object]) -> Event:
    return Event(datetime.now(UTC), by, action, row.project, row.id, row.name, detail)


def _why(failure: Exception) -> str:
    match failure:
        case NoSuchKey():
            return f"the key {failure.key} is not here."
        case Tampered():
            return "what is stored does not belong to this connection."
        case _:
            return str(failure)
