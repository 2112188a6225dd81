"""A supervised kernel beside a bare ipykernel that was started with `Popen` and spoken to over ZMQ.

Each round starts both, in turns, on the same machine: seconds from the start to the first result,
milliseconds of a round trip of `1+1`, CPU seconds of all processes. Then, once each, through the
supervisor: floods of displays and lines, an interrupt in a flood, and memory.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

import psutil
import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import write_connection_file

from kernel_manager.client import SupervisorClient, reach
from kernel_manager.engines.base import Placement
from kernel_manager.engines.local import LocalEngine
from kernel_manager.environment import compile_guest
from kernel_manager.hardware import HardwareClass
from kernel_manager.reports import Finished, Message, Report, Started
from kernel_manager.supervisor.channels import RECONNECT_MS

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
    figures["cpu_s"] = cpu_seconds(handle["pid"])
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


def cpu_seconds(pid: int) -> float:
    """Return what a process and all below it have used so far."""
    root = psutil.Process(pid)
    times = [process.cpu_times() for process in (root, *root.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


async def bare(folder: Path, python: str = sys.executable) -> dict[str, Any]:
    file = str(folder / "bare.json")
    began = time.perf_counter()
    write_connection_file(file, transport="ipc", ip=str(folder / "bare"), key=b"benchmark")
    process = _start_bare(python, file, folder)
    try:
        context = zmq.asyncio.Context()
        context.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)  # as ours: the usual 100 ms would flatter us
        client = AsyncKernelClient(connection_file=file, context=context)
        client.load_connection_file()
        client.start_channels()
        await _shake_hands(client)
        await _run_bare(client)
        figures = {"first_s": time.perf_counter() - began, "cpu_s": cpu_seconds(process.pid)}
        trips = []
        for _ in range(ROUND_TRIPS):
            before = time.perf_counter()
            await _run_bare(client)
            trips.append(time.perf_counter() - before)
        figures["trip_ms"] = statistics.median(trips) * 1000
        client.stop_channels()
    finally:
        process.kill()
        process.wait()
    return figures


def _start_bare(python: str, file: str, folder: Path) -> subprocess.Popen[bytes]:
    command = [python, "-m", "ipykernel_launcher", "-f", file]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, cwd=folder)


async def _shake_hands(client: AsyncKernelClient) -> None:
    """Ask who is there until iopub is heard too.

    Not `wait_for_ready`: it listens for 0.2 s of silence, which would make the bare kernel look slow.
    """
    while True:
        client.kernel_info()
        await client.get_shell_msg(timeout=60)
        with suppress(Empty):
            await client.get_iopub_msg(timeout=0.1)
            return


async def _run_bare(client: AsyncKernelClient) -> None:
    msg_id = client.execute("1+1")
    await client.get_shell_msg(timeout=60)
    while True:
        message = await client.get_iopub_msg(timeout=60)
        ours = message["parent_header"].get("msg_id") == msg_id
        if ours and message["content"].get("execution_state") == "idle":
            return


async def compare(rounds: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await compile_guest(Path(sys.executable))  # as a server does when it starts
        await bare(folder)  # fills the disk's cache for both
        plain, ours = [], []
        for number in range(rounds):
            plain.append(await bare(folder))
            ours.append(await supervised(folder, number, in_full=number == rounds - 1))

    def middle(of: list[dict[str, Any]], key: str) -> float:
        return float(round(statistics.median(one[key] for one in of), 3))

    pairs = [mine["first_s"] / peer["first_s"] for mine, peer in zip(ours, plain, strict=True)]
    once = {key: round(value, 3) for key, value in ours[-1].items() if key not in ours[0]}
    return {
        "benchmark": "kernel start",
        "rounds": rounds,
        "bare_first_result_s": middle(plain, "first_s"),
        "supervised_first_result_s": middle(ours, "first_s"),
        "supervised_attached_s": middle(ours, "attached_s"),
        "first_result_ratio": round(middle(ours, "first_s") / middle(plain, "first_s"), 3),
        "first_result_ratio_of_pairs": round(statistics.median(pairs), 3),
        "bare_cpu_s": middle(plain, "cpu_s"),
        "supervised_cpu_s": middle(ours, "cpu_s"),
        "bare_round_trip_ms": middle(plain, "trip_ms"),
        "supervised_round_trip_ms": middle(ours, "trip_ms"),
        **once,
    }


def measure(rounds: int = 9) -> dict[str, Any]:
    """Return the medians of both and our ratio to the bare kernel."""
    return asyncio.run(compare(rounds))
