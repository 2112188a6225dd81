"""Connections of a project as people see them: added by a form, changed without showing a secret, deleted."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server.stores.s3 import S3
from tests.browser.conftest import axe
from tests.support.databases import connected, postgres
from tests.support.live import LiveServer, Person, Script
from tests.support.page import SLOW
from tests.support.shots import shot

pytestmark = pytest.mark.browser

CANARY = "cAnAry-9fe1-of-the-page"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server whose connections may lead to this machine."""
    live = LiveServer(tmp_path_factory.mktemp("live"), settings={"COMMONBOOK_PRIVATE_HOSTS": "127.0.0.1"})
    live.start()
    try:
        yield live
    finally:
        live.end_kernels()
        live.stop()


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """The address of an object store."""
    from moto.server import ThreadedMotoServer

    store = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    store.start()
    host, port = store.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        store.stop()


def connections(page: Page) -> Any:
    page.get_by_role("tab", name="Connections").click()
    return page.get_by_role("list", name="Connections", exact=True)


def more(page: Page, name: str, what: str) -> None:
    page.get_by_role("button", name=f"More about {name}").click()
    page.get_by_role("menuitem", name=what).click()


def test_a_connection_is_added_changed_and_deleted_and_others_see_its_name(
    ada: Script, person: Callable[..., Person]
) -> None:
    project = ada.project("Shop", bob="collaborator")
    page = person("ada").open(f"/p/{project}")
    listed = connections(page)
    expect(page.get_by_text("No connections yet")).to_be_visible(timeout=SLOW)
    shot(page, "connections-empty")
    page.get_by_role("button", name="Add connection").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="PostgreSQL")).to_be_visible(timeout=SLOW)
    shot(page, "connections-kinds")
    assert axe(page) == []
    dialog.get_by_role("button", name="PostgreSQL").click()
    dialog.get_by_role("button", name="Add connection").click()
    expect(dialog.get_by_text("Mend the marked fields.")).to_be_visible()
    dialog.get_by_label("Name", exact=True).fill("Warehouse")
    dialog.get_by_label("Host").fill("db.example.org:5432")
    dialog.get_by_label("Database").fill("shop")
    dialog.get_by_label("User").fill("reader")
    dialog.get_by_label("Password (optional)").fill(CANARY)
    dialog.get_by_role("button", name="Add connection").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Host: write the name of a host", timeout=SLOW)
    shot(page, "connections-form")
    assert axe(page) == []
    dialog.get_by_label("Host").fill("db.example.org")
    dialog.get_by_role("button", name="Add connection").click()
    expect(listed).to_contain_text("db.example.org / shop", timeout=SLOW)
    expect(listed).to_contain_text("PGHOST")

    page.get_by_role("button", name="Add connection").click()
    dialog.get_by_role("button", name="Environment variables").click()
    dialog.get_by_label("Name", exact=True).fill("Weather")
    dialog.get_by_label("Name of variable 1").fill("WEATHER_KEY")
    dialog.get_by_label("Value of WEATHER_KEY").fill("sunny-secret-1")
    shot(page, "connections-variables")
    dialog.get_by_role("button", name="Add connection").click()
    expect(listed).to_contain_text("WEATHER_KEY", timeout=SLOW)
    shot(page, "connections-list")
    assert axe(page) == []

    more(page, "Warehouse", "Change…")
    password = dialog.get_by_label("Password (optional)")
    expect(password).to_have_value("")
    expect(dialog).to_contain_text("It is set. Leave this empty to keep it.")
    dialog.get_by_label("Host").fill("db2.example.org")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("give these once more: Password", timeout=SLOW)
    password.fill(CANARY)
    dialog.get_by_role("button", name="Save").click()
    expect(listed).to_contain_text("db2.example.org / shop", timeout=SLOW)
    assert CANARY not in page.content()

    more(page, "Warehouse", "Take away from code")
    expect(listed).to_contain_text("Not for code", timeout=SLOW)
    more(page, "Warehouse", "Who used it…")
    expect(dialog).to_contain_text("took it away from code", timeout=SLOW)
    shot(page, "connections-events")
    page.keyboard.press("Escape")

    watching = person("bob").open(f"/p/{project}")
    theirs = connections(watching)
    expect(theirs).to_contain_text("Warehouse", timeout=SLOW)
    expect(theirs).not_to_contain_text("db2.example.org")
    expect(watching.get_by_role("button", name="Add connection")).to_have_count(0)
    expect(watching.get_by_role("button", name="More about Warehouse")).to_have_count(0)

    more(page, "Weather", "Delete…")
    confirming = page.get_by_role("dialog", name="Delete “Weather”?")
    expect(confirming).to_contain_text("WEATHER_KEY")
    confirming.get_by_role("button", name="Delete connection").click()
    expect(listed).not_to_contain_text("Weather", timeout=SLOW)


def put(url: str, body: bytes) -> None:
    # By default urllib calls it a form, of which moto keeps nothing.
    kind = {"Content-Type": "application/octet-stream"}
    with urllib.request.urlopen(urllib.request.Request(url, method="PUT", data=body, headers=kind)) as answer:
        assert answer.status == 200


@pytest.mark.slow
def test_a_bucket_is_browsed_read_and_written(
    ada: Script, person: Callable[..., Person], moto: str, tmp_path: Path
) -> None:
    signs = S3({"access_key_id": "k", "secret_access_key": "s", "endpoint": moto})
    put(signs._signed("create_bucket", {"Bucket": "research"}), b"")
    table = b"city,height\nOslo,23\n"
    for key in ("2024/heights ü.csv", "2024/june/x.csv", "readme.md", *(f"many/{n:03d}" for n in range(203))):
        put(signs.object("PUT", "research", key), table)
    project = ada.project("Ice", bob="executor", eve="viewer")
    fields = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": CANARY, "endpoint": moto}
    ada("POST", f"/api/projects/{project}/connections", {"kind": "s3", "name": "Store", "fields": fields})

    page = person("ada").open(f"/p/{project}")
    listed = connections(page)
    page.get_by_role("button", name="Test").click()
    expect(listed).to_contain_text("The keys see 1 bucket.", timeout=SLOW)
    shot(page, "connections-tested")
    page.get_by_role("button", name="Browse").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="research").click()
    dialog.get_by_role("button", name="2024").click()
    dialog.get_by_role("button", name="heights ü.csv").click()
    expect(dialog.get_by_label("The beginning of 2024/heights ü.csv")).to_contain_text(
        "Oslo,23", timeout=SLOW
    )
    shot(page, "bucket")
    assert axe(page) == []
    with page.expect_download() as saving:
        dialog.get_by_role("button", name="Download").click()
    assert Path(saving.value.path()).read_bytes() == table
    assert saving.value.suggested_filename == "heights ü.csv"
    (tmp_path / "new file.json").write_text(json.dumps({"a": 1}))
    dialog.get_by_label("File to upload").set_input_files(tmp_path / "new file.json")
    expect(dialog.get_by_role("button", name="new file.json")).to_be_visible(timeout=SLOW)
    dialog.get_by_role("navigation").get_by_role("button", name="research").click()
    dialog.get_by_role("button", name="many").click()
    expect(dialog.get_by_role("button", name="199")).to_be_visible(timeout=SLOW)
    dialog.get_by_role("button", name="Show more").click()
    expect(dialog.get_by_role("button", name="202")).to_be_visible(timeout=SLOW)
    assert CANARY not in page.content()

    running = person("bob").open(f"/p/{project}")
    connections(running)
    running.get_by_role("button", name="Browse").click()
    expect(running.get_by_role("dialog").get_by_role("button", name="research")).to_be_visible(timeout=SLOW)
    watching = person("eve").open(f"/p/{project}")
    expect(connections(watching)).to_contain_text("Store", timeout=SLOW)
    expect(watching.get_by_role("button", name="Browse")).to_have_count(0)


@pytest.mark.postgres
def test_a_database_is_tested_and_its_tables_looked_at(ada: Script, person: Callable[..., Person]) -> None:
    project = ada.project("Shop", bob="executor", eve="viewer")
    with postgres() as fields:
        with connected(fields) as made:
            made.execute(
                "create table orders as select i as id, 'Oslo' as city from generate_series(1, 120) i"
            )
            made.execute("create schema archive create table years(year int, total numeric(12, 2))")
            made.execute("create view latest as select id from orders where id > 100")
        at = f"/api/projects/{project}/connections"
        ada("POST", at, {"kind": "postgresql", "name": "Shop", "fields": fields})
        wrong = fields | {"database": "nowhere", "password": CANARY}
        ada("POST", at, {"kind": "postgresql", "name": "Wrong", "fields": wrong})
        old = {"host": "127.0.0.1", "database": "d", "user": "u", "tls": "off"}
        ada("POST", at, {"kind": "mssql", "name": "Old", "fields": old})

        page = person("ada").open(f"/p/{project}")
        rows = connections(page).get_by_role("listitem")
        shop, wrong_row, old_row = (rows.filter(has_text=name) for name in ("Shop", "Wrong", "Old"))
        for row in (shop, wrong_row, old_row):
            row.get_by_role("button", name="Test").click()
        expect(shop).to_contain_text("PostgreSQL answers", timeout=SLOW)
        expect(wrong_row).to_contain_text('database "nowhere" does not exist', timeout=SLOW)
        expect(old_row).to_contain_text("lacks pymssql, which SQL Server needs", timeout=SLOW)
        shot(page, "databases-tested")
        assert axe(page) == []

        shop.get_by_role("button", name="Browse").click()
        dialog = page.get_by_role("dialog", name="Shop")
        expect(dialog.get_by_role("button", name="orders 120 rows")).to_be_visible(timeout=SLOW)
        expect(dialog.get_by_role("button", name="latest view")).to_be_visible()
        dialog.get_by_label("Find a table or a column").fill("total")
        expect(dialog.get_by_role("list", name="Columns of years")).to_contain_text("numeric(12,2)")
        expect(dialog.get_by_role("button", name="orders 120 rows")).to_have_count(0)
        shot(page, "databases-tables")
        assert axe(page) == []
        dialog.get_by_label("Find a table or a column").fill("")
        dialog.get_by_role("button", name="orders 120 rows").click()
        expect(dialog.get_by_role("list", name="Columns of orders")).to_contain_text("city")
        dialog.get_by_role("button", name="Look at the first rows of orders").click()
        first = page.get_by_role("dialog", name="public.orders")
        expect(first.get_by_role("gridcell", name="Oslo").first).to_be_visible(timeout=SLOW)
        shot(page, "databases-rows")
        assert axe(page) == []
        page.keyboard.press("Escape")
        with connected(fields) as made:
            made.execute("create table fresh(id int)")
        dialog.get_by_role("button", name="Read the tables again").click()
        expect(dialog.get_by_role("button", name="fresh 0 rows")).to_be_visible(timeout=SLOW)
        assert CANARY not in page.content()

        running = person("bob").open(f"/p/{project}")
        connections(running).get_by_role("listitem").filter(has_text="Old").get_by_role(
            "button", name="Browse"
        ).click()
        expect(running.get_by_role("dialog")).to_contain_text("lacks pymssql", timeout=SLOW)
        shot(running, "databases-no-driver")
        assert axe(running) == []
        watching = person("eve").open(f"/p/{project}")
        expect(connections(watching)).to_contain_text("Shop", timeout=SLOW)
        expect(watching.get_by_role("button", name="Browse")).to_have_count(0)
