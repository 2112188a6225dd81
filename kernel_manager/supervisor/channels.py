"""The ZMQ sockets between a supervisor and its kernel, driven by the event loop.

A ZMQ socket's descriptor becomes readable only on the edge from nothing to something, so a socket is always
drained, and looked at again after each send. Draining stops after a number of messages and
goes on in the loop's next turn: a kernel that floods never keeps a command of the server waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import zmq

from kernel_manager.supervisor.process import Wiring

TURN_MESSAGES = 100
"""How many messages of one socket are taken in one turn of the loop."""

RECONNECT_MS = 5
"""The kernel binds its sockets after this side connects; ZMQ's usual 100 ms would delay the first result."""

OnFrames = Callable[[str, Sequence[bytes]], None]


class Channels:
    """Shell, control, stdin and iopub of one kernel. `on_frames(channel, frames)` hears what it says."""

    def __init__(
        self, context: zmq.Context[zmq.Socket[bytes]], wiring: Wiring, identity: bytes, on_frames: OnFrames
    ):
        self._loop = asyncio.get_running_loop()
        self._on_frames = on_frames
        self._sockets = {
            name: _connect(
                context, zmq.SUB if name == "iopub" else zmq.DEALER, wiring.address(name), identity
            )
            for name in ("iopub", "shell", "stdin", "control")
        }
        self._received = 0
        for name, socket in self._sockets.items():
            self._loop.add_reader(socket.FD, self._drain, name)
            self._loop.call_soon(self._drain, name)

    def send(self, channel: str, frames: Sequence[bytes]) -> None:
        """Hand a message to ZMQ, which queues without limit until the kernel takes it."""
        socket = self._sockets.get(channel)
        if socket is None:
            return  # closed: the kernel is gone, and its death report answers
        socket.send_multipart(frames, zmq.DONTWAIT)
        self._loop.call_soon(self._drain, channel)

    async def settle(self, quiet_s: float, limit_s: float) -> None:
        """Wait until the kernel was silent for `quiet_s`: what a dead kernel said is still on its way."""
        end = self._loop.time() + limit_s
        before = -1
        while before != self._received and self._loop.time() < end:
            before = self._received
            await asyncio.sleep(quiet_s)

    def close(self) -> None:
        """Let go of the kernel."""
        for socket in self._sockets.values():
            self._loop.remove_reader(socket.FD)
            socket.close(linger=0)
        self._sockets.clear()

    def _drain(self, channel: str) -> None:
        socket = self._sockets.get(channel)
        if socket is None:
            return
        for _ in range(TURN_MESSAGES):
            try:
                frames = socket.recv_multipart(zmq.DONTWAIT)
            except zmq.Again:
                return
            self._received += 1
            self._on_frames(channel, frames)
            if socket.closed:
                return
        self._loop.call_soon(self._drain, channel)


def _connect(
    context: zmq.Context[zmq.Socket[bytes]], kind: int, address: str, identity: bytes
) -> zmq.Socket[bytes]:
    socket = context.socket(kind)
    socket.setsockopt(zmq.SNDHWM, 0)
    socket.setsockopt(zmq.RCVHWM, 0)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
    if kind == zmq.SUB:
        socket.setsockopt(zmq.SUBSCRIBE, b"")
    else:
        # A kernel asks for input on stdin under the identity that sent the request on shell.
        socket.setsockopt(zmq.ROUTING_ID, identity)
    socket.connect(address)
    return socket
