"""The installer's way out: a proxy beside its sandbox that lets it reach package hosts and nothing private.

A program of its own, started with this file. The sandbox has no network; a listening socket is made in there
and handed out to this process, which connects on the installer's behalf. So it works without root, and what
is inside can neither go around it nor ask anybody else for names. Standard library alone.

On its first line of standard input it reads its rules, as JSON; on standard output it writes each host that
it refused, one a line. It speaks HTTP's CONNECT, and the plain GET and HEAD of indexes without TLS.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import socket
import sys
import threading
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit

PUBLIC_PORTS = (80, 443)
HEAD_BYTES = 32 * 1024
MOST_CONNECTIONS = 128
CHUNK = 128 * 1024
CONNECT_LIMIT_S = 20.0
QUIET_LIMIT_S = 300.0

NOT_HERE = "Closed here"


class Rules:
    """Where the installer may go: `named` hosts with their ports at any address, others as `public` says.

    `places` are hosts with their ports that may be reached where they are the internet's, or in `allowed`
    networks. `posts` lets plain requests carry something there. `upstream` is the site's own proxy, as http://user:password@host:port;
    hosts in `direct` go without it.
    """

    def __init__(self, told: dict[str, Any]) -> None:
        self.named = {(host, port) for host, port in told["named"]}
        self.hosts = frozenset(told["hosts"])
        self.public = bool(told["public"])
        self.places = {(host, port) for host, port in told.get("places", ())}
        self.posts = bool(told.get("posts"))
        self.allowed = tuple(ipaddress.ip_network(each) for each in told.get("allowed", ()))
        self.upstream = urlsplit(told["upstream"]) if told["upstream"] else None
        self.direct = tuple(told["direct"])
        self.closed = tuple(ipaddress.ip_network(each) for each in told["closed"])

    def is_named(self, host: str, port: int) -> bool:
        """Whether the admin has named this place: then it may be anywhere."""
        return (host, port) in self.named or (host in self.hosts and port in PUBLIC_PORTS)

    def may_be_public(self, host: str, port: int) -> bool:
        return (self.public and port in PUBLIC_PORTS) or (host, port) in self.places

    def goes_direct(self, host: str) -> bool:
        """Whether the site's own proxy has no part in this, by the rules of `no_proxy`."""
        return any(each == "*" or host == each or host.endswith(f".{each}") for each in self.direct)

    def is_open(self, address: str) -> bool:
        """Whether an address is one of the internet's, and not one of this machine's own."""
        found = outermost(address)
        if any(found in each for each in self.allowed if each.version == found.version):
            return True
        if not found.is_global or any(found in each for each in self.closed if each.version == found.version):
            return False
        return not _is_ours(address)


class Refused(Exception):
    """The installer may not go there."""


def outermost(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address that is really meant, where one of version 4 is wrapped in one of version 6."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        for inner in (found.ipv4_mapped, found.sixtofour, found.teredo and found.teredo[1]):
            if inner is not None:
                return inner
        if any(found in ipaddress.ip_network(each) for each in ("64:ff9b::/96", "::/96")) and int(found) > 1:
            return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return found


def connect(rules: Rules, host: str, port: int) -> socket.socket:
    """Return a connection to `host`, or to the site's proxy where that has to be asked. Raises `Refused`."""
    is_named = rules.is_named(host, port)
    if not is_named and not rules.may_be_public(host, port):
        raise Refused(host)
    try:
        found = [each[4] for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        if rules.upstream is None:
            raise
        found = []  # only the site's proxy knows this name
    opened = [each for each in found if is_named or rules.is_open(str(each[0]))]
    if found and not opened:
        raise Refused(host)
    if rules.upstream is not None and not rules.goes_direct(host):
        proxy = (rules.upstream.hostname or "", rules.upstream.port or 80)
        return socket.create_connection(proxy, CONNECT_LIMIT_S)
    failure: OSError | None = None
    for address in opened:  # to the address that was looked at: its name may mean another one by now
        try:
            return socket.create_connection((str(address[0]), port), CONNECT_LIMIT_S)
        except OSError as error:
            failure = error
    raise failure or OSError("no address")


def serve(door: socket.socket, rules: Rules) -> None:
    """Answer whoever knocks, for as long as this process lives."""
    free = threading.Semaphore(MOST_CONNECTIONS)
    while True:
        free.acquire()
        guest, _ = door.accept()
        threading.Thread(target=_answer, args=(guest, rules, free), daemon=True).start()


def _answer(guest: socket.socket, rules: Rules, free: threading.Semaphore) -> None:
    host = ""
    try:
        guest.settimeout(QUIET_LIMIT_S)
        head, rest = _head(guest)
        method, target, headers = _parsed(head, ("POST",) if rules.posts else ())
        is_tunnel = method == "CONNECT"
        address = urlsplit(f"//{target}" if is_tunnel else target)
        if not is_tunnel and address.scheme != "http":
            raise ValueError(target)
        host = (address.hostname or "").rstrip(".")
        port = address.port or 80
        with connect(rules, host, port) as far:
            far.settimeout(QUIET_LIMIT_S)
            through = rules.upstream if rules.upstream is not None and not rules.goes_direct(host) else None
            if not is_tunnel:
                path = target if through is not None else f"{address.path or '/'}?{address.query}".rstrip("?")
                lines = [f"{method} {path} HTTP/1.1", *headers, *_pass(through), "Connection: close", "", ""]
                far.sendall("\r\n".join(lines).encode("latin-1") + rest)
            elif through is not None:
                lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", *_pass(through), "", ""]
                far.sendall("\r\n".join(lines).encode("latin-1"))
            else:
                guest.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                if rest:
                    far.sendall(rest)
            other = threading.Thread(target=_copy, args=(guest, far), daemon=True)
            other.start()
            _copy(far, guest)
            other.join()
    except Refused:
        sys.stdout.write(f"{host}\n")
        sys.stdout.flush()
        _say(guest, f"403 {NOT_HERE}")
    except (OSError, ValueError, UnicodeError) as failure:
        _say(guest, f"502 {_why(failure)}")
    finally:
        guest.close()
        free.release()


def _head(guest: socket.socket) -> tuple[bytes, bytes]:
    found = b""
    while b"\r\n\r\n" not in found:
        more = guest.recv(4096)
        if not more or len(found) > HEAD_BYTES:
            raise ValueError("no request")
        found += more
    head, _, rest = found.partition(b"\r\n\r\n")
    return head, rest


def _parsed(head: bytes, also: tuple[str, ...] = ()) -> tuple[str, str, list[str]]:
    first, *headers = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    if method not in ("CONNECT", "GET", "HEAD", *also):
        raise ValueError(method)
    ours = ("connection", "proxy-connection", "proxy-authorization", "keep-alive")
    return method, target, [each for each in headers if each.partition(":")[0].strip().lower() not in ours]


def _pass(through: Any) -> list[str]:
    """Return the header that opens the site's own proxy, where it wants one."""
    if through is None or through.username is None:
        return []
    words = f"{unquote(through.username)}:{unquote(through.password or '')}"
    return [f"Proxy-Authorization: Basic {base64.b64encode(words.encode()).decode()}"]


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while chunk := source.recv(CHUNK):
            target.sendall(chunk)
    except OSError:
        pass
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _why(failure: Exception) -> str:
    match failure:
        case socket.gaierror():
            return "Unknown host"
        case ConnectionRefusedError():
            return "Connection refused"
        case TimeoutError():
            return "No answer"
    return "Bad Gateway"


def _say(guest: socket.socket, status: str) -> None:
    with suppress(OSError):
        guest.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())


def _is_ours(address: str) -> bool:
    """Whether an address belongs to this machine: then something can be bound to it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
        return True


def main() -> None:
    """Take the rules, then the socket that was made inside, and answer there."""
    rules = Rules(json.loads(sys.stdin.readline()))
    line = socket.socket(fileno=int(sys.argv[1]))
    _, descriptors, _, _ = socket.recv_fds(line, 1, 1)
    if not descriptors:
        return
    line.send(b".")
    line.close()
    serve(socket.socket(fileno=descriptors[0]), rules)


if __name__ == "__main__":
    main()
