"""What 200 idle kernels cost the server: a real server that has taken over 200 supervisors that play idle.

Nobody has a page open. Processor time of the server alone, over half a minute, after it has settled.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from benchmarks import product
from collab.ids import NotebookId
from kernel_manager.engines.processes import birth
from kernel_manager.supervisor.usage import QUIET_EVERY_S
from server.db.engine import Database
from server.db.repositories import kernels
from server.db.repositories.kernels import RecordedKernel

KERNELS = 200
MAY_COST = 0.02
TOKEN = "benchmark"
SETTLE_S, MEASURE_S, ATTACH_LIMIT_S = 10.0, 30.0, 120.0


async def put_on_record(data: Path, notebooks: list[str], pid: int) -> None:
    """Write the rows of kernels that an earlier server would have placed."""
    database, now = Database(f"sqlite:///{data / 'commonbook.sqlite3'}"), datetime.now(UTC)
    mark = birth(pid)
    for number, notebook in enumerate(notebooks):
        kernel = RecordedKernel(f"k{number}", NotebookId(notebook), "local", "local", TOKEN, 1, 1, "living")
        handle = {"pid": pid, "birth": mark, "dir": str(data / "kernels" / kernel.id)}

        def write(connection: Any, kernel: RecordedKernel = kernel, handle: Any = handle) -> None:
            kernels.intend(connection, kernel, now)
            kernels.placed(connection, kernel, handle)

        await database.write_plain(write)
    await database.close()


def serve(data: Path, port: int) -> subprocess.Popen[bytes]:
    """Start a server on the folder, and return when it answers."""
    options = ["--no-browser", "--port", str(port), "--data", str(data)]
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "serve", *options],
        env={"COMMONBOOK_KERNEL_PYTHON": sys.executable, **os.environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    product.wait_for(f"http://127.0.0.1:{port}/api/health", process)
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(60)


def measure(count: int = KERNELS) -> dict[str, Any]:
    """Return the server's use of one core."""
    with tempfile.TemporaryDirectory(prefix="commonbook-bench-") as folder:
        data, port = Path(folder), product.free_port()
        account = ["user", "add", "bench", "--email", "bench@example.org", "--password-stdin", "--admin"]
        product.command(data, *account, text=product.PASSWORD)
        token = product.command(data, "token", "create", "bench").split()[-1]
        server = serve(data, port)
        site = product.Product(f"http://127.0.0.1:{port}", token, server.pid, data, 0.0)
        notebooks = [site.notebook() for _ in range(count)]
        stop(server)
        given = [str(data / "kernels"), str(count), TOKEN, str(QUIET_EVERY_S)]
        fakes = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.fake_supervisors", *given],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert fakes.stdout is not None
            assert fakes.stdout.readline() == "listening\n"
            asyncio.run(put_on_record(data, notebooks, fakes.pid))
            began = time.perf_counter()
            server = serve(data, port)
            try:
                assert fakes.stdout.readline() == "attached\n"
                attached_s = time.perf_counter() - began
                time.sleep(SETTLE_S)
                figures = _watch(server.pid)
            finally:
                stop(server)
        finally:
            fakes.kill()
            fakes.wait()
    return {
        "benchmark": "idle kernels",
        "kernels": count,
        "all_attached_after_s": round(attached_s, 2),
        **figures,
        "is_within": figures["server_cores"] <= MAY_COST,
    }


def _watch(pid: int) -> dict[str, float]:
    process = psutil.Process(pid)
    before, began = process.cpu_times(), time.perf_counter()
    time.sleep(MEASURE_S)
    after, took = process.cpu_times(), time.perf_counter() - began
    used = after.user + after.system - before.user - before.system
    return {"server_cores": round(used / took, 4), "server_rss_mb": round(process.memory_info().rss / 1e6, 1)}
