"""The kernel's variables beside the notebook: for who runs and who only looks, by mouse and by keys."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import THEMES, violations
from tests.support.live import Person, Script
from tests.support.page import SLOW, opened

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHOTS = os.environ.get("COMMONBOOK_SHOTS")

SOURCE = """
import math, decimal, datetime as dt
import numpy as np
import pandas as pd
rows = 1_000
sales = pd.DataFrame({"region": ["north", "south"] * 500})
sales["amount"] = np.linspace(0, 99, rows)
sales["day"] = pd.Timestamp("2026-01-05")
waves = np.sin(np.linspace(0, 20, 50_000))
rates = {"EUR": 1.0, "USD": 1.08, "history": [1.05, 1.07, {"low": 0.98}]}
title = "שלום 🎉 a rather long title that goes on and on, " * 3
price = decimal.Decimal("19.90")
missing = float("nan")
started = dt.datetime(2026, 1, 5, 9, 30)
class Trap:
    def __repr__(self): raise SystemExit
    __len__ = __getattr__ = __str__ = __repr__
trap = Trap()
def forecast(frame, *, horizon=12): return frame
"""


def seen(page: Page, name: str) -> None:
    """Hold what is to be seen to axe in both themes; keep pictures where somebody wants to look."""
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{theme}.png")
        assert violations(page) == [], (name, theme)


def test_variables_are_shown_to_all_and_touched_by_those_who_may_run(
    ada: Script, person: Callable[..., Person]
) -> None:
    project = ada.project(eve="viewer")
    source = ada.notebook(project, SOURCE, "rates['EUR'] = 2.0; rows = 5", "while True: pass")
    notebook = opened(person("ada").page, source)
    page = notebook.page
    page.get_by_role("button", name="Show the variables").click()
    panel = page.get_by_role("complementary", name="Variables")
    table = panel.get_by_role("treegrid")
    expect(panel).to_contain_text("No kernel runs")
    seen(page, "none")
    notebook.run(0)
    expect(panel.get_by_role("row", name=re.compile("^sales"))).to_contain_text("1,000 × 3", timeout=SLOW)
    expect(panel.get_by_role("row", name=re.compile("^trap"))).to_contain_text("Trap")
    expect(panel.get_by_role("row", name=re.compile("^math"))).to_have_count(0)

    # A second run marks what it changed, and says whose it is.
    notebook.run(1)
    rates = panel.get_by_role("row", name=re.compile("^rates"))
    expect(rates).to_contain_text("'EUR': 2.0")
    expect(rates).to_contain_text("changed by the last run")
    expect(panel.get_by_role("row", name=re.compile("^sales"))).not_to_contain_text("changed by the last run")
    rates.click()
    about = panel.get_by_role("region", name="About rates")
    expect(about).to_contain_text(re.compile(r"Set by ada in cell 1 at \d\d:\d\d"))
    expect(about).to_contain_text("Changed by ada in cell 2")
    notebook.write(1, "  # again")
    expect(about).to_contain_text("the cell was edited since", timeout=SLOW)

    # By keys alone: unfold, go inside, back, plot, filter.
    table.focus()
    page.keyboard.press("ArrowRight")
    expect(table.get_by_role("row", name=re.compile("^'history'"))).to_be_visible()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(table.get_by_role("row", name=re.compile("^2 dict"))).to_be_visible()
    seen(page, "unfolded")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(table.get_by_role("row", name=re.compile("^'history'"))).to_have_count(0)
    page.keyboard.type("wav")
    expect(panel.get_by_role("textbox")).to_have_value("wav")
    page.keyboard.press("Enter")
    table.get_by_role("row", name=re.compile("^waves")).click()
    panel.get_by_role("button", name="Plot").click()
    expect(panel.get_by_role("img", name=re.compile("^Line of waves: from -"))).to_be_visible()
    expect(panel).to_contain_text("Every 25th of 50,000 numbers")
    seen(page, "plot")
    panel.get_by_role("textbox").fill("")

    # A table opens in a window of its own.
    panel.get_by_role("row", name=re.compile("^sales")).click()
    panel.get_by_role("button", name="Open", exact=True).click()
    window = page.get_by_role("dialog", name="Table sales")
    expect(window).to_contain_text("amount", timeout=SLOW)
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)

    # A viewer sees the same, as of when, and can touch nothing.
    other = person("eve").page
    opened(other, source)
    other.get_by_role("button", name="Show the variables").click()
    theirs = other.get_by_role("complementary", name="Variables")
    expect(theirs.get_by_role("row", name=re.compile("^sales"))).to_contain_text("1,000 × 3")
    theirs.get_by_role("row", name=re.compile("^waves")).click()
    expect(theirs.get_by_role("button", name="Plot")).to_have_count(0)
    expect(theirs.get_by_role("button", name="Delete")).to_have_count(0)
    expect(theirs.locator("button.variables-twist")).to_have_count(0)
    seen(other, "viewer")

    # While a cell runs: deleted by key, asked again, gone for the viewer too.
    notebook.run(2)
    notebook.wait_state(2, "running")
    panel.get_by_role("row", name=re.compile("^title")).click()
    table.focus()
    page.keyboard.press("Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(theirs.get_by_role("row", name=re.compile("^title"))).to_have_count(0, timeout=SLOW)
    page.get_by_role("button", name="Stop", exact=True).first.click()
    notebook.wait_state(2, "cancelled")

    # A phone has it as a drawer over the page; a kernel that ended leaves what it held.
    other.set_viewport_size({"width": 390, "height": 780})
    ada("POST", f"/api/notebooks/{source}/kernel", {"action": "stop"})
    expect(theirs).to_contain_text("The kernel has ended", timeout=SLOW)
    if SHOTS:
        other.screenshot(path=Path(SHOTS) / "phone.png")
    # A line that is too long for a phone scrolls in its editor, which a viewer cannot focus.
    assert [each for each in violations(other) if "cm-scroller" not in each] == []
    theirs.get_by_role("button", name="Hide the variables").click()
    expect(theirs).to_have_count(0)
