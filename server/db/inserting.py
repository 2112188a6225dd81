"""Rows that may be there already, also put in by somebody else at the same moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession


async def insert_new(session: AsyncSession, table: Any, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with its key is there; says whether it was new."""
    # Only the dialect in use is imported: PostgreSQL's takes a tenth of the time to start on SQLite.
    insert: Any
    if session.get_bind().dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        insert = sqlite.insert(table)
    else:
        from sqlalchemy.dialects import postgresql

        insert = postgresql.insert(table)
    done: Any = await session.execute(insert.values(**values).on_conflict_do_nothing())
    return bool(done.rowcount)
