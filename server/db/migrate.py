"""Brings the database's tables to the newest form, before anything else touches them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from server.db.engine import Database

HEAD = "0026"
"""The newest revision in `migrations/versions`; a test compares the two.

Kept here so that a start without migrations need not import Alembic (0.5 s).
"""


class NewerDatabase(Exception):
    """The database was made by a newer version of the server."""


async def migrate(database: Database) -> bool:
    """Apply what is missing, in one transaction; says whether there was anything."""
    if await is_current(database):
        return False
    await database.write_plain(upgrade)
    return True


async def is_current(database: Database) -> bool:
    """Say whether the tables have the newest form."""
    return await database.read_plain(_revision) == HEAD


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to `revision`, on a connection whose transaction the caller commits."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as failure:
        raise NewerDatabase(f"The database does not fit this version of Commonbook: {failure}") from failure
