"""The supervisor's one door: a websocket on one TCP port, for one server at a time.

A server presents the token and a fence number. A lower number than the highest seen is refused, so that two
servers that reattach at once cannot both drive the kernel; an equal or higher one displaces the server before
it. A server that only keeps the kernel warm presents 0; when the first comes that wants it, the kernel's life
begins. Commands are read at once, whatever waits to be written; what is written is pulled from the
journal one frame at a time, so a slow server holds up nothing but itself.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from kernel_manager.supervisor import wire
from kernel_manager.supervisor.service import Supervisor
from kernel_manager.supervisor.usage import EVERY_S, QUIET_EVERY_S, Meter

BATCH_BYTES = 256 * 1024
"""About how much of the journal goes into one write. Less is unsent than this and one entry at any time."""

PATH = "/kernel"

GUESSES_AT_ONCE = 8
REFUSAL_S = 0.5
"""Whoever guesses at the token waits so long for each no. The right one is never kept waiting."""

log = logging.getLogger("supervisor")


@dataclass(slots=True)
class Door:
    """Who may come in, and who is in."""

    token: str
    supervisor: Supervisor | None = None
    fence: int = 0
    is_kept_warm: bool = False
    writer: ServerSocket | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    guesses: int = 0
    guessing: int = 0

    def journal_grew(self) -> None:
        """Wake whoever reads the journal."""
        if self.writer is not None:
            self.writer.caught_up.clear()
            self.writer.growth.set()

    def tell_answer(self, told: wire.Told) -> None:
        """Send what a kernel's agent answered. Without a server it is lost, and asked again."""
        if self.writer is not None:
            self.start(self.writer.tell_answer(told))

    def start(self, work: Any) -> asyncio.Task[None]:
        """Run a coroutine beside the socket that asked for it; an exception in it is logged once."""
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def refuse(self) -> int:
        """Count a wrong token and return the status to answer with, not at once and to few at a time."""
        self.guesses += 1
        if self.guesses in (1, 10, 100) or self.guesses % 1000 == 0:
            log.warning("%d wrong tokens were offered so far", self.guesses)
        if self.guessing >= GUESSES_AT_ONCE:
            return 429
        self.guessing += 1
        try:
            await asyncio.sleep(REFUSAL_S)
        finally:
            self.guessing -= 1
        return 401

    async def say_goodbye(self, limit_s: float) -> None:
        """Let the server read what is left, for at most `limit_s`, and close the connection."""
        writer = self.writer
        if writer is None:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(writer.caught_up.wait(), limit_s)
        writer.close(1000, "shut down")

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a task failed", exc_info=task.exception())


class ServerSocket(WebSocketHandler):
    """The connection of one server."""

    def initialize(self, door: Door) -> None:
        self.door = door
        self.growth = asyncio.Event()
        self.since = 0
        self.is_new_here = False
        self.caught_up = asyncio.Event()
        """Everything in the journal has left for the server."""
        self._pump: asyncio.Task[None] | None = None
        self._answering = asyncio.Lock()

    async def prepare(self) -> None:
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not hmac.compare_digest(token.encode(), self.door.token.encode()):
            raise HTTPError(await self.door.refuse())
        try:
            fence = int(self.request.headers["X-Fence"])
            self.since = int(self.request.headers["X-Since"])
        except (KeyError, ValueError):
            raise HTTPError(400) from None
        if fence < self.door.fence:
            raise HTTPError(409)
        self.is_new_here = fence > self.door.fence
        self.door.fence = fence

    def check_origin(self, origin: str) -> bool:
        return False  # no browser has any business here; servers send no Origin

    def open(self, *args: str, **kwargs: str) -> None:
        self.set_nodelay(True)
        before, self.door.writer = self.door.writer, self
        if before is not None:
            before.close(wire.DISPLACED, "another server took over")
        supervisor = self.door.supervisor
        assert supervisor is not None
        if self.door.fence == 0:
            self.door.is_kept_warm = True
        elif self.door.is_kept_warm:
            self.door.is_kept_warm = False
            supervisor.begin()
        if self.is_new_here:
            supervisor.attached(self.since)
        self._pump = self.door.start(self._feed(supervisor))

    def on_message(self, message: str | bytes) -> None:
        supervisor = self.door.supervisor
        if self.door.writer is not self or supervisor is None:
            return  # displaced: what it still says is late
        try:
            request = wire.decode_request(message if isinstance(message, bytes) else message.encode())
        except msgspec.DecodeError:
            self.close(1003, "not a request")
            return
        self.door.start(self._perform(supervisor, request))

    def on_close(self) -> None:
        if self.door.writer is self:
            self.door.writer = None
        if self._pump is not None:
            self._pump.cancel()

    async def tell(self, message: wire.Control) -> None:
        """Send a message that is outside the journal."""
        with suppress(WebSocketClosedError):  # it asks again when it is back
            await self.write_message(wire.CONTROL + wire.encode(message), binary=True)

    async def tell_answer(self, told: wire.Told) -> None:
        """Send an answer, whole before the next one begins."""
        async with self._answering:
            with suppress(WebSocketClosedError):
                for frame in wire.told_frames(told):
                    await self.write_message(frame, binary=True)

    async def _perform(self, supervisor: Supervisor, request: wire.Request) -> None:
        refusal = await supervisor.perform(request.command)
        if not isinstance(request.command, (wire.Acknowledge, wire.Ask)):
            await self.tell(wire.Done(request.id, refusal))

    async def _feed(self, supervisor: Supervisor) -> None:
        await self.tell(supervisor.hello)
        try:
            while True:
                self.growth.clear()
                records = supervisor.journal.read(self.since, BATCH_BYTES)
                if not records:
                    self.caught_up.set()
                    await self.growth.wait()
                    continue
                self.since = records[-1].seq
                entries = [wire.encode_entry(record.seq, record.epoch, record.body) for record in records]
                self.caught_up.clear()
                for frame in wire.batch_frames(entries):
                    await self.write_message(frame, binary=True)
        except WebSocketClosedError:
            pass


async def measure(door: Door, supervisor: Supervisor, meter: Meter, memory_limit: int | None) -> None:
    """Look every few seconds what the kernel does, and tell the server unless it is behind with its reading.

    A quiet kernel is looked at less often, until somebody asks it for something. Without a server the looking
    goes on: the next one must know for how long the kernel has been quiet.
    """
    while True:
        await asyncio.sleep(EVERY_S)
        if supervisor.activity.is_quiet(time.monotonic()):
            supervisor.stirred.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(supervisor.stirred.wait(), QUIET_EVERY_S - EVERY_S)
        pid = supervisor.kernel_pid
        if pid is None:
            continue
        measured = await asyncio.to_thread(meter.sample, pid) if meter.may_block else meter.sample(pid)
        quiet = supervisor.quiet(measured.work if measured else None)
        writer = door.writer
        if measured is not None and writer is not None and writer.caught_up.is_set():
            await writer.tell(
                wire.UsageNow(
                    measured.cpu,
                    measured.memory,
                    memory_limit,
                    measured.gpus,
                    quiet,
                    unsandboxed=not supervisor.is_sandboxed,
                )
            )


def listen(door: Door, host: str, port: int = 0, tls: ssl.SSLContext | None = None) -> tuple[HTTPServer, int]:
    """Open the door on `port`, or for 0 on a free one, and return it."""
    application = Application(
        [(PATH, ServerSocket, {"door": door})],
        websocket_max_message_size=wire.REQUEST_LIMIT,
        log_function=lambda handler: None,
    )
    server = HTTPServer(application, ssl_options=tls)
    sockets = bind_sockets(port, host)
    server.add_sockets(sockets)
    return server, sockets[0].getsockname()[1]
