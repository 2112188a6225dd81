"""Cells of SQL against real databases: DuckDB, SQLite, and PostgreSQL and MariaDB on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import polars as pl
import pytest

from kernel_manager.guest.sql.connect import open_session
from kernel_manager.guest.sql.results import table, unique
from kernel_manager.guest.sql.run import Runner, SQLError
from kernel_manager.guest.sql.session import Details, Fault, MissingDriver, Outcome
from kernel_manager.guest.sql.show import Report
from tests.support.databases import details, mariadb, postgres
from tests.support.interrupts import interrupted

EVIL = "x'; DROP TABLE t; --"


class Kernel:
    """A kernel's variables, and cells of SQL over them."""

    def __init__(self, *connections: Details) -> None:
        self.names: dict[str, Any] = {}
        self.known = {each.id: each for each in connections}
        shell = SimpleNamespace(user_ns=self.names, user_global_ns=self.names)
        self.runner = Runner(shell, self.known.__getitem__)

    def run(
        self, text: str, connection: str | None = None, result: str | None = None, rows: int = 1000
    ) -> Report:
        told = {"connection": connection, "result": result, "rows": rows}
        return self.runner.cell(json.dumps(told), text)

    def rows(self, text: str, connection: str | None = None, **more: Any) -> list[Any]:
        return [list(row) for row in self.run(text, connection, **more).frame.itertuples(index=False)]

    def refused(self, text: str, connection: str | None = None) -> str:
        with pytest.raises((SQLError, KeyboardInterrupt)) as caught:
            self.run(text, connection)
        assert caught.value._render_traceback_() == [str(caught.value)]  # type: ignore[union-attr]
        return str(caught.value)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    return project


@contextmanager
def opened(kind: str) -> Iterator[tuple[Kernel, str, str]]:
    """Yield a kernel with a connection that writes and one that reads only."""
    if kind == "postgresql":
        with postgres() as fields:
            yield from _both(kind, fields)
    elif kind == "mysql":
        with mariadb() as fields:
            yield from _both(kind, fields)
    else:
        yield from _both(kind, {"path": f"shop.{kind}"})


def _both(kind: str, fields: dict[str, Any]) -> Iterator[tuple[Kernel, str, str]]:
    writes, reads = details(kind, fields), details(kind, fields, read_only=True)
    kernel = Kernel(writes, reads)
    try:
        yield kernel, writes.id, reads.id
    finally:
        for _, session in kernel.runner._sessions.values():
            session.close()


ALL = [
    "duckdb",
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.postgres),
    pytest.param("mysql", marks=pytest.mark.postgres),
]


def test_tables_of_the_kernel_are_asked_by_name_and_values_bound(folder: Path) -> None:
    kernel = Kernel()
    kernel.names |= {"df": pd.DataFrame({"a": [1, 2, 3], "b": ["x", EVIL, None]}), "n": 2, "evil": EVIL}
    kernel.names |= {"pf": pl.DataFrame({"x": [5]}), "lazy": pl.LazyFrame({"y": [6]}), "not_a_table": 1}
    assert kernel.rows("select a from DF where b = {{ evil }} and a = {{ n }}", result="df_1") == [[2]]
    assert list(kernel.names["df_1"]["a"]) == [2]
    assert kernel.rows("select x + y + a from pf, lazy, df_1") == [[13]]
    assert kernel.rows("select count(*) from df where a in {{ [1, 3] }}") == [[2]]
    assert "not_a_table" in kernel.refused("select * from not_a_table")
    assert kernel.refused("select a\nfrom df where c = 1").endswith("(line 2, column 15).")
    assert "NameError" in kernel.refused("select {{ nothing }}")
    assert kernel.refused(" -- nothing\n") == "There is no SQL in this cell."


def test_sql_over_tables_reads_files_of_the_project_and_no_others(folder: Path) -> None:
    (folder / "inside.csv").write_text("a\n1\n")
    (folder.parent / "outside.csv").write_text("a\n2\n")
    kernel = Kernel()
    assert kernel.rows("select * from 'inside.csv'") == [[1]]
    for text in (
        f"select * from read_csv('{folder.parent}/outside.csv')",
        "select * from '../outside.csv'",
        "set enable_external_access = true",
        "copy (select 1) to '../made.csv'",
        "attach 'http://127.0.0.1/x.db' as x",
        "install httpfs",
    ):
        assert kernel.refused(text)
    assert not (folder.parent / "made.csv").exists()


@pytest.mark.parametrize("kind", ALL)
def test_every_database_runs_statements_binds_values_and_builds_on_results(folder: Path, kind: str) -> None:
    with opened(kind) as (kernel, shop, _):
        kernel.names |= {"n": 2, "evil": EVIL, "many": [1, 3]}
        made = kernel.run(
            "create table t(a int, b varchar(40)); insert into t values (1, 'x'), (2, '50%'), (3, null);",
            shop,
        )
        assert [part.outcome.changed for part in made.parts] == [None, 3]
        assert made.frame is None
        kernel.run("update t set b = {{ evil }} where a = 1", shop)
        assert kernel.rows("select a from t where b = {{ evil }}", shop) == [[1]]
        assert kernel.rows("select a from t where b like '5%' and a % 3 = {{ n }}", shop) == [[2]]
        assert kernel.rows("select count(*) from t where a in {{ many }} or b = ':x {{ n }} %s'", shop) == [
            [2]
        ]
        assert kernel.rows("select {{ None }} as n, ';' as s", shop) == [[None, ";"]]

        kernel.run("select * from t where a <= {{ n }}", shop, "first")
        kernel.names["n"] = 99
        built = kernel.run("with x as (select 1 as one) select count(*) as c from first, x", shop, "second")
        assert (built.frame["c"][0], built.uses) == (2, ["first"])
        assert kernel.rows("select c + 1 from second", shop) == [[3]]

        many = (
            "with recursive s(i) as (select 1 union all select i + 1 from s where i < 60) "
            "select p.i from s p, s, s q"
        )
        part = kernel.run(many, shop, rows=100)
        assert (len(part.frame), part.told()["is_partial"]) == (100, True)
        assert len(kernel.run("select * from t", shop, rows=3).frame) == 3
        assert not kernel.run("select * from t", shop, rows=3).told()["is_partial"]
        assert len(kernel.run("select * from t", shop, rows=0).frame) == 3
        assert list(kernel.run("select a, a from t", shop).frame.columns) == ["a", "a_2"]


@pytest.mark.parametrize("kind", ALL)
def test_a_failure_is_one_sentence_with_its_place(folder: Path, kind: str) -> None:
    with opened(kind) as (kernel, shop, _):
        kernel.run("create table t(a int)", shop)
        said = kernel.refused("select 1;\n  select * form t where a = {{ 1 }}", shop)
        assert "(line 2" in said
        assert "\n" not in said
        if kind != "mysql":
            assert "(line 2, column " in kernel.refused(
                "select *\nfrom t where a = {{ 5 }} and nope = 1", shop
            )
        # A failure inside a transaction leaves none behind.
        kernel.refused("begin; insert into t values (1); select nope from t", shop)
        if kind == "sqlite":
            kernel.run("rollback", shop)
        if kind != "mysql":
            assert kernel.rows("select count(*) from t", shop) == [[0]]


READ_WRITE = {
    "postgresql": [
        "set default_transaction_read_only = off; insert into t values (1)",
        "set session characteristics as transaction read write; insert into t values (1)",
        "set transaction read write",
        "commit; insert into t values (1)",
        "begin read write; insert into t values (1); commit",
        "do $$ begin execute 'insert into t values (1)'; end $$",
    ],
    "mysql": [
        "set session transaction read write; insert into t values (1)",
        "start transaction read write; insert into t values (1)",
        "commit; insert into t values (1)",
    ],
    "sqlite": ["pragma query_only = off; insert into t values (1)", "attach 'other.db' as o"],
    "duckdb": ["copy t to 'made.csv'", "attach 'other.duckdb' as o", "set access_mode = 'read_write'"],
}


@pytest.mark.parametrize("kind", ALL)
def test_read_only_is_held_by_the_database_whatever_the_text_says(folder: Path, kind: str) -> None:
    with opened(kind) as (kernel, shop, reads):
        kernel.run("create table t(a int)", shop)
        if kind == "duckdb":
            kernel.runner._sessions.pop(shop)[1].close()  # one process opens a file in one way
        for text in ["insert into t values (1)", "create table u(a int)", "drop table t", *READ_WRITE[kind]]:
            assert kernel.refused(text, reads)
        assert kernel.rows("select count(*) from t", reads) == [[0]]
        assert sorted(path.suffix for path in folder.iterdir() if path.suffix != ".wal") in ([], [f".{kind}"])


SLOW = {
    "duckdb": "select count(*) from range(10000000) a, range(10000000) b",
    "sqlite": "with recursive s(i) as (select 1 union all select i + 1 from s) select count(*) from s",
    "postgresql": "select pg_sleep(60)",
    "mysql": "select benchmark(3000000000, md5('x'))",
}

RUNNING = {
    "postgresql": "select count(*) from pg_stat_activity "
    "where state = 'active' and pid <> pg_backend_pid() and datname = current_database()",
    "mysql": "select count(*) from information_schema.processlist where info like '%benchmark%' "
    "and id <> connection_id() and db = database()",
}


@pytest.mark.parametrize("kind", ALL)
def test_stopping_a_query_stops_it_in_the_database(folder: Path, kind: str) -> None:
    with opened(kind) as (kernel, shop, _):
        kernel.run("select 1", shop)
        with interrupted():
            assert "stopped" in kernel.refused(SLOW[kind], shop)
        assert kernel.rows("select 7", shop) == [[7]]
        if kind in RUNNING:
            for _ in range(50):
                if kernel.rows(RUNNING[kind], shop) == [[0]]:
                    return
            raise AssertionError("the query still runs in the database")


END = {
    "postgresql": "select pg_terminate_backend(pid) from pg_stat_activity "
    "where state = 'active' and pid <> pg_backend_pid() and datname = current_database()",
    "mysql": "select id from information_schema.processlist where info like '%benchmark%' "
    "and id <> connection_id() and db = database()",
}


@pytest.mark.postgres
@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_connection_that_breaks_is_told_and_made_anew(folder: Path, kind: str) -> None:
    with opened(kind) as (kernel, shop, reads):
        kernel.run("create table t(a int)", shop)
        other = open_session(kernel.known[reads], str(folder))

        def end() -> None:
            while not (rows := other.run(END[kind], (), 0, "SELECT").rows):
                continue
            if kind == "mysql":
                other.run(f"kill {rows[0][0]}", (), 0, "KILL")

        ending = threading.Thread(target=end)
        ending.start()
        said = kernel.refused(SLOW[kind], shop)
        ending.join()
        other.close()
        assert said.startswith("The connection to the database broke: ")
        assert said.endswith("Run the cell again, which connects anew.")
        assert kernel.rows("select count(*) from t", shop) == [[0]]


@pytest.mark.parametrize("path", ["../outside.db", "/etc/passwd", "link.db", "", "."])
@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_file_of_a_connection_lies_in_the_project(folder: Path, kind: str, path: str) -> None:
    (folder / "link.db").symlink_to(folder.parent / "outside.db")
    kernel = Kernel(details(kind, {"path": path}))
    assert "not lie in the project" in kernel.refused("select 1", f"{kind}-False")
    assert not (folder.parent / "outside.db").exists()


def test_a_missing_driver_is_a_failed_import_and_other_kinds_say_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = [details(kind, {"host": "x"}) for kind in ("clickhouse", "mssql", "snowflake", "bigquery", "git")]
    kernel = Kernel(*known)
    for each in known[:4]:
        with pytest.raises(MissingDriver, match=r"No module named '[a-z_.]+'\. A ") as caught:
            kernel.run("select 1", each.id)
        assert type(caught.value).__name__ == "ModuleNotFoundError"
    assert "no database" in kernel.refused("select 1", "git-False")
    with pytest.raises(SQLError, match="no session that only reads"):
        Kernel(details("snowflake", {}, read_only=True)).run("select 1", "snowflake-True")


def test_rows_become_columns_of_fitting_types() -> None:
    rows = [(1, Decimal("1.5"), None, True, b"x", "a"), (None, Decimal(2), None, None, None, None)]
    frame = table(Outcome(("i", "d", "n", "b", "r", "s"), rows))
    assert [str(each) for each in frame.dtypes][:2] == ["Int64", "float64"]
    assert str(frame.dtypes["b"]) == "boolean"
    assert list(table(Outcome(("a", "b"), [])).columns) == ["a", "b"]
    assert unique(["a", "", "a", "a_2"]) == ["a", "column_2", "a_2", "a_2_2"]
    big = table(Outcome(("i",), [(2**70,), (None,)]))
    assert big["i"][0] == 2**70


def test_a_refused_connection_says_why(folder: Path) -> None:
    fields = {
        "host": "127.0.0.1",
        "port": 1,
        "user": "u",
        "database": "d",
        "tls": "off",
        "password": "s3cret",
    }
    for kind in ("postgresql", "mysql"):
        said = Kernel(details(kind, fields)).refused("select 1", f"{kind}-False")
        assert "refused" in said.lower()
        assert "s3cret" not in said
    assert "s3cret" not in repr(details("mysql", fields))
    assert issubclass(Fault, Exception)
