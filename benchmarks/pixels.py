"""From a click on Run to the pixels of the result: a real Chromium, a real server, a warm kernel.

The page notes four moments of each run: the click, the command on the socket, the frame after which the
result is in the page, and the first paint with it. The same run over the socket alone, without a
browser, and over ZMQ at a bare kernel, take turns with it: medians are of the same minutes.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from playwright.sync_api import Page as BrowserPage

from benchmarks import product
from benchmarks.figures import p95
from collab.wire import DisplayOutput, Inline
from tests.support import live, server
from tests.support.page import NotebookPage, opened
from tests.support.socket_page import Page

SETUP = "import itertools; numbers = itertools.count()"
SOURCE = "next(numbers)"
CELL = "bench00000001"

WATCH = """
const moments = { click: 0, sent: 0, last: 0, frame: 0, painted: 0 };
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
    if (!this.watched) {
        this.watched = true;
        this.addEventListener("message", () => { moments.last = performance.now(); });
    }
    if (moments.click && !moments.sent) {
        const bytes = new Uint8Array(data.buffer ?? data);
        if (bytes[0] === 5) moments.sent = performance.now();
    }
    return send.call(this, data);
};
addEventListener("click", (event) => { moments.click = event.timeStamp; }, true);
const afterPaint = (call) => {  // a task that a frame's callbacks ask for comes after the frame is painted
    const channel = new MessageChannel();
    channel.port1.onmessage = call;
    channel.port2.postMessage(null);
};
let inFrame = false;
const frameOf = requestAnimationFrame.bind(window);
window.requestAnimationFrame = (call) => frameOf((at) => {
    inFrame = true;
    afterPaint(() => { inFrame = false; });
    call(at);
});
window.watchFor = (index, text) => {
    Object.assign(moments, { click: 0, sent: 0, frame: 0, painted: 0 });
    let done;
    window.painted = new Promise((resolve) => { done = resolve; });
    const cell = document.querySelectorAll("section.cell")[index];
    const observer = new MutationObserver(() => {
        const lines = cell.querySelector(".cell-outputs")?.innerText.split("\\n") ?? [];
        if (!moments.click || !lines.some((line) => line.trim() === text)) return;
        observer.disconnect();
        moments.frame = moments.last;
        const painted = () => afterPaint(() => {
            moments.painted = performance.now();
            done({ ...moments });
        });
        if (inFrame) painted();
        else frameOf(painted);
    });
    observer.observe(cell, { childList: true, subtree: true, characterData: true });
};
"""


def measure(runs: int = 60, warm_up: int = 10) -> dict[str, Any]:
    """Return medians of each stretch in milliseconds, for our page, our socket and a bare kernel."""
    taken: list[dict[str, float]] = []
    with product.running() as here, live.chromium() as browser, bare_kernel() as bare:
        cells = [cell(0, SETUP), cell(1, SOURCE)]
        watched, spoken = here.notebook(notebook(cells)), here.notebook(notebook(cells))
        context = browser.new_context(base_url=here.url, viewport={"width": 1440, "height": 900})
        context.add_init_script(WATCH)
        page = context.new_page()
        sign_in(page)
        opened(page, watched)
        page.evaluate("window.watchFor(0, '-')")
        with Talker(here.url, here.token, spoken) as talker:
            start(page, talker)
            for number in range(warm_up + runs):
                figures = {
                    **clicked(page, number),
                    "socket_ms": talker.run(number),
                    "bare_kernel_ms": timed(lambda: bare.execute_interactive(SOURCE, output_hook=ignore)),
                }
                if number >= warm_up:
                    taken.append(figures)
        context.close()
    found = {name: quantiles([one[name] for one in taken]) for name in taken[0]}
    ours, peer = found["click_to_paint_ms"]["p50"], found["bare_kernel_ms"]["p50"]
    return {"benchmark": "pixels", "runs": runs, **found, "ratio_to_bare_kernel": round(ours / peer, 2)}


def clicked(page: BrowserPage, number: int) -> dict[str, float]:
    """Click on Run once and return how long each stretch took."""
    page.evaluate("text => window.watchFor(1, text)", str(number))
    NotebookPage(page).run(1)
    moment = page.evaluate("() => window.painted")
    NotebookPage(page).wait_state(1, "done")
    return {
        "click_to_paint_ms": moment["painted"] - moment["click"],
        "click_to_command_ms": moment["sent"] - moment["click"],
        "command_to_frame_ms": moment["frame"] - moment["sent"],
        "frame_to_paint_ms": moment["painted"] - moment["frame"],
    }


def start(page: BrowserPage, talker: Talker) -> None:
    """Start both kernels and make what the runs count with."""
    NotebookPage(page).run(0)
    NotebookPage(page).wait_state(0, "done")
    talker.set_up()


class Talker:
    """A page without a browser, on an event loop of its own thread."""

    def __init__(self, url: str, token: str, notebook: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._client: server.Client | None = None
        self._page: Page | None = None
        self._where = (url, token, notebook)

    def __enter__(self) -> Talker:
        self._thread.start()
        self._do(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def set_up(self) -> None:
        """Run the first cell to its end."""
        self._do(self._run("bench00000000", lambda entry: entry.state == "done"))

    def run(self, number: int) -> float:
        """Run the counting cell; milliseconds until its output is in the document."""

        def is_there(entry: Any) -> bool:
            shown = [each for each in entry.outputs if isinstance(each, DisplayOutput)]
            return [each.data["text/plain"] for each in shown] == [Inline(str(number))]

        return float(self._do(self._run(CELL, is_there)))

    async def _run(self, cell_id: str, holds: Callable[[Any], bool]) -> float:
        page = self._page
        assert page is not None
        begun = time.perf_counter()
        run = (await page.order("run", cell_id=cell_id))["value"]["run"]

        def claim() -> bool:
            entry = page.entry(cell_id)
            return entry is not None and entry.run == run and holds(entry)

        await page.until(claim)
        taken = (time.perf_counter() - begun) * 1000
        await page.until_state(cell_id, "done")
        return taken

    async def _open(self) -> None:
        url, token, notebook_id = self._where
        self._client = server.Client(url, headers={"Authorization": f"Bearer {token}"})
        self._page = await Page.open(self._client, notebook_id)

    async def _close(self) -> None:
        assert self._page is not None
        assert self._client is not None
        await self._page.close()
        await self._client.close()

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)


@contextmanager
def bare_kernel() -> Iterator[BlockingKernelClient]:
    """Start an ipykernel without any server."""
    with tempfile.TemporaryDirectory() as folder:
        manager = KernelManager(transport="ipc", connection_file=str(Path(folder) / "bare.json"))
        manager.start_kernel()
        client = manager.blocking_client()
        client.start_channels()
        client.wait_for_ready(60)
        client.execute_interactive(SETUP, output_hook=ignore)
        try:
            yield client
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def ignore(message: object) -> None:
    """Take an output of the bare kernel."""


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def cell(index: int, source: str) -> dict[str, Any]:
    empty: dict[str, Any] = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    return {"id": f"bench{index:08d}", "source": source, **empty}


def notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


def sign_in(page: BrowserPage) -> None:
    page.goto("/login")
    page.get_by_label("Name or e-mail").fill("bench")
    page.get_by_label("Password", exact=True).fill(product.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")


def quantiles(values: list[float]) -> dict[str, float]:
    values = sorted(values)
    return {
        "p50": round(statistics.median(values), 2),
        "p95": round(p95(values), 2),
        "min": round(values[0], 2),
    }
