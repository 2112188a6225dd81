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


def test_a_version_comes_back_and_a_run_is_found_again(ada: Script, person: At) -> None:
    cells = ["a = 1", *("x = 2" for _ in range(30)), "import time; time.sleep(600)"]
    notebook = ada.notebook(ada.project(), *cells)
    at = opened(person("ada", bypass_csp=True).page, notebook)
    page = at.page
    page.get_by_role("button", name="Show the comments").click()
    page.get_by_role("tab", name="History").click()
    page.get_by_role("textbox", name="Name of a new version").fill("As it was")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="As it was")).to_be_visible()
    at.write(0, " + 1")
    at.wait_saved()
    page.get_by_role("button", name="As it was").click()
    shown = page.get_by_role("dialog", name="As it was")
    expect(shown.get_by_role("article", name="Code 1: changed since")).to_contain_text("a = 1 + 1")
    looked_at(page, "version")
    check(page)
    shown.get_by_role("button", name="Restore this version").click()
    expect(at.cell(0).locator(".cm-line").first).to_have_text("a = 1")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(at.cell(0).locator(".cm-line").first).to_have_text("a = 1 + 1")
    looked_at(page, "history")

    # What runs out of sight is said, marked on the map, and followed.
    page.get_by_role("button", name="Hide the history").click()
    last = at.cell(31)
    last.scroll_into_view_if_needed()
    at.run(31)
    at.wait_state(31, "running")
    at.cell(0).scroll_into_view_if_needed()
    expect(page.get_by_text("Cell 32 runs")).to_be_visible()
    expect(page).to_have_title("▶ Notes · Commonbook")
    looked_at(page, "running")
    page.get_by_role("button", name="Cells: 1 runs. Go to the running one").press("Enter")
    expect(last).to_be_in_viewport()
    at.cell(0).scroll_into_view_if_needed()
    page.get_by_role("button", name="Follow", exact=True).click()
    expect(last).to_be_in_viewport()
    expect(page.get_by_text("Following the run: cell 32")).to_be_visible()
    page.mouse.wheel(0, -200)
    expect(page.get_by_text("Following the run: cell 32")).to_have_count(0)
    last.get_by_role("button", name="Stop").first.click()
    expect(page).to_have_title("Notes · Commonbook")


def test_the_page_fits_whoever_reads_it(ada: Script, person: At) -> None:
    notebook = ada.notebook(ada.project(), "print('wide ' * 60)", "x = 2")
    at = opened(person("ada", bypass_csp=True).page, notebook)
    page = at.page

    # Hints, one after the other, put away for ever.
    hint = page.get_by_role("region", name="Hint")
    expect(hint).to_contain_text("Run a cell")
    hint.get_by_role("button", name="Next").click()
    expect(hint).to_contain_text("Esc leaves the editor")
    hint.get_by_role("button", name="No more hints").click()
    expect(hint).to_have_count(0)

    # Contrast and sizes, which stay over a reload.
    page.get_by_role("button", name="Account of ada").click()
    page.get_by_role("menuitem", name="Settings").click()
    settings = page.get_by_role("dialog", name="Settings")
    settings.get_by_role("switch", name="High contrast").click()
    settings.get_by_role("combobox", name="Text size").click()
    page.get_by_role("option", name="16 px").click()
    looked_at(page, "settings")
    check(page)
    page.keyboard.press("Escape")
    page.reload()
    expect(at.cell(0).locator(".source").first).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-contrast", "more")
    size = "element => getComputedStyle(element.querySelector('.cm-scroller, .code-static')).fontSize"
    assert at.cell(0).evaluate(size) == "16px"
    expect(page.get_by_role("region", name="Hint")).to_have_count(0)
    looked_at(page, "high-contrast")
    check(page)

    # Keys of one's own; whoever had them is named.
    at.editor(1).press("Escape")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard shortcuts")
    keys.get_by_role("button", name="Change the keys of: Insert a cell below").click()
    page.keyboard.press("j")
    expect(keys.get_by_text("They belong to: Down. It will have none.")).to_be_visible()
    looked_at(page, "keys")
    page.keyboard.press("n")
    keys.get_by_role("button", name="Use", exact=True).click()
    page.keyboard.press("Escape")
    at.cell(1).focus()
    page.keyboard.press("n")
    expect(at.cells).to_have_count(3)

    # Paper: the cells alone.
    page.emulate_media(media="print")
    expect(page.get_by_role("banner")).to_be_hidden()
    expect(at.cell(1)).to_be_visible()
    assert page.evaluate("document.querySelector('#scroll').scrollHeight <= document.body.scrollHeight")
    looked_at(page, "paper")
    page.emulate_media(media="screen")


def test_react_draws_nothing_for_keystrokes_and_carets(ada: Script, person: At) -> None:
    notebook = ada.notebook(ada.project(bob="editor"), "x = 1", "y = 2")
    mine, bobs = (opened(person(name).page, notebook) for name in ("ada", "bob"))
    bobs.write(0, " ")
    mine.write(1, " ")
    expect(mine.cell(0).get_by_text("bob is here")).to_be_visible()
    expect(bobs.cell(1).get_by_text("ada is here")).to_be_visible()
    mine.page.evaluate("globalThis.__renders = {}")
    bobs.page.keyboard.type("# another one types")
    for _ in range(5):
        bobs.page.keyboard.press("ArrowLeft")
    expect(mine.cell(0)).to_contain_text("# another one ")  # the caret stands in the last word
    mine.page.keyboard.type("# and so do I")
    expect(bobs.cell(1)).to_contain_text("# and so do I")
    assert mine.page.evaluate("globalThis.__renders") == {}
