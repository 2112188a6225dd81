"""Files of a project in the page: up and down, by mouse and keyboard, and what others do to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_accessibility import check
from tests.support.live import LiveServer, Person, Script
from tests.support.page import opened
from tests.support.shots import shot

pytestmark = pytest.mark.browser

CSV = "city,people,founded\n" + "".join(f"Town {n},{n * 1000},19{n:02d}-01-01\n" for n in range(10, 60))


def row(page: Page, name: str) -> Locator:
    """The row of a name, in whatever folder."""
    return page.get_by_role("treeitem").filter(has=page.get_by_text(name, exact=True))


def upload(page: Page, *files: Path | dict[str, object]) -> None:
    page.get_by_label("Files to upload").set_input_files(list(files))  # type: ignore[arg-type]


def file(name: str, text: str) -> dict[str, object]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": text.encode()}


def choose(page: Page, name: str, item: str) -> None:
    row(page, name).hover()
    page.get_by_role("button", name=f"More for {name}", exact=True).click()
    page.get_by_role("menuitem", name=item).click()


def test_files_on_the_page_of_the_project(
    person: Callable[..., Person], ada: Script, server: LiveServer
) -> None:
    project = ada.project("Tides", bob="viewer")
    page = person("ada", bypass_csp=True).open(f"/p/{project}")
    folder = server.folder / "projects" / project / "files"
    page.get_by_role("tab", name="Files").click()
    expect(page.get_by_text("No file yet")).to_be_visible()
    shot(page, "files-empty")

    upload(
        page,
        file("towns.csv", CSV),
        file("notes.md", "# Tides\n\n*High* and low."),
        file("run.py", "print(1)"),
    )
    expect(row(page, "towns.csv")).to_be_visible()
    expect(row(page, "run.py")).to_be_visible()
    upload(page, file("run.py", "print(2)"))
    expect(page.get_by_text("There is a file of that name already.")).to_be_visible()
    shot(page, "files-conflict")
    page.get_by_role("button", name="Keep both").click()
    expect(row(page, "run 2.py")).to_be_visible()
    assert (folder / "run 2.py").read_text() == "print(2)"

    page.get_by_role("button", name="New folder").click()
    page.get_by_label("New name of New folder").fill("data")
    page.keyboard.press("Enter")
    expect(row(page, "data")).to_be_focused()
    row(page, "towns.csv").drag_to(row(page, "data"))
    expect(page.get_by_text("“towns.csv” is in data.")).to_be_visible()
    expect(page.locator('[data-key="data/towns.csv"]')).to_have_attribute("aria-level", "2")
    expect(page.locator('[data-key="towns.csv"]')).to_have_count(0)
    assert (folder / "data" / "towns.csv").read_text() == CSV

    row(page, "data").focus()
    page.keyboard.press("ArrowLeft")
    expect(row(page, "data")).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(row(page, "towns.csv")).to_be_focused()
    page.keyboard.press("F2")
    page.get_by_label("New name of towns.csv").fill("cities.csv")
    page.keyboard.press("Enter")
    expect(row(page, "cities.csv")).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.get_by_text("“cities.csv” is in the bin.")).to_be_visible()
    expect(row(page, "cities.csv")).to_have_count(0)
    page.get_by_role("button", name="Undo").last.click()
    expect(row(page, "cities.csv")).to_be_visible()

    (folder / "data" / "from a kernel.txt").write_text("hello")
    expect(row(page, "from a kernel.txt")).to_be_visible()
    shot(page, "files")
    check(page)

    row(page, "cities.csv").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Town 10")
    shot(page, "files-table")
    check(page)
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_text() == CSV
    page.keyboard.press("Escape")
    row(page, "notes.md").click()
    expect(dialog.get_by_role("heading", name="Tides").last).to_be_visible()
    shot(page, "files-markdown")
    page.keyboard.press("Escape")

    row(page, "run.py").focus()
    page.keyboard.press("Shift+F10")
    page.get_by_role("menuitem", name="Move to…").click()
    dialog.get_by_role("button", name="data").click()
    shot(page, "files-move")
    dialog.get_by_role("button", name="Move here").click()
    expect(page.locator('[data-key="data/run.py"]')).to_have_attribute("aria-level", "2")
    page.get_by_role("button", name="More about the files").click()
    page.get_by_role("menuitem", name="Deleted files").click()
    expect(dialog.get_by_text("The bin is empty.")).to_be_visible()
    page.keyboard.press("Escape")

    eyes = person("bob").open(f"/p/{project}")
    eyes.get_by_role("tab", name="Files").click()
    expect(row(eyes, "notes.md")).to_be_visible()
    expect(eyes.get_by_role("button", name="Upload files")).to_have_count(0)
    row(eyes, "notes.md").hover()
    eyes.get_by_role("button", name="More for notes.md", exact=True).click()
    expect(eyes.get_by_role("menuitem", name="Copy path")).to_be_visible()
    expect(eyes.get_by_role("menuitem", name="Delete")).to_have_count(0)


def test_an_upload_goes_on_after_a_lost_connection_and_beside_a_notebook(
    person: Callable[..., Person], ada: Script, server: LiveServer, tmp_path: Path
) -> None:
    project = ada.project()
    at = opened(person("ada").page, ada.notebook(project, "1"))
    page = at.page
    folder = server.folder / "projects" / project / "files"
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(range(256)) * 100_000)
    broken: list[str] = []

    def break_once(route, request) -> None:  # type: ignore[no-untyped-def]
        if not broken and "8388608-" in (request.header_value("content-range") or ""):
            broken.append(request.url)
            route.abort("connectionreset")
            return
        route.continue_()

    page.route(re.compile("/files/large.bin"), break_once)
    upload(page, large)
    expect(row(page, "large.bin")).to_be_visible(timeout=45_000)
    assert broken
    assert (folder / "large.bin").read_bytes() == large.read_bytes()
    page.unroute(re.compile("/files/large.bin"))
    shot(page, "files-notebook")

    choose(page, "large.bin", "Copy as code")
    expect(page.get_by_text('Copied: open("large.bin")')).to_be_visible()
    at.write(0, "\nopen('made by a cell.txt', 'w').write('x' * 10)")
    at.run(0)
    at.wait_state(0, "done")
    expect(row(page, "made by a cell.txt")).to_be_visible()
