"""A kernel as a Slurm job beside one on this machine: seconds from the start to the first result, in turns.

Starts a cluster of its own on loopback, and says politely why it cannot where there is no Slurm.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.kernel_start import TOKEN, Follower
from kernel_manager.client import SupervisorClient, reach
from kernel_manager.engines.base import Engine, Placement
from kernel_manager.engines.local import LocalEngine
from kernel_manager.engines.slurm.engine import SlurmEngine
from kernel_manager.hardware import HardwareClass
from tests.support import slurm

MAY_TAKE_LONGER_S = 1.5


async def first_result(engine: Engine, name: str, folder: Path) -> float:
    """Return how long a kernel of `engine` takes until it has computed something."""
    hardware = HardwareClass("bench", "bench", engine.name, cpus=1, memory_mib=500)
    follower = Follower()
    began = time.perf_counter()
    placement = Placement(
        name, "benchmark", TOKEN, hardware, sys.executable, str(folder), allow_unsandboxed=True
    )
    handle = await engine.submit(placement)
    while True:  # as long as it is queued, which the engine answers from memory
        if (await engine.status(handle)).phase != "queued":
            break
        await asyncio.sleep(0.02)
    client = await SupervisorClient.attach(await reach(engine, handle), TOKEN, 1, 0, follower.hear)
    follower.client = client
    await follower.run("1+1")
    took = time.perf_counter() - began
    await client.shutdown()
    await engine.cancel(handle)
    return took


async def compare(cluster: slurm.Cluster, folder: Path, rounds: int) -> dict[str, Any]:
    here = LocalEngine(folder / "local")
    there = SlurmEngine(folder / "slurm", network="127.0.0.0/8", conf=str(cluster.conf), poll_s=0.5)
    await first_result(here, "warm", folder)
    local, jobs = [], []
    for number in range(rounds):
        local.append(await first_result(here, f"k{number}", folder))
        jobs.append(await first_result(there, f"k{number}", folder))
    difference = statistics.median(jobs) - statistics.median(local)
    return {
        "benchmark": "slurm start",
        "rounds": rounds,
        "local_first_result_s": round(statistics.median(local), 3),
        "slurm_first_result_s": round(statistics.median(jobs), 3),
        "difference_s": round(difference, 3),
        "is_within": difference <= MAY_TAKE_LONGER_S,
    }


def measure(rounds: int = 7) -> dict[str, Any]:
    """Return the medians of both and their difference."""
    missing = slurm.missing()
    if missing:
        return {"benchmark": "slurm start", "skipped": missing}
    with slurm.cluster() as cluster, tempfile.TemporaryDirectory() as folder:
        return asyncio.run(compare(cluster, Path(folder), rounds))
