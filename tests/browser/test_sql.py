"""A cell of SQL as people make it: inserted, given a connection by the keyboard, written and run."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.live import Person, Script
from tests.support.page import SLOW, opened

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SETUP = """
import sqlite3
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
