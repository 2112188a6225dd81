"""A phone: reading, running and commenting by finger at 390 px."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import axe
from tests.support.live import Person, Script
from tests.support.page import SLOW, opened
from tests.support.shots import shot

pytestmark = pytest.mark.browser

At = Callable[..., Person]

TOO_SMALL = """() => [...document.querySelectorAll("button, [role=menuitem], summary")]
    .filter(each => each.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
    .filter(each => !each.closest("[inert], [aria-hidden=true]"))
    .map(each => [each.getAttribute("aria-label") || each.textContent, each.getBoundingClientRect()])
    .filter(([, box]) => box.width > 1 && (box.height < 40 || box.width < 40))
    .map(([name, box]) => `${name} ${Math.round(box.width)}x${Math.round(box.height)}`)"""
"""What a finger would miss."""


def fits(page: Page) -> None:
    """Nothing is too small for a finger, and the page does not scroll sideways."""
    too_small = page.evaluate(TOO_SMALL)
    assert too_small == [], too_small
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.getElementById('scroll').scrollWidth <= innerWidth")


def test_a_notebook_is_used_by_finger(ada: Script, person: At) -> None:
    project = ada.project(bob="executor")
    wide = "print('wide ' * 60)\nrow = list(range(3))\nrow"
    notebook = ada.notebook(project, wide, "x = '" + "long " * 40 + "'")
    at = person("ada", has_touch=True, is_mobile=True)
    at.page.set_viewport_size({"width": 390, "height": 844})
    one = opened(at.page, notebook)
    page = one.page
    one.cell(0).get_by_role("button", name="Run", exact=True).tap()
    expect(one.cell(0)).to_have_attribute("data-state", "done", timeout=SLOW)
    expect(one.outputs(0)).to_contain_text("[0, 1, 2]")
    one.cell(0).locator(".cell-body").first.tap(position={"x": 60, "y": 16})
    expect(one.cell(0)).to_have_attribute("data-active", "true")
    shot(page, "phone")
    fits(page)
    assert axe(page) == []
    one.cell(0).get_by_role("button", name="More", exact=True).tap()
    expect(page.get_by_role("menuitem", name="Delete")).to_be_visible()
    shot(page, "phone-menu")
    fits(page)
    assert axe(page, in_landmarks=False) == []
    page.keyboard.press("Escape")
    one.cell(0).get_by_role("button", name="Comment", exact=True).tap()
    field = page.get_by_role("textbox", name="Comment on cell 1")
    field.fill("Looks right.")
    shot(page, "phone-comment")
    fits(page)
    page.get_by_role("button", name="Comment", exact=True).last.tap()
    expect(page.get_by_role("article", name="Comments on cell 1")).to_contain_text("Looks right.")


def test_panels_and_settings_are_used_by_finger(ada: Script, person: At) -> None:
    at = person("ada", has_touch=True, is_mobile=True)
    at.page.set_viewport_size({"width": 390, "height": 844})
    page = opened(at.page, ada.notebook(ada.project(), "x = 1")).page
    page.get_by_role("button", name="Show the panel").tap()
    expect(page.get_by_role("button", name=re.compile("^Environment"))).to_be_visible()
    fits(page)
    page.get_by_role("button", name="Hide the panel").tap()
    page.get_by_role("button", name=re.compile("^Show the comments")).tap()
    expect(page.get_by_text("No comments yet")).to_be_visible()
    fits(page)
    page.get_by_role("button", name=re.compile("^Hide the comments")).last.tap()
    page.get_by_role("button", name="Account of ada").tap()
    page.get_by_role("menuitem", name="Settings").tap()
    expect(page.get_by_role("dialog", name="Settings")).to_be_visible()
    shot(page, "phone-settings")
    fits(page)
