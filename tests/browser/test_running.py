"""Running cells at a real kernel, as somebody at a browser sees it."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.live import LiveServer, Person, Script
from tests.support.page import SLOW, NotebookPage, opened

pytestmark = pytest.mark.browser

At = Callable[..., Person]

DISPLAYS = """
from IPython.display import HTML, SVG, JSON, Latex, Markdown, display
display(HTML("<table><tr><td>plain table</td></tr></table>"))
svg = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20"/></svg>'
display(SVG(svg))
display(Markdown("**bold** text"))
display(Latex(r"$e^{i\\pi}$"))
display(JSON({"answer": [42]}))
"""


@pytest.fixture
def at_notebook(ada: Script, person: At) -> Callable[..., NotebookPage]:
    """Opens a new notebook with the given cells in ada's browser."""

    def make(*sources: str) -> NotebookPage:
        return opened(person("ada").page, ada.notebook(ada.project(), *sources))

    return make


def test_shift_enter_runs_and_goes_on(at_notebook: Callable[..., NotebookPage]) -> None:
    notebook = at_notebook("6 * 7", "'second'")
    notebook.editor(0).press("Shift+Enter")
    notebook.wait_state(0, "done")
    expect(notebook.outputs(0)).to_contain_text("42")
    expect(notebook.cell(1)).to_have_attribute("data-active", "true")


def test_text_grows_while_the_cell_runs_and_a_bar_rewrites_its_line(
    at_notebook: Callable[..., NotebookPage],
) -> None:
    notebook = at_notebook(
        "import time\nprint('first')\nfor i in range(0, 101, 20):\n"
        "    print(f'\\r{i:3} %', end='', flush=True)\n    time.sleep(0.2)\ninput('go on? ')\nprint('last')"
    )
    notebook.run(0)
    expect(notebook.outputs(0)).to_contain_text("first", timeout=SLOW)
    notebook.wait_state(0, "running")
    expect(notebook.outputs(0)).to_contain_text("100 %", timeout=SLOW)
    expect(notebook.outputs(0)).not_to_contain_text("80 %")
    answer = notebook.cell(0).get_by_role("textbox", name=re.compile("go on"))
    answer.fill("yes")
    answer.press("Enter")
    notebook.wait_state(0, "done")
    expect(notebook.outputs(0)).to_contain_text("last")


def test_stop_ends_an_endless_print_within_a_second(at_notebook: Callable[..., NotebookPage]) -> None:
    notebook = at_notebook("while True:\n    print('again and again')", "'not reached'")
    notebook.page.get_by_role("button", name="Run all").click()
    expect(notebook.outputs(0)).to_contain_text("again and again", timeout=SLOW)
    begun = time.monotonic()
    notebook.cell(0).get_by_role("button", name="Stop").click()
    notebook.wait_state(0, "cancelled")
    assert time.monotonic() - begun < 3
    expect(notebook.cell(0).locator(".cell-foot")).to_contain_text("Stopped")
    notebook.page.get_by_text("Where it was stopped").click()
    expect(notebook.outputs(0).get_by_text("Traceback (most recent call last)")).to_be_visible()
    notebook.wait_state(1, "cancelled")


def test_a_cell_that_is_deleted_while_it_runs_can_be_stopped(
    at_notebook: Callable[..., NotebookPage],
) -> None:
    notebook = at_notebook("import time\nwhile True:\n    time.sleep(0.1)", "'not reached'", "'left'")
    notebook.page.get_by_role("button", name="Run all").click()
    notebook.wait_state(0, "running")
    for _ in range(2):
        notebook.cell(0).hover()
        notebook.cell(0).get_by_role("button", name="Delete", exact=True).click()
    running = notebook.page.get_by_role("group", name="What runs")
    expect(running).to_contain_text("A deleted cell still runs")
    running.get_by_role("button", name="Stop").click()
    expect(running).to_have_count(0)
    notebook.wait_state(0, "cancelled")
    notebook.page.get_by_role("button", name="Undo").last.click()
    expect(notebook.cells).to_have_count(2)
    assert notebook.source(0) == "'not reached'"
    notebook.wait_state(0, "cancelled")


def test_an_error_stops_the_cells_behind_it(at_notebook: Callable[..., NotebookPage]) -> None:
    notebook = at_notebook("1 / 0", "'not reached'")
    notebook.page.get_by_role("button", name="Run all").click()
    notebook.wait_state(0, "error")
    expect(notebook.outputs(0).locator(".output-error-title")).to_have_text(
        "ZeroDivisionError: division by zero"
    )
    notebook.wait_state(1, "cancelled")


def test_rich_outputs_are_drawn(at_notebook: Callable[..., NotebookPage]) -> None:
    notebook = at_notebook(DISPLAYS)
    notebook.run(0)
    notebook.wait_state(0, "done")
    outputs = notebook.outputs(0)
    expect(outputs.get_by_role("cell", name="plain table")).to_be_visible()
    expect(outputs.locator("img")).to_be_visible()
    expect(outputs.locator("strong")).to_have_text("bold")
    expect(outputs.locator(".katex").first).to_be_visible()
    expect(outputs.get_by_text("answer")).to_be_visible()
    assert outputs.locator("img").evaluate("image => image.naturalWidth") == 40


def test_reopening_in_the_middle_shows_everything_and_goes_on(
    at_notebook: Callable[..., NotebookPage],
) -> None:
    notebook = at_notebook("import time\nfor i in range(30):\n    print('line', i)\n    time.sleep(0.1)")
    notebook.run(0)
    expect(notebook.outputs(0)).to_contain_text("line 3", timeout=SLOW)
    notebook.page.goto("about:blank")
    notebook.page.go_back()
    expect(notebook.outputs(0)).to_contain_text("line 0", timeout=SLOW)
    notebook.wait_state(0, "done")
    text = notebook.outputs(0).inner_text()
    assert [int(n) for n in re.findall(r"line (\d+)", text)] == list(range(30))


def test_a_server_that_dies_in_the_middle_loses_no_line_and_no_variable(
    at_notebook: Callable[..., NotebookPage], server: LiveServer
) -> None:
    notebook = at_notebook(
        "import time\nkept = 'still here'\nfor i in range(40):\n    print('line', i)\n    time.sleep(0.1)",
        "print(kept)",
    )
    notebook.run(0)
    expect(notebook.outputs(0)).to_contain_text("line 5", timeout=SLOW)
    server.kill()
    server.start()
    notebook.wait_saved()
    notebook.wait_state(0, "done")
    text = notebook.outputs(0).inner_text()
    assert [int(n) for n in re.findall(r"line (\d+)", text)] == list(range(40))
    expect(notebook.page.get_by_text(re.compile(r"Kernel ready · Python 3"))).to_be_visible()
    notebook.run(1)
    notebook.wait_state(1, "done")
    expect(notebook.outputs(1)).to_contain_text("still here")


def test_a_dead_kernel_says_why_and_starts_again(at_notebook: Callable[..., NotebookPage]) -> None:
    notebook = at_notebook("import os\nos.kill(os.getpid(), 9)", "1 + 1")
    notebook.run(0)
    expect(notebook.page.get_by_text(re.compile("SIGKILL")).first).to_be_visible(timeout=SLOW)
    assert notebook.cell(0).get_attribute("data-state") in {"error", "lost"}
    notebook.page.get_by_role("button", name="Restart", exact=True).click()
    expect(notebook.page.get_by_text(re.compile("SIGKILL"))).to_have_count(0, timeout=SLOW)
    notebook.run(1)
    notebook.wait_state(1, "done")


def test_the_kernel_is_not_a_child_that_a_stop_of_the_server_takes_along(
    at_notebook: Callable[..., NotebookPage], server: LiveServer
) -> None:
    notebook = at_notebook("import os\nn = globals().get('n', 0) + 1\nprint('run', n, 'pid', os.getpid())")
    notebook.run(0)
    expect(notebook.outputs(0)).to_contain_text("run 1", timeout=SLOW)
    pid = int(notebook.outputs(0).inner_text().split()[-1])
    others = (server.folder / "kernels").glob("*/process.json")
    placed = max(others, key=lambda process: process.stat().st_mtime)
    server.stop()
    os.kill(json.loads(placed.read_text())["pid"], 0)
    server.start()
    notebook.wait_saved()
    notebook.run(0)
    expect(notebook.outputs(0)).to_contain_text(f"run 2 pid {pid}", timeout=SLOW)


def test_a_death_names_its_line_and_reruns_down_to_its_cell(
    at_notebook: Callable[..., NotebookPage],
) -> None:
    crash = "import ctypes\n\nif runs < 2: ctypes.string_at(0)"
    count = "open('runs', 'a').write('x')\nruns = len(open('runs').read())\nheld = bytearray(9 * 2**20)"
    notebook = at_notebook(count, crash)
    notebook.run(0)
    notebook.wait_state(0, "done")
    notebook.run(1)
    known = notebook.page.locator(".death-known")
    expect(known).to_contain_text("Line that ran3", timeout=SLOW)
    expect(known).to_contain_text("held")
    notebook.page.get_by_role("button", name="Restart and rerun to here").click()
    notebook.wait_state(1, "done")
    expect(known).to_have_count(0)
