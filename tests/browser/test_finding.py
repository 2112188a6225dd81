"""Finding things: the bar over the cells, the palette, the outline; beside somebody who types."""

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


def test_find_and_replace_while_another_person_types(ada: Script, person: At) -> None:
    project = ada.project(bob="collaborator")
    notebook = ada.notebook(
        project, "total = 1\nprint(total)", "subtotal = 2", "total += subtotal\nprint('total:', total)"
    )
    one, two = (opened(person(name).page, notebook) for name in ("ada", "bob"))
    page = one.page
    bar = page.get_by_role("search", name="Find in this notebook")
    count = bar.get_by_role("status")

    one.run(2)
    one.wait_state(2, "error")
    one.cell(1).focus()
    page.keyboard.press("Control+f")
    find = bar.get_by_role("textbox", name="Find")
    expect(find).to_be_focused()
    page.keyboard.type("total")
    expect(count).to_have_text("3 of 7")
    expect(page.locator(".cm-found-now")).to_have_text("total")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(count).to_have_text("5 of 7")

    two.write(0, "# total of everything\n")
    expect(count).to_have_text("6 of 8")

    bar.get_by_role("button", name="Also in outputs").click()
    expect(count).to_have_text(re.compile("^6 of (9|1[0-9])$"))
    bar.get_by_role("button", name="Also in outputs").click()
    bar.get_by_role("button", name="Whole word").click()
    expect(count).to_have_text("5 of 6")
    shot(page, "find")

    bar.get_by_role("button", name="Show replace").click()
    bar.get_by_role("textbox", name="Replace with").fill("sum_of_all")
    shot(page, "replace")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Replaced 6 in 2 cells", exact=False)).to_be_visible()
    expect(two.cell(2)).to_contain_text("sum_of_all += subtotal")
    expect(count).to_have_text("No matches")
    page.keyboard.press("Escape")
    expect(bar).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    expect(two.cell(2)).to_contain_text("total += subtotal")
    expect(two.cell(0)).to_contain_text("# total of everything")

    page.keyboard.press("Control+f")
    find.fill("(")
    bar.get_by_role("button", name="Regular expression").click()
    expect(bar.get_by_text("This is no regular expression", exact=False)).to_be_visible()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.closest('[data-cell]') !== null")


def test_palette_and_outline(ada: Script, person: At) -> None:
    project = ada.project(bob="viewer")
    notebook = ada.notebook(project, "x = 1", "1 / 0", "z = 3")
    other = ada.notebook(project, "x", name="Another one")
    one = opened(person("ada").page, notebook)
    page = one.page
    for number, text in ((0, "# Prepare\n## Load data"), (2, "# Results")):
        cell = f"/api/notebooks/{notebook}/cells/cell0000000{number}"
        ada("PUT", cell, {"source": text, "type": "markdown"})
    outline = page.get_by_role("navigation", name="Outline")
    expect(outline.get_by_role("button")).to_have_text(["Prepare", "Load data", "Results"])

    one.run(1)
    one.wait_state(1, "error")
    expect(outline.get_by_role("button", name="Load data failed")).to_be_visible()
    outline.get_by_role("button", name="Results").click()
    expect(outline.get_by_role("button", name="Results")).to_have_attribute("aria-current", "location")
    assert page.evaluate("document.activeElement.dataset.cell") == "cell00000002"

    palette = page.get_by_role("dialog", name="Find a command")
    page.keyboard.press("Control+k")
    expect(palette.get_by_role("combobox")).to_be_focused()
    shot(page, "palette")
    page.keyboard.type("failed")
    expect(palette.get_by_role("option").first).to_have_text("Go to the failed cell 2")
    page.keyboard.press("Enter")
    expect(palette).to_have_count(0)
    expect(one.cell(1)).to_be_focused()

    page.keyboard.press("Control+k")
    page.keyboard.type("insbelow")
    expect(palette.get_by_role("option").first).to_contain_text("Insert a cell below")
    shot(page, "palette-search")
    page.keyboard.press("Enter")
    expect(one.cells).to_have_count(4)
    expect(one.cell(2)).to_be_focused()

    page.keyboard.press("Control+k")
    page.keyboard.type("another")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/n/{other}")

    two = opened(person("bob").page, notebook)
    two.page.keyboard.press("Control+k")
    theirs = two.page.get_by_role("dialog", name="Find a command")
    expect(theirs.get_by_role("option", name="Fold the output")).to_be_visible()
    for name in ("Insert a cell below", "Run all", "Find and replace"):
        expect(theirs.get_by_role("option", name=name)).to_have_count(0)
