"""From a keystroke to the list of names that fit, in a real Chromium: here, and in JupyterLab.

The same code is run in both, then both are asked after the same texts in turns. Here the list comes by
itself; in JupyterLab, Tab asks the kernel for it, and the time begins with that key. `first` is the
first list of a page that was opened a moment ago, with a kernel that runs.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks import peers, pixels, product
from tests.support import live
from tests.support.page import NotebookPage, opened

SETUP = """import json
import numpy as np
import pandas as pd
table = pd.DataFrame({"city": ["Oslo", "Rome"], "price": [1.5, 2.5]})
means = table.groupby("city").mean()
"""
TEXTS = ("table.", "table.des", "means.", "pd.", "np.", "pd.read", "json.d", "tab", "imp", "table['")
ROUNDS = 4
LIMIT_MS = 10_000
OURS, THEIRS = ".cm-tooltip-autocomplete li", ".jp-Completer .jp-Completer-item"
LISTS = f"{OURS}, {THEIRS}"

WATCH = """([key, list]) => {
    let pressed = 0;
    addEventListener("keydown", (event) => { if (event.key === key) pressed = event.timeStamp; }, true);
    window.listed = () => {
        pressed = 0;
        return new Promise((resolve) => {
            const look = () => {
                if (!pressed || !document.querySelector(list)?.checkVisibility()) return false;
                observer.disconnect();
                requestAnimationFrame(() => {
                    const channel = new MessageChannel();
                    channel.port1.onmessage = () => resolve(performance.now() - pressed);
                    channel.port2.postMessage(null);
                });
                return true;
            };
            const observer = new MutationObserver(look);
            observer.observe(document.body, {
                childList: true, subtree: true, attributes: true, attributeFilter: ["class", "style"],
            });
        });
    };
    window.keyIs = (other) => { key = other; };
}"""


def measure(rounds: int = ROUNDS) -> dict[str, Any]:
    """Return quantiles of milliseconds for both, of the first list and of all later ones."""
    with product.running() as here, live.chromium() as browser, peers.jupyter(_notebook()) as (url, _):
        ours, theirs = _ours(browser, here), _theirs(browser, url)
        found: dict[str, list[float]] = {"ours_ms": [], "jupyterlab_ms": []}
        each: dict[str, dict[str, float]] = {}
        first = {
            "ours_ms": round(asked(ours, "table.")),
            "jupyterlab_ms": round(asked(theirs, "table.", tab=True)),
        }
        for turn in range(rounds):
            for text in TEXTS:
                one, other = asked(ours, text), asked(theirs, text, tab=True)
                found["ours_ms"].append(one)
                found["jupyterlab_ms"].append(other)
                if turn == rounds - 1:
                    each[text] = {"ours_ms": round(one, 1), "jupyterlab_ms": round(other, 1)}
    quantiles = {name: pixels.quantiles(taken) for name, taken in found.items()}
    return {"benchmark": "completion", "rounds": rounds, "first": first, **quantiles, "last_round": each}


def asked(page: Page, text: str, *, tab: bool = False) -> float:
    """Write a text on a line of its own and return how long its list took; then take it away."""
    begun, key = (text, "Tab") if tab else (text[:-1], text[-1])
    page.keyboard.type(begun)
    page.wait_for_timeout(500)
    close(page)
    page.evaluate("key => { window.keyIs(key); window.waiting = window.listed(); }", key)
    page.keyboard.press(key)
    late = f"new Promise(resolve => setTimeout(() => resolve({LIMIT_MS}), {LIMIT_MS}))"
    taken = page.evaluate(f"Promise.race([window.waiting, {late}])")
    close(page)
    page.keyboard.press("Shift+Home")
    page.keyboard.press("Delete")
    page.wait_for_timeout(100)
    return float(taken)


def close(page: Page) -> None:
    """Close a list of names; where there is none, Escape would leave the editor."""
    if page.locator(LISTS).first.is_visible():
        page.keyboard.press("Escape")
        page.wait_for_timeout(50)


def _ours(browser: Browser, here: product.Product) -> Page:
    page = browser.new_context(base_url=here.url, viewport={"width": 1440, "height": 900}).new_page()
    pixels.sign_in(page)
    notebook = here.notebook(_notebook())
    opened(page, notebook)
    NotebookPage(page).run(0)
    NotebookPage(page).wait_state(0, "done")
    page.evaluate(WATCH, [".", OURS])
    NotebookPage(page).editor(1).click()
    return page


def _theirs(browser: Browser, url: str) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(peers.lab_notebook(url))
    code = page.locator(".jp-CodeCell .cm-content")
    code.first.click(timeout=120_000)
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(timeout=120_000)
    page.keyboard.press("Shift+Enter")
    page.locator(".jp-CodeCell").first.get_by_text("[1]:").wait_for(timeout=120_000)
    code.nth(1).click()
    page.evaluate(WATCH, ["Tab", THEIRS])
    return page


def _notebook() -> dict[str, Any]:
    return pixels.notebook([pixels.cell(0, SETUP), pixels.cell(1, "")])
