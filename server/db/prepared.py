"""The few statements that run for every keystroke, without SQLAlchemy between them and SQLite.

SQLAlchemy's share of a small commit is three times SQLite's own. So each
statement is compiled once and then goes straight to the driver, prepared.
Knows no tables.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.dml import Insert, Update

Rows = Sequence[Mapping[str, Any]]
Execute = Callable[[Insert | Update, Rows], int]
"""Runs a statement once for each row of values; returns how many rows of the table it touched."""

_Convert = Callable[[Any], Any]


class PreparedSqlite:
    """Transactions on one connection of its own. Used by one thread at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """`connection` must leave transactions to its user (`isolation_level` None)."""
        self._connection = connection
        self._dialect = SQLiteDialect_pysqlite(paramstyle="named", dbapi=sqlite3)
        self._compiled: dict[Insert | Update, tuple[str, dict[str, _Convert]]] = {}

    def transaction(self, work: Callable[[Execute], None]) -> None:
        """Run `work` in one transaction; it is over, and on the disk, when this returns."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            work(self._execute)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _execute(self, statement: Insert | Update, rows: Rows) -> int:
        if statement not in self._compiled:
            self._compiled[statement] = self._compile(statement)
        text, converts = self._compiled[statement]
        plain = [
            {name: converts[name](value) if name in converts else value for name, value in row.items()}
            for row in rows
        ]
        return self._connection.executemany(text, plain).rowcount

    def _compile(self, statement: Insert | Update) -> tuple[str, dict[str, _Convert]]:
        compiled = statement.compile(dialect=self._dialect)
        converts: dict[str, _Convert] = {}
        for name, bound in compiled.binds.items():
            convert = bound.type.dialect_impl(self._dialect).bind_processor(self._dialect)
            if convert is not None:
                converts[name] = convert
        return str(compiled), converts
