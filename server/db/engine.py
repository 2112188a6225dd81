"""The database: SQLite or PostgreSQL behind one class, reached by address.

SQLite runs in WAL mode with `synchronous=FULL`, so a commit survives a power
cut; PostgreSQL needs nothing said. Knows connections and transactions,
nothing of what is stored.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql.dml import Insert, Update

from server.db.prepared import Execute, PreparedSqlite, Rows

T = TypeVar("T")

BUSY_TIMEOUT_S = 30
"""How long a statement waits for another process that holds SQLite's write lock."""

_READ_ONLY = "commonbook_read_only"


def sqlite_url(path: Path) -> str:
    """Return the address of the SQLite file at `path`."""
    return f"sqlite:///{path}"


def _with_driver(url: str) -> URL:
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgresql":
            return parsed.set(drivername="postgresql+asyncpg")
        case other:
            raise ValueError(f"database_url must begin with sqlite: or postgresql:, not {other}:")


def _tune_connection(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _tune_sqlite(engine: Engine) -> None:
    """Make each connection durable and strict, and let writers queue instead of failing half-way.

    A transaction that starts reading and then writes cannot wait for the lock
    (SQLite answers "database is locked" at once), so writers take it at BEGIN.
    """

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        _tune_connection(connection)

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get(_READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


class Database:
    """Sessions for the repositories, and plain connections for the hot path of the documents."""

    def __init__(self, url: str) -> None:
        self.url = _with_driver(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engine = create_async_engine(self.url)
        if self.is_sqlite:
            _tune_sqlite(self._engine.sync_engine)
        self._writers = async_sessionmaker(self._engine, expire_on_commit=False)
        readers = self._engine.execution_options(**{_READ_ONLY: True})
        self._readers = async_sessionmaker(readers, expire_on_commit=False)
        # SQLite has one writer. Queueing here wakes the next one at once; its own
        # busy handler would sleep up to 100 ms between tries.
        self._turn: contextlib.AbstractAsyncContextManager[Any] = (
            asyncio.Lock() if self.is_sqlite else contextlib.nullcontext()
        )
        self._plain = _PlainSqlite(self.url) if self.is_sqlite else None

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """A transaction that may write; commits at the end, rolls back on an exception."""
        async with self._turn, self._writers.begin() as session:
            yield session

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads; never waits for a writer."""
        async with self._readers() as session:
            yield session

    async def write_plain(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction on a plain connection; returns after the commit.

        On SQLite this costs one hop to a dedicated thread instead of one for
        each statement.
        """
        if self._plain is not None:
            return await self._plain.write(work)
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def write_prepared(self, work: Callable[[Execute], None]) -> None:
        """Run `work` in one transaction of nothing but prepared statements; returns after the commit.

        For what happens with every keystroke: on SQLite a quarter of the cost of `write_plain`.
        """
        if self._plain is not None:
            return await self._plain.write_prepared(work)
        async with self._engine.begin() as connection:
            return await connection.run_sync(lambda plain: work(partial(_execute, plain)))

    async def read_plain(self, work: Callable[[Connection], T]) -> T:
        """Run `work`, which only reads, on a plain connection beside the writer's."""
        if self._plain is not None:
            return await self._plain.read(work)
        async with self._engine.connect() as connection:
            # One view of the tables for all statements, as SQLite gives by itself.
            await connection.execution_options(isolation_level="REPEATABLE READ")
            return await connection.run_sync(work)

    async def close(self) -> None:
        """Finish what is under way and close all connections."""
        if self._plain is not None:
            await self._plain.close()
        await self._engine.dispose()


def _execute(connection: Connection, statement: Insert | Update, rows: Rows) -> int:
    # Of a list, even of one row, asyncpg does not say how many rows it touched.
    return connection.execute(statement, rows[0] if len(rows) == 1 else list(rows)).rowcount


class _PlainSqlite:
    """Two threads: one writes, by two connections in turn, and one reads."""

    def __init__(self, url: URL) -> None:
        plain = url.set(drivername="sqlite+pysqlite")
        self._engines = [
            create_engine(plain, poolclass=StaticPool, connect_args={"check_same_thread": False})
            for _ in range(2)
        ]
        for engine in self._engines:
            _tune_sqlite(engine)
        self._writer = self._engines[0]
        self._reader = self._engines[1].execution_options(**{_READ_ONLY: True})
        prepared = sqlite3.connect(url.database or "", isolation_level=None, check_same_thread=False)
        _tune_connection(prepared)
        self._prepared = PreparedSqlite(prepared)
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="document-writer")
        self._read_thread = ThreadPoolExecutor(1, thread_name_prefix="document-reader")

    async def write(self, work: Callable[[Connection], T]) -> T:
        def transaction() -> T:
            with self._writer.begin() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._write_thread, transaction)

    async def write_prepared(self, work: Callable[[Execute], None]) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._write_thread, self._prepared.transaction, work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        def transaction() -> T:
            with self._reader.connect() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._read_thread, transaction)

    async def close(self) -> None:
        await asyncio.to_thread(self._write_thread.shutdown)
        await asyncio.to_thread(self._read_thread.shutdown)
        self._prepared.close()
        for engine in self._engines:
            engine.dispose()
