"""Ways from a sandbox to one database, for drivers of every kind: a port inside that leads there.

The far end is named by the addresses that were checked, so nobody asks for its name again.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Thread

from .session import CONNECT_S, LOOPBACK

CHUNK = 65536

Dial = Callable[[str, int], socket.socket]
"""Connects to an address and a port; raises `OSError`."""


class Door:
    """A port of this machine that leads to the first of `addresses` that takes a connection."""

    def __init__(self, addresses: Sequence[str], port: int, dial: Dial) -> None:
        self._addresses = addresses
        self._far_port = port
        self._dial = dial
        self.failure: OSError | None = None
        """Why nobody was let through, of the last try."""
        self._listening = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listening.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            guest, _ = self._listening.accept()
            Thread(target=self._lead, args=(guest,), daemon=True).start()

    def _lead(self, guest: socket.socket) -> None:
        with guest:
            for address in self._addresses:
                try:
                    far = self._dial(address, self._far_port)
                except OSError as failure:
                    self.failure = failure
                    continue
                self.failure = None
                with far:
                    back = Thread(target=_copy, args=(far, guest), daemon=True)
                    back.start()
                    _copy(guest, far)
                    back.join()
                return


def directly(address: str, port: int) -> socket.socket:
    """Dial where nothing stands in between."""
    far = socket.create_connection((address, port), CONNECT_S)
    far.settimeout(None)
    return far


def through(gate: int) -> Dial:
    """Return what dials through the gate that listens on the port `gate` of this sandbox."""

    def dial(address: str, port: int) -> socket.socket:
        line = socket.create_connection((LOOPBACK, gate), CONNECT_S)
        try:
            name = f"[{address}]" if ":" in address else address
            line.sendall(f"CONNECT {name}:{port} HTTP/1.1\r\n\r\n".encode())
            _demand_open(_answer(line))
        except BaseException:
            line.close()
            raise
        line.settimeout(None)
        return line

    return dial


def _answer(line: socket.socket) -> str:
    """Return the first line of what the gate says, and read no byte beyond its head."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = line.recv(1)
        if not byte:
            break
        head += byte
    return head.split(b"\r\n")[0].decode("latin-1")


def _demand_open(said: str) -> None:
    if " 200 " in said:
        return
    if "refused" in said:
        raise ConnectionRefusedError(said)
    if "No answer" in said:
        raise TimeoutError(said)
    raise OSError(said or "the gate is closed")


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(CHUNK):
            target.sendall(chunk)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
