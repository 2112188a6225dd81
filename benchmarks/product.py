"""A Commonbook server in a throw-away folder, with one account, for the benchmarks."""

from __future__ import annotations

import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.live import PASSWORD, LiveServer, Script, free_port

__all__ = ["PASSWORD", "Product", "free_port", "running", "wait_for"]


def wait_for(url: str, process: subprocess.Popen[bytes], limit_s: float = 60) -> None:
    """Return once `url` answers; fail when `process` ends or `limit_s` is over."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"{url} did not answer within {limit_s} s")


@dataclass(frozen=True)
class Product:
    """A running server, an admin's script for it, and the time from its start to the listening port."""

    call: Script
    pid: int
    data: Path
    start_s: float

    @property
    def url(self) -> str:
        return self.call.url

    @property
    def token(self) -> str:
        return self.call.token

    def notebook(self, ipynb: dict[str, Any] | None = None) -> str:
        """Make a project with one notebook and return the notebook's id."""
        return self.call.imported(self.call.project("Benchmark"), ipynb, "Benchmark")

    def run_all(self, notebook: str, limit_s: float = 120) -> None:
        """Run all cells of a notebook and return when they are done."""
        run = self.call("POST", f"/api/notebooks/{notebook}/runs", {"cells": "all"})["id"]
        end = time.monotonic() + limit_s
        while (state := self.call("GET", f"/api/runs/{run}")["state"]) in ("queued", "running"):
            if time.monotonic() > end:
                raise TimeoutError(f"the run is {state} after {limit_s} s")
            time.sleep(0.2)
        if state != "done":
            raise RuntimeError(f"the run ended as {state}")

    def socket_url(self, notebook: str) -> str:
        """Return the address of a notebook's websocket."""
        return f"{self.url.replace('http', 'ws', 1)}/api/notebooks/{notebook}/socket"


@contextmanager
def running(**settings: str) -> Iterator[Product]:
    """Start a server; `settings` become `COMMONBOOK_*` variables. The kernel is this Python."""
    with tempfile.TemporaryDirectory(prefix="commonbook-bench-") as folder:
        data = Path(folder)
        variables = {f"COMMONBOOK_{name.upper()}": value for name, value in settings.items()}
        live = LiveServer(data, settings=variables)
        bench = live.person("bench", admin=True)
        begun = time.perf_counter()
        live.start()
        try:
            assert live.process is not None
            yield Product(bench, live.process.pid, data, time.perf_counter() - begun)
        finally:
            live.stop()
            live.end_kernels()
