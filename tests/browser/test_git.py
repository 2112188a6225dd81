"""A project of a repository as people see it: cloned, compared, committed, pulled and merged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import axe
from tests.server.test_git import notebook
from tests.support.git_http import GitServer, git_server, missing
from tests.support.live import LiveServer, Person, Script
from tests.support.shots import shot

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(missing()), reason=missing()), pytest.mark.slow]

SLOW = 60_000
TOKEN = "a-token-of-ada"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running server that may reach this machine's own repositories."""
    live = LiveServer(tmp_path_factory.mktemp("live"), settings={"COMMONBOOK_PRIVATE_HOSTS": "127.0.0.1"})
    live.start()
    try:
        yield live
    finally:
        live.end_kernels()
        live.stop()


@pytest.fixture
def far(tmp_path: Path) -> Iterator[GitServer]:
    with git_server(tmp_path / "far") as running:
        running.tokens = {TOKEN}
        yield running


def check(page: Page, name: str) -> None:
    """Hold what is to be seen to axe; keep pictures where somebody wants to look."""
    assert axe(page) == []
    shot(page, f"git-{name}")


def edit(ada: Script, notebook: str, number: int, source: str) -> None:
    cells = ada("GET", f"/api/notebooks/{notebook}")["cells"]
    ada("PUT", f"/api/notebooks/{notebook}/cells/{cells[number]['id']}", {"source": source})


def test_a_repository_is_cloned_changed_and_merged_in_the_page(
    server: LiveServer, person: Callable[..., Person], ada: Script, far: GitServer
) -> None:
    far.new("tides", {"lunar.ipynb": notebook("a = 1", "b = 2"), "notes.txt": "one\ntwo\n"})
    page = person("ada").open("/")
    page.get_by_role("button", name="New project").first.click()
    page.get_by_role("button", name="From Git").click()
    page.get_by_label("Repository").fill(far.url("tides"))
    check(page, "new")
    page.get_by_role("button", name="Create project").click()

    # Without its token it fails in words, and goes on with one.
    page.get_by_role("button", name="See what to do").click(timeout=SLOW)
    expect(page.get_by_text("asks who you are")).to_be_visible()
    page.get_by_label("Token or app password").fill(TOKEN)
    page.get_by_role("button", name="Set token").click()
    expect(page.get_by_text("A token is set")).to_be_visible()
    check(page, "failed")
    page.get_by_role("button", name="Clone again").click()
    expect(page.get_by_text("Nothing has changed since the last commit.")).to_be_visible(timeout=SLOW)
    page.get_by_role("tab", name="Notebooks").click()
    expect(page.get_by_role("link", name="lunar")).to_be_visible()

    project = page.url.rsplit("/", 1)[-1]
    listed = ada("GET", f"/api/projects/{project}/notebooks")["items"]
    edit(ada, listed[0]["id"], 0, "a = 1\nprint(a)")
    edit(ada, listed[0]["id"], 1, "b = mine")
    page.get_by_role("tab", name="Git").click()
    page.get_by_role("button", name="Show changes of lunar.ipynb").click(timeout=SLOW)
    changed = page.get_by_role("list", name="Changed cells")
    expect(changed.get_by_text("print(a)")).to_be_visible(timeout=SLOW)
    changed.get_by_role("checkbox").nth(1).click()  # the other cell alone
    expect(page.get_by_text("1 cell", exact=True)).to_be_visible()
    check(page, "changes")
    page.get_by_label("What changed").fill("Say what a is")
    page.get_by_role("button", name="Commit and push").click()
    expect(page.get_by_text("Committed and pushed.")).to_be_visible(timeout=SLOW)
    assert far.show("tides", "lunar.ipynb") == notebook("a = 1\nprint(a)", "b = 2")

    # Both sides change one cell, and one line of a text.
    (server.folder / "projects" / project / "files" / "notes.txt").write_text("one\nmine\n")
    expect(page.get_by_role("list", name="Changed files").get_by_text("notes.txt")).to_be_visible(
        timeout=SLOW
    )
    page.get_by_label("What changed").fill("Mine")
    page.get_by_role("button", name="Commit", exact=True).click()
    expect(page.get_by_text("Nothing has changed since the last commit.")).to_be_visible(timeout=SLOW)
    far.commit(
        "tides", {"lunar.ipynb": notebook("a = 1\nprint(a)", "b = theirs"), "notes.txt": "one\ntheirs\n"}
    )
    page.get_by_role("button", name="Pull", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("b = theirs")).to_be_visible(timeout=SLOW)
    check(page, "conflict")
    dialog.get_by_role("group", name="Keep for lunar.ipynb, cell 2").get_by_text("Keep both").click()
    dialog.get_by_role("button", name="Edit by hand").click()
    expect(dialog.get_by_text("Take out the lines of")).to_be_visible()
    check(page, "by-hand")
    dialog.get_by_label("Text of notes.txt").fill("one\nmine and theirs\n")
    dialog.get_by_role("button", name="Merge").click()
    expect(page.get_by_text("Merged.", exact=True)).to_be_visible(timeout=SLOW)
    cells = ada("GET", f"/api/notebooks/{listed[0]['id']}")["cells"]
    assert [cell["source"] for cell in cells] == ["a = 1\nprint(a)", "b = mine", "b = theirs"]
    page.get_by_role("button", name="Push 2").click()
    expect(page.get_by_text("Pushed to main.")).to_be_visible(timeout=SLOW)
    assert far.show("tides", "notes.txt") == "one\nmine and theirs\n"

    # Somebody else was quicker: the push is refused, says why, and leads to the pull.
    far.commit("tides", {"far.txt": "quicker\n"})
    edit(ada, listed[0]["id"], 0, "a = 2")
    page.get_by_label("What changed").fill("Two")
    page.get_by_role("button", name="Commit and push").click()
    rejected = page.get_by_text("Pull first, then push. Tried by")
    expect(rejected).to_be_visible(timeout=SLOW)
    check(page, "rejected")
    page.get_by_role("alert").get_by_role("button", name="Pull").click()
    expect(rejected).to_be_hidden(timeout=SLOW)
    page.get_by_role("button", name="Push 2").click()
    expect(page.get_by_text("Pushed to main.")).to_be_visible(timeout=SLOW)

    # A token that was revoked says so, and leads to where another one is given.
    far.tokens = {"another"}
    page.get_by_role("button", name="Look for news").click()
    expect(page.get_by_text("The other side could not be asked")).to_be_visible(timeout=SLOW)
    check(page, "revoked")
    page.get_by_role("button", name="Change the token").click()
    field = page.get_by_label("Token or app password")
    expect(field).to_be_focused()
    field.fill("another")
    page.get_by_role("button", name="Replace token").click()
    expect(page.get_by_text("The new token is in use.")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Look for news").click()
    expect(page.get_by_text("The other side could not be asked")).to_be_hidden(timeout=SLOW)
    history = page.get_by_role("list", name="History")
    history.get_by_role("button", name="Say what a is").click()
    history.get_by_role("button", name="lunar.ipynb").first.click()
    expect(history.get_by_text("print(a)")).to_be_visible(timeout=SLOW)
    check(page, "history")

    page.goto(f"/n/{listed[0]['id']}")
    entry = page.get_by_role("region", name="Git")
    expect(entry).to_contain_text("main", timeout=SLOW)
    entry.get_by_role("button").click()
    expect(page.get_by_role("dialog").get_by_text("In step with the other side")).to_be_visible(timeout=SLOW)
    shot(page, "git-notebook")
