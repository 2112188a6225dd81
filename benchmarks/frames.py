"""Tables of ten million rows: pages, filters, sorting and figures, beside what pandas itself takes for them.

Both work on the same table in the same process, in turns. `scroll` is the time from frame to frame in
Chromium while the grid scrolls over such a table, with a real server and kernel.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from benchmarks.figures import p95

ROWS = 10_000_000
RUNS = 5

MAKE = f"""
import numpy as np, pandas as pd
random = np.random.default_rng(1)
df = pd.DataFrame({{
    "x": random.normal(size={ROWS}),
    "n": random.integers(0, 1000, {ROWS}),
    "k": pd.Categorical.from_codes(random.integers(0, 5, {ROWS}), list("abcde")),
}})
df"""

SCROLL = """async grid => {
    const times = []
    let last = performance.now()
    for (let step = 0; step < 180; step += 1) {
        grid.scrollTop += 90
        await new Promise(resolve => requestAnimationFrame(resolve))
        const now = performance.now()
        times.push(now - last)
        last = now
    }
    return times
}"""


def measure() -> dict[str, Any]:
    """Return medians in milliseconds, and their ratios to the peer's."""
    from kernel_manager.guest.frames.operations import Operations
    from kernel_manager.guest.frames.shown import Shown
    from kernel_manager.guest.frames.tables import Tables

    names: dict[str, Any] = {}
    exec(MAKE, names)
    frame = names["df"]
    ended: list[Callable[[], None]] = []

    def register(event: str, hook: Callable[[], None]) -> None:
        if event == "post_run_cell":
            ended.append(hook)

    shell = SimpleNamespace(user_ns=names, events=SimpleNamespace(register=register))
    operations = Operations(Tables(shell, Shown(), "mark"))

    def ask(operation: str, **arguments: Any) -> dict[str, Any]:
        return operations.ask(f"frame.{operation}", {"table": "df", **arguments})[0]

    def anew(operation: str, **arguments: Any) -> Callable[[], object]:
        """Ask as after a run, when the rows of a view are found again."""

        def call() -> object:
            ended[0]()
            return ask(operation, **arguments)

        return call

    over_one = {"filters": [{"column": 0, "operation": ">", "values": ["1"]}]}
    by_x = {"sort": [{"column": 0}]}
    ask("page", view=by_x, start=0, stop=100)
    ours = {
        "page_plain": lambda: ask("page", start=5_000_000, stop=5_000_100),
        "page_sorted": lambda: ask("page", view=by_x, start=5_000_000, stop=5_000_100),
        "filter": anew("page", view=over_one, start=0, stop=100),
        "histogram": lambda: ask("profile", columns=[0]),
        "sort": anew("page", view=by_x, start=0, stop=100),
    }
    theirs: dict[str, Callable[[], object]] = {
        "page_plain": lambda: frame.iloc[5_000_000:5_000_100].to_json(),
        "filter": lambda: frame[frame["x"] > 1].head(100).to_json(),
        "histogram": lambda: names["np"].histogram(frame["x"], bins=20),
        "sort": lambda: frame.sort_values("x", kind="stable").head(100).to_json(),
    }
    figures: dict[str, Any] = {}
    for name, call in ours.items():
        peer = theirs.get(name)
        if name == "page_sorted":
            ask("page", view=by_x, start=0, stop=100)
        runs = 3 if name == "sort" else RUNS
        mine, other = in_turns(call, peer, runs)
        figures[name] = {
            "ms": mine,
            "pandas_ms": other,
            "ratio": None if other is None else round(mine / other, 2),
        }
    return {"benchmark": "frames", "rows": ROWS, "figures": figures, "scroll": scroll()}


def in_turns(
    call: Callable[[], object], peer: Callable[[], object] | None, runs: int
) -> tuple[float, float | None]:
    """Return the median times in milliseconds of both, run in turns."""
    mine, other = [], []
    for _ in range(runs):
        mine.append(timed(call))
        if peer is not None:
            other.append(timed(peer))
    return round(statistics.median(mine), 2), round(statistics.median(other), 2) if other else None


def timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def scroll() -> dict[str, Any]:
    """Return the times between frames while the grid scrolls, in milliseconds."""
    import tempfile
    from pathlib import Path

    from tests.support.live import LiveServer, chromium, sign_in
    from tests.support.page import opened

    with tempfile.TemporaryDirectory() as folder:
        server = LiveServer(Path(folder))
        server.start()
        try:
            ada = server.person("ada", admin=True)
            name = ada.notebook(ada.project(), MAKE)
            with chromium() as browser:
                page = sign_in(browser, server.url, "ada").page
                notebook = opened(page, name)
                notebook.run(0)
                notebook.wait_state(0, "done")
                notebook.outputs(0).get_by_role("button", name="Open the table").click()
                grid = page.get_by_role("dialog").get_by_role("grid")
                grid.locator(".fr-row").first.wait_for()
                page.wait_for_timeout(2000)
                times = grid.evaluate(SCROLL)
        finally:
            server.end_kernels()
            server.stop()
    slow = sum(time > 34 for time in times)
    return {
        "median_ms": round(statistics.median(times), 1),
        "p95_ms": round(p95(times), 1),
        "over_34_ms": slow,
        "of": len(times),
        "python": sys.version.split()[0],
    }
