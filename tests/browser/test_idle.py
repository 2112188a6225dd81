"""A kernel that falls idle at a real server, and one that moves: what somebody at a browser sees of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from collab.wire import Alive
from kernel_manager.idle import Rules
from server.sessions import watch
from tests.browser.test_accessibility import THEMES, violations
from tests.support.live import Person, Script
from tests.support.near import NearServer, running_near
from tests.support.page import SLOW, opened

pytestmark = [pytest.mark.browser, pytest.mark.slow]

IDLE_S = 5
"""Less than a class may have, so that nobody waits; a fifth of it is the warning."""

SHOTS = os.environ.get("COMMONBOOK_SHOTS")


def seen(page: Page, name: str) -> None:
    """Hold what is to be seen to axe in both themes; keep pictures where somebody wants to look."""
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{theme}.png")
        assert violations(page) == [], (name, theme)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NearServer]:
    """A server that looks at its idle clocks only when the test wants it to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watch, "EVERY_S", 1e6)
        patch.setattr(watch, "rules_of", lambda hardware: Rules(IDLE_S))
        with running_near(tmp_path_factory.mktemp("near")) as near:
            yield near


@pytest.fixture(scope="module", autouse=True)
def classes(scripts: dict[str, Script]) -> None:
    for name in ("Small", "Large"):
        scripts["ada"]("POST", "/api/admin/hardware", {"id": name.lower(), "label": name, "engine": "local"})


def look_until(server: NearServer, page: Page, holds: Callable[[Alive | None], object]) -> None:
    """Have the server look at its clocks until it says so of the kernel that `page` shows."""
    notebook = page.url.rsplit("/", 1)[1]
    for _ in range(240):
        said = server.look(notebook)
        if holds(said):
            return
        page.wait_for_timeout(250)
    pytest.fail(f"the server did not say so within a minute: {said}")


def test_an_idle_kernel_warns_stops_and_gives_its_variables_back(
    server: NearServer, ada: Script, person: Callable[..., Person]
) -> None:
    source = "import socket\nx = 41\ndef add(n): return x + n\nlink = socket.socket()"
    notebook = opened(person("ada").page, ada.notebook(ada.project(), source, "print(add(1))"))
    page = notebook.page
    notebook.run(0)
    notebook.wait_state(0, "done")

    # It says why it is alive and when it stops.
    page.get_by_role("button", name="Kernel on Small").click()
    why = page.get_by_role("region", name="Why the kernel is alive")
    look_until(server, page, lambda said: said and said.stops_at)
    expect(why).to_contain_text("Stops within a minute")
    seen(page, "why")
    page.keyboard.press("Escape")

    # The countdown, and keeping it by keyboard.
    bar = page.get_by_role("region", name="The kernel")
    look_until(server, page, lambda said: said and said.warned)
    expect(bar).to_contain_text("Variables that can be kept are saved first")
    seen(page, "countdown")
    bar.get_by_role("button", name="Keep until…").press("Enter")
    seen(page, "keep")
    page.get_by_role("button", name="2 hours").press("Enter")
    expect(bar).to_have_count(0)
    page.get_by_role("button", name="Kernel on Small").click()
    expect(why).to_contain_text("ada keeps it until")
    seen(page, "kept")
    why.get_by_role("button", name="Let go").click()
    page.keyboard.press("Escape")

    # The stop is calm, and names what was kept.
    card = page.get_by_role("region", name="Saved variables")
    look_until(server, page, lambda said: said is None)
    expect(card).to_contain_text("Stopped after", timeout=SLOW)
    card.get_by_role("button", name="Details").press("Enter")
    expect(card).to_contain_text("an open connection cannot be kept")
    seen(page, "saved")
    card.get_by_role("button", name="Restore").press("Enter")
    expect(card).to_have_count(0, timeout=SLOW)
    notebook.run(1)
    expect(notebook.outputs(1)).to_contain_text("42", timeout=SLOW)

    # Another machine, with the variables.
    page.get_by_role("button", name="Kernel on Small").click()
    page.get_by_role("button", name="Large").first.click()
    seen(page, "change")
    page.locator(".machine-asking").get_by_role("button").first.click()
    expect(page.get_by_role("button", name="Kernel on Large")).to_be_visible(timeout=SLOW)
    page.keyboard.press("Escape")
    notebook.run(1)
    expect(notebook.outputs(1)).to_contain_text("42", timeout=SLOW)
