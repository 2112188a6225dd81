"""Writing with help: marks of mistakes, formatting, the look and the keys that somebody chose."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.live import LiveServer, Person, Script
from tests.support.page import opened
from tests.support.shots import shot

pytestmark = pytest.mark.browser

At = Callable[..., Person]
SLOW = 60_000


def test_mistakes_are_marked_fixed_and_formatted_beside_somebody_who_types(ada: Script, person: At) -> None:
    project = ada.project(bob="collaborator")
    notebook = ada.notebook(project, "import os\nx   =  {'a':later}", "later = never", "print( x )")
    one, two = (opened(person(name).page, notebook) for name in ("ada", "bob"))
    page = one.page

    marks = page.locator(".cm-lintRange")
    expect(one.cell(1).locator(".cm-lintRange-error")).to_have_text("never", timeout=SLOW)
    expect(one.cell(0).locator(".lint-unused")).to_have_text("os")
    expect(marks).to_have_count(2)
    one.editor(0)
    page.keyboard.press("Control+Home")
    page.keyboard.press("F8")
    expect(page.get_by_role("status").filter(has_text="imported but unused. Fix: Remove")).to_be_attached()
    one.cell(0).locator(".lint-unused").hover()
    expect(page.locator(".cm-diagnostic")).to_be_visible()
    shot(page, "lint")
    page.keyboard.press("Control+.")
    expect(marks).to_have_count(1)
    assert one.source(0) == "x   =  {'a':later}"

    two.write(0, "  # mine")
    expect(one.cell(0)).to_contain_text("# mine")
    page.keyboard.press("Shift+Alt+F")
    expect(two.cell(0)).to_contain_text('x = {"a": later}  # mine', timeout=SLOW)
    two.page.keyboard.type("!")
    expect(one.cell(0)).to_contain_text("# mine!")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("format all")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 cell formatted")).to_be_visible(timeout=SLOW)
    expect(two.cell(2)).to_contain_text("print(x)")
    one.cell(2).focus()
    page.keyboard.press("z")
    expect(two.cell(2)).to_contain_text("print( x )")
    expect(two.cell(0)).to_contain_text("# mine!")

    page.goto(page.url.split("/n/")[0] + "/account")
    editor = page.get_by_role("region", name="Editor")
    shot(page, "editor-choices")
    editor.get_by_role("switch", name="Checks and formatting").click()
    editor.get_by_role("switch", name="Line numbers").click()
    editor.get_by_role("combobox", name="Keys").click()
    page.get_by_role("option", name="Vim").click()
    expect(editor.get_by_role("combobox", name="Keys")).to_have_text(re.compile("Vim"))
    page.go_back()
    again = opened(page, notebook)
    again.editor(0)
    expect(again.cell(0).locator(".cm-lineNumbers")).to_be_visible()
    expect(again.cell(0).locator(".cm-fat-cursor").first).to_be_attached(timeout=SLOW)
    page.keyboard.type("ggO")
    page.keyboard.type("first = 1")
    page.keyboard.press("Escape")
    expect(again.cell(0).locator(".cm-content")).to_be_focused()
    page.keyboard.press("Escape")
    expect(again.cell(0)).to_be_focused()
    expect(two.cell(0)).to_contain_text("first = 1")
    shot(page, "vim-and-numbers")
    again.editor(0)
    page.keyboard.type("ggdd")
    expect(two.cell(0)).not_to_contain_text("first = 1")
    page.keyboard.type("u")
    expect(two.cell(0)).to_contain_text("first = 1")
    page.keyboard.press("Escape")
    expect(page.locator(".cm-lintRange")).to_have_count(0)
    expect(two.page.locator(".cm-lintRange-error")).to_have_text("never")


def order(page: Page) -> list[str]:
    found: list[str] = page.locator("section.cell .cm-content, section.cell .code-static").evaluate_all(
        "texts => texts.map(each => each.textContent)"
    )
    return found


def test_cells_are_moved_folded_deleted_and_brought_back(ada: Script, person: At) -> None:
    project = ada.project(bob="collaborator")
    notebook = ada.notebook(project, "a = 1", "b = 2\nbb = 3", "c = 3", "d = 4")
    one, two = (opened(person(name).page, notebook) for name in ("ada", "bob"))
    page = one.page
    said = page.locator("[role=status].sr-only")

    one.cell(1).locator(".cell-card").click(position={"x": 80, "y": 12})
    one.cell(3).locator(".cell-card").click(position={"x": 80, "y": 12}, modifiers=["Shift"])
    expect(page.locator("section.cell[data-selected]")).to_have_count(3)
    assert page.evaluate("String(getSelection())") == ""
    one.cell(0).focus()
    handle = one.cell(0).get_by_role("button", name=re.compile("^Move: drag"))
    box, target = handle.bounding_box(), one.cell(2).bounding_box()
    assert box is not None
    assert target is not None
    page.mouse.move(box["x"] + 8, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(target["x"] + 200, target["y"] + target["height"] - 26, steps=6)
    expect(page.locator(".cell-drop")).to_be_visible()
    shot(page, "dragging")
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".cell-drop")).to_have_count(0)
    assert order(page)[0] == "a = 1"
    page.mouse.move(box["x"] + 8, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(target["x"] + 200, target["y"] + target["height"] - 26, steps=6)
    page.mouse.up()
    expect(two.cell(2)).to_contain_text("a = 1")
    expect(two.cell(0)).to_contain_text("b = 2")

    one.cell(0).focus()
    page.keyboard.press("Shift+ArrowDown")
    one.cell(1).get_by_role("button", name=re.compile("^Move: drag")).press("Enter")
    expect(said).to_contain_text("Lifted. 2 cells at place 1 of 3")
    page.keyboard.press("ArrowDown")
    expect(said).to_contain_text("2 cells at place 2 of 3")
    page.keyboard.press("Enter")
    expect(two.cell(0)).to_contain_text("a = 1")
    expect(two.cell(1)).to_contain_text("b = 2")
    expect(two.cell(2)).to_contain_text("c = 3")

    two.cell(1).focus()
    two.page.keyboard.press("d")
    two.page.keyboard.press("d")
    expect(one.cells).to_have_count(3)
    page.get_by_role("button", name="Deleted cells").click()
    bin = page.get_by_role("dialog", name="Deleted cells")
    expect(bin.get_by_role("listitem")).to_contain_text("by bob")
    expect(bin.get_by_role("listitem")).to_contain_text("bb = 3")
    shot(page, "bin")
    bin.get_by_role("button", name="Restore").press("Enter")
    expect(two.cells).to_have_count(4)
    expect(two.cell(1)).to_contain_text("b = 2")


def test_folded_code_follows_what_is_written_and_opens_for_what_is_taken_back(
    ada: Script, person: At
) -> None:
    project = ada.project(bob="collaborator")
    notebook = ada.notebook(project, "x = 1", "y = 2")
    one, two = (opened(person(name).page, notebook) for name in ("ada", "bob"))
    one.cell(0).focus()
    one.page.keyboard.press("Shift+O")
    folded = one.cell(0).locator(".code-folded")
    expect(folded).to_contain_text("x = 1")
    two.editor(0).press("Control+Home")
    two.page.keyboard.type("new_")
    expect(folded).to_contain_text("new_x = 1")
    one.cell(1).focus()
    two.page.keyboard.press("Escape")
    two.page.keyboard.press("Shift+O")
    two.page.keyboard.press("z")
    expect(two.cell(0).locator(".code-folded")).to_have_count(0)
    expect(folded).to_have_text("x = 1")


def test_what_was_typed_without_the_server_survives_a_closed_page_for_its_author_alone(
    ada: Script, person: At, server: LiveServer
) -> None:
    project = ada.project(bob="collaborator")
    notebook = ada.notebook(project, "x = 1")
    author, other = person("bob"), person("ada")  # not ada, who has the keys of Vim since a test above
    page = opened(author.page, notebook)
    peer = opened(other.page, notebook)
    server.kill()
    page.write(0, " # meanwhile")
    expect(
        author.page.get_by_text(re.compile(r"\d+ edits? (unsent|kept on this device)")).first
    ).to_be_visible(timeout=SLOW)
    kept = """() => new Promise(resolve => {
        const asked = indexedDB.open("commonbook")
        asked.onsuccess = () => {
            const all = asked.result.transaction("unsent").objectStore("unsent").getAllKeys()
            all.onsuccess = () => { asked.result.close(); resolve(all.result.length) }
        }
    })"""
    author.page.wait_for_function(kept, timeout=SLOW)
    author.page.close()
    server.start()
    again = opened(author.context.new_page(), notebook)
    expect(again.cell(0)).to_contain_text("x = 1 # meanwhile", timeout=SLOW)
    again.wait_saved()
    expect(peer.cell(0)).to_contain_text("x = 1 # meanwhile", timeout=SLOW)
    again.page.wait_for_function(f"() => ({kept})().then(left => left === 0)", timeout=SLOW)
