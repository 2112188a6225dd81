"""An edit from one client to all others, and joining a big notebook, beside the peers.

The peers are jupyter-collaboration and y-websocket. The same load generator
(`edit_latency.py`) drives all three, one after the other in each round;
figures are medians over the rounds.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import peers, product
from benchmarks.notebooks import code_cells, printing_cells

TOOL = Path(__file__).with_name("edit_latency.py")
CELLS = 200
SHOWN = (
    "p50_ms",
    "p99_ms",
    "ack_p50_ms",
    "server_cpu_us_per_edit",
    "rss_end_mb",
    "join_p50_ms",
    "join_bytes",
)


def drive(*arguments: str, clients: int, seconds: float, pid: int) -> dict[str, Any]:
    """Run the load generator once and return its figures; raises when a delivery was missing."""
    done = subprocess.run(
        [
            sys.executable,
            str(TOOL),
            *arguments,
            "--clients",
            str(clients),
            "--seconds",
            str(seconds),
            "--pid",
            str(pid),
        ],
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"edit_latency failed: {done.stdout[-500:]} {done.stderr[-500:]}")
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def commonbook(clients: int, seconds: float, output_bytes: int = 0) -> dict[str, Any]:
    with product.running() as server:
        notebook = server.notebook(code_cells(CELLS, output_bytes))
        return drive(
            "--protocol", "commonbook", "--url", server.socket_url(notebook), "--token", server.token,
            clients=clients, seconds=seconds, pid=server.pid,
        )  # fmt: skip


def commonbook_ran(clients: int, seconds: float, output_bytes: int = 0) -> dict[str, Any]:
    """The same notebook, but its outputs were printed by its own cells."""
    with product.running() as server:
        notebook = server.notebook(printing_cells(CELLS, output_bytes))
        server.run_all(notebook)
        return drive(
            "--protocol", "commonbook", "--url", server.socket_url(notebook), "--token", server.token,
            clients=clients, seconds=seconds, pid=server.pid,
        )  # fmt: skip


def jupyter(clients: int, seconds: float, output_bytes: int = 0) -> dict[str, Any]:
    with peers.jupyter(code_cells(CELLS, output_bytes)) as (url, pid):
        return drive(
            "--protocol", "jupyter", "--url", url, "--token", "bench", "--room", "bench.ipynb",
            clients=clients, seconds=seconds, pid=pid,
        )  # fmt: skip


def y_websocket(clients: int, seconds: float, output_bytes: int = 0) -> dict[str, Any]:
    seed = ["--seed-cells", str(CELLS), "--seed-output-mb", str(output_bytes / 1e6)]
    with peers.y_websocket() as (url, pid):
        return drive("--protocol", "yws", "--url", url, *seed, clients=clients, seconds=seconds, pid=pid)


SERVERS = {"commonbook": commonbook, "jupyter-collaboration": jupyter, "y-websocket": y_websocket}


def medians(rounds: list[dict[str, Any]]) -> dict[str, float]:
    return {
        name: statistics.median(figures[name] for figures in rounds)
        for name in SHOWN
        if rounds[0].get(name) is not None
    }


def measure(rounds: int = 3, seconds: float = 10, clients: tuple[int, ...] = (2, 10, 50)) -> dict[str, Any]:
    """Return, for each number of clients, the medians of each server and our ratio to the peers."""
    result: dict[str, Any] = {"benchmark": "edits", "cells": CELLS, "rounds": rounds}
    for count in clients:
        taken: dict[str, list[dict[str, Any]]] = {name: [] for name in SERVERS}
        for _ in range(rounds):
            for name, server in SERVERS.items():
                taken[name].append(server(count, seconds))
        result[f"{count} clients"] = compared({name: medians(list_) for name, list_ in taken.items()})
    return result


def measure_join(rounds: int = 3, output_bytes: int = 5_000_000) -> dict[str, Any]:
    """Return the time and bytes of joining a notebook whose outputs hold `output_bytes`.

    `commonbook` imported the outputs from a file, as the peers did; in `commonbook-ran` the cells ran there.
    """
    servers = {**SERVERS, "commonbook-ran": commonbook_ran}
    taken: dict[str, list[dict[str, Any]]] = {name: [] for name in servers}
    for _ in range(rounds):
        for name, server in servers.items():
            taken[name].append(server(5, 2, output_bytes))
    by_server = {
        name: {key: value for key, value in medians(list_).items() if key.startswith("join")}
        for name, list_ in taken.items()
    }
    return {"benchmark": "join", "cells": CELLS, "output_bytes": output_bytes, **compared(by_server)}


def compared(by_server: dict[str, dict[str, float]]) -> dict[str, Any]:
    ours = by_server["commonbook"]
    ratios = {
        peer: {
            name: round(ours[name] / value, 2) for name, value in figures.items() if value and name in ours
        }
        for peer, figures in by_server.items()
        if peer != "commonbook"
    }
    return {**by_server, "ratio to": ratios}
