"""Frames on a real socket pair: one stream of bytes, whoever reads slowly."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator

import pytest
from tornado.iostream import IOStream

from server.sending import FrameSender

LIMIT_S = 30.0


class Pair:
    """A sender, what it writes to, and the other end."""

    def __init__(self) -> None:
        near, self.other = socket.socketpair()
        self.other.setblocking(False)
        self.stream = IOStream(near)
        self.sender = FrameSender(self.stream, self)
        self.is_leaving = False

    def is_closing(self) -> bool:
        return self.is_leaving or self.stream.closed()

    async def read(self, size: int) -> bytes:
        loop, found = asyncio.get_running_loop(), b""
        async with asyncio.timeout(LIMIT_S):
            while len(found) < size:
                found += await loop.sock_recv(self.other, size - len(found))
        return found


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    made = Pair()
    yield made
    made.stream.close()
    made.other.close()


def framed(payload: bytes) -> bytes:
    """Return the frame of RFC 6455 around a binary message."""
    if len(payload) < 126:
        return b"\x82" + bytes((len(payload),)) + payload
    if len(payload) < 2**16:
        return b"\x82\x7e" + struct.pack("!H", len(payload)) + payload
    return b"\x82\x7f" + struct.pack("!Q", len(payload)) + payload


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
async def test_a_frame_has_the_head_of_its_size(pair: Pair, size: int) -> None:
    payload = bytes(index % 251 for index in range(size))
    pair.sender.send(payload)
    expected = framed(payload)
    assert await pair.read(len(expected)) == expected


async def test_what_the_kernel_takes_at_once_is_not_pending(pair: Pair) -> None:
    pair.sender.send(b"short")
    assert pair.sender.pending_bytes == 0
    await asyncio.wait_for(pair.sender.drained(), LIMIT_S)


async def test_a_slow_reader_gets_everything_in_order(pair: Pair) -> None:
    payloads = [bytes((number,)) * (200_000 if number % 3 else 20) for number in range(30)]
    for payload in payloads:
        pair.sender.send(payload)
    expected = b"".join(map(framed, payloads))
    assert 0 < pair.sender.pending_bytes < len(expected)
    waiting = asyncio.ensure_future(pair.sender.drained())
    assert await pair.read(len(expected)) == expected
    await asyncio.wait_for(waiting, LIMIT_S)
    assert pair.sender.pending_bytes == 0


async def test_frames_stay_behind_what_the_websocket_itself_has_written(pair: Pair) -> None:
    big = b"p" * 1_000_000
    written = pair.stream.write(big)
    begun = pair.other.recv(100_000)  # now the kernel would take more, ahead of what the stream holds
    pair.sender.send(b"after")
    assert pair.sender.pending_bytes == len(framed(b"after"))
    assert begun + await pair.read(len(big) + 7 - len(begun)) == big + framed(b"after")
    await asyncio.wait_for(written, LIMIT_S)


async def test_nothing_follows_a_goodbye(pair: Pair) -> None:
    pair.is_leaving = True
    pair.sender.send(b"too late")
    pair.is_leaving = False
    pair.sender.send(b"next")
    assert await pair.read(6) == framed(b"next")


async def test_a_reader_that_is_gone_harms_nobody(pair: Pair) -> None:
    pair.other.close()
    for _ in range(5):
        pair.sender.send(b"x" * 1_000_000)
    pair.stream.close()
    pair.sender.send(b"more")
    await asyncio.wait_for(pair.sender.drained(), LIMIT_S)
    assert pair.sender.pending_bytes == 0
