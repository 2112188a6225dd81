"""Databases looked into through the whole server: in a sandbox of the project, by nobody but who may run."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.server.test_connections import add
from tests.server.test_sql import holding
from tests.support.databases import PASSWORD, connected, guarded_postgres, mariadb, postgres
from tests.support.server import Client, RunningServer, running

WORLDS = {"private_hosts": ("127.0.0.1",), "kernel_python": sys.executable}


class Desk:
    """A project, and what its people ask of its databases."""

    def __init__(self, server: RunningServer, ada: Client, project: str) -> None:
        self.server, self.ada, self.project = server, ada, project
        self.at = f"/api/projects/{project}/connections"
        self.files = server.config.data / "projects" / project / "files"
        self.made = 0

    async def connected(self, kind: str, **fields: Any) -> str:
        self.made += 1
        made = await add(self.ada, self.project, kind, f"Shop {self.made}", **fields)
        return str(made["id"])

    async def tried(self, kind: str, **fields: Any) -> tuple[str, str]:
        connection = await self.connected(kind, **fields)
        answer = await self.ada.post(f"{self.at}/{connection}/test")
        assert answer.status == 200, answer.body
        return answer.json["outcome"], answer.json["reason"]

    async def schema(self, connection: str, query: str = "") -> dict[str, Any]:
        answer = await self.ada.get(f"{self.at}/{connection}/schema{query}")
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json
        return found


@asynccontextmanager
async def desk(folder: Path, **settings: Any) -> AsyncIterator[Desk]:
    async with running(folder, **WORLDS | settings) as server:
        ada = await server.person("ada")
        here = Desk(server, ada, await server.project(ada))
        here.files.mkdir(parents=True)
        yield here


def told_by_processes() -> Iterator[bytes]:
    """Yield the command line and the environment of every process."""
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            with suppress(OSError):
                yield (process / name).read_bytes()


@pytest.mark.postgres
async def test_a_refused_connection_says_why_and_what_to_do(tmp_path: Path) -> None:
    with guarded_postgres() as guarded, mariadb() as shop:
        async with desk(tmp_path, private_hosts=("localhost", "127.0.0.1")) as here:
            fields = guarded.fields | {"tls": "verify", "ca": guarded.certificate}
            outcome, reason = await here.tried("postgresql", **fields)
            assert (outcome, reason[:27]) == ("ok", "PostgreSQL answers, version")
            for changed, outcome, words in (
                ({"password": "wrong-password"}, "authentication", "password authentication failed"),
                ({"port": 1}, "refused", "localhost:1 was refused"),
                ({"host": "10.1.2.3"}, "private_host", "private_hosts"),
                ({"host": "nobody.invalid"}, "unknown_host", "Check how it is written"),
            ):
                found = await here.tried("postgresql", **fields | changed)
                assert found[0] == outcome, found
                assert words in found[1]
            outcome, reason = await here.tried("mysql", **shop)
            assert (outcome, "MariaDB" in reason) == ("ok", True), reason
            assert (await here.tried("mssql", **shop))[0] == "no_driver"
    assert holding(tmp_path, PASSWORD) == []


async def test_files_of_a_project_are_opened_and_never_made(tmp_path: Path) -> None:
    async with desk(tmp_path) as here:
        with sqlite3.connect(here.files / "shop.db") as made:
            made.executescript("pragma journal_mode = wal; create table t(a int)")
        made.close()
        (here.files / "notes.txt").write_text("no database at all, but a text that is long enough to be read")
        assert (await here.tried("sqlite", path="shop.db"))[0] == "ok"
        for kind in ("sqlite", "duckdb"):
            assert (await here.tried(kind, path="none.db", read_only=False))[0] == "not_found"
            outcome, reason = await here.tried(kind, path="notes.txt")
            assert (outcome, "no file of" in reason) == ("failed", True), reason
        assert not (here.files / "none.db").exists()


async def test_who_waits_for_a_database_holds_its_password_where_nobody_sees_it(tmp_path: Path) -> None:
    seen: list[bytes] = []
    looking = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        seen.extend(told_by_processes())
        looking.set()
        writer.close()

    listener = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    fields = {
        "host": "127.0.0.1",
        "port": port,
        "database": "d",
        "user": "u",
        "password": PASSWORD,
        "tls": "off",
    }
    async with desk(tmp_path) as here:
        outcome, reason = await here.tried("postgresql", **fields)
        assert looking.is_set()
        assert (outcome, "closed the connection" in reason) == ("failed", True), reason
        assert any(b"look.py" in each for each in seen)
        assert not any(PASSWORD.encode() in each for each in seen)
        seen.clear()
        here.server.services.config = replace(here.server.services.config, private_hosts=())
        assert (await here.tried("postgresql", **fields))[0] == "private_host"
        assert seen == []
    listener.close()
    assert holding(tmp_path, PASSWORD) == []


@pytest.mark.postgres
async def test_what_is_in_a_database_is_read_when_somebody_wants_it_anew(tmp_path: Path) -> None:
    with postgres() as fields:
        with connected(fields) as made:
            made.execute("create table few as select 7 as id")
        async with desk(tmp_path) as here:
            shop = await here.connected("postgresql", **fields)
            found = await here.schema(shop)
            assert found["schemas"][0]["tables"][0]["rows"] == 1
            assert (await here.schema(shop))["read_at"] == found["read_at"]
            assert (await here.schema(shop, "?anew=1"))["read_at"] > found["read_at"]
            rows = await here.ada.get(f"{here.at}/{shop}/rows?schema=public&table=few")
            assert rows.json["frame"]["cells"] == [["7"]]
            gone = await here.ada.get(f"{here.at}/{shop}/rows?schema=public&table=gone")
            assert (gone.status, gone.code) == (409, "database_failed")
            assert "does not exist" in gone.json["error"]["reason"]
            events = (await here.ada.get(f"{here.at}/{shop}/events")).json["items"]
            uses = [event["detail"]["for"] for event in events if event["action"] == "connection used"]
            assert uses == ["rows", "rows", "schema", "schema"]
            # Another connection by the same id is another database.
            assert (await here.ada.patch(f"{here.at}/{shop}", {"fields": {"port": 1}})).status == 200
            assert (await here.ada.get(f"{here.at}/{shop}/schema")).code == "database_refused"
