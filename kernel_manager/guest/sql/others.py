"""Databases that are reached by a driver of the DB-API alone: ClickHouse, SQL Server, Snowflake, BigQuery.

What they cannot do is refused in words: none of them has a session that only reads, but for ClickHouse.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

from .beside import beside
from .binding import FORMAT
from .failures import OUTCOMES, SOCKETS, Patterns, explained, reason_in
from .session import CONNECT_S, LOOPBACK, Details, Fault, Outcome, authority, bounded, driver
from .text import Syntax

REFUSALS: Mapping[str, Patterns] = {
    "clickhouse": (
        ("authentication", "AUTHENTICATION_FAILED|Authentication failed|code: (516|194|192)"),
        ("not_found", "UNKNOWN_DATABASE|code: 81|Database .* does not exist"),
    ),
    "mssql": (
        ("not_found", "Cannot open database|4060"),
        ("authentication", "Login failed|18456"),
        ("refused", "Unable to connect|20009"),
    ),
    "snowflake": (
        (
            "authentication",
            "Incorrect username or password|JWT token is invalid|temporarily locked|390100|390144",
        ),
        ("unknown_host", "404 Not Found|290404"),
        ("not_found", "does not exist or not authorized"),
    ),
    "bigquery": (
        ("authentication", "Access Denied|invalid_grant|Invalid JWT|^403"),
        ("not_found", "Not found|^404"),
    ),
}
"""What the drivers say where a connection is refused, as their sources have it."""

NO_READ_ONLY = (
    "{} has no session that only reads. Give the connection an account that may only read, and turn its "
    "switch off."
)


class PlainSession:
    """A connection of a driver that follows the DB-API."""

    style = FORMAT

    def __init__(
        self,
        details: Details,
        connection: Any,
        syntax: Syntax,
        stop: Callable[[Any], None] | None = None,
    ) -> None:
        self._connection = connection
        self._patterns = (*REFUSALS[details.kind], *SOCKETS)
        self.syntax = syntax
        self._stop = stop

    def run(self, text: str, params: Sequence[Any], limit: int, first: str) -> Outcome:
        cursor = self._connection.cursor()
        options = self._options(limit, first)

        def execute() -> None:
            if params:
                cursor.execute(text, tuple(params), **options)
            else:
                cursor.execute(text, **options)

        try:
            beside(execute, lambda: self._cancel(cursor))
            if not cursor.description:
                changed = getattr(cursor, "rowcount", -1)
                return Outcome(changed=changed if isinstance(changed, int) and changed >= 0 else None)
            columns = tuple(str(column[0]) for column in cursor.description)
            rows, is_partial = bounded(cursor, limit)
            return Outcome(columns, [tuple(row) for row in rows], is_partial=is_partial)
        except Exception as failure:  # noqa: BLE001 - each driver has exceptions of its own
            said = _said(failure)
            reason = reason_in(said, self._patterns)
            raise Fault(said, outcome=OUTCOMES.get(reason, reason)) from None

    def _options(self, limit: int, first: str) -> dict[str, Any]:
        """Return what else the driver is told with a statement."""
        return {}

    def _cancel(self, cursor: Any) -> None:
        """Have the database stop what the cursor does; a driver may fail at that, too."""
        with suppress(Exception):  # it is asked again until the statement has ended
            if self._stop is not None:
                self._stop(cursor)

    def is_open(self) -> bool:
        return True

    def close(self) -> None:
        self._connection.close()


class ClickHouseSession(PlainSession):
    """Each statement has an id by which another connection can have it killed."""

    def __init__(self, details: Details, connect: Callable[..., Any], syntax: Syntax) -> None:
        super().__init__(details, connect(read_only=details.read_only), syntax, lambda cursor: self._kill())
        self._connect = connect
        self._statement = ""

    def _options(self, limit: int, first: str) -> dict[str, Any]:
        self._statement = f"commonbook-{uuid4()}"
        return {"settings": {"query_id": self._statement}}

    def _kill(self) -> None:
        other = self._connect(read_only=False)
        try:
            other.cursor().execute(f"KILL QUERY WHERE query_id = '{self._statement}' ASYNC")
        finally:
            other.close()


class BigQuerySession(PlainSession):
    """Each statement is a job of a name of ours, which can be cancelled by it."""

    def __init__(self, details: Details, client: Any, library: Any, dbapi: Any, syntax: Syntax) -> None:
        super().__init__(details, dbapi.connect(client), syntax, lambda cursor: self._cancel_job())
        self._client = client
        self._library = library
        self._job = ""

    def _options(self, limit: int, first: str) -> dict[str, Any]:
        self._job = f"commonbook-{uuid4()}"
        return {"job_id": self._job, "job_config": self._library.QueryJobConfig()}

    def _cancel_job(self) -> None:
        self._client.cancel_job(self._job)

    def first_rows(self, schema: str, table: str, limit: int) -> Outcome:
        """Return a table's first rows, listed and not queried: a query is paid for by the whole table."""
        try:
            found = self._client.list_rows(f"{schema}.{table}", max_results=limit)
            return Outcome(tuple(each.name for each in found.schema), [tuple(row.values()) for row in found])
        except Exception as failure:  # noqa: BLE001 - as above
            raise Fault(_said(failure)) from None


def clickhouse(details: Details) -> PlainSession:
    """Connect over HTTP. With `read_only` the server refuses what writes or changes a setting."""
    dbapi = driver("clickhouse_connect.dbapi", "A ClickHouse connection")
    secure = details.text("tls", "verify") != "off"
    host, port = details.text("host"), int(details.text("port", "8443" if secure else "8123"))
    told: dict[str, Any] = {
        "host": host,
        "port": port,
        "username": details.text("user") or "default",
        "password": details.text("password"),
        "database": details.text("database") or "default",
        "secure": secure,
        "verify": details.text("tls") != "require",
        "ca_cert": authority(details) if secure else None,
        "connect_timeout": CONNECT_S,
    }
    if details.door is not None:
        told |= {"host": LOOPBACK, "port": details.door} | ({"server_host_name": host} if secure else {})

    def connect(*, read_only: bool) -> Any:
        return dbapi.connect(**told, settings={"readonly": 1} if read_only else {})

    syntax = Syntax(backslashes=True, backticks=True, hashes=True, dollars=True)
    return _connected(details, lambda: ClickHouseSession(details, connect, syntax))


def sql_server(details: Details) -> PlainSession:
    """Connect by pymssql."""
    _demand_writable(details, "SQL Server")
    pymssql = driver("pymssql", "A SQL Server connection")
    told = {
        "server": details.text("host") if details.door is None else LOOPBACK,
        "port": details.text("port", "1433") if details.door is None else str(details.door),
        "user": details.text("user"),
        "password": details.text("password"),
        "database": details.text("database") or "master",
        "login_timeout": CONNECT_S,
        "autocommit": True,
        "encryption": "off" if details.text("tls") == "off" else "require",
    }
    syntax = Syntax(quote=("[", "]"), brackets=True, nested_comments=True)
    return _connected(
        details,
        lambda: PlainSession(
            details, pymssql.connect(**told), syntax, lambda cursor: cursor.connection._conn.cancel()
        ),
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
        details,
        lambda: PlainSession(
            details,
            connector.connect(**told, login_timeout=CONNECT_S, application="Commonbook"),
            syntax,
            lambda cursor: cursor.abort_query(cursor.sfqid),
        ),
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
    return _connected(details, lambda: BigQuerySession(details, client, library, dbapi, syntax))


def _demand_writable(details: Details, name: str) -> None:
    if details.read_only:
        raise Fault(NO_READ_ONLY.format(name))


def _connected(details: Details, connect: Callable[[], PlainSession]) -> PlainSession:
    try:
        return connect()
    except Exception as failure:  # noqa: BLE001 - each driver has exceptions of its own
        said = _said(failure)
        raise explained(reason_in(said, (*REFUSALS[details.kind], *SOCKETS)), details, said) from None


def _said(failure: Exception) -> str:
    return " ".join(str(failure).split())[:600] or type(failure).__name__
