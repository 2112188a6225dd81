"""Every page in both themes: no violation that axe-core can find."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import axe_run, load_axe
from tests.support.live import LiveServer, Person, Script
from tests.support.page import SLOW, NotebookPage, opened

pytestmark = pytest.mark.browser

THEMES = ("light", "dark")


def display(**data: object) -> dict[str, Any]:
    bundle = {mime.replace("_", "/"): value for mime, value in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": bundle}


def code(name: str, source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    head = {"id": name, "cell_type": "code", "metadata": {}, "execution_count": 1}
    return head | {"source": source, "outputs": list(outputs)}


MIXED = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
    "cells": [
        {
            "id": "intro0000001",
            "cell_type": "markdown",
            "metadata": {},
            "source": "# Title\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        },
        code(
            "code00000001",
            "import math  # a comment\nprint('text', 12)",
            {"output_type": "stream", "name": "stdout", "text": "text 12\n"},
            {"output_type": "stream", "name": "stderr", "text": "careful\n"},
            display(text_html="<table><tr><th>h</th></tr><tr><td>1</td></tr></table>"),
            display(application_json={"a": [1, "two", None]}),
        ),
        code(
            "code00000002",
            "1 / 0",
            {
                "output_type": "error",
                "ename": "ZeroDivisionError",
                "evalue": "division by zero",
                "traceback": ["\u001b[31mZeroDivisionError\u001b[0m: division by zero"],
            },
        ),
    ],
}


def violations(page: Page, *, in_landmarks: bool = True) -> list[str]:
    """Run axe over everything, also what content-visibility skips."""
    page.add_style_tag(content="* { content-visibility: visible !important; transition: none !important }")
    load_axe(page)
    found: list[dict[str, Any]] = page.evaluate(
        f"async () => (await {axe_run(in_landmarks=in_landmarks)}).violations"
    )
    return [
        f"{v['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for v in found
        for node in v["nodes"]
    ]


def check(page: Page, *, in_landmarks: bool = True) -> None:
    found = violations(page, in_landmarks=in_landmarks)
    assert not found, "\n".join(found)


@pytest.fixture(params=THEMES)
def themed(request: pytest.FixtureRequest, person: Callable[..., Person]) -> Callable[[str], Person]:
    """Signs somebody in who prefers the theme."""
    return lambda name: person(name, color_scheme=request.param, bypass_csp=True)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", ["/login", "/setup", "/join", "/link", "/password", "/nowhere"])
def test_pages_for_strangers(browser: Browser, server: LiveServer, theme: str, path: str) -> None:
    context = browser.new_context(base_url=server.url, color_scheme=theme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(path)
    page.wait_for_load_state("networkidle")
    check(page)
    context.close()


def test_pages_of_the_site(themed: Callable[[str], Person], ada: Script) -> None:
    project = ada.project("Accessible", bob="viewer")
    ada.notebook(project, "1")
    page = themed("ada").page
    for path in (
        "/",
        f"/p/{project}",
        "/account",
        "/admin/users",
        "/admin/groups",
        "/admin/kernels",
        "/admin/audit",
    ):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        check(page)


def test_the_share_dialog(themed: Callable[[str], Person], ada: Script) -> None:
    page = themed("ada").page
    page.goto(f"/p/{ada.project('Shared', bob='viewer')}")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_text("bob").first).to_be_visible()
    check(page)


def test_a_notebook(themed: Callable[[str], Person], ada: Script) -> None:
    at = opened(themed("ada").page, ada.imported(ada.project(), MIXED))
    at.editor(1).press("Escape")
    check(at.page)
    at.page.keyboard.press("?")
    expect(at.page.get_by_role("dialog")).to_be_visible()
    check(at.page)


def test_what_opens_over_a_notebook(themed: Callable[[str], Person], ada: Script) -> None:
    at = opened(themed("ada").page, ada.imported(ada.project(), MIXED))
    page = at.page
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox")
    expect(box).to_be_focused()
    box.fill("run")
    expect(page.get_by_role("option").first).to_be_visible()
    check(page)
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    for opens in (
        at.cell(1).get_by_role("button", name="More", exact=True),
        page.get_by_role("button", name=re.compile("Kernel on")),
        page.get_by_role("button", name=re.compile("Account")),
    ):
        at.editor(1).press("Escape")
        opens.click()
        expect(page.get_by_role("menu").or_(page.get_by_role("dialog")).first).to_be_visible()
        check(page, in_landmarks=False)  # a popup stands beside the landmarks
        page.keyboard.press("Escape")
        expect(page.get_by_role("menu").or_(page.get_by_role("dialog"))).to_have_count(0)


def test_a_notebook_in_high_contrast(person: Callable[..., Person], ada: Script) -> None:
    at = opened(person("ada", contrast="more", bypass_csp=True).page, ada.imported(ada.project(), MIXED))
    check(at.page)


def test_a_notebook_for_a_viewer(themed: Callable[[str], Person], ada: Script) -> None:
    notebook = ada.imported(ada.project(bob="viewer"), MIXED)
    at = opened(themed("bob").page, notebook)
    expect(at.page.get_by_text(re.compile("You can view"))).to_be_visible(timeout=SLOW)
    check(at.page)


def test_the_whole_way_by_keyboard(person: Callable[..., Person], ada: Script) -> None:
    notebook = ada.notebook(ada.project(), "1 + 1")
    at: NotebookPage = opened(person("ada").page, notebook)
    page = at.page
    press, write = page.keyboard.press, page.keyboard.type
    for _ in range(40):
        press("Tab")
        if page.evaluate("document.activeElement?.matches('section.cell')"):
            break
    expect(at.cell(0)).to_be_focused()
    press("b")
    expect(at.cells).to_have_count(2)
    press("Enter")
    write("20 + 3")
    press("Control+Enter")
    at.wait_state(1, "done")
    expect(at.outputs(1)).to_contain_text("23")
    press("Escape")
    press("d")
    press("d")
    expect(at.cells).to_have_count(1)
    press("z")
    expect(at.cells).to_have_count(2)
    expect(at.outputs(1)).to_contain_text("23")
    # Move it, split it, join it again: the focus goes along.
    expect(at.cell(1)).to_be_focused()
    press("Alt+ArrowUp")
    expect(at.outputs(0)).to_contain_text("23")
    expect(at.cell(0)).to_be_focused()
    press("Enter")
    press("Home")
    press("ArrowRight")
    press("ArrowRight")
    press("Control+Shift+-")
    expect(at.cells).to_have_count(3)
    press("Escape")
    press("ArrowUp")
    press("Shift+M")
    expect(at.cells).to_have_count(2)
    # The palette gives the focus back to the cell.
    press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    write("Insert a cell above")
    press("Enter")
    expect(at.cells).to_have_count(3)
    assert page.evaluate("document.activeElement?.closest('section.cell') !== null")
    press("Escape")
    press("Control+Alt+m")
    expect(page.get_by_role("textbox", name=re.compile("^Comment on"))).to_be_focused()
    write("Read without a mouse.")
    press("Control+Enter")
    expect(page.get_by_role("article")).to_contain_text("Read without a mouse.")


def test_what_happens_is_read_out(person: Callable[..., Person], ada: Script) -> None:
    notebook = ada.notebook(ada.project(bob="viewer"), "1 + 1", "1 / 0")
    at = opened(person("ada", bypass_csp=True).page, notebook)
    page = at.page
    expect(at.cell(0)).to_have_attribute("aria-label", re.compile("1"))
    page.evaluate(LISTEN)
    at.run(0)
    at.wait_state(0, "done")
    at.run(1)
    at.wait_state(1, "error")
    other = opened(person("bob").page, notebook)
    other.page.close()
    heard = r"finished.*failed.*Bob joined.*Bob left"
    page.wait_for_function(f"/{heard}/is.test(window.heard.join(' '))", timeout=SLOW)


LISTEN = """() => {
    window.heard = [];
    const spoken = node => node.parentElement?.closest("[aria-live=polite], [role=status]") ?? null;
    new MutationObserver(changes => changes.forEach(({ target, addedNodes }) => {
        for (const node of [target, ...addedNodes])
            if (spoken(node) !== null || node.matches?.("[aria-live=polite], [role=status]"))
                window.heard.push(node.textContent);
    })).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
"""Hears what a screen reader would say by itself."""
