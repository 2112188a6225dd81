"""Addresses of repositories and names of branches, taken apart before git ever sees them. Pure.

Git takes options, commands and helpers where an address is expected, and so does ssh behind it. What is
not plainly an address of https or ssh is refused here, with a sentence.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from kernel_manager.environment.gate import outermost

MOST_CHARACTERS = 1000
MOST_NAME = 200
PORTS = {"https": 443, "http": 80, "ssh": 22}

_PLAIN = re.compile(r"[A-Za-z0-9._~:/@%+,=\[\]-]+")
_WHOLE = re.compile(
    r"(?P<scheme>[A-Za-z]+)://(?:(?P<user>[^/@]*)@)?(?P<host>\[[^\]/]*\]|[^/:@\[\]]*)(?::(?P<port>[0-9]{1,5}))?(?P<path>/.*)"
)
_SHORT = re.compile(r"(?:(?P<user>[^/@:]+)@)?(?P<host>[^/:@\[\]]+):(?P<path>[^/:].*)")
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_NUMBER = re.compile(r"([0-9]+|0[xX][0-9a-fA-F]*)")
_REF = re.compile(r"[^\x00-\x20\x7f~^:?*\[\\]+")


class BadAddress(Exception):
    """No repository may be at this address; the text is a sentence for whoever typed it."""


class BadName(Exception):
    """No branch can have this name; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a repository is. `user` is the one in front of an ssh host."""

    scheme: Literal["https", "http", "ssh"]
    host: str
    port: int
    path: str
    user: str | None = None

    @property
    def url(self) -> str:
        """The address as git is given it, and as people are shown it: without anything secret."""
        user = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{user}{host}{port}{self.path}"

    @property
    def place(self) -> str:
        """The host, with its port where that is not the usual one."""
        return self.host if self.port == PORTS[self.scheme] else f"{self.host}:{self.port}"


def parse(text: str, is_open: Callable[[str], bool] = lambda host: False) -> Address:
    """Return the address that `text` is; raises `BadAddress`.

    `is_open` says whether the admin has opened a host, by its name or its network: it may be private, and
    plain http is allowed there.
    """
    text = text.strip()
    if "::" in text.partition("[")[0] or text.startswith("-") or len(text) > MOST_CHARACTERS:
        raise BadAddress(_WANTED)
    if not text or _PLAIN.fullmatch(text) is None:
        raise BadAddress(f"{_WANTED} It may hold letters, digits and a few signs, and no spaces.")
    whole = _WHOLE.fullmatch(text)
    found = whole or (_SHORT.fullmatch(text) if "://" not in text else None)
    if found is None:
        raise BadAddress(_WANTED)
    scheme = whole["scheme"].lower() if whole is not None else "ssh"
    if scheme not in PORTS:
        raise BadAddress(_WANTED)
    user = found["user"]
    host = _host(found["host"])
    port = int(whole["port"] or PORTS[scheme]) if whole is not None else PORTS["ssh"]
    path = found["path"] if found["path"].startswith("/") else f"/{found['path']}"
    if not 0 < port < 65536:
        raise BadAddress("The port in this address is no port. Leave it out, or write one from 1 to 65535.")
    if scheme != "ssh" and user is not None:
        reason = "Leave name and token out of the address: there is a field of its own for them."
        if ":" in user or "%" in user or not _USER.fullmatch(user):
            raise BadAddress(reason)
        user = None
    if user is not None and _USER.fullmatch(user) is None:
        raise BadAddress(_WANTED)
    parts = path.strip("/").split("/")
    if not path.strip("/") or any(part.startswith("-") or part in ("..", ".") for part in parts):
        raise BadAddress("This address names no repository. Copy it from the page of the repository.")
    if scheme == "http" and not is_open(host):
        raise BadAddress("Plain http can be read on the way. Use the address that begins with https://.")
    if _is_private(host) and not is_open(host):
        reason = "This address is inside the server's own network, which only its admin can open for Git."
        raise BadAddress(reason)
    return Address(scheme, host, port, path, user)  # type: ignore[arg-type]


def check_branch(name: str) -> str:
    """Return the name of a branch if there can be one of that name; raises `BadName`."""
    parts = name.split("/")
    if (
        not name
        or len(name) > MOST_NAME
        or name.startswith("-")
        or name in ("@", "HEAD")
        or ".." in name
        or "@{" in name
        or _REF.fullmatch(name) is None
        or any(not part or part.startswith(".") or part.endswith((".", ".lock")) for part in parts)
    ):
        raise BadName("A branch cannot have this name. Use letters, digits, dashes and slashes.")
    return name


_WANTED = "Write the address of a repository, as https://host/owner/name.git or git@host:owner/name.git."


def _host(text: str) -> str:
    """Return a host's name in lower case; numbers that some programs read as addresses are none."""
    if text.startswith("["):
        try:
            return str(ipaddress.IPv6Address(text[1:-1]))
        except ValueError:
            raise BadAddress(_WANTED) from None
    host = text.lower().rstrip(".")
    labels = host.split(".")
    if not host or len(host) > 253 or any(_LABEL.fullmatch(label) is None for label in labels):
        raise BadAddress(_WANTED)
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise BadAddress(_WANTED) from None
    return host


def _is_private(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not outermost(host).is_global
    except ValueError:
        return False
