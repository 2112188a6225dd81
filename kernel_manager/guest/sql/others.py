"""Databases that are reached by a driver of the DB-API alone: ClickHouse, SQL Server, Snowflake, BigQuery.

What they cannot do is refused in words: none of them has a session that only reads, but for ClickHouse.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from .beside import beside
from .binding import FORMAT, Style
from .session import CONNECT_S, Details, Fault, Outcome, authority, bounded, driver
from .text import Syntax

ALWAYS_DOUBLED = Style(FORMAT.mark, doubles_percent=True)

NO_READ_ONLY = (
    "{} has no session that only reads. Give the connection an account that may only read, and turn its "
    "switch off."
)


class PlainSession:
    """A connection of a driver that follows the DB-API."""

    style = FORMAT

    def __init__(self, connection: Any, syntax: Syntax, stop: Callable[[Any], None] | None = None) -> None:
        self._connection = connection
        self.syntax = syntax
        self._stop = stop

    def run(self, text: str, params: Sequence[Any], limit: int, first: str) -> Outcome:
        cursor = self._connection.cursor()

        def execute() -> None:
            if params:
                cursor.execute(text, tuple(params))
            else:
                cursor.execute(text)

        try:
            beside(execute, lambda: self._stop(cursor) if self._stop is not None else None)
            if not cursor.description:
                changed = getattr(cursor, "rowcount", -1)
                return Outcome(changed=changed if isinstance(changed, int) and changed >= 0 else None)
            columns = tuple(str(column[0]) for column in cursor.description)
            rows, is_partial = bounded(cursor, limit)
            return Outcome(columns, [tuple(row) for row in rows], is_partial=is_partial)
        except Exception as failure:  # noqa: BLE001 - each driver has exceptions of its own
            raise Fault(" ".join(str(failure).split())[:600] or type(failure).__name__) from None

    def is_open(self) -> bool:
        return True

    def close(self) -> None:
        self._connection.close()


def clickhouse(details: Details) -> PlainSession:
    """Connect over HTTP. With `read_only` the server refuses what writes or changes a setting."""
    dbapi = driver("clickhouse_connect.dbapi", "A ClickHouse connection")
    secure = details.text("tls", "verify") != "off"
    told = {
        "host": details.text("host"),
        "port": int(details.text("port", "8443" if secure else "8123")),
        "username": details.text("user") or "default",
        "password": details.text("password"),
        "database": details.text("database") or "default",
        "secure": secure,
        "verify": details.text("tls") != "require",
        "ca_cert": authority(details) if secure else None,
        "connect_timeout": CONNECT_S,
        "settings": {"readonly": 1} if details.read_only else {},
    }
    syntax = Syntax(backslashes=True, backticks=True, hashes=True, dollars=True)
    return _connected(lambda: dbapi.connect(**told), syntax)


def sql_server(details: Details) -> PlainSession:
    """Connect by pymssql."""
    _demand_writable(details, "SQL Server")
    pymssql = driver("pymssql", "A SQL Server connection")
    told = {
        "server": details.text("host"),
        "port": details.text("port", "1433"),
        "user": details.text("user"),
        "password": details.text("password"),
        "database": details.text("database") or "master",
        "login_timeout": CONNECT_S,
        "autocommit": True,
        "encryption": "off" if details.text("tls") == "off" else "require",
    }
    syntax = Syntax(quote=("[", "]"), brackets=True, nested_comments=True)
    return _connected(
        lambda: pymssql.connect(**told), syntax, lambda cursor: cursor.connection._conn.cancel()
    )


def snowflake(details: Details) -> PlainSession:
    """Connect by Snowflake's own driver."""
    _demand_writable(details, "Snowflake")
    connector = driver("snowflake.connector", "A Snowflake connection")
    names = ("account", "user", "password", "warehouse", "database", "schema", "role")
    told: dict[str, Any] = {name: details.text(name) for name in names if details.text(name)}
    if details.text("private_key"):
        serialization = driver("cryptography.hazmat.primitives.serialization", "A Snowflake connection")
        try:
            key = serialization.load_pem_private_key(
                details.text("private_key").encode(), details.text("passphrase").encode() or None
            )
        except (ValueError, TypeError):
            raise Fault("The private key of the connection cannot be read with its passphrase.") from None
        told["private_key"] = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    syntax = Syntax(backslashes=True, dollars=True, slashes=True)
    return _connected(
        lambda: connector.connect(**told, login_timeout=CONNECT_S, application="Commonbook"),
        syntax,
        lambda cursor: cursor.abort_query(cursor.sfqid),
    )


def bigquery(details: Details) -> PlainSession:
    """Connect by Google's own driver, as the service account whose key the connection holds."""
    _demand_writable(details, "BigQuery")
    dbapi = driver("google.cloud.bigquery.dbapi", "A BigQuery connection")
    library = driver("google.cloud.bigquery", "A BigQuery connection")
    try:
        key = json.loads(details.text("credentials"))
        chosen = {name: details.text(name) for name in ("project", "location") if details.text(name)}
        if details.text("dataset"):
            dataset = f"{chosen.get('project', key['project_id'])}.{details.text('dataset')}"
            chosen["default_query_job_config"] = library.QueryJobConfig(default_dataset=dataset)
        client = library.Client.from_service_account_info(key, **chosen)
    except Exception as failure:  # noqa: BLE001 - each driver has exceptions of its own
        raise Fault(f"The key of the service account cannot be used ({type(failure).__name__}).") from None
    syntax = Syntax(
        quote=("`", "`"),
        backslashes=True,
        double_quoted_strings=True,
        backticks=True,
        hashes=True,
        triple=True,
    )
    session = _connected(lambda: dbapi.connect(client), syntax)
    session.style = ALWAYS_DOUBLED
    return session


def _demand_writable(details: Details, name: str) -> None:
    if details.read_only:
        raise Fault(NO_READ_ONLY.format(name))


def _connected(
    connect: Callable[[], Any], syntax: Syntax, stop: Callable[[Any], None] | None = None
) -> PlainSession:
    try:
        return PlainSession(connect(), syntax, stop)
    except Exception as failure:  # noqa: BLE001 - each driver has exceptions of its own
        raise Fault(" ".join(str(failure).split())[:600] or type(failure).__name__) from None
