"""Machines as people meet them: the chip, the picker, and the admin's pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_accessibility import check
from tests.support.live import Person, Script
from tests.support.page import SLOW, NotebookPage, opened

pytestmark = pytest.mark.browser

At = Callable[..., Person]


@pytest.fixture
def classes(ada: Script) -> Iterator[None]:
    """Two machines that anybody may take and one that is kept for a group; gone afterwards."""
    group = ada("POST", "/api/admin/groups", {"name": "Lab"})["id"]
    for fields in (
        {"id": "small", "label": "Small", "cpus": 1, "memory_mib": 2048, "price_per_hour": 0.1},
        {"id": "medium", "label": "Medium", "cpus": 2, "memory_mib": 2048},
        {"id": "kept", "label": "Kept", "groups": [group]},
        {"id": "huge", "label": "Huge", "cpus": 1000},
    ):
        ada("POST", "/api/admin/hardware", {"engine": "local", **fields})
    yield
    for each in ada("GET", "/api/admin/hardware")["items"]:
        ada("DELETE", f"/api/admin/hardware/{each['id']}")
    ada("DELETE", f"/api/admin/groups/{group}")


def chip(at: NotebookPage) -> Locator:
    return at.page.locator(".kernel-chip")


def panel(page: Page) -> Locator:
    return page.get_by_role("dialog", name=re.compile("^Machine:"))


@pytest.mark.usefixtures("classes")
def test_one_person_picks_a_machine_and_the_other_sees_it(person: At, ada: Script) -> None:
    notebook = ada.notebook(ada.project(bob="collaborator"), "x = 5", "print(x)")
    hers, his = opened(person("ada").page, notebook), opened(person("bob").page, notebook)
    expect(chip(hers)).to_contain_text("Small")
    chip(hers).click()
    machines = panel(hers.page)
    expect(machines.get_by_text("kept for other people")).to_be_visible()
    expect(machines.get_by_role("button", name=re.compile("Kept"))).to_have_count(0)
    expect(machines.get_by_text("No kernel of it can ever start here. The machine has")).to_be_visible()
    expect(machines.get_by_role("button", name=re.compile("Huge"))).to_have_count(0)
    machines.get_by_role("button", name=re.compile("^Medium")).click()
    expect(machines.get_by_role("button", name=re.compile("^Medium"))).to_have_attribute(
        "aria-pressed", "true"
    )
    hers.page.keyboard.press("Escape")
    hers.run(0)
    hers.wait_state(0, "done")
    for at in (hers, his):
        expect(chip(at)).to_contain_text("Medium", timeout=SLOW)
        expect(chip(at)).to_contain_text("Ready")
        expect(chip(at)).to_contain_text("MiB", timeout=SLOW)
    chip(his).click()
    expect(panel(his.page)).to_contain_text("An admin of the project can change the machine.")
    expect(panel(his.page)).to_contain_text("started by ada")
    expect(panel(his.page).get_by_role("meter", name="Memory")).to_have_attribute(
        "aria-valuetext", re.compile("of 2 GiB"), timeout=SLOW
    )
    expect(panel(his.page).get_by_role("heading", name="Change machine")).to_have_count(0)


@pytest.mark.usefixtures("classes")
def test_a_living_kernel_moves_only_after_a_word_about_what_is_lost(person: At, ada: Script) -> None:
    sources = "import socket\nx = 5\nlink = socket.socket()", "input()"
    notebook = ada.notebook(ada.project(), *sources)
    at = opened(person("ada", bypass_csp=True).page, notebook)
    at.run(0)
    at.wait_state(0, "done")
    chip(at).click()
    panel(at.page).get_by_role("button", name=re.compile("^Medium")).click()
    expect(panel(at.page)).to_contain_text("ends the session on Small")
    expect(panel(at.page)).to_contain_text("2 of 3 variables can be kept")
    listed = panel(at.page).get_by_role("region", name="Variables")
    expect(listed.get_by_role("row", name="link")).to_contain_text("an open connection cannot be kept")
    expect(listed.get_by_role("row", name="x")).to_contain_text("28 B")
    check(at.page)
    at.page.keyboard.press("Escape")
    at.run(1)
    at.wait_state(1, "running")
    chip(at).click()
    panel(at.page).get_by_role("button", name=re.compile("^Medium")).click()
    expect(panel(at.page)).to_contain_text("A cell is running, so the list cannot be had now.")
    panel(at.page).get_by_role("button", name="Change now").click()
    expect(chip(at)).to_contain_text("Medium", timeout=SLOW)
    expect(chip(at)).to_contain_text("Ready", timeout=SLOW)
    (kernel,) = [k for k in ada("GET", "/api/admin/kernels")["items"] if k["notebook"] == notebook]
    assert kernel["hardware"] == "medium"


@pytest.mark.usefixtures("classes")
def test_the_picker_is_worked_by_keyboard_and_on_a_phone(person: At, ada: Script) -> None:
    at = opened(person("ada", bypass_csp=True).page, ada.notebook(ada.project(), "1"))
    chip(at).focus()
    at.page.keyboard.press("Enter")
    expect(panel(at.page)).to_be_visible()
    row = panel(at.page).get_by_role("button", name=re.compile("^Medium"))
    for _ in range(10):
        at.page.keyboard.press("Tab")
        if row.evaluate("row => row === document.activeElement"):
            break
    at.page.keyboard.press("Enter")
    expect(row).to_have_attribute("aria-pressed", "true")
    check(at.page)
    at.page.keyboard.press("Escape")
    expect(chip(at)).to_be_focused()
    at.page.set_viewport_size({"width": 390, "height": 844})
    chip(at).click()
    box = panel(at.page).bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    check(at.page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_admin_makes_arranges_and_deletes_classes(person: At, ada: Script, theme: str) -> None:
    page = person("ada", color_scheme=theme, bypass_csp=True).open("/admin/hardware")
    expect(page.get_by_text("No classes yet")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Add a class").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Small one")
    expect(dialog.get_by_label("Id", exact=True)).to_have_value("small-one")
    dialog.get_by_label("CPUs").fill("-1")
    expect(dialog.get_by_text("-1 is out of range: give 0.1 to 1,024 CPUs.")).to_be_visible()
    dialog.get_by_label("CPUs").fill("2")
    expect(dialog.get_by_text("out of range")).to_have_count(0)
    dialog.get_by_label("CPUs").fill("1000")
    expect(dialog.get_by_role("status")).to_contain_text("No kernel of it can ever start here.")
    check(page)
    dialog.get_by_label("CPUs").fill("2")
    expect(dialog.get_by_text("can ever start")).to_have_count(0)
    dialog.get_by_label("Memory").fill("4 GiB")
    check(page)
    dialog.get_by_role("button", name="Add class").click()
    expect(dialog).to_have_count(0)
    first = page.get_by_role("listitem", name="Small one", exact=True)
    expect(first).to_contain_text("4 GiB")
    first.get_by_role("button", name="More for Small one").click()
    page.get_by_role("menuitem", name="Duplicate").click()
    page.get_by_role("dialog").get_by_role("button", name="Add class").click()
    expect(page.get_by_role("listitem", name="Small one (copy)")).to_be_visible()
    page.get_by_role("button", name="Move Small one (copy) up").click()
    expect(page.get_by_role("heading", level=2).first).to_have_text("Small one (copy)")
    check(page)
    first.get_by_role("button", name="More for Small one").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(first).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=2)).to_have_text(["Small one (copy)", "Small one"])
    for each in ada("GET", "/api/admin/hardware")["items"]:
        ada("DELETE", f"/api/admin/hardware/{each['id']}")


def test_a_file_is_seen_before_it_is_taken(person: At, ada: Script) -> None:
    page = person("ada").open("/admin/hardware")
    page.get_by_role("button", name="Import a file").click()
    dialog = page.get_by_role("dialog")
    text = '[[hardware]]\nid = "imported"\nlabel = "Imported"\nengine = "local"\ncpus = 0\n'
    dialog.get_by_label("Or paste it").fill(text)
    expect(dialog.get_by_role("region", name="What is wrong")).to_contain_text("Line 5, imported, cpus")
    expect(dialog.get_by_role("button", name=re.compile("^Take"))).to_be_disabled()
    dialog.get_by_label("Or paste it").fill(text.replace("cpus = 0", "cpus = 2"))
    expect(dialog.get_by_role("region", name="What changes")).to_contain_text("Imported")
    dialog.get_by_role("button", name="Take 1 class").click()
    expect(page.get_by_role("listitem", name="Imported")).to_be_visible()
    ada("DELETE", "/api/admin/hardware/imported")


def test_the_admin_makes_a_group_and_stops_a_kernel(person: At, ada: Script) -> None:
    page = person("ada").open("/admin/groups")
    page.get_by_role("button", name="Add a group").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Course")
    dialog.get_by_role("checkbox", name=re.compile("bob")).click()
    dialog.get_by_role("button", name="Add group").click()
    expect(page.get_by_role("listitem", name="Course")).to_contain_text("bob")
    page.get_by_role("button", name="Delete Course").click()
    expect(page.get_by_role("listitem", name="Course")).to_have_count(0)

    notebook = ada.notebook(ada.project(bob="viewer"), "1", name="To be stopped")
    ada("POST", f"/api/notebooks/{notebook}/kernel", {"action": "start"})
    page.get_by_role("link", name="Kernels").click()
    expect(page.get_by_role("link", name="To be stopped")).to_be_visible(timeout=SLOW)
    his = opened(person("bob").page, notebook)
    page.get_by_role("button", name="Nudge whoever uses To be stopped").click()
    expect(his.page.get_by_role("region", name="The kernel", exact=True)).to_contain_text("ada asks")
    page.get_by_role("button", name="Stop the kernel of To be stopped").click()
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_role("link", name="To be stopped")).to_have_count(0, timeout=SLOW)
    expect(his.page.get_by_text("Stopped by ada.")).to_be_visible()
    expect(chip(his)).to_contain_text("Stopped")
