"""What people do and see on a notebook page."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

SLOW = 45_000
"""Milliseconds for what starts a kernel on a busy machine."""


@dataclass(frozen=True)
class NotebookPage:
    """A notebook that is open in somebody's browser."""

    page: Page

    @property
    def cells(self) -> Locator:
        return self.page.locator("section.cell")

    def cell(self, index: int) -> Locator:
        return self.cells.nth(index)

    def editor(self, index: int) -> Locator:
        """The editor of a cell, built if it was not."""
        self.cell(index).locator(".cell-card, .cell-body").first.click(position={"x": 80, "y": 12})
        return self.cell(index).locator(".cm-content")

    def write(self, index: int, text: str) -> None:
        """Put the caret at the end of a cell and type."""
        self.editor(index).press("Control+End")
        self.page.keyboard.type(text)

    def source(self, index: int) -> str:
        """The text of a cell as its editor shows it, without the carets of others."""
        lines: list[str] = (
            self.cell(index)
            .locator(".cm-line")
            .evaluate_all(
                """lines => lines.map(line => {
                const copy = line.cloneNode(true)
                copy.querySelectorAll(".remote-caret, .cm-widgetBuffer").forEach(e => e.remove())
                return copy.textContent
            })"""
            )
        )
        return "\n".join(lines)

    def run(self, index: int) -> None:
        """Press the cell's run button."""
        self.cell(index).get_by_role("button", name="Run", exact=True).click()

    def outputs(self, index: int) -> Locator:
        return self.cell(index).locator(".cell-outputs")

    def wait_saved(self) -> None:
        expect(self.page.get_by_text("Saved", exact=True)).to_be_visible(timeout=SLOW)

    def wait_state(self, index: int, state: str) -> None:
        expect(self.cell(index)).to_have_attribute("data-state", state, timeout=SLOW)


def opened(page: Page, notebook: str) -> NotebookPage:
    """Open a notebook and wait until it can be used."""
    page.goto(f"/n/{notebook}")
    notebook_page = NotebookPage(page)
    expect(notebook_page.cells.first).to_be_visible(timeout=SLOW)
    notebook_page.wait_saved()
    return notebook_page
