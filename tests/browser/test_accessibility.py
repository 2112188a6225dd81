"""Every page in both themes: no violation that axe-core can find."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import AXE
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


def violations(page: Page) -> list[str]:
    """Run axe over everything, also what content-visibility skips; frames of outputs are not ours."""
    page.add_style_tag(content="* { content-visibility: visible !important; transition: none !important }")
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        "async () => (await axe.run({ exclude: [['iframe']] })).violations"
    )
    return [
        f"{v['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for v in found
        for node in v["nodes"]
    ]


def check(page: Page) -> None:
    found = violations(page)
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


def test_a_notebook_for_a_viewer(themed: Callable[[str], Person], ada: Script) -> None:
    notebook = ada.imported(ada.project(bob="viewer"), MIXED)
    at = opened(themed("bob").page, notebook)
    expect(at.page.get_by_text(re.compile("You can view"))).to_be_visible(timeout=SLOW)
    check(at.page)


def test_the_whole_way_by_keyboard(person: Callable[..., Person], ada: Script) -> None:
    notebook = ada.notebook(ada.project(), "1 + 1")
    at: NotebookPage = opened(person("ada").page, notebook)
    page = at.page
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.matches('section.cell')"):
            break
    expect(at.cell(0)).to_be_focused()
    page.keyboard.press("b")
    expect(at.cells).to_have_count(2)
    page.keyboard.press("Enter")
    page.keyboard.type("20 + 3")
    page.keyboard.press("Control+Enter")
    at.wait_state(1, "done")
    expect(at.outputs(1)).to_contain_text("23")
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.keyboard.press("d")
    expect(at.cells).to_have_count(1)
    page.keyboard.press("z")
    expect(at.cells).to_have_count(2)
    expect(at.outputs(1)).to_contain_text("23")
