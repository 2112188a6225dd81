"""Terminals under a notebook: opened, typed in, left by the keyboard, found again after a reload."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessibility import THEMES, violations
from tests.support.live import Person, Script
from tests.support.page import SLOW, opened

pytestmark = [pytest.mark.browser, pytest.mark.kernel, pytest.mark.slow]

SHOTS = os.environ.get("COMMONBOOK_SHOTS")


def test_a_shared_terminal_survives_a_reload_and_is_left_by_the_keyboard(
    ada: Script, person: Callable[..., Person]
) -> None:
    project = ada.project(bob="collaborator", eve="viewer")
    source = ada.notebook(project, "1 + 1")
    page = opened(person("ada").page, source).page
    page.get_by_role("button", name="Terminal", exact=True).click()
    drawer = page.get_by_role("region", name="Terminals")
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "terminal-empty.png")
    drawer.get_by_role("button", name="Shared terminal").click()
    screen = drawer.locator(".xterm-rows")
    expect(drawer.get_by_text("Shared: nobody else is here.")).to_be_visible(timeout=SLOW)
    page.keyboard.type("echo $((40 + 2)) is in $PWD; ls --color /")
    page.keyboard.press("Enter")
    expect(screen).to_contain_text("42 is in /project", timeout=SLOW)
    page.keyboard.press("F6")
    expect(drawer.get_by_role("button", name="Terminal 1, shared")).to_be_focused()
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"terminal-{theme}.png")
        assert violations(page) == [], theme
    # Somebody else sees the same, and it is said who typed.
    other = opened(person("bob").page, source).page
    other.get_by_role("button", name="Terminal", exact=True).click()
    theirs = other.get_by_role("region", name="Terminals")
    expect(theirs.locator(".xterm-rows")).to_contain_text("42 is in /project", timeout=SLOW)
    other.keyboard.type("echo from $((1 + 1)) people")
    other.keyboard.press("Enter")
    expect(screen).to_contain_text("from 2 people", timeout=SLOW)
    expect(drawer.get_by_text("Bob typed last.").or_(drawer.get_by_text("bob typed last."))).to_be_visible()
    page.reload()
    expect(page.get_by_role("region", name="Terminals").locator(".xterm-rows")).to_contain_text(
        "from 2 people", timeout=SLOW
    )
    # Who only looks has no terminal to open.
    viewer = opened(person("eve").page, source).page
    expect(viewer.get_by_role("button", name="Terminal", exact=True)).to_have_count(0)
