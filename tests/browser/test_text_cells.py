"""Text cells: pictures by paste, boxes to tick, diagrams, links to headings and notebooks, a preview."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import axe
from tests.support.live import Person, Script
from tests.support.page import SLOW, opened
from tests.support.shots import shot

pytestmark = [pytest.mark.browser, pytest.mark.slow]

At = Callable[..., Person]

PASTE = """(element) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 30 });
    canvas.getContext("2d").fillRect(0, 0, 30, 30);
    return new Promise((done) => canvas.toBlob((blob) => {
        const data = new DataTransfer();
        data.items.add(new File([blob], "my plot.png", { type: "image/png" }));
        done(element.dispatchEvent(
            new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data })
        ));
    }));
}"""

TEXT = """# Plan

- [ ] measure
- [x] read

See [the results](#the-results), [the data](Data.ipynb#Second-part) and [nothing](Gone.ipynb).

```mermaid
graph LR
    Measure --> Read
```

```mermaid
graph LR
    Measure -->
    ]
```"""


def texts(*sources: str) -> dict[str, Any]:
    """A notebook file of text cells."""
    cells = [
        {"id": f"text{index:08d}", "cell_type": "markdown", "metadata": {}, "source": source}
        for index, source in enumerate(sources)
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


def test_a_text_cell_holds_more_than_text(ada: Script, person: At) -> None:
    project = ada.project(bob="viewer")
    data = ada.imported(project, texts("# First", "text\n\n" * 80, "## Second part"), "Data")
    notebook = ada.imported(project, texts(TEXT, "line\n\n" * 60, "## The results"), "Plan")
    one = opened(person("ada").page, notebook)
    page = one.page
    text = one.cell(0)

    box = text.get_by_role("checkbox", name="measure")
    expect(box).to_have_attribute("aria-checked", "false")
    box.focus()
    page.keyboard.press(" ")
    expect(text.get_by_role("checkbox", name="measure")).to_have_attribute("aria-checked", "true")
    two = opened(person("bob").page, notebook)
    expect(two.cell(0).get_by_role("checkbox", name="measure")).to_have_attribute("aria-checked", "true")
    two.cell(0).get_by_role("checkbox", name="measure").click(force=True)
    expect(text.get_by_role("checkbox", name="measure")).to_have_attribute("aria-checked", "true")
    expect(text.get_by_role("checkbox", name="measure")).to_be_focused()  # drawn anew, and still there

    drawn = text.frame_locator("iframe").nth(0).locator("svg")
    expect(drawn).to_be_visible(timeout=SLOW)
    expect(text.frame_locator("iframe").nth(1).get_by_text("line 3 is not understood")).to_be_visible(
        timeout=SLOW
    )
    assert axe(page) == []
    shot(page, "text-cell")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert axe(page) == []
    page.evaluate("document.documentElement.dataset.theme = 'light'")

    text.get_by_role("link", name="nothing").click()
    expect(page.get_by_text("This project has no notebook “Gone”.")).to_be_visible()
    text.get_by_role("link", name="the results").click()
    expect(one.cell(2).get_by_role("heading", name="The results")).to_be_in_viewport()
    expect(page).to_have_url(re.compile(f"/n/{notebook}#the-results$"))

    one.cell(1).dblclick()
    editor = one.cell(1).locator(".cm-content")
    expect(editor).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("**Bold** ")
    preview = one.cell(1).get_by_role("region", name="Preview")
    expect(preview.locator("strong")).to_have_text("Bold")
    editor.evaluate(PASTE)
    expect(editor).to_contain_text("![my-plot.png](attachment:my-plot.png)")
    expect(preview.get_by_role("img", name="my-plot.png")).to_be_visible()
    assert preview.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 60
    expect(editor).to_be_focused()
    shot(page, "preview")
    assert axe(page) == []
    page.keyboard.press("Control+z")
    expect(editor).to_have_text("**Bold** ")
    page.keyboard.press("Control+y")
    page.keyboard.press("Escape")
    expect(one.cell(1).get_by_role("img", name="my-plot.png")).to_be_visible()
    one.wait_saved()
    file = ada("GET", f"/api/notebooks/{notebook}/ipynb")
    assert list(file["cells"][1]["attachments"]["my-plot.png"]) == ["image/png"]

    text.get_by_role("link", name="the data").click()
    expect(page.get_by_role("heading", name="Second part")).to_be_visible(timeout=SLOW)
    expect(page).to_have_url(re.compile(f"/n/{data}#Second-part$"))
