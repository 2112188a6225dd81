"""Writing with help: marks of mistakes, formatting, the look and the keys that somebody chose."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.live import Person, Script
from tests.support.page import opened
from tests.support.shots import shot

pytestmark = pytest.mark.browser

At = Callable[..., Person]
SLOW = 60_000


def test_mistakes_are_marked_fixed_and_formatted_beside_somebody_who_types(ada: Script, person: At) -> None:
    project = ada.project(bob="collaborator")
    notebook = ada.notebook(project, "import os\nx   =  {'a':later}", "later = never", "print( x )")
    one, two = (opened(person(name).page, notebook) for name in ("ada", "bob"))
    page = one.page

    marks = page.locator(".cm-lintRange")
    expect(one.cell(1).locator(".cm-lintRange-error")).to_have_text("never", timeout=SLOW)
    expect(one.cell(0).locator(".lint-unused")).to_have_text("os")
    expect(marks).to_have_count(2)
    one.editor(0)
    page.keyboard.press("Control+Home")
    page.keyboard.press("F8")
    expect(page.get_by_role("status").filter(has_text="imported but unused. Fix: Remove")).to_be_attached()
    one.cell(0).locator(".lint-unused").hover()
    expect(page.locator(".cm-diagnostic")).to_be_visible()
    shot(page, "lint")
    page.keyboard.press("Control+.")
    expect(marks).to_have_count(1)
    assert one.source(0) == "x   =  {'a':later}"

    two.write(0, "  # mine")
    expect(one.cell(0)).to_contain_text("# mine")
    page.keyboard.press("Shift+Alt+F")
    expect(two.cell(0)).to_contain_text('x = {"a": later}  # mine', timeout=SLOW)
    two.page.keyboard.type("!")
    expect(one.cell(0)).to_contain_text("# mine!")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("format all")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 cell formatted")).to_be_visible(timeout=SLOW)
    expect(two.cell(2)).to_contain_text("print(x)")
    one.cell(2).focus()
    page.keyboard.press("z")
    expect(two.cell(2)).to_contain_text("print( x )")
    expect(two.cell(0)).to_contain_text("# mine!")

    page.goto(page.url.split("/n/")[0] + "/account")
    editor = page.get_by_role("region", name="Editor")
    shot(page, "editor-choices")
    editor.get_by_role("switch", name="Checks and formatting").click()
    editor.get_by_role("switch", name="Line numbers").click()
    editor.get_by_role("combobox", name="Keys").click()
    page.get_by_role("option", name="Vim").click()
    expect(editor.get_by_role("combobox", name="Keys")).to_have_text(re.compile("Vim"))
    page.go_back()
    again = opened(page, notebook)
    again.editor(0)
    expect(again.cell(0).locator(".cm-lineNumbers")).to_be_visible()
    expect(again.cell(0).locator(".cm-fat-cursor").first).to_be_attached(timeout=SLOW)
    page.keyboard.type("ggO")
    page.keyboard.type("first = 1")
    page.keyboard.press("Escape")
    expect(again.cell(0).locator(".cm-content")).to_be_focused()
    page.keyboard.press("Escape")
    expect(again.cell(0)).to_be_focused()
    expect(two.cell(0)).to_contain_text("first = 1")
    shot(page, "vim-and-numbers")
    expect(page.locator(".cm-lintRange")).to_have_count(0)
    expect(two.page.locator(".cm-lintRange-error")).to_have_text("never")
