"""What each kind of database needs of the project's environment."""

from __future__ import annotations

REQUIREMENTS = {
    "postgresql": "psycopg[binary]",
    "mysql": "PyMySQL[rsa]",
    "duckdb": "duckdb",
    "clickhouse": "clickhouse-connect",
    "mssql": "pymssql",
    "snowflake": "snowflake-connector-python",
    "bigquery": "google-cloud-bigquery",
}
"""By kind, the line that installs its driver. SQLite's comes with Python."""
