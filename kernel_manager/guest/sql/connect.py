"""Opens a connection of any kind."""

from __future__ import annotations

from .duck import DuckSession
from .lite import LiteSession
from .mysql import MysqlSession
from .others import bigquery, clickhouse, snowflake, sql_server
from .postgres import PostgresSession
from .session import Details, Fault, Session


def open_session(details: Details | None, folder: str) -> Session:
    """Connect; None means the tables in the kernel. Raises `Fault` or `MissingDriver`."""
    if details is None:
        return DuckSession.over_frames(folder)
    match details.kind:
        case "postgresql":
            return PostgresSession(details)
        case "mysql":
            return MysqlSession(details)
        case "sqlite":
            return LiteSession(details, folder)
        case "duckdb":
            return DuckSession.of_file(details, folder)
        case "clickhouse":
            return clickhouse(details)
        case "mssql":
            return sql_server(details)
        case "snowflake":
            return snowflake(details)
        case "bigquery":
            return bigquery(details)
        case _:
            raise Fault(f"{details.label} is no database, so SQL cannot run there.")
