"""Two people at two browsers: typing, running, losing the connection, losing a right."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.live import LiveServer, Person, Script
from tests.support.page import SLOW, NotebookPage, opened

pytestmark = pytest.mark.browser

At = Callable[..., Person]


@pytest.fixture
def shared(ada: Script, person: At) -> tuple[NotebookPage, NotebookPage, str, str]:
    """A notebook that ada and her colleague bob have open; also its id and its project's."""
    project = ada.project(bob="collaborator")
    notebook = ada.notebook(project, "x = 1", "print(x)")
    pages = [opened(person(name).page, notebook) for name in ("ada", "bob")]
    return pages[0], pages[1], notebook, project


def test_both_type_into_one_cell(shared: tuple[NotebookPage, NotebookPage, str, str]) -> None:
    ada, bob, _, _ = shared
    ada.write(0, " # from ada")
    bob.editor(0).press("Control+Home")
    bob.page.keyboard.type("# from bob\n")
    for page in (ada, bob):
        expect(page.cell(0)).to_contain_text("# from bob")
        expect(page.cell(0)).to_contain_text("x = 1 # from ada")
    ada.wait_saved()
    assert ada.source(0) == bob.source(0) == "# from bob\nx = 1 # from ada"


def test_each_sees_where_the_other_is(shared: tuple[NotebookPage, NotebookPage, str, str]) -> None:
    ada, bob, _, _ = shared
    bob.editor(1).press("End")
    expect(ada.cell(1).get_by_text("bob is here")).to_be_visible()
    expect(ada.cell(1).locator(".remote-caret").first).to_be_attached()


def test_one_runs_and_the_other_sees_it(shared: tuple[NotebookPage, NotebookPage, str, str]) -> None:
    ada, bob, _, _ = shared
    ada.run(0)
    ada.wait_state(0, "done")
    bob.write(1, " # changed by bob")
    bob.page.keyboard.press("Control+Enter")
    ada.wait_state(1, "done")
    expect(ada.outputs(1)).to_contain_text("1")
    expect(ada.cell(1).locator(".cell-foot")).to_contain_text("bob")
    bob.write(1, "!")
    expect(ada.cell(1).locator(".cell-foot")).to_contain_text("Edited since this output")


def test_who_answers_first_is_heard(ada: Script, person: At) -> None:
    project = ada.project(bob="collaborator", eve="viewer")
    asks = "said = [input('More? ') for _ in range(2)]\nprint('Got', said)"
    notebook = ada.notebook(project, asks)
    one, other, watching = (opened(person(name).page, notebook) for name in ("ada", "bob", "eve"))
    one.run(0)
    question = other.page.get_by_role("textbox", name="More?")
    expect(question).to_be_visible(timeout=SLOW)
    expect(watching.cell(0)).to_contain_text("waits for an answer from somebody who may run.")
    late = one.page.get_by_role("textbox", name="More?")
    late.fill("too slow")
    question.fill("first")
    question.press("Enter")
    expect(one.page.get_by_text("somebody answered it first")).to_be_visible()
    expect(late).to_have_value("")
    expect(one.outputs(0)).to_have_text("More? first")
    late.fill("second")
    one.page.get_by_role("button", name="Answer", exact=True).click()
    for page in (one, other, watching):
        expect(page.outputs(0)).to_have_text("More? first\nMore? second\nGot ['first', 'second']")
        expect(page.page.get_by_text("More?", exact=True)).to_have_count(0)


def test_undo_takes_back_only_what_i_did(shared: tuple[NotebookPage, NotebookPage, str, str]) -> None:
    ada, bob, _, _ = shared
    ada.write(0, " # mine")
    expect(bob.cell(0)).to_contain_text("# mine")
    bob.write(0, " # yours")
    expect(ada.cell(0)).to_contain_text("# mine # yours")
    ada.editor(0).press("Control+z")
    expect(bob.cell(0)).not_to_contain_text("# mine")
    expect(bob.cell(0)).to_contain_text("# yours")


def test_typing_goes_on_without_the_server_and_merges_on_return(
    shared: tuple[NotebookPage, NotebookPage, str, str], server: LiveServer
) -> None:
    ada, bob, _, _ = shared
    ada.run(0)
    ada.wait_state(0, "done")
    server.kill()
    ada.write(0, " # written by ada meanwhile")
    bob.write(1, " # and by bob")
    expect(ada.page.get_by_text(re.compile(r"\d+ edits? (unsent|kept on this device)")).first).to_be_visible(
        timeout=SLOW
    )
    server.start()
    for page in (ada, bob):
        page.wait_saved()
        expect(page.cell(0)).to_contain_text("x = 1 # written by ada meanwhile", timeout=SLOW)
        expect(page.cell(1)).to_contain_text("print(x) # and by bob", timeout=SLOW)
    ada.run(1)
    ada.wait_state(1, "done")
    expect(ada.outputs(1)).to_contain_text("1")


def test_who_loses_the_right_to_run_and_edit_loses_it_at_once(
    shared: tuple[NotebookPage, NotebookPage, str, str], ada: Script
) -> None:
    _, bob, _, project = shared
    members = ada("GET", f"/api/projects/{project}/members")["items"]
    user = next(member["user"]["id"] for member in members if member["user"]["name"] == "bob")
    begun = time.monotonic()
    ada("PUT", f"/api/projects/{project}/members/{user}", {"role": "viewer"})
    expect(bob.page.get_by_role("button", name="Run", exact=True)).to_have_count(0)
    assert time.monotonic() - begun < 3
    expect(bob.page.get_by_text("You can view", exact=False)).to_be_visible()
    bob.cell(0).click(position={"x": 80, "y": 12})
    bob.page.keyboard.type("intruder")
    expect(bob.cell(0)).not_to_contain_text("intruder")


def test_who_is_removed_sees_the_notebook_no_more(
    shared: tuple[NotebookPage, NotebookPage, str, str], ada: Script
) -> None:
    _, bob, _, project = shared
    members = ada("GET", f"/api/projects/{project}/members")["items"]
    user = next(member["user"]["id"] for member in members if member["user"]["name"] == "bob")
    ada("DELETE", f"/api/projects/{project}/members/{user}")
    expect(bob.cells).to_have_count(0)
