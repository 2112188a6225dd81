"""Database servers that tests use: PostgreSQL and MariaDB on loopback, each test in a schema of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from kernel_manager.guest.sql.session import Details

POSTGRES = os.environ.get("COMMONBOOK_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432")
PASSWORD = "canary-of-the-guarded-77a1"
START_S = 20.0

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


def connected(fields: dict[str, Any]) -> Any:
    """Return a connection of psycopg's to a test's PostgreSQL; each statement counts at once."""
    import psycopg

    return psycopg.connect(
        host=fields["host"],
        port=fields["port"],
        user=fields["user"],
        password=fields.get("password"),
        dbname=fields["database"],
        autocommit=True,
    )


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


@dataclass(frozen=True)
class Guarded:
    """A PostgreSQL of a test's own that asks for passwords and speaks TLS, and the certificate it shows."""

    fields: dict[str, Any]
    certificate: str


@contextmanager
def guarded_postgres() -> Iterator[Guarded]:
    """Start a PostgreSQL with TLS and a password for its user `reader`."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs or os.geteuid() != 0:
        missing("There is no initdb to make a PostgreSQL with.", must=False)
    port = _free_port()
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    with tempfile.TemporaryDirectory(prefix="postgres-") as place:
        data = Path(place) / "data"
        shutil.chown(place, "postgres", "postgres")
        subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        key, certificate = Path(place) / "key.pem", Path(place) / "certificate.pem"
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
        _run([*as_postgres, *made, "-keyout", str(key), "-out", str(certificate)], cwd=place)
        _run([*as_postgres, f"{programs[-1]}/initdb", "-D", str(data), "-A", "trust", "--no-sync"], cwd=place)
        (data / "pg_hba.conf").write_text("local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n")
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": place,
            "fsync": "off",
            "ssl": "on",
            "ssl_cert_file": certificate,
            "ssl_key_file": key,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        server = subprocess.Popen(
            [*as_postgres, f"{programs[-1]}/postgres", "-D", str(data), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _settle(place, port)
            fields = {"host": "localhost", "port": port, "database": "shop", "user": "reader"}
            yield Guarded(fields | {"password": PASSWORD}, certificate.read_text())
        finally:
            server.terminate()
            server.wait()


def _settle(place: str, port: int) -> None:
    """Wait until the server answers, then make its user and database."""
    import psycopg

    end = time.monotonic() + START_S
    while True:
        try:
            made = psycopg.connect(host=place, port=port, user="postgres", dbname="postgres", autocommit=True)
            break
        except psycopg.OperationalError:
            if time.monotonic() > end:
                raise
    with made:
        made.execute(f"CREATE USER reader PASSWORD '{PASSWORD}'")  # type: ignore[arg-type]
        made.execute("CREATE DATABASE shop OWNER reader")


def _run(command: Sequence[str], cwd: str) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
