"""Database servers that tests use: PostgreSQL and MariaDB on loopback, each test in a schema of its own."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from kernel_manager.guest.sql.session import Details

POSTGRES = os.environ.get("COMMONBOOK_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432")
MARIADB = os.environ.get("COMMONBOOK_TEST_MARIADB", "mysql://root@127.0.0.1:3306")


def fields_of(address: str, database: str) -> dict[str, Any]:
    """Return the fields of a connection to a test's server."""
    parts = urlsplit(address)
    found = {"host": parts.hostname, "port": parts.port, "user": parts.username, "database": database}
    return {**found, "tls": "off"} | ({"password": parts.password} if parts.password else {})


@contextmanager
def postgres() -> Iterator[dict[str, Any]]:
    """Make an empty database and yield the fields of a connection to it."""
    import psycopg

    name = f"sql_{secrets.token_hex(6)}"
    try:
        connection = psycopg.connect(f"{POSTGRES}/postgres", autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as failure:
        missing(f"PostgreSQL does not answer: {failure}")
    with connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
        try:
            yield fields_of(POSTGRES, name)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[arg-type]


@contextmanager
def mariadb() -> Iterator[dict[str, Any]]:
    """Make an empty database and yield the fields of a connection to it."""
    import pymysql

    name, fields = f"sql_{secrets.token_hex(6)}", fields_of(MARIADB, "")
    try:
        connection = pymysql.connect(
            host=fields["host"],
            port=fields["port"],
            user=fields["user"],
            password=fields.get("password", ""),
            connect_timeout=5,
        )
    except pymysql.MySQLError as failure:
        missing(f"MariaDB does not answer: {failure}", must="COMMONBOOK_TEST_MARIADB" in os.environ)
    with connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE `{name}`")
        try:
            yield fields_of(MARIADB, name)
        finally:
            cursor.execute(f"DROP DATABASE `{name}`")


def details(kind: str, fields: dict[str, Any], *, read_only: bool = False) -> Details:
    """Return a connection as a kernel gets it."""
    return Details(f"{kind}-{read_only}", kind, "Shop", fields, read_only)


def missing(reason: str, *, must: bool = True) -> Any:
    """Skip a test, or fail where everything that `must` be there has to be."""
    if must and os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
