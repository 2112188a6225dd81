"""What is in a database: its schemas, tables and columns, asked of its own catalogue, and the first rows.

Bounded in tables, columns and time. Rows are counted where that is quick; elsewhere the database's own
estimate is told, and told as one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from .session import Fault, Session

MOST_TABLES = 2_000
MOST_COLUMNS = 40_000
MOST_DATASETS = 50
COUNTING_S = 3.0
QUICK_BYTES = 8 * 1024 * 1024
"""Tables up to this size are counted, one after the other, while there is time."""

FIRST_ROWS = 100
LONGEST = 500
"""Of names, in characters."""


@dataclass
class Table:
    """A table or a view. `rows` is None where nobody knows, and an estimate where `is_estimate` says so."""

    schema: str
    name: str
    is_view: bool = False
    rows: int | None = None
    is_estimate: bool = False
    is_quick: bool = False
    """Its rows can be counted in no time."""
    columns: list[tuple[str, str]] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "name": self.name[:LONGEST],
            "is_view": self.is_view,
            "rows": self.rows,
            "is_estimate": self.is_estimate and self.rows is not None,
            "columns": [{"name": name[:LONGEST], "type": kind[:LONGEST]} for name, kind in self.columns],
        }


@dataclass
class Catalogue:
    """What is in a database. `near` are schemas whose tables need no name before theirs."""

    tables: list[Table]
    near: Sequence[str]
    is_cut: bool = False

    def told(self) -> dict[str, Any]:
        """Return it as JSON, the near schemas first."""
        schemas: dict[str, list[Table]] = {name: [] for name in self.near}
        for table in self.tables:
            schemas.setdefault(table.schema, []).append(table)
        found = [
            {"name": name, "is_near": name in self.near, "tables": [table.told() for table in tables]}
            for name, tables in schemas.items()
            if tables or name in self.near
        ]
        return {"schemas": found, "is_cut": self.is_cut}


Ask = Callable[[str], list[Sequence[Any]]]


def catalogue_of(kind: str, session: Session, fields: Any) -> Catalogue:
    """Return what is in the database of a session. Raises `Fault`."""

    def ask(text: str) -> list[Sequence[Any]]:
        outcome = session.run(text, (), 0, "SELECT")
        if outcome.frame is not None:
            return [tuple(row) for row in outcome.frame.astype(object).itertuples(index=False)]
        return list(outcome.rows)

    found = _READERS[kind](ask, fields)
    end = monotonic() + COUNTING_S
    for table in found.tables:
        if not table.is_quick:
            continue
        if monotonic() > end:
            break
        try:
            ((count,),) = ask(f"SELECT count(*) FROM {named(session, table.schema, table.name)}")
        except (Fault, ValueError):
            continue  # a table that may be seen and not read
        table.rows, table.is_estimate = int(count), False
    return found


def named(session: Session, *parts: str) -> str:
    """Return the quoted name of something; empty parts are left out."""
    opening, closing = session.syntax.quote
    return ".".join(f"{opening}{part.replace(closing, closing * 2)}{closing}" for part in parts if part)


def first_rows(kind: str, session: Session, schema: str, table: str) -> Any:
    """Return the outcome of reading a table's first rows. Raises `Fault`."""
    own = getattr(session, "first_rows", None)
    if own is not None:
        return own(schema, table, FIRST_ROWS)
    name = named(session, schema, table)
    text = f"SELECT * FROM {name} LIMIT {FIRST_ROWS}"
    if kind == "mssql":
        text = f"SELECT TOP {FIRST_ROWS} * FROM {name}"
    return session.run(text, (), 0, "SELECT")


def _put_together(
    tables: Sequence[Table], columns: Sequence[Sequence[Any]], near: Sequence[str]
) -> Catalogue:
    """Return a catalogue of tables and of their columns, as (schema, table, column, type)."""
    is_cut = len(tables) > MOST_TABLES or len(columns) > MOST_COLUMNS
    kept = {(table.schema, table.name): table for table in tables[:MOST_TABLES]}
    for schema, name, column, kind in columns[:MOST_COLUMNS]:
        table = kept.get((str(schema), str(name)))
        if table is not None:
            table.columns.append((str(column), str(kind)))
    return Catalogue(list(kept.values()), near, is_cut)


_POSTGRES_PLACES = """
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
   AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
   AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
   AND (pg_catalog.has_table_privilege(c.oid, 'SELECT')
        OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT'))
"""


def _postgresql(ask: Ask, fields: Any) -> Catalogue:
    tables = [
        Table(
            str(schema),
            str(name),
            is_view=kind in ("v", "m"),
            rows=int(estimate) if estimate is not None and estimate >= 0 and kind != "v" else None,
            is_estimate=True,
            is_quick=kind in ("r", "m") and (size or 0) <= QUICK_BYTES,
        )
        for schema, name, kind, estimate, size in ask(
            "SELECT n.nspname::text, c.relname::text, c.relkind::text, c.reltuples::float8, "
            f"pg_catalog.pg_relation_size(c.oid) {_POSTGRES_PLACES} ORDER BY 1, 2 LIMIT {MOST_TABLES + 1}"
        )
    ]
    columns = ask(
        "SELECT t.schema, t.name, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod) "
        "FROM (SELECT n.nspname::text AS schema, c.relname::text AS name, c.oid AS relation "
        f"{_POSTGRES_PLACES} ORDER BY 1, 2 LIMIT {MOST_TABLES}) t "
        "JOIN pg_catalog.pg_attribute a ON a.attrelid = t.relation AND a.attnum > 0 AND NOT a.attisdropped "
        f"ORDER BY 1, 2, a.attnum LIMIT {MOST_COLUMNS + 1}"
    )
    near = ask("SELECT unnest(pg_catalog.current_schemas(false))::text")
    return _put_together(tables, columns, [str(name) for (name,) in near])


_MYSQL_OWN = "('information_schema', 'mysql', 'performance_schema', 'sys')"


def _mysql(ask: Ask, fields: Any) -> Catalogue:
    tables = [
        Table(
            str(schema),
            str(name),
            is_view=kind != "BASE TABLE",
            rows=None if rows is None else int(rows),
            is_estimate=True,
            is_quick=kind == "BASE TABLE" and int(size or 0) <= QUICK_BYTES,
        )
        for schema, name, kind, rows, size in ask(
            "SELECT table_schema, table_name, table_type, table_rows, data_length "
            f"FROM information_schema.tables WHERE table_schema NOT IN {_MYSQL_OWN} "
            f"ORDER BY table_schema <> database(), 1, 2 LIMIT {MOST_TABLES + 1}"
        )
    ]
    columns = ask(
        "SELECT table_schema, table_name, column_name, column_type FROM information_schema.columns "
        f"WHERE table_schema NOT IN {_MYSQL_OWN} "
        f"ORDER BY table_schema <> database(), 1, 2, ordinal_position LIMIT {MOST_COLUMNS + 1}"
    )
    near = ask("SELECT database()")
    return _put_together(tables, columns, [str(name) for (name,) in near if name])


def _sqlite(ask: Ask, fields: Any) -> Catalogue:
    tables = [
        Table("", str(name), is_view=kind == "view", is_quick=kind == "table")
        for name, kind in ask(
            "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') "
            f"AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name LIMIT {MOST_TABLES + 1}"
        )
    ]
    columns: list[Sequence[Any]] = []
    for table in tables[:MOST_TABLES]:
        quoted = table.name.replace("'", "''")
        try:
            found = ask(f"SELECT name, type FROM pragma_table_info('{quoted}')")
        except Fault:
            continue  # a view of what is not there any more
        columns += [("", table.name, name, str(kind).lower()) for name, kind in found]
    return _put_together(tables, columns, [""])


def _duckdb(ask: Ask, fields: Any) -> Catalogue:
    here = "database_name = current_database() AND NOT internal"
    tables = [
        Table(str(schema), str(name), is_view=bool(is_view), is_quick=not is_view)
        for schema, name, is_view in ask(
            f"SELECT schema_name, table_name, false FROM duckdb_tables() WHERE {here} "
            f"UNION ALL SELECT schema_name, view_name, true FROM duckdb_views() WHERE {here} "
            f"ORDER BY 1, 2 LIMIT {MOST_TABLES + 1}"
        )
    ]
    columns = ask(
        "SELECT schema_name, table_name, column_name, lower(data_type) FROM duckdb_columns() "
        f"WHERE {here} ORDER BY 1, 2, column_index LIMIT {MOST_COLUMNS + 1}"
    )
    return _put_together(tables, columns, ["main"])


def _clickhouse(ask: Ask, fields: Any) -> Catalogue:
    others = "database NOT IN ('system', 'information_schema', 'INFORMATION_SCHEMA')"
    tables = [
        Table(str(schema), str(name), is_view="View" in str(engine), rows=None if rows is None else int(rows))
        for schema, name, engine, rows in ask(
            f"SELECT database, name, engine, total_rows FROM system.tables WHERE {others} "
            f"AND NOT is_temporary ORDER BY 1, 2 LIMIT {MOST_TABLES + 1}"
        )
    ]
    columns = ask(
        f"SELECT database, table, name, type FROM system.columns WHERE {others} "
        f"ORDER BY 1, 2, position LIMIT {MOST_COLUMNS + 1}"
    )
    return _put_together(tables, columns, [str(name) for (name,) in ask("SELECT currentDatabase()")])


def _mssql(ask: Ask, fields: Any) -> Catalogue:
    tables = [
        Table(
            str(schema),
            str(name),
            is_view=str(kind).strip() == "V",
            rows=None if rows is None else int(rows),
            is_estimate=True,
        )
        for schema, name, kind, rows in ask(
            f"SELECT TOP {MOST_TABLES + 1} s.name, o.name, o.type, (SELECT sum(p.rows) FROM sys.partitions p "
            "WHERE p.object_id = o.object_id AND p.index_id IN (0, 1)) "
            "FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id "
            "WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 ORDER BY s.name, o.name"
        )
    ]
    columns = ask(
        f"SELECT TOP {MOST_COLUMNS + 1} table_schema, table_name, column_name, data_type "
        "FROM information_schema.columns ORDER BY table_schema, table_name, ordinal_position"
    )
    return _put_together(tables, columns, [str(name) for (name,) in ask("SELECT schema_name()")])


def _snowflake(ask: Ask, fields: Any) -> Catalogue:
    ((database, schema),) = ask("SELECT current_database(), current_schema()")
    if not database:
        raise Fault("Name a database in the connection to see its tables", outcome="not_found")
    tables = [
        Table(str(schema), str(name), is_view="VIEW" in str(kind), rows=None if rows is None else int(rows))
        for schema, name, kind, rows in ask(
            "SELECT table_schema, table_name, table_type, row_count FROM information_schema.tables "
            f"WHERE table_schema <> 'INFORMATION_SCHEMA' ORDER BY 1, 2 LIMIT {MOST_TABLES + 1}"
        )
    ]
    columns = ask(
        "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema <> 'INFORMATION_SCHEMA' "
        f"ORDER BY 1, 2, ordinal_position LIMIT {MOST_COLUMNS + 1}"
    )
    return _put_together(tables, columns, [str(schema)] if schema else [])


def _bigquery(ask: Ask, fields: Any) -> Catalogue:
    own = str(fields.get("dataset") or "")
    names = [own]
    if not own:
        listed = ask(
            f"SELECT schema_name FROM INFORMATION_SCHEMA.SCHEMATA ORDER BY 1 LIMIT {MOST_DATASETS + 1}"
        )
        names = [str(name) for (name,) in listed]
    tables: list[Table] = []
    columns: list[Sequence[Any]] = []
    for name in names[:MOST_DATASETS]:
        tables += [
            Table(name, str(table), is_view=int(kind) != 1, rows=int(rows) if int(kind) == 1 else None)
            for table, kind, rows in ask(
                f"SELECT table_id, type, row_count FROM `{name}.__TABLES__` ORDER BY 1"
            )
        ]
        columns += [
            (name, *row)
            for row in ask(
                f"SELECT table_name, column_name, data_type FROM `{name}.INFORMATION_SCHEMA.COLUMNS` "
                "ORDER BY 1, ordinal_position"
            )
        ]
    found = _put_together(tables, columns, [own] if own else [])
    found.is_cut = found.is_cut or len(names) > MOST_DATASETS
    return found


_READERS: dict[str, Callable[[Ask, Any], Catalogue]] = {
    "postgresql": _postgresql,
    "mysql": _mysql,
    "sqlite": _sqlite,
    "duckdb": _duckdb,
    "clickhouse": _clickhouse,
    "mssql": _mssql,
    "snowflake": _snowflake,
    "bigquery": _bigquery,
}

VERSIONS = {
    "postgresql": "SELECT current_setting('server_version')",
    "mysql": "SELECT version()",
    "sqlite": "SELECT sqlite_version()",
    "duckdb": "SELECT version()",
    "clickhouse": "SELECT version()",
    "mssql": "SELECT CAST(SERVERPROPERTY('ProductVersion') AS varchar(40))",
    "snowflake": "SELECT current_version()",
    "bigquery": "SELECT ''",
}
"""A question that every database answers, and that tells its version where there is one."""
