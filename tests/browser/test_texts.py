"""A text file in two browsers: typing, carets, undo, the disk, a lost connection, and who may only watch."""

from __future__ import annotations

import datetime as dt
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_accessibility import check
from tests.support.live import LiveServer, Person, Script
from tests.support.shots import shot

pytestmark = pytest.mark.browser

PROGRAM = "import math\n\n\ndef area(radius):\n    return math.pi * radius**2  # of a circle\n"


def editor(page: Page) -> Locator:
    return page.locator(".cm-content")


def text(page: Page) -> str:
    """What the editor shows, without the carets of others."""
    lines: list[str] = page.locator(".cm-line").evaluate_all(
        """lines => lines.map(line => {
            const copy = line.cloneNode(true)
            copy.querySelectorAll(".remote-caret, .cm-widgetBuffer").forEach(e => e.remove())
            return copy.textContent
        })"""
    )
    return "\n".join(lines)


def saved(page: Page) -> None:
    expect(page.get_by_text("Saved", exact=True)).to_be_attached()


def test_two_people_edit_a_file(person: Callable[..., Person], ada: Script, server: LiveServer) -> None:
    project = ada.project("Circles", bob="collaborator", eve="viewer")
    folder = server.folder / "projects" / project / "files"
    (folder / "lib").mkdir(parents=True)
    place = folder / "lib" / "area.py"
    place.write_bytes(PROGRAM.replace("\n", "\r\n").encode())
    (folder / "photo.dat.txt").write_bytes(b"\0\1\2" * 100)

    one = person("ada", bypass_csp=True).open(f"/p/{project}")
    one.get_by_role("tab", name="Files").click()
    one.get_by_role("treeitem").filter(has_text="lib").click()
    one.get_by_role("treeitem").filter(has_text="area.py").click()
    expect(editor(one)).to_contain_text("def area")
    assert one.url.endswith(f"/p/{project}/files/lib/area.py")
    expect(one.locator(".tok-keyword").first).to_be_visible()
    two = person("bob").open(f"/p/{project}/files/lib/area.py#L4")
    expect(editor(two)).to_be_focused()

    two.keyboard.press("End")
    two.keyboard.type("  # bob")
    expect(editor(one)).to_contain_text("def area(radius):  # bob")
    expect(one.locator(".remote-flag")).to_have_text("bob")
    expect(one.get_by_role("button", name="bob, in area.py")).to_be_visible()
    editor(one).press("Control+Home")
    one.keyboard.type("# ada\n")
    expect(editor(two)).to_contain_text("# ada")
    shot(one, "text")
    saved(one)
    saved(two)
    wanted = "# ada\n" + PROGRAM.replace("radius):", "radius):  # bob")
    _on_disk(place, wanted.replace("\n", "\r\n"))

    editor(one).press("Control+z")
    expect(editor(two)).not_to_contain_text("# ada")
    expect(editor(two)).to_contain_text("# bob")
    _on_disk(place, wanted.removeprefix("# ada\n").replace("\n", "\r\n"))

    place.write_bytes(place.read_bytes().replace(b"of a circle", b"of a disk") + b"\r\nprint(area(1))\r\n")
    for page in (one, two):
        expect(editor(page)).to_contain_text("of a disk")
        expect(editor(page)).to_contain_text("print(area(1))")

    one.get_by_role("button", name="Find and replace").click()
    one.get_by_role("textbox", name="Find").press_sequentially("area")
    expect(one.locator(".cm-searchMatch")).to_have_count(2)
    shot(one, "text-find")
    check(one)
    one.keyboard.press("Escape")

    watching = person("eve", bypass_csp=True).open(f"/p/{project}/files/lib/area.py")
    watching.set_viewport_size({"width": 390, "height": 800})
    expect(watching.get_by_text("You can read this file.")).to_be_visible()
    expect(editor(watching)).to_have_attribute("contenteditable", "false")
    shot(watching, "text-watch")
    for flag in watching.locator(".remote-flag").all():
        expect(flag).to_have_css("opacity", "0")
    check(watching)
    two.keyboard.press("Control+End")
    two.keyboard.type("# seen")
    expect(editor(watching)).to_contain_text("# seen")
    watching.goto(f"/p/{project}/files/photo.dat.txt")
    expect(watching.get_by_role("heading", name="This file cannot be edited here")).to_be_visible()
    expect(watching.get_by_text("This file holds no text")).to_be_visible()
    shot(watching, "text-refused")
    check(watching)

    saved(two)
    server.kill()
    two.keyboard.type("\n# offline")
    expect(two.get_by_text("Go on typing: it is kept here")).to_be_visible()
    shot(two, "text-offline")
    place.write_bytes(b"# top\r\n" + place.read_bytes())
    server.start()
    for page in (one, two):
        expect(editor(page)).to_contain_text("# offline", timeout=45_000)
        expect(editor(page)).to_contain_text("# top", timeout=45_000)
    assert text(one) == text(two)
    _on_disk(place, text(one).replace("\n", "\r\n"))

    ada("PATCH", f"/api/projects/{project}/files/lib/area.py", {"name": "circle.md"})
    for page in (one, two):
        expect(page.get_by_text("This file was renamed to circle.md")).to_be_visible()
        expect(page).to_have_url(re.compile(f"/p/{project}/files/lib/circle.md$"))
        expect(page).to_have_title("circle.md · Commonbook")
    shot(one, "text-renamed")
    editor(one).press("Control+End")
    one.keyboard.type("# renamed")
    expect(editor(two)).to_contain_text("# renamed")
    saved(one)
    whole = text(one)
    ada("DELETE", f"/api/projects/{project}/files/lib/circle.md")
    expect(one.get_by_role("heading", name="This file is not here")).to_be_visible()
    expect(one.get_by_text("The file was deleted.")).to_be_visible()
    shot(one, "text-deleted")
    with one.expect_download() as download:
        one.get_by_role("button", name="Download its text").click()
    assert download.value.suggested_filename == "circle.md"
    assert Path(download.value.path()).read_text() == whole
    check(one)


def test_lines_are_found_and_files_looked_at(
    person: Callable[..., Person], ada: Script, server: LiveServer
) -> None:
    project = ada.project("Harbour")
    notebook = ada.notebook(project, "depth = 3", "print('Depth of the harbour')")
    folder = server.folder / "projects" / project / "files"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "notes.txt").write_text("one\ntwo\nthe depth is known\n")
    pq.write_table(
        pa.table({"town": ["Ålesund", None], "depth": [3.5, 4.0], "since": [dt.date(1900, 1, 1)] * 2}),
        folder / "towns.parquet",
        compression="lz4",
    )
    (folder / "sheet.pdf").write_bytes(PDF)
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("inside/data.txt", "1")
    page = person("ada", bypass_csp=True).open("/")
    page.get_by_role("link", name="Search in files and notebooks").click()
    page.get_by_role("searchbox", name="What to search for").fill("depth")
    expect(page.get_by_text("3 lines")).to_be_visible()
    expect(page.locator("mark")).to_have_text(["depth", "Depth", "depth"])
    shot(page, "search")
    check(page)
    page.get_by_role("button", name="Match case").click()
    expect(page.get_by_text("2 lines")).to_be_visible()
    page.get_by_role("button", name="Regular expression").click()
    page.get_by_role("searchbox", name="What to search for").fill("depth (")
    expect(page.get_by_text("The regular expression cannot be read")).to_be_visible()
    shot(page, "search-refused")
    page.get_by_role("searchbox", name="What to search for").fill("depth .s")
    page.get_by_role("link", name="3 the depth is known").click()
    expect(page.locator(".cm-activeLine")).to_have_text("the depth is known")
    page.go_back()
    page.get_by_role("searchbox", name="What to search for").fill("^depth")
    page.get_by_role("link", name="cell 1 depth = 3").click()
    expect(page).to_have_url(re.compile(f"/n/{notebook}#cell-"))

    page.goto(f"/p/{project}")
    page.get_by_role("tab", name="Files").click()
    tree, dialog = page.get_by_role("treeitem"), page.get_by_role("dialog")
    tree.filter(has_text="towns.parquet").click()
    expect(dialog).to_contain_text("Ålesund")
    expect(dialog).to_contain_text("1900-01-01")
    shot(page, "preview-parquet")
    check(page)
    page.keyboard.press("Escape")
    tree.filter(has_text="sheet.pdf").click()
    expect(dialog.get_by_role("img", name="Page 1 of 1")).to_be_visible()
    shot(page, "preview-pdf")
    check(page)
    page.keyboard.press("Escape")
    tree.filter(has_text="more.zip").hover()
    page.get_by_role("button", name="More for more.zip", exact=True).click()
    page.get_by_role("menuitem", name="Unpack").click()
    expect(page.get_by_text("1 file is in “more”.")).to_be_visible()
    assert (folder / "more" / "inside" / "data.txt").read_text() == "1"


PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R"
    b"/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
    b"4 0 obj<</Length 44>>stream\nBT /F 24 Tf 40 100 Td (A sheet of depths) Tj ET\nendstream endobj\n"
    b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
    b"trailer<</Root 1 0 R>>\n"
)


def _on_disk(place: Path, wanted: str) -> None:
    """Wait until the file holds a text: it is written a moment after everybody has rested."""
    for _ in range(200):
        if place.read_bytes() == wanted.encode():
            return
        time.sleep(0.05)
    assert place.read_bytes() == wanted.encode()
