"""Tables at a real kernel, as people see them: from the output alone, and in full while there is a kernel."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.test_accessibility import THEMES, check
from tests.support.live import Person, Script
from tests.support.page import SLOW, NotebookPage, opened
from tests.support.shots import shot

pytestmark = [pytest.mark.browser, pytest.mark.slow]

At = Callable[..., Person]

TABLE = """
import pandas as pd
df = pd.DataFrame({"n": range(30_000), "t": [f"text {i % 7}" for i in range(30_000)],
                   "d": [{"deep": [i]} for i in range(30_000)], "x": [i / 4 for i in range(30_000)]})
df"""


PICTURES = """
import io
from PIL import Image
def drawn(n):
    written = io.BytesIO()
    Image.new("RGB", (400, 300), (n % 256, 90, 160)).save(written, "PNG")
    return written.getvalue()
photos = pd.DataFrame({"photo": [drawn(n) for n in range(400)], "n": range(400)})
photos"""


def is_drawn(picture: Locator) -> None:
    expect(picture).to_be_visible(timeout=SLOW)
    picture.evaluate("img => img.decode()")


def click_name(table: Locator, name: str) -> None:
    table.get_by_role("columnheader", name=re.compile(f"^{name},")).locator(".fr-head-name").click()


def test_a_table_reads_well_alone_and_opens_in_full_with_a_kernel(person: At, ada: Script) -> None:
    project = ada.project(bob="viewer")
    name = ada.notebook(project, TABLE, "df = df.head(5)", "1", PICTURES)
    notebook: NotebookPage = opened(person("ada").page, name)
    page = notebook.page
    notebook.run(0)
    notebook.wait_state(0, "done")
    output = notebook.outputs(0)
    grid = output.get_by_role("grid")
    expect(grid).to_have_attribute("aria-colcount", "5", timeout=SLOW)
    expect(output.locator(".fr-spark").first).to_be_visible()
    expect(output.get_by_text("30,000 rows × 4 columns")).to_be_visible()
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        check(page)

    output.get_by_role("button", name="Open the table").click()
    window = page.get_by_role("dialog", name=re.compile("^Table df"))
    click_name(window, "x")
    click_name(window, "x")
    expect(window.locator(".fr-row").first).to_contain_text("29,999", timeout=SLOW)
    window.get_by_role("searchbox").fill("text 3")
    expect(window.get_by_text("4,286 rows", exact=True)).to_be_visible(timeout=SLOW)
    expect(window.locator("mark").first).to_have_text("text 3")
    window.get_by_role("grid").evaluate("grid => { grid.scrollTop = grid.scrollHeight }")
    expect(window.locator(".fr-row").last).to_have_attribute("aria-rowindex", "4287")
    expect(window.locator(".fr-row").last).to_contain_text("text 3", timeout=SLOW)
    window.get_by_role("grid").focus()
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    value = page.get_by_role("dialog", name="d", exact=True)
    expect(value.get_by_text("deep")).to_be_visible()
    expect(value).to_contain_text("Row 29998")
    page.keyboard.press("Escape")
    window.get_by_role("button", name="Chart").click()
    expect(window.locator(".fr-chart canvas")).to_be_visible(timeout=SLOW)
    check(page)
    window.get_by_role("button", name="More of this table").click()
    with page.expect_download() as saved:
        page.get_by_role("menuitem", name="Save as CSV").click()
    lines = saved.value.path().read_text().splitlines()
    assert (lines[1], len(lines)) == ('29998,text 3,"{""deep"": [29998]}",7499.5', 4287)
    window.get_by_role("button", name="More of this table").click()
    page.get_by_role("menuitem", name="Share this view").click()
    window.get_by_role("button", name="More of this table").click()
    page.get_by_role("menuitem", name="Insert code of this view").click()
    window.get_by_role("button", name="Close").click()
    expect(notebook.cells).to_have_count(5)
    expect(notebook.cell(1)).to_contain_text('sort_values("x", ascending=False')

    # The output keeps the table that it showed; the variable is another one by now.
    notebook.run(2)
    notebook.wait_state(2, "done")
    search = output.get_by_role("searchbox")
    search.fill("text 5")
    expect(output.get_by_text("4,285 rows", exact=True)).to_be_visible(timeout=SLOW)

    # Pictures in cells: small in the rows, whole where one is opened.
    notebook.run(4)
    notebook.wait_state(4, "done")
    photos = notebook.outputs(4)
    photo = photos.locator(".fr-picture")
    is_drawn(photo.first)
    photo.first.click()
    whole = page.get_by_role("dialog", name="photo", exact=True).locator("img")
    expect(whole).to_have_js_property("naturalWidth", 400)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        check(page)
    shot(page, "frame-picture")
    page.keyboard.press("Escape")
    photos.get_by_role("button", name="Open the table").click()
    window = page.get_by_role("dialog", name=re.compile("^Table photos"))
    window.get_by_role("grid").evaluate("grid => { grid.scrollTop = grid.scrollHeight }")
    expect(window.locator(".fr-row").last).to_contain_text("399", timeout=SLOW)
    is_drawn(window.locator(".fr-row").last.locator("img"))
    shot(page, "frame-pictures")
    window.get_by_role("button", name="Close").click()

    ada("POST", f"/api/notebooks/{name}/kernel", {"action": "stop"})
    search.fill("text 6")
    expect(output.get_by_text("There is no kernel.")).to_be_visible(timeout=SLOW)
    expect(output.locator(".fr-waiting")).to_have_count(0)

    watching = opened(person("bob").page, name)
    seen = watching.outputs(0)
    expect(seen.get_by_role("grid")).to_be_visible(timeout=SLOW)
    expect(seen.get_by_role("searchbox")).to_be_disabled()
    expect(seen.locator(".fr-row").first).to_contain_text("text 0")
    expect(seen.locator(".fr-sorted")).to_be_visible()
    is_drawn(watching.outputs(4).locator(".fr-picture").first)
    watching.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(seen.locator(".fr-print tbody tr")).to_have_count(25)
