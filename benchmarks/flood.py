"""A million printed lines through the whole server while two people have the notebook open.

Nothing may be lost: the counters, the whole log over HTTP, and the shown ends are checked. The second person
types before and during the flood; how long a keystroke takes to the first one is compared. Then a cell
that prints without end is stopped. The peer of the flood is its own quiet time.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import psutil

from benchmarks import product
from benchmarks.figures import p95
from collab.runtime import RunEntry
from collab.wire import StreamOutput
from tests.support import server
from tests.support.socket_page import Page

LINES = 10**6
EXPECTED = "".join(f"{number}\n" for number in range(LINES)).encode()
FLOOD, ENDLESS, TYPED = "floodflood00", "endlessendle", "typedtyped00"
SOURCES = {
    FLOOD: f"for i in range({LINES}): print(i)",
    ENDLESS: "while True: print('x' * 50)",
    TYPED: "",
}
QUIET_S = 8.0
FLOOD_LIMIT_S = 300.0
KEYSTROKES_PER_S = 10


def measure() -> dict[str, Any]:
    """Return what a flood cost everybody, and whether it came whole."""
    with product.running() as here:
        return {"benchmark": "flood", "lines": LINES, **asyncio.run(_measure(here))}


async def _measure(here: product.Product) -> dict[str, Any]:
    notebook = here.notebook({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": _cells()})
    async with page_of(here, notebook) as (first, browser), page_of(here, notebook) as (second, _):
        await first.order("start")
        await first.until(lambda: first.kernel() == "idle")
        server_process = psutil.Process(here.pid)
        supervisor = _supervisor_of(here)
        memory = [_megabytes(server_process)]
        typist = Typist(second, first)
        quiet = await typist.type_until(_after(QUIET_S))

        begun = time.perf_counter()
        await first.order("run", cell_id=FLOOD)
        supervisor_memory = [_megabytes(supervisor)]

        def is_over() -> bool:
            memory.append(_megabytes(server_process))
            supervisor_memory.append(_megabytes(supervisor))
            entry = first.entry(FLOOD)
            return time.perf_counter() > begun + FLOOD_LIMIT_S or (
                entry is not None and entry.state == "done"
            )

        busy = await typist.type_until(is_over)
        flood_s = time.perf_counter() - begun
        log = await _whole_log(browser, first, notebook, first.entry(FLOOD))
        stops = [await _stop_endless(first) for _ in range(3)]
        memory_after = _megabytes(server_process)
        await first.order("stop")
        await first.until(lambda: first.kernel() == "none")
    typing = {"quiet": _quantiles(quiet), "flooded": _quantiles(busy)}
    return {
        "seconds": round(flood_s, 2),
        "lines_per_s": round(LINES / flood_s),
        **log,
        "typing_ms": typing,
        "typing_p95_ratio": round(typing["flooded"]["p95"] / typing["quiet"]["p95"], 2),
        "stop_s": [round(one, 3) for one in stops],
        "server_mb": {"before": memory[0], "max": max(memory), "after": memory_after},
        "supervisor_mb": {"before": supervisor_memory[0], "max": max(supervisor_memory)},
    }


class Typist:
    """Somebody who types at a steady pace, and somebody who sees it."""

    def __init__(self, writer: Page, reader: Page) -> None:
        self._writer = writer
        self._reader = reader
        self._number = 0

    def _is_seen(self, text: str) -> bool:
        return self._reader.source.source_of(TYPED) == text

    async def type_until(self, is_over: Callable[[], bool]) -> list[float]:
        """Type until `is_over`; return the milliseconds that each keystroke took to the reader."""
        taken = []
        while not is_over():
            self._number += 1
            text = f"typed {self._number}"
            begun = time.perf_counter()
            self._writer.source.set_source(TYPED, text)
            await self._reader.until(partial(self._is_seen, text))
            seconds = time.perf_counter() - begun
            taken.append(seconds * 1000)
            await asyncio.sleep(max(0.0, 1 / KEYSTROKES_PER_S - seconds))
        return taken


async def _whole_log(
    browser: server.Client, page: Page, notebook: str, entry: RunEntry | None
) -> dict[str, Any]:
    """Compare what the page shows and what HTTP gives with what was printed."""
    assert entry is not None
    (output,) = entry.outputs
    assert isinstance(output, StreamOutput)
    listed = await browser.get(f"/api/notebooks/{notebook}/streams?ids={output.id}")
    [ends] = listed.json["logs"]
    head, tail = ends["head"].encode(), ends["tail"].encode()
    found = bytearray()
    while len(found) < output.bytes:
        answer = await browser.get(f"/api/notebooks/{notebook}/streams/{output.id}?start={len(found)}")
        if answer.status not in (200, 206) or not answer.body:
            break
        found += answer.body
    return {
        "state": entry.state,
        "bytes": output.bytes,
        "lines_counted": output.lines,
        "truncated_bytes": output.truncated,
        "nothing_lost": bytes(found) == EXPECTED and output.lines == LINES,
        "head_and_tail_right": bool(head and tail) and EXPECTED.startswith(head) and EXPECTED.endswith(tail),
        "stream_bytes_to_a_page": page.stream_bytes,
    }


async def _stop_endless(page: Page) -> float:
    """Return the seconds from Stop to the end of a cell that prints without end."""
    page.stream_bytes = 0
    await page.order("run", cell_id=ENDLESS)
    await page.until(lambda: page.state(ENDLESS) == "running" and page.stream_bytes > 200_000)
    begun = time.perf_counter()
    await page.order("interrupt")
    await page.until(lambda: page.state(ENDLESS) not in ("queued", "running"))
    return time.perf_counter() - begun


@asynccontextmanager
async def page_of(here: product.Product, notebook: str) -> AsyncIterator[tuple[Page, server.Client]]:
    """Open a notebook as a page does."""
    client = server.Client(here.url, headers={"Authorization": f"Bearer {here.token}"})
    page = await Page.open(client, notebook)
    try:
        yield page, client
    finally:
        await page.close()
        await client.close()


def _after(seconds: float) -> Callable[[], bool]:
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() > end


def _supervisor_of(here: product.Product) -> psutil.Process:
    """Find the one supervisor below the server's folder."""
    (found,) = (
        process
        for process in psutil.process_iter(["cmdline"])
        if any("supervisor" in part for part in process.info["cmdline"] or ())
        and any(str(here.data) in part for part in process.info["cmdline"])
    )
    return found


def _megabytes(process: psutil.Process) -> float:
    return float(round(process.memory_info().rss / 1e6, 1))


def _quantiles(values: list[float]) -> dict[str, float]:
    values = sorted(values)
    return {
        "p50": round(statistics.median(values), 2),
        "p95": round(p95(values), 2),
        "max": round(values[-1], 2),
        "keystrokes": len(values),
    }


def _cells() -> list[dict[str, Any]]:
    empty: dict[str, Any] = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    return [{"id": name, "source": source, **empty} for name, source in SOURCES.items()]
