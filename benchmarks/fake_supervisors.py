"""`python -m benchmarks.fake_supervisors FOLDER COUNT TOKEN EVERY_S`: supervisors of idle kernels.

All in one process. Each has a port and an address file of its own, says hello, and tells every so often that
nothing happens, as a supervisor of an idle kernel does. Prints a line once all listen, and one once all have
been reached.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from kernel_manager.reports import Quiet
from kernel_manager.supervisor import wire
from kernel_manager.supervisor.spec import ADDRESS, write_json

ATTACHED: set[int] = set()
MEMORY = 60_000_000
QUIET = Quiet(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)


class Idle(WebSocketHandler):
    """The line of one server to one idle kernel."""

    def initialize(self, number: int, count: int, token: str, every_s: float) -> None:
        self.number, self.count, self.token, self.every_s = number, count, token, every_s

    def check_origin(self, origin: str) -> bool:
        return True

    async def open(self, *args: str, **kwargs: str) -> None:
        assert self.request.headers["Authorization"] == f"Bearer {self.token}"
        self._say(wire.Hello(1, "ready", 0, wire.PROTOCOL))
        ATTACHED.add(self.number)
        if len(ATTACHED) == self.count:
            print("attached", flush=True)
        asyncio.get_running_loop().call_later(self.every_s * self.number / self.count, self._tell)

    def on_message(self, message: str | bytes) -> None:
        pass

    def _tell(self) -> None:
        try:
            self._say(wire.UsageNow(0.0, MEMORY, None, (), QUIET))
        except WebSocketClosedError:
            return
        asyncio.get_running_loop().call_later(self.every_s, self._tell)

    def _say(self, message: wire.Control) -> None:
        self.write_message(wire.CONTROL + wire.encode(message), binary=True)


async def main(folder: Path, count: int, token: str, every_s: float) -> None:
    """Serve until killed."""
    for number in range(count):
        given = {"number": number, "count": count, "token": token, "every_s": every_s}
        server = HTTPServer(Application([("/kernel", Idle, given)], log_function=lambda handler: None))
        [listening] = bind_sockets(0, "127.0.0.1")
        server.add_socket(listening)
        place = folder / f"k{number}"
        place.mkdir(parents=True)
        write_json(place / ADDRESS, {"host": "127.0.0.1", "port": listening.getsockname()[1], "node": "here"})
    print("listening", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4])))
