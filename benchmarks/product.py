"""A Commonbook server in a throw-away folder, with one account, for the benchmarks."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

PASSWORD = "benchmark password"


def free_port() -> int:
    """Return a TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
    """A running server. `start_s` is the time from its start to the listening port."""

    url: str
    token: str
    pid: int
    data: Path
    start_s: float

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Send one API request and return the decoded answer."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            text = response.read()
        return json.loads(text) if text else None

    def notebook(self, ipynb: dict[str, Any] | None = None) -> str:
        """Make a project with one notebook and return the notebook's id."""
        project = self.call("POST", "/api/projects", {"name": "Benchmark"})["id"]
        body: dict[str, Any] = {"name": "Benchmark"}
        if ipynb is not None:
            body["ipynb"] = ipynb
        made: str = self.call("POST", f"/api/projects/{project}/notebooks", body)["id"]
        return made

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


def command(data: Path, *arguments: str, text: str | None = None) -> str:
    """Run one `commonbook` command on the folder `data` and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", *arguments, "--data", str(data)],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@contextmanager
def running(**settings: str) -> Iterator[Product]:
    """Start a server; `settings` become `COMMONBOOK_*` variables. The kernel is this Python."""
    with tempfile.TemporaryDirectory(prefix="commonbook-bench-") as folder:
        data = Path(folder)
        command(
            data,
            "user",
            "add",
            "bench",
            "--email",
            "bench@example.org",
            "--password-stdin",
            "--admin",
            text=PASSWORD,
        )
        token = command(data, "token", "create", "bench").split()[-1]
        port = free_port()
        environment = {"COMMONBOOK_KERNEL_PYTHON": sys.executable, **os.environ}
        environment |= {f"COMMONBOOK_{name.upper()}": value for name, value in settings.items()}
        begun = time.perf_counter()
        with subprocess.Popen(
            [
                sys.executable,
                "-m",
                "server.cli",
                "serve",
                "--no-browser",
                "--port",
                str(port),
                "--data",
                folder,
            ],
            env=environment,
            stdout=subprocess.DEVNULL,
        ) as process:
            try:
                wait_for(f"http://127.0.0.1:{port}/api/health", process)
                start_s = time.perf_counter() - begun
                yield Product(f"http://127.0.0.1:{port}", token, process.pid, data, start_s)
            finally:
                process.terminate()
                process.wait(30)
                _end_kernels(folder)


def _end_kernels(folder: str) -> None:
    """End the kernels of a server's folder, which outlive the server on purpose."""
    for process in psutil.process_iter(["cmdline"]):
        if any(part.startswith(f"{folder}/") for part in process.info["cmdline"] or ()):
            with suppress(psutil.NoSuchProcess):
                process.kill()
