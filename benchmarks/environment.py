"""A project's first environment and its first result, beside `uv venv` and `uv pip install ipykernel`.

In turns, on one machine and with uv's cache warm. `base` is what a server makes once, with ipykernel alone
and with all that projects begin with; `fresh server` is the first cell of the first notebook, asked for while
the base is still being made; `new project` is a cell of a project without an environment, `kernel` one that
has it. `install` brings a wheel of ours into a project that still is as it began, `next install` another
version. The peer's first result is a bare ipykernel in the environment that uv has just made.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.kernel_start import bare
from benchmarks.product import Product, running
from benchmarks.warm_start import Notebook
from kernel_manager.environment import PACKAGES, ensure_default
from kernel_manager.environment.bytecode import MARK
from kernel_manager.environment.tool import find_uv
from tests.support.wheels import wheel

READY_S, KERNEL_S = 3.0, 1.0
POLL_S = 0.005
QUIET_LIMIT_S = 300.0

Taken = dict[str, list[float]]


def measure(rounds: int = 3) -> dict[str, Any]:
    """Return the medians, in seconds, and whether they are within what is asked for."""
    taken: Taken = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="commonbook-bench-") as name:
        folder = Path(name)
        for version in ("1.0", "2.0"):
            wheel(folder / "wheels", "tidy", version)
        asyncio.run(_made_directly(folder, 1, defaultdict(list)))  # fills uv's cache and the disk's
        asyncio.run(_made_directly(folder, rounds, taken))
        for _ in range(rounds):
            with running(kernel_python="", prewarmed="0") as product:
                asyncio.run(_fresh(product, taken))
        os.environ["UV_FIND_LINKS"] = str(folder / "wheels")
        with running(kernel_python="", prewarmed="0") as product:
            asyncio.run(_projects(product, rounds, taken))
    middle = {f"{name}_s": round(statistics.median(times), 3) for name, times in taken.items()}
    return {
        "benchmark": "environment",
        "rounds": rounds,
        **middle,
        "base_to_peer": round(middle["base_ipykernel_s"] / middle["peer_ipykernel_s"], 2),
        "new_project_to_peer": round(middle["new_project_first_result_s"] / middle["peer_first_result_s"], 2),
        "is_within": middle["base_ipykernel_s"] <= READY_S and middle["kernel_first_result_s"] <= KERNEL_S,
    }


async def _made_directly(folder: Path, rounds: int, taken: Taken) -> None:
    """Make the base as a server does, and what uv makes by itself, in turns."""
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=folder) as at:
            for name, packages in (("base_ipykernel", ("ipykernel",)), ("base", PACKAGES)):
                began = time.perf_counter()
                await ensure_default(Path(at), lambda line: None, name=name, packages=packages)
                taken[name].append(time.perf_counter() - began)
            began = time.perf_counter()
            _by_uv(Path(at))
            taken["peer_ipykernel"].append(time.perf_counter() - began)
            kernel = await bare(Path(at), str(Path(at, "peer", "bin", "python")))
            taken["peer_kernel_first_result"].append(kernel["first_s"])
            taken["peer_first_result"].append(taken["peer_ipykernel"][-1] + kernel["first_s"])


def _by_uv(folder: Path) -> None:
    uv, place = find_uv(), str(folder / "peer")
    subprocess.run([uv, "venv", "-q", "--no-project", place], check=True)
    python = str(Path(place, "bin", "python"))
    subprocess.run([uv, "pip", "install", "-q", "--python", python, "ipykernel"], check=True)


async def _fresh(product: Product, taken: Taken) -> None:
    async with aiohttp.ClientSession() as http:
        first = Notebook(product, http)
        socket = await first.open()
        taken["fresh_server_first_result"].append(await first.first_result())
        await socket.close()


async def _projects(product: Product, rounds: int, taken: Taken) -> None:
    bases = product.data / "environments"
    _wait_until(lambda: any(bases.glob(f"default*/{MARK}")))
    async with aiohttp.ClientSession() as http:
        for _ in range(rounds):
            notebook = Notebook(product, http)
            socket = await notebook.open()
            taken["new_project_first_result"].append(await notebook.first_result())
            taken["kernel_first_result"].append(await notebook.first_result())
            await socket.close()
            project = product.call("GET", f"/api/notebooks/{notebook.id}")["project"]
            for name, line in (("install", "tidy<2"), ("next_install", "tidy>=2")):
                taken[name].append(await asyncio.to_thread(_install, product, project, line))


def _install(product: Product, project: str, line: str) -> float:
    began = time.perf_counter()
    job = product.call("POST", f"/api/projects/{project}/packages", {"lines": [line]})
    while job["state"] in ("queued", "running"):
        time.sleep(POLL_S)
        job = product.call("GET", f"/api/jobs/{job['id']}")
    if job["state"] != "done":
        raise RuntimeError(f"{line}: {job['reason']}\n{job['detail']}")
    return time.perf_counter() - began


def _wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + QUIET_LIMIT_S
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(POLL_S)
