"""The environment of a project as people see it: install, fail, remove, go back, with axe on each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import axe
from tests.support.live import LiveServer, Person, Script, sign_in
from tests.support.page import SLOW, opened
from tests.support.shots import shot
from tests.support.wheels import source, wheel

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server whose packages come from a folder of wheels."""
    folder = tmp_path_factory.mktemp("live")
    wheels = folder / "wheels"
    for name, version in (("basekit", "1.0"), ("tidy", "1.4"), ("tidy", "2.1"), ("altair", "5.0")):
        wheel(wheels, name, version)
    settings = {"COMMONBOOK_WHEELHOUSE": str(wheels), "COMMONBOOK_BASE_PACKAGES": "basekit"}
    live = LiveServer(folder, settings={"COMMONBOOK_KERNEL_PYTHON": "", **settings})
    live.start()
    try:
        yield live
    finally:
        live.end_kernels()
        live.stop()


def install(page: Page, text: str) -> None:
    page.get_by_label("Packages to install").fill(text)
    page.keyboard.press("Enter")


def test_a_person_installs_removes_and_goes_back_and_another_sees_it(
    ada: Script, person: Callable[..., Person]
) -> None:
    project = ada.project("Ice", bob="viewer")
    notebook = ada.notebook(project, "import altair\naltair.__version__")
    page = person("ada").open(f"/p/{project}")
    page.get_by_role("tab", name="Environment").click()
    install(page, "nosuchthing")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("There is no package named nosuchthing.", timeout=SLOW)
    assert axe(page) == []
    install(page, "tidy<2")
    packages = page.get_by_role("list", name="Installed packages")
    expect(packages).to_contain_text("1.4", timeout=SLOW)
    expect(alert).to_have_count(0)
    watching = opened(person("bob").page, notebook).page
    entry = watching.get_by_role("button", name="Environment")
    expect(entry).to_contain_text("2 packages", timeout=SLOW)
    expect(watching.get_by_role("button", name="Ask for it")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="More for tidy").click()
    page.get_by_role("menuitem", name="Remove").click()
    expect(packages).not_to_contain_text("tidy", timeout=SLOW)
    expect(entry).to_contain_text(re.compile(r"1 package\b"), timeout=SLOW)
    page.get_by_role("button", name="Go back to: Install tidy<2").click()
    expect(packages).to_contain_text("tidy", timeout=SLOW)
    entry.click()
    panel = watching.get_by_role("dialog")
    expect(panel.get_by_role("list", name="Installed packages")).to_contain_text("tidy", timeout=SLOW)
    expect(panel.get_by_role("button", name="Install")).to_have_count(0)
    expect(panel.get_by_role("button", name="More for tidy")).to_have_count(0)
    assert axe(watching) == []


def test_a_cancelled_change_is_told_to_everybody(
    ada: Script, person: Callable[..., Person], server: LiveServer
) -> None:
    source(server.folder / "wheels", "slow", "1.0", "import time\ntime.sleep(600)\n")
    project = ada.project("Patience", bob="editor")
    notebook = ada.notebook(project, "1 + 1")
    watching = opened(person("bob").page, notebook).page
    page = person("ada").open(f"/p/{project}")
    page.get_by_role("tab", name="Environment").click()
    install(page, "slow")
    page.get_by_role("button", name="Build from source").click(timeout=SLOW)
    bar = watching.get_by_role("progressbar", name="Install slow")
    expect(bar).to_have_css("height", "4px", timeout=SLOW)
    expect(watching.get_by_role("button", name="Cancel: Install slow")).to_have_count(0)
    page.get_by_role("button", name="Cancel", exact=True).click()
    for each in (page, watching):
        told = each.get_by_role("status").filter(has_text="Cancelled. Nothing was changed.")
        expect(told).to_contain_text("Install slow", timeout=SLOW)
        assert axe(each) == []
        told.get_by_role("button", name="Dismiss").click()
        expect(told).to_have_count(0)


def test_what_is_imported_and_missing_is_installed_after_a_look(
    ada: Script, person: Callable[..., Person]
) -> None:
    project = ada.project("Charts")
    ada("POST", f"/api/projects/{project}/packages", {"lines": ["tidy"]})
    notebook = ada.notebook(project, "import altair")
    page = opened(person("ada", color_scheme="dark").page, notebook).page
    card = page.get_by_role("region", name="Missing packages")
    expect(card).to_contain_text("altair is imported here", timeout=SLOW)
    card.get_by_role("button", name="Review and install").click()
    expect(page.get_by_role("dialog")).to_contain_text("import altair in Notes")
    assert axe(page) == []
    page.get_by_role("button", name="Install 1 package").click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=SLOW)
    expect(card).to_have_count(0, timeout=SLOW)
    names = {each["name"] for each in ada("GET", f"/api/projects/{project}/environment")["packages"]}
    assert "altair" in names
    # What is refused in a dialog is said in front of it.
    page.get_by_role("button", name="Environment").click()
    packages = page.get_by_role("list", name="Installed packages")
    expect(packages.get_by_role("listitem").filter(has_text="tidy")).to_contain_text("not imported")
    install(page, "a; rm -rf /")
    said = page.locator("li").filter(has_text="is no package name")
    said.locator("button").click()
    expect(said).to_have_count(0)
    expect(packages).to_be_visible()


def test_requirements_are_written_from_what_is_imported_after_a_look(
    ada: Script, scripts: dict[str, Script], person: Callable[..., Person]
) -> None:
    project = ada.project("Guess", bob="viewer")
    notebook = ada.notebook(project, "import altair, tltk")
    scripts["bob"]("POST", f"/api/projects/{project}/package-requests", {"lines": ["altair", "tidy"]})
    page = opened(person("ada").page, notebook).page
    requests = page.get_by_role("region", name="Requests for packages")
    expect(requests).to_contain_text("bob asks for 2 packages.", timeout=SLOW)
    requests.get_by_role("button", name="Review").click()
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("tltk is no known package. Is nltk meant?")
    expect(panel).to_contain_text("requirements.txt can be written from what is imported: 1 package.")
    panel.get_by_role("button", name="Decline tidy").click()
    assert axe(page) == []
    panel.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Write 1 line").click()
    expect(panel.get_by_role("list", name="Installed packages")).to_contain_text("altair", timeout=SLOW)
    watching = opened(person("bob").page, ada.notebook(project, "import nltk")).page
    watching.get_by_role("button", name="See why").click()
    expect(watching.get_by_role("dialog")).to_contain_text("import nltk in Notes")
    watching.get_by_role("dialog").get_by_role("button", name="Ask for it").click()
    expect(watching.get_by_role("dialog")).to_contain_text("You asked for it.")
    assert axe(watching) == []


DRIVER = """
class connect:
    def __init__(self, **told):
        self.description, self.rowcount = None, 0

    def cursor(self):
        return self

    def execute(self, text):
        self.rowcount = 3

    def close(self):
        pass
"""
"""A driver without a database: each statement changes three rows."""


@pytest.fixture(scope="module")
def with_kernels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveServer, Script]]:
    """A server whose kernels run, with a package that no index has in this version; and ada's script."""
    folder = tmp_path_factory.mktemp("kernels")
    wheel(folder / "wheels", "altair", "99.0")
    wheel(folder / "wheels", "pymssql", "99.0", files={"pymssql.py": DRIVER})
    settings = {"COMMONBOOK_KERNEL_PYTHON": "", "COMMONBOOK_BASE_PACKAGES": "ipykernel"}
    settings["COMMONBOOK_PRIVATE_HOSTS"] = "127.0.0.1"
    live = LiveServer(folder, settings={"UV_FIND_LINKS": str(folder / "wheels"), **settings})
    live.start()
    ada, _ = live.person("ada"), live.person("bob")
    try:
        yield live, ada
    finally:
        live.end_kernels()
        live.stop()


@pytest.mark.slow
def test_a_failed_import_is_asked_for_installed_and_run_again(
    with_kernels: tuple[LiveServer, Script], browser: Browser
) -> None:
    server, ada = with_kernels
    project = ada.project("Charts", bob="viewer")
    notebook = ada.notebook(project, "import altair\nprint('drawn')")
    people = [sign_in(browser, server.url, name) for name in ("ada", "bob")]
    page, watching = (opened(each.page, notebook).page for each in people)
    page.get_by_role("button", name="Run all").click()
    offers = [each.locator(".import-offer") for each in (page, watching)]
    for offer in offers:
        expect(offer).to_contain_text("altair is not installed here · sure", timeout=SLOW)
    assert axe(page) == []
    offers[1].get_by_role("button", name="Ask for it").click()
    expect(offers[1]).to_contain_text("You asked for it.", timeout=SLOW)
    requests = page.get_by_role("region", name="Requests for packages")
    expect(requests).to_contain_text("bob asks for altair.", timeout=SLOW)
    assert axe(page) == []
    requests.get_by_role("button", name="Install altair").click()
    again = offers[0].get_by_role("button", name="Run the cell again")
    expect(again).to_be_visible(timeout=3 * SLOW)  # versions are looked up for the first time
    expect(requests).to_have_count(0)
    answered = watching.get_by_role("region", name="Requests for packages")
    expect(answered).to_contain_text("ada installed altair.", timeout=SLOW)
    expect(offers[1]).to_have_count(0)
    assert axe(watching) == []
    again.click()
    expect(page.get_by_text("drawn", exact=True)).to_be_visible(timeout=SLOW)
    expect(offers[0]).to_have_count(0)
    answered.get_by_role("button", name="Dismiss: altair").click()
    expect(answered).to_have_count(0, timeout=SLOW)
    assert [error for each in people for error in each.errors] == []
    for each in people:
        each.context.close()


@pytest.mark.slow
def test_a_query_goes_on_once_its_driver_is_installed_by_a_click(
    with_kernels: tuple[LiveServer, Script], browser: Browser
) -> None:
    server, ada = with_kernels
    project = ada.project("Shop")
    fields = {"host": "127.0.0.1", "database": "shop", "user": "ada", "password": "secret", "tls": "off"}
    body = {"kind": "mssql", "name": "Shop", "fields": fields, "attached": False}
    ada("POST", f"/api/projects/{project}/connections", body)
    person = sign_in(browser, server.url, "ada")
    notebook = opened(person.page, ada.notebook(project, "1 + 1"))
    page = notebook.page
    page.locator(".cell-add").get_by_role("button", name="SQL").click()
    page.keyboard.type("UPDATE orders SET price = 1")
    shop = notebook.cell(1)
    shop.get_by_label("Connection").click()
    page.get_by_role("option", name=re.compile("^Shop")).click()
    notebook.run(1)
    offer = page.locator(".import-offer")
    expect(offer).to_contain_text("pymssql is not installed here", timeout=SLOW)
    shot(page, "sql-no-driver")
    assert axe(page) == []
    offer.get_by_role("button", name="Install pymssql").click()
    again = offer.get_by_role("button", name="Run the cell again")
    expect(again).to_be_visible(timeout=3 * SLOW)
    again.click()
    expect(shop.get_by_role("note", name="About this query")).to_contain_text("3 rows", timeout=SLOW)
    expect(offer).to_have_count(0)
    shot(page, "sql-driver")
    assert person.errors == []
    person.context.close()
