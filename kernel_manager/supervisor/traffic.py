"""Counts the bytes that a process tree has sent and received over the network.

A kernel with a network namespace of its own is counted at its interfaces. One that shares the machine's is
counted by its TCP connections, which Linux tells over a netlink socket. What neither tells (UDP in a shared
namespace, systems other than Linux) is not measured, and then traffic is no sign of work.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

_SOCK_DIAG = 20
_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH
_DONE, _ERROR = 3, 2
_ESTABLISHED = 1 << 1
_WANT_INFO = 1 << 1
_INFO = 2
_HEADER = struct.Struct("=IHHII")
_MESSAGE_BYTES = 72
_INODE = struct.Struct("=I")
_INODE_AT = 68
_BYTES = struct.Struct("=QQ")
_BYTES_AT = 120
"""Where `tcpi_bytes_acked` and `tcpi_bytes_received` stand in the kernel's `struct tcp_info`."""

LIMIT_S = 1.0


class Traffic:
    """The network counters of one process tree."""

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._proc = proc
        self._others: set[str] = set()
        self._before: dict[str, int] = {}
        self._total = 0

    def read(self, kernel: int, pids: Iterable[int]) -> int | None:
        """Return a count of bytes that only grows; None where nothing can be read."""
        try:
            own = os.readlink(self._proc / "self/ns/net")
            theirs = os.readlink(self._proc / str(kernel) / "ns/net")
            now = self._interfaces(kernel) if own != theirs else self._connections(pids)
        except (OSError, ValueError, struct.error):
            return None
        self._total += sum(max(0, count - self._before.get(name, 0)) for name, count in now.items())
        self._before = now
        return self._total

    def _interfaces(self, kernel: int) -> dict[str, int]:
        counts = {}
        for line in (self._proc / str(kernel) / "net/dev").read_text().splitlines()[2:]:
            name, _, numbers = line.partition(":")
            fields = numbers.split()
            if name.strip() != "lo":
                counts[name.strip()] = int(fields[0]) + int(fields[8])
        return counts

    def _connections(self, pids: Iterable[int]) -> dict[str, int]:
        held = self._sockets(pids)
        self._others &= held
        if held == self._others:
            return {}  # sockets that we know to be no TCP connections: nothing to ask
        established = dict(tcp_bytes())
        # A socket that may still connect is looked at again: it is in no table before it does.
        local = _unix_sockets(self._proc)
        self._others = held & local
        return {inode: count for inode, count in established.items() if inode in held}

    def _sockets(self, pids: Iterable[int]) -> set[str]:
        found = set()
        for pid in pids:
            folder = f"{self._proc}/{pid}/fd"
            try:
                descriptors = os.listdir(folder)
            except OSError:
                continue  # ended, or another user's
            for descriptor in descriptors:
                try:
                    target = os.readlink(f"{folder}/{descriptor}")
                except OSError:
                    continue
                if target.startswith("socket:["):
                    found.add(target[8:-1])
        return found


def tcp_bytes() -> Iterator[tuple[str, int]]:
    """Yield the inode of every established TCP connection of this namespace, and its bytes both ways."""
    for family in (socket.AF_INET, socket.AF_INET6):
        for message in _ask(family):
            inode = str(_INODE.unpack_from(message, _INODE_AT)[0])
            at = _MESSAGE_BYTES
            while at + 4 <= len(message):
                length, kind = struct.unpack_from("=HH", message, at)
                if kind == _INFO and length >= 4 + _BYTES_AT + _BYTES.size:
                    yield inode, sum(_BYTES.unpack_from(message, at + 4 + _BYTES_AT))
                if length < 4:
                    break
                at += (length + 3) & ~3


def _ask(family: int) -> Iterator[bytes]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) as link:
        link.settimeout(LIMIT_S)
        question = struct.pack("=BBBBI48x", family, socket.IPPROTO_TCP, _WANT_INFO, 0, _ESTABLISHED)
        link.send(_HEADER.pack(_HEADER.size + len(question), _SOCK_DIAG, _DUMP, 1, 0) + question)
        while True:
            answer = link.recv(1 << 18)
            at = 0
            while at + _HEADER.size <= len(answer):
                length, kind, _, _, _ = _HEADER.unpack_from(answer, at)
                if kind == _DONE:
                    return
                if kind == _ERROR or length < _HEADER.size:
                    raise OSError("the system does not tell its connections")
                yield answer[at + _HEADER.size : at + length]
                at += (length + 3) & ~3


def _unix_sockets(proc: Path) -> set[str]:
    lines = (proc / "net/unix").read_text().splitlines()[1:]
    return {fields[6] for line in lines if len(fields := line.split()) >= 7}
