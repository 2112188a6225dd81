"""Widgets at a real kernel: from a move to everybody's page, and a flood of changes that nobody has to read.

One person moves a slider that another one sees: the time until the kernel has dealt with it and the other
page knows. Then a cell sets the slider as fast as it can. Its peer is the flood itself: what the kernel said
against what reached a page, whose last value has to be right.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any

from benchmarks import product
from benchmarks.figures import p95
from benchmarks.flood import page_of
from tests.support.socket_page import Page

CHANGES = 20_000
MOVES = 100
MADE, FLOOD = "madewidget00", "floodwidget0"
SOURCES = {
    MADE: "import ipywidgets\nslider = ipywidgets.IntSlider(max=10**6)\nslider",
    FLOOD: f"for n in range({CHANGES}): slider.value = n + 1",
}


def measure() -> dict[str, Any]:
    """Return what moves and a flood of changes take."""
    with product.running() as here:
        return {"benchmark": "widgets", "changes": CHANGES, **asyncio.run(_measure(here))}


async def _measure(here: product.Product) -> dict[str, Any]:
    cells = [
        {"id": name, "cell_type": "code", "metadata": {}, "source": source, "outputs": []}
        | {"execution_count": None}
        for name, source in SOURCES.items()
    ]
    notebook = here.notebook({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})
    async with page_of(here, notebook) as (first, browser), page_of(here, notebook) as (second, _):
        await first.order("run", cell_id=MADE)
        await first.until_state(MADE, "done")
        found = await browser.get(f"/api/notebooks/{notebook}/widgets")
        slider = next(m["id"] for m in found.json["models"] if m["state"]["_model_name"] == "IntSliderModel")
        moves = [await _moved(first, second, slider, value) for value in range(1, MOVES + 1)]
        before = len(_values(second, slider))
        begun = time.perf_counter()
        await first.order("run", cell_id=FLOOD)
        await second.until(lambda: _values(second, slider)[-1:] == [CHANGES])
        flood_s = time.perf_counter() - begun
        reached = len(_values(second, slider)) - before
    return {
        "move_ms": round(statistics.median(moves), 1),
        "move_p95_ms": round(p95(moves), 1),
        "flood_s": round(flood_s, 2),
        "changes_per_s": round(CHANGES / flood_s),
        "updates_that_reached_a_page": reached,
    }


async def _moved(mover: Page, watcher: Page, slider: str, value: int) -> float:
    """Return how many ms it takes until somebody else's page has a moved value."""
    begun = time.perf_counter()
    await mover.order("comm", widget=slider, state={"value": value})
    await watcher.until(lambda: _values(watcher, slider)[-1:] == [value])
    return (time.perf_counter() - begun) * 1e3


def _values(page: Page, slider: str) -> list[int]:
    """Return the values of the slider that a page was told, in order."""
    return [
        event["state"]["value"]
        for message in page.messages
        if message["type"] == "widgets"
        for event in message["events"]
        if event["event"] == "updated" and event["id"] == slider and "value" in event["state"]
    ]
