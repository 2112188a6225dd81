"""What 200 idle kernels cost the server: a real server that has taken over 200 supervisors that play idle.

Nobody has a page open. Processor time of the server alone, over half a minute, after it has settled.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from collab.ids import NotebookId
from kernel_manager.engines.processes import birth
from kernel_manager.supervisor.usage import QUIET_EVERY_S
from server.db.engine import Database
from server.db.repositories import kernels
from server.db.repositories.kernels import RecordedKernel
from tests.support.live import LiveServer

KERNELS = 200
MAY_COST = 0.02
TOKEN = "benchmark"
SETTLE_S, MEASURE_S = 10.0, 30.0


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


def measure(count: int = KERNELS) -> dict[str, Any]:
    """Return the server's use of one core."""
    with tempfile.TemporaryDirectory(prefix="commonbook-bench-") as folder:
        data, live = Path(folder), LiveServer(Path(folder))
        ada = live.person("ada", admin=True)
        live.start()
        notebooks = [ada.notebook(ada.project()) for _ in range(count)]
        live.stop()
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
            live.start()
            assert fakes.stdout.readline() == "attached\n"
            attached_s = time.perf_counter() - began
            time.sleep(SETTLE_S)
            assert live.process is not None
            figures = _watch(live.process.pid)
        finally:
            live.stop()
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
