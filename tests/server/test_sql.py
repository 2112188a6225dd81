"""Cells of SQL through the whole server: who is lent a connection, and where secrets stay."""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from collab.kinds import KEY
from collab.wire import DisplayOutput, ErrorOutput, Inline
from kernel_manager.guest.sql.show import MIME
from server.connections.lending import lender_of
from tests.support.server import running
from tests.support.socket_page import Page
from tests.support.world import World

CANARY = "canary-4c1d-for-sql"
SETUP = "import pandas\ndf = pandas.DataFrame({'a': [1, 2, 3]})\nn = 2"
POSTGRES = {
    "host": "127.0.0.1",
    "port": 1,
    "database": "d",
    "user": "u",
    "password": CANARY,
    "tls": "off",
    "read_only": True,
}


def sql(page: Page, text: str, **told: Any) -> str:
    return page.source.insert(None, "code", text, meta={KEY: {"kind": "sql", **told}})


async def told_of(page: Page, cell: str) -> dict[str, Any]:
    """Run a cell of SQL and return what it tells of itself."""
    await page.saved()
    await page.order("run", cell_id=cell)
    entry = await page.until_state(cell, "done", "error")
    assert entry.state == "done", entry.outputs
    [*_, last] = entry.outputs
    assert isinstance(last, DisplayOutput)
    value = last.data[MIME]
    assert isinstance(value, Inline)
    return dict(value.inline)


async def failure_of(page: Page, cell: str) -> ErrorOutput:
    await page.saved()
    await page.order("run", cell_id=cell)
    entry = await page.until_state(cell, "error")
    [output] = entry.outputs
    assert isinstance(output, ErrorOutput)
    return output


@pytest.mark.kernel
async def test_a_cell_asks_tables_and_databases_and_no_secret_stays_behind(tmp_path: Path) -> None:
    settings = {"kernel_python": sys.executable, "private_hosts": ("127.0.0.1",)}
    async with running(tmp_path, **settings) as server:
        ada = await server.person("ada")
        project = await server.project(ada)
        notebook = (await ada.post(f"/api/projects/{project}/notebooks", {"name": "Notes"})).json["id"]

        async def connected(kind: str, **fields: Any) -> str:
            body = {"kind": kind, "name": f"Shop {kind}", "fields": fields, "attached": False}
            answer = await ada.post(f"/api/projects/{project}/connections", body)
            assert answer.status == 201, answer.json
            return str(answer.json["id"])

        page = await Page.open(ada, notebook)
        setup = page.source.insert(None, "code", SETUP)
        await page.saved()
        await page.order("run", cell_id=setup)
        await page.until_state(setup, "done")
        found = await told_of(page, sql(page, "select * from df where a >= {{ n }}", result="df_1"))
        assert (found["result"], found["rows"], found["is_partial"]) == ("df_1", 2, False)
        assert (await told_of(page, sql(page, "select sum(a) from df_1")))["rows"] == 1

        files = tmp_path / "projects" / project / "files"
        with sqlite3.connect(files / "shop.db") as made:
            made.executescript("create table t(a int); insert into t values (1), (2)")
        (files / "shop.db").chmod(0o644)
        made.close()
        lite = await connected("sqlite", path="shop.db", read_only=True)
        asked = sql(page, "select * from t where a < {{ n }}", connection=lite, result="rows")
        assert (await told_of(page, asked))["connection"] == "Shop sqlite"
        refused = await failure_of(page, sql(page, "delete from t", connection=lite))
        assert refused.traceback == ["Attempt to write a readonly database."]

        shop = await connected("postgresql", **POSTGRES)
        refused = await failure_of(page, sql(page, "select 1", connection=shop))
        assert "refused" in refused.evalue
        gone = await failure_of(page, sql(page, "select 1", connection="nowhere"))
        assert "not in this project" in gone.evalue
        events = (await ada.get(f"/api/projects/{project}/connections/{shop}/events")).json["items"]
        assert [event["detail"] for event in events if event["action"] == "connection used"] == [
            {"for": "query"}
        ]
        history = page.source.insert(None, "code", "print(In, dir())")
        await page.saved()
        await page.order("run", cell_id=history)
        await page.until_state(history, "done")
        exported = (await ada.get(f"/api/notebooks/{notebook}/ipynb")).json
        assert CANARY not in json.dumps(exported)
        await page.close()
    assert holding(tmp_path, CANARY) == []


def holding(folder: Path, text: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


async def test_a_connection_is_lent_to_those_who_run_and_leads_where_it_may(world: World) -> None:
    fields = {**POSTGRES, "port": 5432}
    made = await world.ada.post(
        f"/api/projects/{world.project}/connections",
        {"kind": "postgresql", "name": "Shop", "fields": fields, "attached": False},
    )
    other = await world.ada.post(
        f"/api/projects/{world.project}/connections",
        {"kind": "variables", "name": "Keys", "fields": {"A": "b"}, "attached": False},
    )
    assert (made.status, other.status) == (201, 201)
    lend, shop = lender_of(world.server.services), made.json["id"]

    async def said(who: str, connection: str) -> Any:
        user = (await world.people[who].get("/api/me")).json["id"]
        lent = await lend(world.project, user, connection)  # type: ignore[arg-type]
        assert CANARY not in repr(lent)
        assert lent.secrets in ((), (CANARY,))
        return json.loads(lent.text)

    assert "the right to run" in (await said("viewer", shop))["reason"]
    assert "the right to run" in (await said("editor", shop))["reason"]
    assert "private_hosts" in (await said("executor", shop))["reason"]
    world.server.services.config = _allowing(world.server.services.config)
    answer = await said("executor", shop)
    assert answer["connection"]["fields"]["password"] == CANARY
    assert answer["connection"]["read_only"] is True
    assert "no database" in (await said("executor", other.json["id"]))["reason"]
    assert "not in this project" in (await said("executor", "x"))["reason"]


def _allowing(config: Any) -> Any:
    from dataclasses import replace

    return replace(config, private_hosts=("127.0.0.1",))
