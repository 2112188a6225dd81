"""Input cells in a browser: made by who edits, set by who may only run, seen by who may do neither."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.test_accessibility import THEMES, violations
from tests.support.live import Person, Script
from tests.support.page import SLOW, NotebookPage, opened
from tests.support.shots import shot

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def code(number: int, source: str, **definition: Any) -> dict[str, Any]:
    meta = {"commonbook": {"kind": "input", **definition}} if definition else {}
    return {
        "id": f"cell{number:08d}",
        "cell_type": "code",
        "metadata": meta,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


CELLS = [
    code(1, 'title = "Sales of 2026"', control="text", name="title", label="Title of the report"),
    code(2, "rows = 12", control="number", name="rows", min=1, max=500, step=1),
    code(
        3,
        'day = __import__("datetime").date(2026, 1, 5)',
        control="date",
        name="day",
        label="First day",
        min="2026-01-01",
    ),
    code(
        4, 'region = "north"', control="select", name="region", label="Region", options=["north", "south", 3]
    ),
    code(5, "flag = False", control="checkbox", name="flag", label="Only what is paid"),
    code(6, 'path = "data/sales.csv"', control="file", name="path", label="Table"),
    code(7, "note = input()", control="text", name="note"),
    code(
        8,
        "regions = {'north': 1, 'east': 2}\n"
        "open('sales.csv', 'w').close(); print(title, rows, day.isoformat(), region, flag, sep=' | ')",
    ),
]


def status(notebook: NotebookPage, index: int) -> Locator:
    return notebook.cell(index).locator(".input-status")


def test_an_input_is_made_by_an_editor_set_by_an_executor_and_seen_by_a_viewer(
    ada: Script, person: Callable[..., Person]
) -> None:
    project = ada.project(bob="executor", eve="viewer")
    made = ada.imported(
        project, {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": CELLS}, "Forms"
    )
    notebook = opened(person("ada").page, made)
    page = notebook.page

    # One more is inserted by its menu and described in a dialog.
    page.get_by_role("button", name="Input", exact=True).click()
    page.get_by_role("menuitem", name="Slider").click()
    dialog = page.get_by_role("dialog", name="Input")
    expect(dialog.get_by_label("Variable")).to_be_focused()
    dialog.get_by_label("Variable").fill("class")
    dialog.get_by_label("Name in the form").fill("Learning rate")
    dialog.get_by_label("To", exact=True).fill("1")
    dialog.get_by_label("Step").fill("0.1")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("A Python name")
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        assert violations(page) == [], theme
    shot(page, "input-dialog")
    dialog.get_by_label("Variable").fill("alpha")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    slider = notebook.cell(8).get_by_role("slider", name="Learning rate")
    expect(slider).to_have_value("0")
    notebook.cell(8).locator(".cell-card").click(position={"x": 6, "y": 6})
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    notebook.write(9, "print('twice', alpha * 2)")

    # Code that does more than set a value is shown as what it is.
    expect(notebook.cell(6)).to_contain_text("does more than set the value")
    expect(notebook.cell(6).locator(".source")).to_contain_text("note = input()")
    notebook.cell(6).get_by_role("button", name="Replace it by a value").click()
    expect(notebook.cell(6).get_by_role("textbox", name="note")).to_have_value("")

    expect(status(notebook, 1)).to_contain_text("No kernel has this value yet")
    page.get_by_role("button", name="Run all").click()
    expect(notebook.outputs(7)).to_contain_text(
        "Sales of 2026 | 12 | 2026-01-05 | north | False", timeout=SLOW
    )
    expect(notebook.outputs(9)).to_contain_text("twice 0.0", timeout=SLOW)
    expect(status(notebook, 8)).to_contain_text("Set by ada")

    # An executor sets all kinds, and what depends on them runs; nothing else of the notebook is open to him.
    theirs = opened(person("bob").page, made)
    other = theirs.page
    expect(theirs.cell(0).get_by_role("button", name="Edit this input")).to_have_count(0)
    theirs.cell(8).get_by_role("slider").focus()
    for _ in range(3):
        other.keyboard.press("ArrowRight")
    expect(theirs.cell(8).locator("output")).to_have_text("0.3")
    expect(notebook.outputs(9)).to_contain_text("twice 0.6", timeout=SLOW)
    expect(slider).to_have_value("0.3")
    expect(status(notebook, 8)).to_contain_text("Set by bob")
    title = theirs.cell(0).get_by_role("textbox", name="Title of the report")
    title.fill("'''; print(\"no\") #\\ %%bash")
    other.keyboard.press("Enter")
    expect(notebook.outputs(7)).to_contain_text("'''; print(\"no\") #\\ %%bash | 12 |", timeout=SLOW)
    theirs.cell(1).get_by_role("spinbutton", name="rows").fill("501")
    other.keyboard.press("Enter")
    expect(theirs.cell(1)).to_contain_text("At most 500.")
    theirs.cell(1).get_by_role("spinbutton", name="rows").fill("7")
    other.keyboard.press("Enter")
    theirs.cell(2).get_by_label("First day").fill("2026-03-04")
    other.keyboard.press("Tab")
    theirs.cell(3).get_by_role("combobox", name="Region").click()
    other.get_by_role("option", name="3", exact=True).click()
    theirs.cell(4).get_by_role("checkbox", name="Only what is paid").check()
    expect(notebook.outputs(7)).to_contain_text("| 7 | 2026-03-04 | 3 | True", timeout=SLOW)
    theirs.cell(5).get_by_role("button", name="Choose").click()
    other.get_by_role("dialog", name="Files of this project").get_by_role("button", name="sales.csv").click()
    expect(theirs.cell(5).get_by_role("textbox", name="Table")).to_have_value("sales.csv")
    expect(status(notebook, 5)).to_contain_text("Set by bob", timeout=SLOW)
    file = ada("GET", f"/api/notebooks/{made}")
    assert [cell["source"] for cell in file["cells"]][1:6] == [
        "rows = 7",
        'day = __import__("datetime").date(2026, 3, 4)',
        "region = 3",
        "flag = True",
        'path = "sales.csv"',
    ]
    expect(status(theirs, 4)).to_contain_text("Set by bob", timeout=SLOW)
    for at, seen in ((theirs, "executor"), (notebook, "editor")):
        at.page.add_style_tag(content=".cell { content-visibility: visible !important; }")
        for theme in THEMES:
            at.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            assert violations(at.page) == [], (seen, theme)
        shot(at.page, f"inputs-{seen}")

    # The options of a select may be what a variable holds.
    notebook.cell(3).get_by_role("button", name="Edit this input").click()
    dialog.get_by_role("combobox", name="Options are").click()
    page.get_by_role("option", name="In a variable").click()
    dialog.get_by_label("Variable with the options").fill("regions")
    shot(page, "input-dialog-options")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    theirs.cell(3).get_by_role("combobox", name="Region").click()
    other.get_by_role("option", name="east", exact=True).click()
    expect(notebook.outputs(7)).to_contain_text("| 2026-03-04 | east | True", timeout=SLOW)

    # Whoever edits takes a value back by undo. The kernel has the other one until it is told.
    rows = notebook.cell(1).get_by_role("spinbutton", name="rows")
    rows.fill("8")
    page.keyboard.press("Enter")
    expect(notebook.outputs(7)).to_contain_text("| 8 |", timeout=SLOW)
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    expect(rows).to_have_value("7")
    expect(status(notebook, 1)).to_contain_text("The kernel does not have this value yet")
    expect(theirs.cell(1).get_by_role("spinbutton")).to_have_value("7")
    notebook.cell(1).get_by_role("button", name="Set it now").click()
    expect(notebook.outputs(7)).to_contain_text("| 7 |", timeout=SLOW)

    # The code is never out of reach, and typed values show in the form.
    notebook.cell(1).locator(".cell-card").click(position={"x": 6, "y": 6})
    notebook.cell(1).get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Show the code").click()
    notebook.write(1, "0")
    expect(theirs.cell(1).get_by_role("spinbutton")).to_have_value("70", timeout=SLOW)
    notebook.write(1, " + 1")
    expect(theirs.cell(1)).to_contain_text("does more than set the value", timeout=SLOW)

    # A viewer sees values and sets none.
    seen_by_eve = opened(person("eve").page, made)
    expect(seen_by_eve.cell(8).get_by_role("slider")).to_have_value("0.3")
    expect(seen_by_eve.cell(8).get_by_role("slider")).to_be_disabled()
    expect(seen_by_eve.cell(0).get_by_role("textbox")).to_be_disabled()
    expect(seen_by_eve.cell(4).get_by_role("checkbox")).to_be_disabled()
    expect(
        seen_by_eve.page.get_by_role("button", name=re.compile("Set it now|Edit this input"))
    ).to_have_count(0)
    assert violations(seen_by_eve.page) == []
    shot(seen_by_eve.page, "inputs-viewer")
