"""One server and one Chromium for each module of browser tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.support.live import LiveServer, Person, Script, chromium, sign_in

expect.set_options(timeout=30_000)

AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"

SETTLED = """Promise.all(
    document.getAnimations()
        .filter(each => each.effect.getComputedTiming().endTime < Infinity)
        .map(each => each.finished.catch(() => null))
).then(() => null)"""
"""Waits until nothing fades any more: what is half there has half its contrast."""


def load_axe(page: Page | Frame) -> None:
    """Bring axe into a page, or a frame of it, once that has come to rest."""
    page.evaluate(SETTLED)
    page.evaluate(AXE.read_text())


def axe_run(*, in_landmarks: bool = True) -> str:
    """Return the call of axe for a whole page; `in_landmarks` is False while a popup stands beside them.

    Frames of outputs are not ours, and what guards the focus of a popup is hidden but must take the focus.
    """
    rules = f"{{ region: {{ enabled: {str(in_landmarks).lower()} }} }}"
    return f"axe.run({{ exclude: [['iframe'], ['[data-base-ui-focus-guard]']] }}, {{ rules: {rules} }})"


def axe(page: Page | Frame, *, in_landmarks: bool = True) -> list[str]:
    """Return the rules of axe that the page, or a frame of it, breaks in whatever state it comes to rest."""
    load_axe(page)
    run = axe_run(in_landmarks=in_landmarks)
    found: list[str] = page.evaluate(f"{run}.then(r => r.violations.map(each => each.id))")
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running server with the accounts ada (admin), bob and eve."""
    live = LiveServer(tmp_path_factory.mktemp("live"))
    live.start()
    try:
        yield live
    finally:
        live.end_kernels()
        live.stop()


@pytest.fixture(scope="module")
def scripts(server: LiveServer) -> dict[str, Script]:
    """The API in the name of each account."""
    return {name: server.person(name, admin=name == "ada") for name in ("ada", "bob", "eve")}


@pytest.fixture
def ada(scripts: dict[str, Script]) -> Script:
    """The API in ada's name."""
    return scripts["ada"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium process."""
    with chromium() as started:
        yield started


@pytest.fixture
def person(
    browser: Browser, server: LiveServer, scripts: dict[str, Script]
) -> Iterator[Callable[..., Person]]:
    """Signs somebody in at a browser of their own; at the end no page may have failed."""
    people: list[Person] = []

    def at_browser(name: str, **options: object) -> Person:
        people.append(sign_in(browser, server.url, name, **options))
        return people[-1]

    yield at_browser
    errors = [error for each in people for error in each.errors]
    for each in people:
        each.context.close()
    assert errors == []
