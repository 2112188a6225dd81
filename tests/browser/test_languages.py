"""The languages of the pages: as the browser asks, as people choose, and from right to left."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import axe
from tests.support.live import LiveServer, Person, Script
from tests.support.page import SLOW
from tests.support.shots import shot

pytestmark = pytest.mark.browser


def root(page: Page) -> tuple[str, str]:
    found: list[str] = page.evaluate("[document.documentElement.lang, document.documentElement.dir]")
    return found[0], found[1]


def choose(page: Page, select: str, language: str) -> None:
    """Pick a language by the name that its speakers know, and wait for the page that loads anew."""
    page.get_by_role("combobox", name=select).click()
    with page.expect_navigation():
        page.get_by_role("option", name=language).click()


def test_the_sign_in_speaks_what_the_browser_asks_for_and_what_is_chosen(
    browser: Browser, server: LiveServer, scripts: dict[str, Script]
) -> None:
    context = browser.new_context(base_url=server.url, locale="ar-EG")
    page = context.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto("/login")
    expect(page.get_by_role("heading", name="تسجيل الدخول")).to_be_visible()
    assert root(page) == ("ar", "rtl")
    assert axe(page) == []
    # A catalog is fetched only where it is read.
    assert not any("zh-Hans" in url for url in fetched)

    choose(page, "اللغة", "简体中文")
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    assert root(page) == ("zh-Hans", "ltr")

    choose(page, "语言", "English")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert root(page) == ("en", "ltr")
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    context.close()


@pytest.mark.slow
def test_the_notebook_runs_from_right_to_left_and_its_code_does_not(
    ada: Script, person: Callable[..., Person]
) -> None:
    project = ada.project("Plans")
    notebook = ada.notebook(project, "1 + 1", "print(2)")
    page = person("ada").page
    page.goto("/account")
    page.get_by_role("button", name="Account of ada").click()
    page.get_by_role("menuitem", name="Settings").click()
    choose(page, "Language", "العربية")
    page.goto(f"/n/{notebook}")
    expect(page.get_by_role("button", name="تشغيل الكل")).to_be_visible(timeout=SLOW)
    assert root(page) == ("ar", "rtl")
    # A constant of a module: no module may load before the language is known.
    expect(page.get_by_text("لم تبدأ").first).to_be_visible()
    assert axe(page) == []
    shot(page, "notebook-ar")
    panel, main = page.get_by_role("complementary").first, page.get_by_role("main")
    right = "element => element.getBoundingClientRect().right"
    assert panel.evaluate(right) > main.evaluate(right)
    code = page.locator(".cm-content").first
    assert code.evaluate("element => getComputedStyle(element).direction") == "ltr"
