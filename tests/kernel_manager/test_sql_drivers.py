"""Databases that nobody could reach from here, up to their drivers: stand-ins record what they are told.

No real ClickHouse, SQL Server, Snowflake or BigQuery has answered; what we ask of the drivers is tested.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from kernel_manager.guest.sql.look import answer
from tests.kernel_manager.test_sql_databases import EVIL, Kernel
from tests.support.databases import details
from tests.support.google import service_account
from tests.support.interrupts import interrupted


class Driver:
    """A driver of the DB-API that notes what it is told, and answers from `rows` by a word of the query."""

    def __init__(self) -> None:
        self.arguments: dict[str, Any] = {}
        self.ran: list[tuple[str, Any]] = []
        self.rows: dict[str, list[tuple[Any, ...]]] = {}
        self.refuses: Exception | None = None
        self.blocks = threading.Event()
        self.stopped: list[str] = []
        self.fetched = 0

    def stop(self, how: str) -> None:
        self.stopped.append(how)
        self.blocks.set()

    def connect(self, *positional: Any, **arguments: Any) -> Any:
        if self.refuses is not None:
            raise self.refuses
        self.arguments = arguments
        self.positional = positional
        return SimpleNamespace(cursor=lambda: Cursor(self), close=lambda: None)


class Cursor:
    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.description: Any = None
        self.rowcount = -1
        self.sfqid = "query-7"
        self._left: list[tuple[Any, ...]] = []
        self.connection = SimpleNamespace(_conn=SimpleNamespace(cancel=lambda: driver.stop("cancel")))

    def abort_query(self, query: str) -> None:
        self.driver.stop(query)

    def execute(self, text: str, parameters: Any = None, **options: Any) -> None:
        self.driver.ran.append((text, parameters))
        if text.startswith("KILL QUERY"):
            self.driver.stop(text.split("'")[1])
        if "slow" in text:
            self.driver.blocks.wait(20)
            raise RuntimeError("the query was cancelled")
        if "wrong" in text:
            raise RuntimeError("Syntax error\nnear wrong (line 1)")
        found = next((rows for word, rows in self.driver.rows.items() if word in text), None)
        if found is None:
            self.rowcount = 3
            return
        self._left = list(found)
        self.description = [(f"c{number}",) for number in range(len(found[0]))]

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        part, self._left = self._left[:size], self._left[size:]
        self.driver.fetched += len(part)
        return part

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.fetchmany(len(self._left))


MODULES = {
    "clickhouse": ["clickhouse_connect", "clickhouse_connect.dbapi"],
    "mssql": ["pymssql"],
    "snowflake": ["snowflake", "snowflake.connector"],
    "bigquery": ["google.cloud.bigquery", "google.cloud.bigquery.dbapi"],
}

FIELDS: dict[str, dict[str, Any]] = {
    "clickhouse": {"host": "db.example.org", "port": 8443, "user": "u", "password": "p@ss", "database": "d"},
    "mssql": {"host": "db.example.org", "port": 1433, "user": "u", "password": "p@ss", "database": "d"},
    "snowflake": {"account": "org-1", "user": "u", "password": "p@ss", "warehouse": "w", "database": "d"},
    "bigquery": {"credentials": service_account(), "dataset": "shop", "location": "EU"},
}
KINDS = list(MODULES)


@pytest.fixture
def driver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Driver:
    made = Driver()
    for name in MODULES[request.getfixturevalue("kind")]:
        module = ModuleType(name)
        module.connect = made.connect  # type: ignore[attr-defined]
        module.QueryJobConfig = lambda **told: told  # type: ignore[attr-defined]
        module.Client = SimpleNamespace(  # type: ignore[attr-defined]
            from_service_account_info=lambda key, **told: SimpleNamespace(
                key=key, told=told, cancel_job=made.stop
            )
        )
        monkeypatch.setitem(sys.modules, name, module)
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_reaches_its_driver_with_parameters_and_a_limit(
    driver: Driver, kind: str, tmp_path: Path
) -> None:
    kernel = Kernel(details(kind, FIELDS[kind]))
    kernel.names |= {"evil": EVIL, "n": 2}
    driver.rows["from t"] = [(number,) for number in range(50)]
    report = kernel.run("select * from t where a = {{ evil }} and b % 2 = {{ n }}", f"{kind}-False", rows=10)
    assert (len(report.frame), report.told()["is_partial"]) == (10, True)
    assert driver.fetched == 11
    ((text, parameters),) = driver.ran
    assert EVIL not in text
    assert tuple(parameters) == (EVIL, 2)
    assert text.count("%s") == 2
    assert "%% 2" in text
    changed = kernel.run("delete from u", f"{kind}-False")
    assert changed.parts[0].outcome.changed == 3
    assert "Syntax error near wrong" in kernel.refused("select wrong", f"{kind}-False")


@pytest.mark.parametrize("kind", KINDS)
def test_stopping_a_cell_asks_the_driver_to_stop_the_query(driver: Driver, kind: str) -> None:
    kernel = Kernel(details(kind, FIELDS[kind]))
    with interrupted():
        assert "stopped" in kernel.refused("select slow", f"{kind}-False")
    driver.blocks.set()
    how = {"clickhouse": "commonbook-", "mssql": "cancel", "snowflake": "query-7", "bigquery": "commonbook-"}
    assert driver.stopped[0].startswith(how[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_driver_is_told_comes_from_the_fields_alone(driver: Driver, kind: str) -> None:
    Kernel(details(kind, FIELDS[kind])).run("select 1", f"{kind}-False")
    told = driver.arguments
    if kind == "bigquery":
        (client,) = driver.positional
        assert client.key["project_id"] == "field-notes"
        assert client.told["location"] == "EU"
        assert client.told["default_query_job_config"] == {"default_dataset": "field-notes.shop"}
        return
    assert told["password"] == "p@ss"
    if kind == "clickhouse":
        assert (told["host"], told["port"], told["secure"], told["verify"]) == (
            "db.example.org",
            8443,
            True,
            True,
        )
        assert told["settings"] == {}
        Kernel(details(kind, FIELDS[kind], read_only=True)).run("select 1", "clickhouse-True")
        assert driver.arguments["settings"] == {"readonly": 1}
    if kind == "mssql":
        assert (told["server"], told["port"], told["encryption"]) == ("db.example.org", "1433", "require")
    if kind == "snowflake":
        assert (told["account"], told["warehouse"], told["application"]) == ("org-1", "w", "Commonbook")


REFUSED = [
    ("clickhouse", "HTTPDriver returned: Code: 516. AUTHENTICATION_FAILED", "authentication"),
    ("clickhouse", "Code: 81. DB::Exception: UNKNOWN_DATABASE", "not_found"),
    ("clickhouse", "certificate verify failed: self-signed", "tls"),
    ("mssql", "(18456, b\"Login failed for user 'u'\")", "authentication"),
    ("mssql", "(4060, b'Cannot open database \"d\" requested by the login. The login failed.')", "not_found"),
    ("mssql", "(20009, b'Unable to connect: Adaptive Server is unavailable')", "refused"),
    ("snowflake", "250001 (08001): Incorrect username or password was specified.", "authentication"),
    ("snowflake", "290404 (08001): 404 Not Found: post org-1.snowflakecomputing.com", "unknown_host"),
    ("bigquery", "403 Access Denied: Project field-notes", "authentication"),
]


@pytest.mark.parametrize(("kind", "said", "outcome"), REFUSED)
def test_a_test_tells_why_a_driver_is_refused(
    driver: Driver, kind: str, said: str, outcome: str, tmp_path: Path
) -> None:
    driver.refuses = RuntimeError(said)
    connection = {"id": "c", "kind": kind, "name": "Shop", "fields": FIELDS[kind], "read_only": False}
    asked = {"look": "test", "connection": connection, "addresses": [], "gate": None}
    found = answer(asked, str(tmp_path))
    assert found["outcome"] == outcome, found
    assert "Check" in found["reason"] or "Give" in found["reason"]


CATALOGUES: dict[str, dict[str, list[tuple[Any, ...]]]] = {
    "clickhouse": {
        "system.tables": [("d", "t", "MergeTree", 5), ("d", "v", "View", None)],
        "system.columns": [("d", "t", "a", "Int64")],
        "currentDatabase": [("d",)],
    },
    "mssql": {
        "sys.objects": [("dbo", "t", "U ", 5), ("dbo", "v", "V ", None)],
        "information_schema.columns": [("dbo", "t", "a", "int")],
        "schema_name": [("dbo",)],
    },
    "snowflake": {
        "current_database": [("D", "PUBLIC")],
        "information_schema.tables": [("PUBLIC", "t", "BASE TABLE", 5), ("PUBLIC", "v", "VIEW", None)],
        "information_schema.columns": [("PUBLIC", "t", "a", "NUMBER")],
    },
    "bigquery": {
        "__TABLES__": [("t", 1, 5), ("v", 2, 0)],
        "INFORMATION_SCHEMA.COLUMNS": [("t", "a", "INT64")],
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_tables_are_read_from_each_catalogue(driver: Driver, kind: str, tmp_path: Path) -> None:
    driver.rows = CATALOGUES[kind]
    connection = {"id": "c", "kind": kind, "name": "Shop", "fields": FIELDS[kind], "read_only": False}
    asked = {"look": "schema", "connection": connection, "addresses": [], "gate": None}
    found = answer(asked, str(tmp_path))
    assert found["outcome"] == "ok", found
    (schema,) = found["schema"]["schemas"]
    table, view = schema["tables"]
    assert (table["name"], table["rows"], len(table["columns"])) == ("t", 5, 1)
    assert (view["is_view"], view["rows"], schema["is_near"]) == (True, None, True)
