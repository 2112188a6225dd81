"""Writing code with help: names, signatures, documentation, definitions; no kernel runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.live import Person, Script
from tests.support.page import SLOW, opened
from tests.support.shots import shot

pytestmark = pytest.mark.browser

At = Callable[..., Person]

ABOVE = 'def summarise(rows, limit=10):\n    """Shorten a list of rows."""\n    return rows[:limit]'


def test_an_editor_helps_while_nothing_runs(ada: Script, person: At) -> None:
    project = ada.project(bob="viewer")
    notebook = ada.notebook(project, ABOVE, "")
    one = opened(person("ada").page, notebook)
    page = one.page
    names = page.get_by_role("listbox")
    editor = one.editor(1)
    page.keyboard.type("summ")
    page.keyboard.press("Tab")
    expect(names.get_by_role("option", name="summarise")).to_be_visible(timeout=SLOW)
    shot(page, "completion")
    page.keyboard.press("Escape")
    expect(names).to_have_count(0)
    expect(editor).to_be_focused()

    page.keyboard.press("Tab")
    expect(names.get_by_role("option", name="summarise")).to_be_visible(timeout=SLOW)
    page.wait_for_timeout(150)  # for a moment the editor takes Tab for a slip
    page.keyboard.press("Tab")
    expect(editor).to_have_text("summarise")
    page.keyboard.type("(")
    signature = page.locator(".code-signature")
    expect(signature).to_contain_text("summarise(rows, limit=10)", timeout=SLOW)
    expect(signature).to_contain_text("Shorten a list of rows.")
    page.keyboard.type("[1], ")
    expect(signature.locator("strong")).to_have_text("limit=10", timeout=SLOW)
    shot(page, "signature")
    page.keyboard.press("Escape")
    expect(signature).to_have_count(0)
    expect(editor).to_be_focused()

    page.keyboard.press("Home")
    page.keyboard.press("F12")
    expect(one.cell(0).locator(".cm-content")).to_be_focused()

    one.write(0, "\nimport json\nno_such_name")
    page.keyboard.press("F12")
    expect(page.get_by_text("No definition was found")).to_be_visible(timeout=SLOW)
    one.write(0, "\njson.dumps")
    page.keyboard.press("F12")
    source = page.get_by_role("dialog", name="json")
    expect(source).to_contain_text("def dumps", timeout=SLOW)
    shot(page, "definition")
    page.keyboard.press("Escape")
    expect(source).to_have_count(0)

    two = opened(person("bob").page, notebook)
    word = two.cell(0).get_by_text("summarise", exact=True).first
    word.hover()
    expect(two.page.locator(".code-about")).to_contain_text("Shorten a list of rows.", timeout=SLOW)
    shot(two.page, "hover")
