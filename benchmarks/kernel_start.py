"""Measures a supervised kernel against a bare ipykernel; prints one JSON object.

`python benchmarks/kernel_start.py [--rounds N]`. Each round starts both, in turns, on the same machine:
seconds from the start to the first result, and milliseconds of a round trip of `1+1`. Then, once each: floods
of displays and lines through the supervisor, an interrupt in a flood, and memory.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager

from kernel_manager.client import SupervisorClient, reach
from kernel_manager.engines.base import HardwareClass, Placement
from kernel_manager.engines.local import LocalEngine
from kernel_manager.reports import Finished, Message, Report, Started

ROUND_TRIPS = 50
DISPLAYS = 20_000
LINES = 1_000_000
TOKEN = "benchmark"


class Follower:
    """Runs code through a supervisor and waits for its end."""

    def __init__(self) -> None:
        self.client: SupervisorClient | None = None
        self.count = 0
        self.characters = 0
        self._ends: dict[str, asyncio.Future[Finished]] = {}
        self._begins: dict[str, asyncio.Future[Started]] = {}
        self._number = 0

    def hear(self, report: Report) -> None:
        match report:
            case Message(msg_type="display_data"):
                self.count += 1
            case Message(msg_type="stream"):
                self.characters += len(report.content["text"])
            case Started() if report.msg_id in self._begins:
                self._begins[report.msg_id].set_result(report)
            case Finished() if report.msg_id in self._ends:
                self._ends[report.msg_id].set_result(report)
            case _:
                pass

    def start(self, code: str) -> tuple[asyncio.Future[Started], asyncio.Future[Finished]]:
        assert self.client is not None
        self._number += 1
        name = f"run-{self._number}"
        loop = asyncio.get_running_loop()
        self._begins[name], self._ends[name] = loop.create_future(), loop.create_future()
        self.client.execute(name, code)
        return self._begins[name], self._ends[name]

    async def run(self, code: str) -> Finished:
        return await self.start(code)[1]


async def supervised(folder: Path, number: int, *, in_full: bool) -> dict[str, Any]:
    engine = LocalEngine(folder)
    follower = Follower()
    began = time.perf_counter()
    hardware = HardwareClass("local", "local", "local")
    handle = await engine.submit(
        Placement(f"kernel-{number}", "benchmark", TOKEN, hardware, sys.executable, str(folder))
    )
    endpoint = await reach(engine, handle)
    client = follower.client = await SupervisorClient.attach(endpoint, TOKEN, 1, 0, follower.hear)
    attached = time.perf_counter()
    await follower.run("1+1")
    figures: dict[str, Any] = {"first_s": time.perf_counter() - began, "attached_s": attached - began}
    trips = []
    for _ in range(ROUND_TRIPS):
        before = time.perf_counter()
        await follower.run("1+1")
        trips.append(time.perf_counter() - before)
    figures["trip_ms"] = statistics.median(trips) * 1000
    if in_full:
        process = psutil.Process(handle["pid"])
        figures["idle_rss_mb"] = process.memory_info().rss / 1e6
        before = time.perf_counter()
        await follower.run(f"from IPython.display import display\nfor i in range({DISPLAYS}): display(i)")
        figures["displays_per_s"] = DISPLAYS / (time.perf_counter() - before)
        figures["displays_lost"] = DISPLAYS - follower.count
        before = time.perf_counter()
        await follower.run(f"for i in range({LINES}): print(i)")
        figures["lines_per_s"] = LINES / (time.perf_counter() - before)
        figures["line_characters_lost"] = sum(len(str(i)) + 1 for i in range(LINES)) - follower.characters
        begun, ended = follower.start("while True: print('x' * 50)")
        await begun
        await asyncio.sleep(1)
        before = time.perf_counter()
        await client.interrupt()
        await ended
        figures["interrupt_in_flood_s"] = time.perf_counter() - before
        figures["rss_after_floods_mb"] = process.memory_info().rss / 1e6
    await client.shutdown()
    await engine.cancel(handle)
    return figures


async def bare(folder: Path) -> dict[str, Any]:
    manager = AsyncKernelManager(transport="ipc", connection_file=str(folder / "bare.json"))
    manager.kernel_spec.argv[0] = sys.executable
    began = time.perf_counter()
    await manager.start_kernel(cwd=str(folder))
    client = manager.client()
    client.start_channels()
    # Not `wait_for_ready`: it listens for 0.2 s of silence, which would make the bare kernel look slow.
    client.kernel_info()
    await client.get_iopub_msg(timeout=60)
    await client.get_shell_msg(timeout=60)
    await _run_bare(client)
    figures = {"first_s": time.perf_counter() - began}
    trips = []
    for _ in range(ROUND_TRIPS):
        before = time.perf_counter()
        await _run_bare(client)
        trips.append(time.perf_counter() - before)
    figures["trip_ms"] = statistics.median(trips) * 1000
    client.stop_channels()
    await manager.shutdown_kernel(now=True)
    (folder / "bare.json").unlink(missing_ok=True)
    return figures


async def _run_bare(client: AsyncKernelClient) -> None:
    msg_id = client.execute("1+1")
    await client.get_shell_msg(timeout=60)
    while True:
        message = await client.get_iopub_msg(timeout=60)
        ours = message["parent_header"].get("msg_id") == msg_id
        if ours and message["content"].get("execution_state") == "idle":
            return


async def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await bare(folder)  # fills the disk's cache for both
        plain, ours = [], []
        for number in range(rounds):
            plain.append(await bare(folder))
            ours.append(await supervised(folder, number, in_full=number == rounds - 1))

    def middle(of: list[dict[str, Any]], key: str) -> float:
        return round(statistics.median(one[key] for one in of), 3)

    ratio = middle(ours, "first_s") / middle(plain, "first_s")
    once = {key: round(value, 3) for key, value in ours[-1].items() if key not in ours[0]}
    print(
        json.dumps(
            {
                "rounds": rounds,
                "bare_first_result_s": middle(plain, "first_s"),
                "supervised_first_result_s": middle(ours, "first_s"),
                "supervised_attached_s": middle(ours, "attached_s"),
                "first_result_ratio": round(ratio, 3),
                "bare_round_trip_ms": middle(plain, "trip_ms"),
                "supervised_round_trip_ms": middle(ours, "trip_ms"),
                **once,
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    asyncio.run(main(parser.parse_args().rounds))
