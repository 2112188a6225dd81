"""The product as people meet it: `commonbook serve` in a process of its own, and browsers in front of it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from server.config import Config, load
from server.offline import add_user, create_token

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--force-prefers-reduced-motion",  # what moves is drawn by the processor here
]  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class LiveServer:
    """A server process on a folder; `kill` and `start` again keep port and folder."""

    folder: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process and wait until it answers."""
        usual = {"COMMONBOOK_KERNEL_PYTHON": sys.executable, "COMMONBOOK_PREWARMED": "0"}
        environment = os.environ | usual | self.settings
        with (self.folder / "server.log").open("a") as log:
            command = [
                sys.executable,
                "-m",
                "server.cli",
                "serve",
                "--no-browser",
                "--data",
                str(self.folder),
            ]
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port)],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                text=True,
            )
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError((self.folder / "server.log").read_text()[-2000:])
            try:
                with urllib.request.urlopen(f"{self.url}/api/health", timeout=2):
                    return
            except OSError:
                time.sleep(0.02)
        raise TimeoutError("the server did not answer within 30 s")

    def kill(self) -> None:
        """End the process with SIGKILL, as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End the process as an admin would."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def end_kernels(self) -> None:
        """End the kernels of this folder, which outlive the server on purpose."""
        end_kernels(self.folder, but=self.process.pid if self.process else None)

    def person(self, name: str, *, admin: bool = False) -> Script:
        """Make an account and return its script."""
        config = load({"data": self.folder}, os.environ | self.settings, None)
        return new_account(config, self.url, name, admin=admin)


def end_kernels(folder: Path, *, but: int | None = None) -> None:
    """End every process that has `folder` in its command line, `but` one."""
    for process in psutil.process_iter(["cmdline"]):
        if process.pid != but and any(str(folder) in part for part in process.info["cmdline"] or ()):
            process.kill()


def new_account(config: Config, url: str, name: str, *, admin: bool = False) -> Script:
    """Make an account as the commands do, but in this process, and return its script."""

    async def made() -> str:
        await add_user(config, name, f"{name}@example.org", PASSWORD, admin=admin)
        return await create_token(config, name, None)

    # In a thread, because Playwright's loop runs in this one.
    with ThreadPoolExecutor(1) as thread:
        return Script(url, name, thread.submit(asyncio.run, made()).result())


@dataclass(frozen=True)
class Script:
    """Somebody who calls the API with a token."""

    url: str
    name: str
    token: str

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            text = response.read()
        return json.loads(text) if text else None

    def project(self, name: str = "Research", **members: str) -> str:
        """Make a project with `members` (name: role) and return its id."""
        project: str = self("POST", "/api/projects", {"name": name})["id"]
        for who, role in members.items():
            self("POST", f"/api/projects/{project}/members", {"who": who, "role": role})
        return project

    def notebook(self, project: str, *sources: str, name: str = "Notes") -> str:
        """Make a notebook of code cells and return its id."""
        cells = [
            {"id": f"cell{index:08d}", "cell_type": "code", "metadata": {}, "source": source, "outputs": []}
            | {"execution_count": None}
            for index, source in enumerate(sources)
        ]
        ipynb = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
        return self.imported(project, ipynb, name)

    def imported(self, project: str, ipynb: dict[str, Any] | None, name: str = "Notes") -> str:
        """Make a notebook of a file's content, or a new one, and return its id."""
        body = {"name": name} if ipynb is None else {"name": name, "ipynb": ipynb}
        made: str = self("POST", f"/api/projects/{project}/notebooks", body)["id"]
        return made


@dataclass
class Person:
    """Somebody at a browser of their own, signed in."""

    name: str
    context: BrowserContext
    page: Page
    errors: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a path of the server."""
        self.page.goto(path)
        return self.page


def sign_in(browser: Browser, url: str, name: str, **options: Any) -> Person:
    """Open a browser window of its own in which `name` is signed in."""
    context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900}, **options)
    context.set_default_timeout(30_000)
    person = Person(name, context, context.new_page())

    def failed(error: Error) -> None:
        # What a hostile output tries from its frame, and fails at, is no fault of the page.
        if 'origin "null"' not in str(error):
            person.errors.append(str(error))

    person.page.on("pageerror", failed)
    said = {"name": name, "password": PASSWORD}
    assert context.request.post("/api/session", data=said, headers={"Origin": url}).ok
    return person


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
