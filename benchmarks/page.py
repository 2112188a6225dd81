"""A notebook page as a person feels it, beside JupyterLab with collaboration: opening, typing, scrolling.

Both have the same cells, a kernel, and two more people who type all the time in other cells. The two are
opened in turns, each time in a fresh browser profile. Frame times count what the machine could draw:
without a GPU, and with three pages on it, they are pessimistic for both.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks import peers, pixels, product
from benchmarks.figures import p95
from tests.support import live

KEYS = "value = alpha + beta * gamma "
OURS = ("section.cell .cm-content", "#scroll")
THEIRS = (".jp-CodeCell .cm-content", ".jp-WindowedPanel-outer")

TYPED = """() => {
    window.typed = [];
    addEventListener("keydown", (event) => requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => typed.push(performance.now() - event.timeStamp);
        channel.port2.postMessage(null);
    }), { capture: true });
}"""
FRAMES = """() => {
    window.frames_ms = [];
    let last = performance.now();
    const tick = (now) => {
        frames_ms.push(now - last);
        last = now;
        requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
}"""
TYPES_ON = "() => { setInterval(() => document.execCommand('insertText', false, 'x'), 150); }"


def measure(cells: int = 200, rounds: int = 2) -> dict[str, Any]:
    """Return medians over the rounds, of this page and of JupyterLab's."""
    ipynb = pixels.notebook([pixels.cell(index, f"value_{index} = {index}\n" * 4) for index in range(cells)])
    with product.running() as here, live.chromium() as browser, peers.jupyter(ipynb) as (url, _):
        notebook = here.notebook(ipynb)
        here.run_all(notebook)
        places = {"ours": (f"{here.url}/n/{notebook}", OURS), "jupyterlab": (peers.lab_notebook(url), THEIRS)}
        taken: dict[str, list[dict[str, float]]] = {name: [] for name in places}
        for _round in range(rounds):
            for name, (address, selectors) in places.items():
                enter = _entering(here) if name == "ours" else _as_anybody
                others = [_writing(enter(browser), address, selectors[0], place) for place in (2, 3)]
                taken[name].append(opened(enter(browser), address, *selectors))
                for other in others:
                    other.context.close()
    found = {
        name: {key: round(statistics.median(one[key] for one in each), 1) for key in each[0]}
        for name, each in taken.items()
    }
    return {"benchmark": "page", "cells": cells, "rounds": rounds, **found}


def opened(page: Page, address: str, editor: str, scroller: str) -> dict[str, float]:
    """Open a notebook in a fresh profile, type into its first cell, scroll to its end."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Performance.enable")
    sizes: list[float] = []
    devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    begun = time.monotonic()
    page.goto(address, wait_until="commit")
    first = page.locator(editor).first
    first.click(timeout=120_000, position={"x": 60, "y": 8})
    page.keyboard.type("Q")
    page.wait_for_function("css => document.querySelector(css)?.textContent.includes('Q')", arg=editor)
    interactive_ms, loaded = (time.monotonic() - begun) * 1000, sum(sizes)
    page.wait_for_timeout(3000)
    page.evaluate(TYPED)
    for place in range(90):
        page.keyboard.type(KEYS[place % len(KEYS)])
        page.wait_for_timeout(35)
    typed = page.evaluate("typed").copy()[5:]
    page.keyboard.press("Escape")
    box = page.locator(scroller).first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.evaluate(FRAMES)
    for _ in range(60):
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(30)
    frames = page.evaluate("frames_ms").copy()[2:]
    devtools.send("HeapProfiler.collectGarbage")
    metrics = {each["name"]: each["value"] for each in devtools.send("Performance.getMetrics")["metrics"]}
    page.context.close()
    return {
        "interactive_ms": interactive_ms,
        "transfer_kb": loaded / 1024,
        "type_median_ms": statistics.median(typed),
        "type_p95_ms": p95(typed),
        "frame_p95_ms": p95(frames),
        "frame_max_ms": max(frames),
        "heap_mb": metrics["JSHeapUsedSize"] / 2**20,
    }


def _writing(page: Page, address: str, editor: str, place: int) -> Page:
    """Let somebody type in a cell of their own until their window closes."""
    page.goto(address)
    page.locator(editor).nth(place).click(timeout=120_000)
    page.evaluate(TYPES_ON)
    return page


def _entering(here: product.Product) -> Callable[[Browser], Page]:
    def enter(browser: Browser) -> Page:
        context = browser.new_context(base_url=here.url, viewport={"width": 1440, "height": 900})
        said = {"name": "bench", "password": product.PASSWORD}
        assert context.request.post("/api/session", data=said, headers={"Origin": here.url}).ok
        return context.new_page()

    return enter


def _as_anybody(browser: Browser) -> Page:
    return browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
