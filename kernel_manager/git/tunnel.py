"""Takes ssh through the gate: a program of its own inside git's sandbox. Standard library alone.

Called with the gate's port, the host and the port of the far end; speaks HTTP's CONNECT, then copies.
"""

from __future__ import annotations

import os
import socket
import sys
import threading


def main() -> None:
    """Ask for the way, then be it."""
    gate, host, port = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    name = f"[{host}]" if ":" in host else host
    with socket.create_connection(("127.0.0.1", gate)) as line:
        line.sendall(f"CONNECT {name}:{port} HTTP/1.1\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            more = line.recv(4096)
            if not more:
                break
            head += more
        first, _, rest = head.partition(b"\r\n\r\n")
        if b" 200 " not in first.split(b"\r\n")[0]:
            sys.stderr.write("no way through the gate\n")
            raise SystemExit(1)
        _write(rest)
        threading.Thread(target=_send, args=(line,), daemon=True).start()
        while chunk := line.recv(65536):
            _write(chunk)


def _send(line: socket.socket) -> None:
    while chunk := os.read(0, 65536):
        line.sendall(chunk)
    line.shutdown(socket.SHUT_WR)


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    main()
