"""Which requests a browser may have been tricked into, and what pages may do. Pure decisions.

Hosts and origins are compared with exact lists, never with patterns; where a
header that would prove innocence is missing, the answer is no.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

COMMON_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}

API_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""For answers that are data: should one be opened as a page, it can do nothing."""

FRAME_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'self' 'unsafe-inline' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src data: blob:; media-src data: blob:; "
    "font-src 'self' data:; connect-src 'none'; worker-src blob:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
"""For the frame in which untrusted outputs live: scripts may run, and reach nothing."""


def shell_policy(host: str, *, https: bool) -> str:
    """Return the policy of the app's own page, served at `host`; its socket is named in full."""
    socket = f"{'wss' if https else 'ws'}://{host}"
    return (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; "
        f"connect-src 'self' {socket}; frame-src 'self'; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    )


@dataclass(frozen=True, slots=True)
class Request:
    """What a request says about where it comes from."""

    method: str
    origin: str | None
    fetch_site: str | None
    carries_cookie: bool
    carries_token: bool
    is_upgrade: bool


def may_be_forged(request: Request, origins: Collection[str]) -> bool:
    """Say whether another site may have made the browser send this write or socket upgrade.

    A foreign Origin is always refused. A request that acts by cookie must
    prove that it comes from our pages; one with a token in its own header
    cannot have been made by another site.
    """
    if request.method in SAFE_METHODS and not request.is_upgrade:
        return False
    if request.origin is not None:
        return request.origin.lower() not in origins
    if request.carries_token:
        return False
    if request.is_upgrade:
        return request.carries_cookie
    if request.carries_cookie:
        return request.fetch_site != "same-origin"
    return request.fetch_site not in {None, "same-origin", "none"}


def client_address(peer: str, forwarded_for: Sequence[str], trusted: Sequence[str]) -> str:
    """Return the address of the client: the nearest one that is no trusted proxy.

    `forwarded_for` is the X-Forwarded-For list as received. It counts only as
    far as trusted proxies wrote it.
    """
    networks = [ipaddress.ip_network(each) for each in trusted]
    address = peer
    for before in reversed(forwarded_for):
        if not _is_within(address, networks):
            break
        try:
            address = str(ipaddress.ip_address(before.strip()))
        except ValueError:
            break
    return address


def _is_within(address: str, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed.version == network.version and parsed in network for network in networks)


def local_path(wanted: str) -> str:
    """Return `wanted` if it is a path of this app in every browser's reading, else `/`."""
    for text in (wanted, unquote(wanted), unquote(unquote(wanted))):
        parts = urlsplit(text) if text.isprintable() and text.isascii() else None
        plain = parts is not None and not parts.scheme and not parts.netloc
        if not plain or not text.startswith("/") or text.startswith("//") or "\\" in text:
            return "/"
    return wanted
