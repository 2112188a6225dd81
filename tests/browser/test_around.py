"""What stands around the cells: what people say about them, in two browsers and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import check
from tests.support.live import Person, Script
from tests.support.page import NotebookPage, opened
from tests.support.shots import shot

pytestmark = pytest.mark.browser

At = Callable[..., Person]

SIZES = {"phone": (390, 844), "tablet": (820, 1180), "desk": (1440, 900)}


def looked_at(page: Page, name: str) -> None:
    """Keep pictures of the page at three sizes, where somebody wants them."""
    before = page.viewport_size
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        shot(page, f"{name}-{size}")
    if before is not None:
        page.set_viewport_size(before)


def say(page: Page, field: str, text: str) -> None:
    """Write into a field of comments and send it by keys."""
    page.get_by_role("textbox", name=field).fill(text)
    page.get_by_role("textbox", name=field).press("Control+Enter")


def test_people_talk_about_a_cell(ada: Script, person: At) -> None:
    project = ada.project(bob="executor", eve="viewer")
    notebook = ada.notebook(project, "price = 3\nprice * 4", "x = 2")
    mine = opened(person("ada", bypass_csp=True).page, notebook)
    bobs = opened(person("bob").page, notebook)
    bobs.page.set_viewport_size({"width": 390, "height": 844})
    eves = opened(person("eve").page, notebook)

    # A comment on words, which ask for somebody.
    mine.editor(0).press("Control+Home")
    for _ in range(5):
        mine.page.keyboard.press("Shift+ArrowRight")
    mine.page.keyboard.press("Control+Alt+m")
    field = mine.page.get_by_role("textbox", name="Comment on cell 1")
    expect(field).to_be_focused()
    field.press_sequentially("Net or gross, @bo")
    mine.page.get_by_role("option", name="bob").click()
    field.press("Control+Enter")
    thread = mine.page.get_by_role("article", name="Comments on cell 1")
    expect(thread.locator(".thread-quote")).to_have_text("price")
    expect(thread.locator(".said-person")).to_have_text("@bob")
    expect(mine.cell(0).locator(".cm-commented")).to_have_text("price")

    # Whoever is meant hears of it, answers on a phone, and the answer is there at once.
    bobs.page.get_by_role("button", name="Show", exact=True).click()
    theirs = bobs.page.get_by_role("article", name="Comments on cell 1")
    expect(theirs.get_by_text("Net or gross")).to_be_visible()
    theirs.get_by_role("button", name="Reply").click()
    say(bobs.page, "Reply about cell 1", "Gross. See `docs` at https://example.org.")
    expect(thread.get_by_text("Gross.")).to_be_visible()
    expect(thread.get_by_role("link", name="https://example.org")).to_be_visible()
    expect(bobs.page.get_by_role("button", name="More about this comment")).to_have_count(1)
    looked_at(mine.page, "comments")
    shot(bobs.page, "comments-on-a-phone")
    check(mine.page)

    # A viewer reads and has nothing to write with; what is new is counted until it was seen.
    eves.page.get_by_role("button", name="Show the comments, 2 are new").click()
    read = eves.page.get_by_role("article", name="Comments on cell 1")
    expect(read.get_by_text("Gross.")).to_be_visible()
    expect(read.get_by_role("button", name="Reply")).to_have_count(0)
    expect(eves.page.get_by_role("button", name="Comment", exact=True)).to_have_count(0)
    expect(eves.cell(0).locator(".cell-comments")).to_have_text("2 comments")

    # A deleted cell takes its comments along, and brings them back.
    mine.page.get_by_role("button", name="Hide the comments").first.click()
    deleted_and_back(mine, eves.page)

    # Settled by whoever may comment, for all.
    theirs.get_by_role("button", name="Resolve").click()
    expect(read).to_have_count(0)
    eves.page.get_by_role("button", name="Resolved 1").click()
    expect(read.get_by_text("Resolved by bob")).to_be_visible()
    expect(mine.cell(0).locator(".cm-commented")).to_have_count(0)


def deleted_and_back(at: NotebookPage, other: Page) -> None:
    at.cell(0).locator(".cell-card").click(position={"x": 300, "y": 12})
    at.page.keyboard.press("Escape")
    at.page.keyboard.press("d")
    at.page.keyboard.press("d")
    expect(at.cells).to_have_count(1)
    expect(other.get_by_text("On deleted cells: 1")).to_be_visible()
    at.page.keyboard.press("z")
    expect(at.cells).to_have_count(2)
    expect(other.get_by_role("article", name="Comments on cell 1")).to_be_visible()
    expect(at.cell(0).locator(".cell-comments")).to_contain_text("2 comments")
