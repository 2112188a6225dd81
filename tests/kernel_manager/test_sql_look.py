"""Looking into databases as it is done in a sandbox, here without one: refusals, tables, rows."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kernel_manager.guest.sql.look import answer
from tests.support.databases import Guarded, connected, guarded_postgres, mariadb, postgres


def looked(kind: str, fields: dict[str, Any], folder: Path, look: str = "test", **asked: Any) -> Any:
    """Return an answer about a database; the host leads to this machine, whatever it is called."""
    connection = {"id": "c", "kind": kind, "name": "Shop", "fields": fields, "read_only": True}
    addresses = ["127.0.0.1"] if "host" in fields else []
    question = {"look": look, "connection": connection, "addresses": addresses, "gate": None, **asked}
    return answer(question, str(folder))


def tried(kind: str, fields: dict[str, Any], folder: Path) -> tuple[str, str]:
    told = looked(kind, fields, folder)
    return told["outcome"], told.get("reason", "")


def tables_in(told: Any) -> dict[str, dict[str, Any]]:
    assert told["outcome"] == "ok", told
    return {
        each["name"]: {table["name"]: table for table in each["tables"]} for each in told["schema"]["schemas"]
    }


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    with guarded_postgres() as found:
        yield found


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("changed", "outcome", "words"),
    [
        ({}, "ok", ""),
        ({"password": "wrong one"}, "authentication", "password authentication failed"),
        ({"user": "nobody-here"}, "authentication", "password authentication failed"),
        ({"database": "nowhere"}, "not_found", 'database "nowhere" does not exist'),
        ({"ca": None}, "tls", "certificate of its authority"),
        ({"ca": None, "tls": "require"}, "ok", ""),
        ({"ca": None, "tls": "off"}, "tls", "encrypted connections only"),
        ({"host": "another.example.org"}, "tls", "cannot be trusted"),
    ],
)
def test_postgresql_says_why_it_lets_nobody_in(
    guarded: Guarded, tmp_path: Path, changed: dict[str, Any], outcome: str, words: str
) -> None:
    fields = guarded.fields | {"tls": "verify", "ca": guarded.certificate} | changed
    found = tried("postgresql", {name: each for name, each in fields.items() if each is not None}, tmp_path)
    assert found[0] == outcome, found
    assert words in found[1]


@pytest.mark.postgres
def test_mariadb_says_why_it_lets_nobody_in(tmp_path: Path) -> None:
    with mariadb() as fields:
        for changed, outcome, words in (
            ({}, "ok", ""),
            ({"user": "nobody-here", "password": "x"}, "authentication", "Access denied"),
            ({"database": "nowhere"}, "not_found", "Unknown database"),
            ({"tls": "require"}, "tls", "offers no TLS"),
        ):
            found = tried("mysql", fields | changed, tmp_path)
            assert found[0] == outcome, found
            assert words in found[1]


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_port_at_which_nobody_listens_is_told(tmp_path: Path, kind: str) -> None:
    fields = {"database": "d", "user": "u", "tls": "off", "host": "db.example.org"}
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    outcome, reason = tried(kind, fields | {"port": port}, tmp_path)
    assert (outcome, f"db.example.org:{port} was refused" in reason) == ("refused", True), reason


MANY = 90_000


@pytest.mark.postgres
def test_tables_of_postgresql_are_listed_counted_and_shown(tmp_path: Path) -> None:
    with postgres() as fields:
        with connected(fields) as made:
            for text in (
                'create table "Many ""rows"(id int, note text)',
                f'insert into "Many ""rows" select i, repeat(\'x\', 80) from generate_series(1, {MANY}) i',
                'analyze "Many ""rows"',
                'create table few as select id, note from "Many ""rows" where id <= 3',
                "create schema archive create table few(price numeric(8, 2)[])",
                "create view latest as select * from few",
                "create table parts(day date) partition by range (day)",
                "create table part_1 partition of parts for values from ('2024-01-01') to ('2025-01-01')",
            ):
                made.execute(text)
        told = looked("postgresql", fields, tmp_path, "schema")
        assert [each["is_near"] for each in told["schema"]["schemas"]] == [True, False]
        found = tables_in(told)
        assert list(found) == ["public", "archive"]
        assert list(found["public"]) == ['Many "rows', "few", "latest", "parts"]
        many, few, latest, parts = found["public"].values()
        assert (many["rows"], many["is_estimate"]) == (pytest.approx(MANY, rel=0.1), True)
        assert (few["rows"], few["is_estimate"], few["is_view"]) == (3, False, False)
        assert (latest["rows"], latest["is_view"]) == (None, True)
        assert (parts["rows"], parts["is_estimate"]) == (None, False)
        assert few["columns"] == [{"name": "id", "type": "integer"}, {"name": "note", "type": "text"}]
        assert found["archive"]["few"]["columns"] == [{"name": "price", "type": "numeric(8,2)[]"}]
        frame = looked("postgresql", fields, tmp_path, "rows", schema="public", table='Many "rows')["frame"]
        assert (frame["rows"], frame["cells"][0][:3]) == (100, ["1", "2", "3"])


@pytest.mark.postgres
def test_tables_of_mariadb_are_listed_counted_and_shown(tmp_path: Path) -> None:
    import pymysql

    with mariadb() as fields:
        where = {name: fields[name] for name in ("host", "port", "user", "database")}
        with pymysql.connect(**where, autocommit=True) as made, made.cursor() as cursor:
            cursor.execute("create table `a ``b`(id int primary key, name varchar(20))")
            cursor.execute("insert into `a ``b` values (1, 'Oslo'), (2, null)")
            cursor.execute("create view v as select id from `a ``b`")
        found = tables_in(looked("mysql", fields, tmp_path, "schema"))[fields["database"]]
        assert (found["a `b"]["rows"], found["a `b"]["is_estimate"]) == (2, False)
        assert found["a `b"]["columns"][1] == {"name": "name", "type": "varchar(20)"}
        assert (found["v"]["is_view"], found["v"]["rows"]) == (True, None)
        asked = {"schema": fields["database"], "table": "a `b"}
        frame = looked("mysql", fields, tmp_path, "rows", **asked)["frame"]
        assert frame["cells"][0] == ["1", "2"]
        assert frame["cells"][1][0] == "Oslo"


def test_tables_of_files_are_listed_counted_and_shown(tmp_path: Path) -> None:
    import duckdb

    with duckdb.connect(str(tmp_path / "shop.duckdb")) as duck:
        duck.execute("create schema other")
        duck.execute("create table other.u(x decimal(5, 1))")
        duck.execute("create table t as select range as a from range(5)")
    with sqlite3.connect(tmp_path / "shop.sqlite") as lite:
        lite.executescript(
            "create table t(a int); insert into t values (7);"
            "create table gone(b text); create view v as select b from gone; drop table gone"
        )
    lite.close()
    duck_tables = tables_in(looked("duckdb", {"path": "shop.duckdb"}, tmp_path, "schema"))
    assert (duck_tables["main"]["t"]["rows"], duck_tables["other"]["u"]["rows"]) == (5, 0)
    assert duck_tables["other"]["u"]["columns"] == [{"name": "x", "type": "decimal(5,1)"}]
    lite_tables = tables_in(looked("sqlite", {"path": "shop.sqlite"}, tmp_path, "schema"))[""]
    assert (lite_tables["t"]["rows"], lite_tables["t"]["columns"]) == (1, [{"name": "a", "type": "int"}])
    assert (lite_tables["v"]["is_view"], lite_tables["v"]["columns"]) == (True, [])
    for kind, schema in (("duckdb", "main"), ("sqlite", "")):
        asked = {"schema": schema, "table": "t"}
        frame = looked(kind, {"path": f"shop.{kind}"}, tmp_path, "rows", **asked)["frame"]
        assert frame["cells"][0][0] == ("0" if kind == "duckdb" else "7")
