"""Pictures of pages, for those who want to look at them: `COMMONBOOK_SHOTS` names the folder."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

FOLDER = os.environ.get("COMMONBOOK_SHOTS")
FADE_MS = 250


def shot(page: Page, name: str) -> None:
    """Keep a picture of the page in both themes, where somebody wants one."""
    if FOLDER is None:
        return
    before = page.evaluate("document.documentElement.dataset.theme")
    for theme in ("light", "dark"):
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        page.wait_for_timeout(FADE_MS)
        page.screenshot(path=Path(FOLDER) / f"{name}-{theme}.png")
    page.evaluate("theme => document.documentElement.dataset.theme = theme", before)
