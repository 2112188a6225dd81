"""A page of the notebook over a real websocket: the documents of a browser, the commands of a person."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import aiohttp

from collab.frames import read_varuint
from collab.ids import new_id
from collab.runtime import RunEntry, RuntimeDocument
from collab.wire import Channel
from tests.support import server
from tests.support.clients import Client

T = TypeVar("T")
LIMIT_S = 30.0


class Page(Client):
    """One open notebook in one browser. `until` waits for what the server sends."""

    def __init__(self, name: str, ws: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__(name)
        self.ws = ws
        self.closed: int | None = None
        self.logs: dict[str, bytearray] = {}
        self.stream_bytes = 0
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue()
        self._news = asyncio.Event()
        self.connection = _Wire(self._outgoing)  # type: ignore[assignment]
        self._tasks = [asyncio.ensure_future(self._read_all()), asyncio.ensure_future(self._write_all())]

    @classmethod
    async def open(cls, browser: server.Client, notebook: str) -> Page:
        """Open the socket and wait until the documents are there."""
        url = f"{browser.base.replace('http', 'ws')}/api/notebooks/{notebook}/socket"
        ws = await browser.http.ws_connect(url, origin=browser.base, max_msg_size=0)
        page = cls(browser.name, ws)
        await page.until(lambda: "state" in page.runtime["kernel"] or page.closed)
        return page

    @property
    def runtime_view(self) -> RuntimeDocument:
        return RuntimeDocument(self.runtime)

    async def until(self, claim: Callable[[], T]) -> T:
        """Return what `claim` gives as soon as it gives anything true."""
        try:
            async with asyncio.timeout(LIMIT_S):
                while not (found := claim()):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"waited in vain; the page shows {self.seen()}") from None
        return found

    def seen(self) -> str:
        """Return in short what the page shows of the kernel and the runs."""
        runs = {cell: (e.run, e.state, len(e.outputs)) for cell, e in self.runtime_view.entries().items()}
        return (
            f"{self.runtime_view.kernel()}, {runs}, queue {self.runtime_view.queue()}, closed {self.closed}"
        )

    async def order(self, op: str, *, id: str | None = None, **args: Any) -> dict[str, Any]:
        """Send a command and return its `result` or `error`."""
        command = id or new_id()
        seen = len(self.answers(command))
        self.control(type="cmd", id=command, op=op, args=args)
        return (await self.until(lambda: self.answers(command)[seen:]))[0]

    def answers(self, command: str) -> list[dict[str, Any]]:
        kinds = ("result", "error")
        return [m for m in self.messages if m["type"] in kinds and m.get("id") == command]

    def entry(self, cell: str) -> RunEntry | None:
        return self.runtime_view.entry(cell)

    def state(self, cell: str) -> str | None:
        entry = self.entry(cell)
        return entry.state if entry else None

    def kernel(self) -> str:
        return self.runtime_view.kernel().state

    async def until_state(self, cell: str, *states: str) -> RunEntry:
        """Wait until the cell's run is in one of `states`."""
        await self.until(lambda: self.state(cell) in states)
        entry = self.entry(cell)
        assert entry is not None
        return entry

    async def saved(self) -> None:
        """Wait until every edit is acknowledged."""
        await self.until(lambda: self.acked == self.sent)

    async def close(self) -> None:
        """Close the page."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.ws.close()
        self.doc.unobserve(self._subscription)

    async def _read_all(self) -> None:
        async for message in self.ws:
            if message.type is aiohttp.WSMsgType.BINARY:
                if message.data[0] == Channel.STREAM:
                    self._stream(message.data)
                else:
                    self._read(message.data)
                self._news.set()
        self.closed = self.ws.close_code
        self._news.set()

    async def _write_all(self) -> None:
        while True:
            await self.ws.send_bytes(await self._outgoing.get())

    def _stream(self, frame: bytes) -> None:
        size, at = read_varuint(frame, 1)
        name = frame[at : at + size].decode()
        offset, at = read_varuint(frame, at + size)
        log = self.logs.setdefault(name, bytearray())
        self.stream_bytes += len(frame)
        if offset <= len(log):
            log[offset:] = frame[at:]


class _Wire:
    """What the client writes to instead of a connection in memory."""

    def __init__(self, outgoing: asyncio.Queue[bytes]) -> None:
        self._outgoing = outgoing

    def receive(self, frame: bytes) -> None:
        self._outgoing.put_nowait(frame)

    def leave(self) -> None:
        return
