"""What it takes to show 503 variables, some of them traps: our agent, and what spyder-kernels and marimo do.

Ours is the whole way from the server's end of a real kernel and back: at rest, while a loop runs, while numpy
sorts. The peers' is only their own function and JSON, in a process of their own, over the same variables:
what carries it to a page is not counted. A trap sleeps when it is touched.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from benchmarks.peers import PEERS, ROOT, run
from kernel_manager.client import SupervisorClient
from kernel_manager.reports import Ready, Started
from tests.support.kernels import Reports, attached

PEER_PACKAGES = ("spyder-kernels==3.1.6", "marimo==0.25.2", "pandas", "polars")
PEER_LIMIT_S = 60
TRAP_S = 5.0
ROUNDS_AT_REST, ROUNDS_BUSY = 30, 15
LOOKS_PER_S = 2.0
PAIRS = 3

NAMESPACE = f"""
import time
import numpy as np, pandas as pd, polars as pl

touched = []
def slow(*args, **kwargs):
    touched.append(1)
    time.sleep({TRAP_S})
    return 0

class SlowLength:
    __len__ = slow
class SlowText:
    __repr__ = __str__ = lambda self: slow() or ""
class SlowAttributes:
    shape = dtype = property(slow)
    def __getattr__(self, name):
        slow()
        raise AttributeError(name)

many = {{}}
for n in range(80):
    many |= {{
        f"number_{{n}}": n, f"share_{{n}}": n / 7, f"text_{{n}}": "some text " * n,
        f"list_{{n}}": list(range(n)),
        f"record_{{n}}": {{"a": n, "b": [n, {{"c": n}}]}}, f"array_{{n}}": np.arange(n + 2.0),
    }}
long = 10_000_000
many["frame"] = pd.DataFrame({{"a": np.arange(long), "b": np.ones(long), "c": np.zeros(long)}})
many["lazy"] = pl.DataFrame({{"a": [1, 2]}}).lazy()
many["numbers"] = list(range(5_000_000))
many["letters"] = "x" * 50_000_000
many["ring"] = [1]
many["ring"].append(many["ring"])
for n in range(6):
    many |= {{f"length_{{n}}": SlowLength(), f"words_{{n}}": SlowText()}}
    many[f"attributes_{{n}}"] = SlowAttributes()
assert len(many) == 503, len(many)
"""

PEER = (
    NAMESPACE
    + """
import json, sys
peer, with_traps = sys.argv[1], sys.argv[2] == "traps"
if not with_traps:
    traps = (SlowLength, SlowText, SlowAttributes)
    many = {name: value for name, value in many.items() if type(value) not in traps}
if peer == "spyder-kernels":
    from spyder_kernels.utils.nsview import make_remote_view
    settings = {
        "check_all": False, "exclude_private": True, "exclude_uppercase": False, "exclude_capitalized": False,
        "exclude_unsupported": False, "exclude_callables_and_modules": True, "minmax": False,
        "excluded_names": [], "show_callable_attributes": True, "show_special_attributes": False,
        "filter_on": True,
    }
    look = lambda: json.dumps(make_remote_view(many, settings, []), default=str)
else:
    import msgspec
    from marimo._messaging.variables import create_variable_value
    look = lambda: msgspec.json.encode([create_variable_value(name, value) for name, value in many.items()])
for _ in range(1 if with_traps else 9):
    begun = time.perf_counter()
    look()
    print(json.dumps({"ms": (time.perf_counter() - begun) * 1e3, "touched": len(touched)}), flush=True)
"""
)

LOOP = "while True: pass"
SORT = "while True: np.sort(np.random.rand(1_000_000))"
WORK = """
begun = time.thread_time(), time.process_time()
total = 0
for n in range(25_000_000): total += n
own = time.thread_time() - begun[0]
print((time.process_time() - begun[1] - own) / own)
"""


def install() -> Path:
    """Install the peers, once; returns their interpreter."""
    home = PEERS / "variables"
    python = home / "bin" / "python"
    if not python.exists():
        PEERS.mkdir(exist_ok=True)
        run([sys.executable, "-m", "venv", home], ROOT)
        run([python, "-m", "pip", "install", "-q", *PEER_PACKAGES], ROOT)
    return python


def measure_peer(python: Path, peer: str, traps: str) -> dict[str, Any]:
    """Return the median of a peer's looks in ms, and how often it touched a trap."""
    command = [str(python), "-c", PEER, peer, traps]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PEER_LIMIT_S)
        lines = done.stdout.splitlines()
    except subprocess.TimeoutExpired:
        return {"ms": f"more than {PEER_LIMIT_S} s"}
    looks = [json.loads(line) for line in lines]
    if not looks:
        return {"failed": done.stderr.splitlines()[-1:]}
    return {"ms": round(statistics.median(look["ms"] for look in looks), 1), "touched": looks[-1]["touched"]}


async def look(client: SupervisorClient) -> tuple[float, dict[str, Any]]:
    """Ask for everything once; returns the ms that took."""
    begun = time.perf_counter()
    answer = await client.ask("variables.snapshot", {}, 60)
    return (time.perf_counter() - begun) * 1e3, dict(answer.content)


async def run_cell(client: SupervisorClient, reports: Reports, name: str, code: str) -> None:
    client.execute(name, code)
    finished = await reports.finished(name, 300)
    assert finished.status == "ok", finished


async def looks(client: SupervisorClient, count: int) -> list[float]:
    return [(await look(client))[0] for _ in range(count)]


async def while_busy(client: SupervisorClient, reports: Reports, name: str, code: str) -> list[float]:
    """Look while a cell runs, then stop it."""
    client.execute(name, code)
    await reports.first(Started, lambda report: report.msg_id == name)
    try:
        return await looks(client, ROUNDS_BUSY)
    finally:
        await client.interrupt()
        await reports.finished(name)


async def slow_down(client: SupervisorClient, reports: Reports) -> float:
    """Return what a cell loses when it is looked into twice a second.

    That is the processor time of the kernel's other threads, which hold Python's lock meanwhile, as a share
    of the cell's own: wall time would say more of what else the machine does.
    """

    async def work(name: str, beside: Callable[[], Awaitable[None]] | None) -> float:
        looking = asyncio.ensure_future(beside()) if beside is not None else None
        await run_cell(client, reports, name, WORK)
        if looking is not None:
            looking.cancel()
        return float(reports.text(name))

    async def keep_looking() -> None:
        while True:
            await asyncio.sleep(1 / LOOKS_PER_S)
            await look(client)

    alone, watched = [], []
    for n in range(PAIRS):
        alone.append(await work(f"alone {n}", None))
        watched.append(await work(f"watched {n}", keep_looking))
    return statistics.median(watched) - statistics.median(alone)


async def measure_ours() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="commonbook-bench-") as folder:
        async with attached(Path(folder)) as (client, reports, _):
            await reports.first(Ready)
            await run_cell(client, reports, "namespace", NAMESPACE + "globals().update(many)\ndel many")
            _, seen = await look(client)
            rest = await looks(client, ROUNDS_AT_REST)
            busy = await while_busy(client, reports, "loop", LOOP)
            sorting = await while_busy(client, reports, "sort", SORT)
            slower = await slow_down(client, reports)
            await run_cell(client, reports, "touched", "print(len(touched))")
            return {
                "variables": len(seen["items"]),
                "of": seen["total"],
                "kilobytes": round(len(json.dumps(seen)) / 1e3),
                "at_rest_ms": round(statistics.median(rest), 1),
                "while_a_loop_runs_ms": round(statistics.median(busy), 1),
                "while_numpy_sorts_ms": round(statistics.median(sorting), 1),
                "slow_down_at_2_looks_a_second": round(slower, 3),
                "traps_touched": int(reports.text("touched")),
            }


def measure() -> dict[str, Any]:
    """Return what looking costs here and elsewhere."""
    python = install()
    ours = asyncio.run(measure_ours())
    peers = {
        peer: {
            "without_traps": measure_peer(python, peer, "none"),
            "with_traps": measure_peer(python, peer, "traps"),
        }
        for peer in ("spyder-kernels", "marimo")
    }
    plain = {peer: found["without_traps"].get("ms") for peer, found in peers.items()}
    ratios = {peer: round(ms / ours["at_rest_ms"], 2) for peer, ms in plain.items() if isinstance(ms, float)}
    return {
        "benchmark": "variables",
        "commonbook": ours,
        "peers": peers,
        "peer_without_traps_over_ours": ratios,
    }
