"""Cells wander: between notebooks, between windows, and from JupyterLab's clipboard."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.live import LiveServer, Person, Script
from tests.support.page import NotebookPage, opened

pytestmark = pytest.mark.browser

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
LOADED = "() => document.querySelector('section.cell .prose img')?.naturalWidth === 1"


def select(notebook: NotebookPage, index: int) -> Page:
    notebook.cell(index).locator(".cell-card, .cell-body").first.click(position={"x": 80, "y": 12})
    notebook.page.keyboard.press("Escape")
    return notebook.page


def test_cells_are_copied_between_notebooks_and_from_jupyterlab(
    ada: Script, person: Callable[..., Person], server: LiveServer
) -> None:
    project = ada.project()
    someone = person("ada")
    someone.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    one = opened(someone.page, ada.notebook(project, "x = 1", "y = 2", "z = 3"))
    two = opened(someone.context.new_page(), ada.notebook(project, "first", name="Other"))

    page = select(one, 0)
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("c")
    select(two, 0).keyboard.press("v")
    expect(two.cells).to_have_count(3)
    assert [two.source(index) for index in (1, 2)] == ["x = 1", "y = 2"]

    # Somebody else's words, in the form of JupyterLab, by the browser's own paste.
    text = {
        "cell_type": "markdown", "metadata": {}, "source": ["![p](attachment:p.png)"],
        "attachments": {"p.png": {"image/png": PIXEL}},
    }  # fmt: skip
    code = {"cell_type": "code", "metadata": {}, "source": "from_lab", "outputs": [], "execution_count": 1}
    two.page.evaluate("text => navigator.clipboard.writeText(text)", json.dumps([code, text]))
    two.page.keyboard.press("Control+v")
    expect(two.cells).to_have_count(5)
    assert two.source(3) == "from_lab"
    two.page.wait_for_function(LOADED)

    # The text with its picture goes on into the first notebook, which gets the picture too.
    two.page.keyboard.press("Control+x")
    expect(two.cells).to_have_count(4)
    one.page.bring_to_front()
    select(one, 2).keyboard.press("Control+v")
    expect(one.cells).to_have_count(4)
    one.page.wait_for_function(LOADED)
    one.page.keyboard.press("z")
    expect(one.cells).to_have_count(3)

    # What is no cells becomes one of code.
    one.page.evaluate("navigator.clipboard.writeText('print(7)')")
    one.page.keyboard.press("Control+v")
    expect(one.cells).to_have_count(4)
