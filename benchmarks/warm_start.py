"""The first result of a notebook: from a kernel that waited warm, from a cold one, and from a bare ipykernel.

The first two on real servers in their usual sandbox, from the request to run a cell until the record says
that it is done; the bare one from `Popen` to the idle status. In turns, each while nothing else starts.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.kernel_start import bare
from benchmarks.product import Product, running

MAY_TAKE_S = 0.3
POLL_S = 0.003


class Notebook:
    """One notebook that somebody has open, and whose cell can be run on a new kernel again and again."""

    def __init__(self, product: Product, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._url = product.url
        self._headers = {"Authorization": f"Bearer {product.token}"}
        cell = {"id": "cell00000000", "cell_type": "code", "metadata": {}, "source": "1+1", "outputs": []}
        cells = [cell | {"execution_count": None}]
        self.id = product.notebook({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})

    async def open(self) -> aiohttp.ClientWebSocketResponse:
        url = f"{self._url.replace('http', 'ws', 1)}/api/notebooks/{self.id}/socket"
        return await self._http.ws_connect(url, headers=self._headers)

    async def until_warm(self) -> None:
        """Return once a kernel waits."""
        while True:
            waiting = (await self._call("GET", "/api/admin/kernels"))["warm"]
            if any(one["is_ready"] for one in waiting):
                return
            await asyncio.sleep(0.1)

    async def first_result(self) -> float:
        """Return the seconds until a cell has run that needs a kernel first, and stop that kernel."""
        began = time.perf_counter()
        run = (await self._call("POST", f"/api/notebooks/{self.id}/runs", {"cells": "all"}))["id"]
        while True:
            state = (await self._call("GET", f"/api/runs/{run}"))["state"]
            if state not in ("queued", "running"):
                break
            await asyncio.sleep(POLL_S)
        took = time.perf_counter() - began
        if state != "done":
            raise RuntimeError(f"the run ended as {state}")
        await self._call("POST", f"/api/notebooks/{self.id}/kernel", {"action": "stop"})
        while True:
            if (await self._call("GET", f"/api/notebooks/{self.id}/kernel"))["state"] == "none":
                return took
            await asyncio.sleep(0.05)

    async def _call(self, method: str, path: str, body: object = None) -> Any:
        async with self._http.request(method, self._url + path, json=body, headers=self._headers) as answer:
            answer.raise_for_status()
            return await answer.json(content_type=None)


async def compare(warm: Product, cold: Product, rounds: int) -> dict[str, Any]:
    taken: dict[str, list[float]] = {"warm": [], "cold": [], "bare": []}
    with tempfile.TemporaryDirectory() as name:
        async with aiohttp.ClientSession() as http:
            prewarmed, plain = Notebook(warm, http), Notebook(cold, http)
            sockets = [await prewarmed.open(), await plain.open()]
            await bare(Path(name))  # fills the disk's cache for all
            for _ in range(rounds):
                await prewarmed.until_warm()
                taken["warm"].append(await prewarmed.first_result())
                await prewarmed.until_warm()
                taken["cold"].append(await plain.first_result())
                taken["bare"].append((await bare(Path(name)))["first_s"])
            for socket in sockets:
                await socket.close()
    middle = {name: statistics.median(times) for name, times in taken.items()}
    return {
        "benchmark": "warm start",
        "rounds": rounds,
        **{f"{name}_first_result_s": round(time, 3) for name, time in middle.items()},
        "slowest_warm_s": round(max(taken["warm"]), 3),
        "warm_to_cold": round(middle["warm"] / middle["cold"], 3),
        "warm_to_bare": round(middle["warm"] / middle["bare"], 3),
        "is_within": middle["warm"] <= MAY_TAKE_S,
    }


def measure(rounds: int = 9) -> dict[str, Any]:
    """Return the medians of all three and our ratios."""
    with running(prewarmed="1") as warm, running(prewarmed="0") as cold:
        return asyncio.run(compare(warm, cold, rounds))
