"""A cell of SQL as people make it: inserted, given a connection by the keyboard, written and run."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import axe
from tests.support.live import Person, Script
from tests.support.page import SLOW, opened
from tests.support.shots import shot

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SETUP = """
import pandas, sqlite3
frame = pandas.DataFrame({"height": [1.5], "city": ["Oslo"]})
with sqlite3.connect("shop.db") as made:
    made.execute("create table if not exists orders(id, price)")
    made.execute("insert into orders values (1, 9.5), (2, 3)")
made.close()
"""


def test_a_person_asks_a_database_of_the_project_in_sql(ada: Script, person: Callable[..., Person]) -> None:
    project = ada.project()
    fields = {"path": "shop.db", "read_only": True}
    body = {"kind": "sqlite", "name": "Shop", "fields": fields, "attached": False}
    ada("POST", f"/api/projects/{project}/connections", body)
    source = ada.notebook(project, SETUP)
    notebook = opened(person("ada").page, source)
    page = notebook.page
    notebook.run(0)
    notebook.wait_state(0, "done")

    page.locator(".cell-add").get_by_role("button", name="SQL").click()
    page.keyboard.type("SELECT id, price FROM orders")
    shop = notebook.cell(1)
    shop.get_by_label("Connection").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("option", name=re.compile("^Shop"))).to_be_visible()
    page.keyboard.type("Sh")
    page.keyboard.press("Enter")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(shop.get_by_label("Connection")).to_contain_text("Shop")
    notebook.run(1)
    told = shop.get_by_role("note", name="About this query")
    expect(told).to_contain_text("2 rows in df_1", timeout=SLOW)
    expect(told).to_contain_text("Shop")
    # By the mouse, too: nothing stays open over the page.
    shop.get_by_label("Connection").click()
    page.get_by_role("option", name=re.compile("^DataFrames")).click()
    expect(page.get_by_role("option")).to_have_count(0)
    expect(shop.get_by_label("Connection")).to_contain_text("DataFrames")
    shop.get_by_label("Connection").click()
    expect(page.get_by_role("option")).to_have_count(2)
    page.mouse.click(700, 700)
    expect(page.get_by_role("option")).to_have_count(0)
    shop.get_by_label("Connection").click()
    page.get_by_role("option", name=re.compile("^Shop")).click()
    expect(shop.get_by_label("Connection")).to_contain_text("Shop")

    # What can be asked stands beside the cell, and is offered while one writes.
    shop.get_by_role("button", name="Show the tables").click()
    tables = page.get_by_role("tabpanel", name="Tables")
    expect(tables.get_by_role("button", name="orders 2 rows")).to_be_visible(timeout=SLOW)
    tables.get_by_role("button", name="Look at the first rows of orders").click()
    first = page.get_by_role("dialog", name="orders")
    expect(first.get_by_role("gridcell", name="9.5")).to_be_visible(timeout=SLOW)
    page.keyboard.press("Escape")
    shop.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("SELECT * FROM ord")
    offered = page.locator(".cm-tooltip-autocomplete")
    offered.get_by_role("option", name="orders").click()
    page.keyboard.type(" WHERE pri")
    expect(offered.get_by_role("option", name=re.compile("^price"))).to_be_visible()
    shot(page, "sql-completion")
    offered.get_by_role("option", name=re.compile("^price")).click()
    expect(shop.locator(".cm-content")).to_contain_text("SELECT * FROM orders WHERE price")
    page.keyboard.type(" > {{ pri")
    expect(offered).to_have_count(0)
    page.keyboard.press("Escape")
    shop.get_by_label("Connection").click()
    page.get_by_role("option", name=re.compile("^DataFrames")).click()
    expect(tables.get_by_role("button", name="frame 1 row")).to_be_visible(timeout=SLOW)
    tables.get_by_role("button", name="frame 1 row").click()
    expect(tables.get_by_role("list", name="Columns of frame")).to_contain_text("height")
    shot(page, "sql-tables")
    assert axe(page) == []
    tables.get_by_role("button", name="Look at the first rows of frame").click()
    expect(page.get_by_role("dialog").get_by_role("gridcell", name="Oslo")).to_be_visible(timeout=SLOW)
    page.keyboard.press("Escape")
