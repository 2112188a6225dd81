"""`commonbook serve`: start, say where, wait for a signal, stop in order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
import webbrowser
from dataclasses import replace

from server import logs
from server.app import Server
from server.config import Config
from server.folder_lock import FolderTaken
from server.isolation import ask_to_go_on, is_alone, look
from server.sessions.part import prepare

log = logging.getLogger("commonbook.isolation")


async def serve(config: Config, *, open_browser: bool) -> int:
    """Serve until SIGTERM or SIGINT, or until a part fails without which the server cannot go on."""
    logs.set_up(as_json=config.log_json)
    stopping = asyncio.Event()
    failed: list[str] = []

    def fail(part: str) -> None:
        failed.append(part)
        stopping.set()

    config = await _with_isolation(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        server = await Server.start(config, on_fatal=fail)
    except FolderTaken as taken:
        return _complain(str(taken))
    except OSError as failure:
        return _complain(f"Cannot listen at {config.host} port {config.port}: {failure.strerror}.")
    server.services.tasks.start("prepare the default environment", prepare(config))
    link = server.setup_url
    where = f"Commonbook is at {server.url}"
    _say(where if link is None else f"{where} - make the first account: {link}")
    # What the start made stays for good; looking through it at a full collection stops everybody for 40 ms.
    gc.collect()
    gc.freeze()
    if open_browser and _has_display():
        await asyncio.to_thread(_open, link or server.url)
    await stopping.wait()
    await server.stop()
    return _complain(f"Stopped because {failed[0]} failed.") if failed else 0


async def _with_isolation(config: Config) -> Config:
    """Say how kernels are held, and where they cannot be, ask somebody who is alone with this server."""
    holds = await look(config)
    if holds.sandbox.works:
        log.info("kernels are isolated", extra={"how": holds.isolation, "limits": holds.limits})
        return config
    may_ask = not config.allow_unsandboxed and is_alone(config) and sys.stdin.isatty()
    if may_ask and await asyncio.to_thread(ask_to_go_on, holds.isolation):
        config = replace(config, allow_unsandboxed=True)
    if config.allow_unsandboxed:
        log.warning("KERNELS ARE NOT ISOLATED: code in them can do whatever this server can do")
    else:
        log.warning("no kernel can start: %s", holds.isolation)
        _say(
            f"Kernels cannot start: {holds.isolation}\n"
            "To run them without isolation, as on a machine of your own, start with --allow-unsandboxed "
            '(make run ARGS="--allow-unsandboxed").'
        )
    return config


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _complain(sentence: str) -> int:
    sys.stderr.write(f"commonbook: {sentence}\n")
    return 1


def _has_display() -> bool:
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open(url: str) -> None:
    with contextlib.suppress(webbrowser.Error):
        webbrowser.open(url)
