"""Takes a TOML file of hardware classes into the catalogue, all of it or nothing; and writes one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from server import payloads
from server.db.engine import Database
from server.db.repositories import groups, hardware, people
from server.hardware_file import Known, changes, read_file, write_file


async def import_classes(
    database: Database, text: str, engines: Sequence[str], *, apply: bool
) -> payloads.HardwareImport:
    """Return what `text` changes, and with `apply` change it. A file with a fault changes nothing."""
    now = datetime.now(UTC)
    async with database.begin() as session:
        known = await known_names(session, engines)
        before = await hardware.catalogue(session)
        found = read_file(text, known)
        told = changes(before, found.classes, known)
        is_applied = apply and not found.faults
        if is_applied:
            kinds = {change.id: change.kind for change in told}
            for listed in found.classes:
                match kinds[listed.hardware.id]:
                    case "added":
                        await hardware.add(session, listed, now)
                    case "changed":
                        await hardware.change(session, listed, now)
                    case "unchanged":
                        pass
    return payloads.HardwareImport(told, found.faults, is_applied)


async def export_classes(database: Database, engines: Sequence[str]) -> str:
    """Return the catalogue as a TOML file."""
    async with database.read() as session:
        known = await known_names(session, engines)
        return write_file(await hardware.catalogue(session), known)


async def known_names(session: AsyncSession, engines: Sequence[str]) -> Known:
    """Return what the names in a file may mean."""
    accounts = await people.login_names(session)
    names = {group.name: group.id for group in await groups.all_groups(session)}
    return Known(
        {name: account for account, name in accounts.items()},
        names,
        engines,
    )
