"""What happens under somebody's hands: keys go where the person meant them, and the focus is never lost."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.live import LiveServer, Person, Script
from tests.support.page import SLOW, opened

pytestmark = pytest.mark.browser

At = Callable[..., Person]

SLOW_FRAMES = """() => {
    const slow = () => {
        const end = performance.now() + 120
        while (performance.now() < end) {}
        if (document.title !== "quick") requestAnimationFrame(slow)
    }
    slow()
}"""


def focused_cell(page: Page) -> str | None:
    """The id of the cell that has the focus; none for the page itself."""
    found: str | None = page.evaluate("document.activeElement.closest('[data-cell]')?.dataset.cell ?? null")
    return found


def test_keys_for_a_text_that_others_took_away_are_no_commands(ada: Script, person: At) -> None:
    project = ada.project(bob="collaborator")
    notebook = ada.notebook(project, "answer = input('Name? ')", "y = 2", "z = 3")
    one, two = (opened(person(name).page, notebook) for name in ("ada", "bob"))

    two.write(1, " # bob")
    expect(one.cell(1)).to_contain_text("y = 2 # bob")
    one.cell(1).focus()
    one.page.keyboard.press("Escape")
    one.cell(1).focus()
    one.page.keyboard.type("dd")
    expect(two.cells).to_have_count(2)
    assert focused_cell(two.page) == "cell00000002"
    two.page.keyboard.type("added more")
    expect(two.page.get_by_text("Somebody deleted the cell you were writing in.").first).to_be_visible()
    expect(two.cells).to_have_count(2)
    expect(two.cell(1)).to_have_attribute("data-type", "code")
    two.page.get_by_role("button", name="Undo").click()
    expect(one.cell(1)).to_contain_text("y = 2 # bob")

    one.run(0)
    box = two.cell(0).get_by_role("textbox", name=re.compile("Name"))
    box.click(timeout=SLOW)
    two.page.keyboard.type("Bo")
    one.cell(0).get_by_role("textbox", name=re.compile("Name")).press("Enter")
    one.wait_state(0, "done")
    expect(box).to_have_count(0)
    two.page.keyboard.type("ddd")
    expect(two.page.get_by_text("This question is closed", exact=False).first).to_be_visible()
    expect(two.cells).to_have_count(3)
    for page in (one, two):
        assert focused_cell(page.page) == "cell00000000"


def test_the_focus_stays_in_the_list_whatever_is_done(ada: Script, person: At) -> None:
    notebook = opened(person("ada").page, ada.notebook(ada.project(), "one = 1\ntwo = 2", "3"))
    page = notebook.page
    notebook.editor(0).press("Control+Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Shift+-")
    expect(notebook.cells).to_have_count(3)
    page.keyboard.insert_text("second = ")  # at once: slow typing would be more than one step
    expect(notebook.cell(1)).to_contain_text("second = two = 2")
    page.keyboard.press("Escape")
    page.keyboard.type("zz")
    expect(notebook.cells).to_have_count(2)
    expect(notebook.cell(0)).to_contain_text("two = 2")
    assert focused_cell(page) is not None

    # However long a frame takes, what is typed after Shift+Enter in the last cell is in the new one.
    page.evaluate(SLOW_FRAMES)
    notebook.editor(1).press("Shift+Enter")
    page.keyboard.type("dd = 4")
    expect(notebook.cell(2)).to_contain_text("dd = 4")
    expect(notebook.cell(1)).not_to_contain_text("dd")
    page.evaluate("document.title = 'quick'")
    notebook.wait_state(1, "done")

    page.keyboard.press("Escape")
    notebook.cell(2).get_by_role("button", name="Delete").click()
    expect(notebook.cells).to_have_count(2)
    assert focused_cell(page) == "cell00000001"
    page.keyboard.press("Control+a")
    page.keyboard.type("dd")
    expect(notebook.page.get_by_text("A new notebook")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(notebook.cells).to_have_count(2)


def test_two_windows_without_a_connection_both_keep_what_was_written(
    ada: Script, person: At, server: LiveServer
) -> None:
    notebook = ada.notebook(ada.project(), "x = 1", "y = 2")
    someone = person("ada")
    windows = [opened(page, notebook) for page in (someone.page, someone.context.new_page())]
    server.kill()
    for index, window in enumerate(windows):
        window.write(index, f" # window {index}")
        expect(window.page.get_by_text(re.compile("edits? (unsent|kept)")).first).to_be_visible(timeout=SLOW)
        window.page.goto("about:blank")
    server.start()
    again = opened(windows[0].page, notebook)
    expect(again.cell(0)).to_contain_text("x = 1 # window 0")
    expect(again.cell(1)).to_contain_text("y = 2 # window 1")


def test_a_frame_that_is_moved_goes_on_where_it_was(ada: Script, person: At) -> None:
    count = "let n = 0; setInterval(() => { n += 1; document.all.n.textContent = n }, 50)"
    html = f"<p id=n>0</p><script>{count}</script>"
    output = {"output_type": "display_data", "data": {"text/html": html}, "metadata": {}}
    cells = [
        {
            "id": f"cell{index:08d}",
            "cell_type": "code",
            "metadata": {},
            "source": f"# {index}",
            "outputs": found,
        }
        for index, found in enumerate(([output], [], []))
    ]
    ipynb = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    at = person("ada")
    notebook = opened(at.page, ada.imported(ada.project(), ipynb))
    number = notebook.page.frame_locator("iframe").locator("#n")
    expect(number).not_to_have_text("0")
    frame = notebook.page.frames[-1]
    frame.evaluate("window.stayed = true")
    notebook.cell(0).locator(".cell-card").click(position={"x": 80, "y": 12})
    notebook.page.keyboard.press("Escape")
    for place in (1, 2):
        notebook.page.keyboard.press("Alt+ArrowDown")
        expect(notebook.cell(place).locator("iframe")).to_be_visible()
    notebook.cell(0).locator(".cell-card").click(position={"x": 80, "y": 12})
    notebook.page.keyboard.press("Escape")
    notebook.page.keyboard.press("Alt+ArrowDown")
    expect(notebook.cell(1)).to_contain_text("# 1")
    assert frame.evaluate("window.stayed") is True
