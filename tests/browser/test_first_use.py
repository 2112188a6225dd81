"""The first minutes: the set-up link, the Welcome notebook, sharing, and who comes by invitation or link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.live import PASSWORD, LiveServer
from tests.support.page import SLOW, NotebookPage

pytestmark = pytest.mark.browser


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[LiveServer]:
    """A server on an empty folder."""
    server = LiveServer(tmp_path)
    server.start()
    yield server
    server.end_kernels()
    server.stop()


def visitor(browser: Browser, server: LiveServer) -> Page:
    """Somebody with an empty browser."""
    context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(SLOW)
    return context.new_page()


def make_account(page: Page, name: str) -> None:
    page.get_by_label("Your name").fill(name.title())
    page.get_by_label("Sign-in name").fill(name)
    if page.get_by_label("E-mail").input_value() == "":
        page.get_by_label("E-mail").fill(f"{name}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("form button[type=submit]").click()


def set_up_link(server: LiveServer) -> str:
    found = re.search(r"http://\S+/setup#\S+", (server.folder / "server.log").read_text())
    assert found is not None
    return found[0]


def test_from_the_set_up_link_to_three_people_in_one_notebook(browser: Browser, fresh: LiveServer) -> None:
    ada = visitor(browser, fresh)
    ada.goto(set_up_link(fresh))
    make_account(ada, "ada")
    ada.wait_for_url(re.compile("/n/"))
    welcome = NotebookPage(ada)
    expect(ada.get_by_role("heading", name="Welcome to Commonbook")).to_be_visible()
    expect(ada.locator("main img").first).to_be_attached()
    welcome.wait_saved()

    ada.get_by_role("button", name="Share", exact=True).click()
    dialog = ada.get_by_role("dialog")
    dialog.get_by_label("Invite somebody").fill("grace@example.org")
    dialog.get_by_role("button", name="Invite").click()
    invitation = dialog.get_by_label("Sign-up link").input_value()
    grace = visitor(browser, fresh)
    grace.goto(invitation)
    make_account(grace, "grace")
    grace.wait_for_url(re.compile("/p/|/n/|/$"))
    grace.goto(ada.url)
    theirs = NotebookPage(grace)
    theirs.wait_saved()

    dialog.get_by_role("button", name="Copy link").click()
    link = dialog.get_by_label("Share link").input_value()
    ada.keyboard.press("Escape")
    guest = visitor(browser, fresh)
    guest.goto(link)
    expect(guest.get_by_text(re.compile("sign in", re.IGNORECASE)).first).to_be_visible()

    code = next(
        n for n in range(welcome.cells.count()) if welcome.cell(n).get_attribute("data-type") == "code"
    )
    last = welcome.cells.count() - 1
    theirs.cell(last).scroll_into_view_if_needed()
    grace.get_by_role("button", name=re.compile("Code")).last.click()
    grace.keyboard.type("'from grace'")
    grace.keyboard.press("Control+Enter")
    welcome.wait_state(last + 1, "done")
    expect(welcome.outputs(last + 1)).to_contain_text("from grace")
    expect(welcome.cell(last + 1).locator(".cell-foot")).to_contain_text("Grace")
    assert welcome.cell(code).get_attribute("data-state") == "done"


def test_a_link_lets_people_watch_without_an_account_where_the_project_allows_it(
    browser: Browser, fresh: LiveServer
) -> None:
    ada = fresh.person("ada", admin=True)
    project = ada.project("Lecture")
    notebook = ada.notebook(project, "answer = 42")
    ada("PATCH", f"/api/projects/{project}", {"links_without_account": True})
    made = ada("POST", f"/api/projects/{project}/links", {"role": "viewer"})
    page = visitor(browser, fresh)
    page.goto(made["url"])
    page.wait_for_url(re.compile("/p/"))
    page.goto(f"/n/{notebook}")
    watched = NotebookPage(page)
    expect(watched.cell(0)).to_contain_text("answer = 42")
    expect(page.get_by_role("button", name="Run", exact=True)).to_have_count(0)
    ada("PUT", f"/api/notebooks/{notebook}/cells/cell00000000", {"source": "answer = 43"})
    expect(watched.cell(0)).to_contain_text("answer = 43")
    ada("DELETE", f"/api/projects/{project}/links/{made['link']['id']}")
    expect(watched.cells).to_have_count(0, timeout=3000)
