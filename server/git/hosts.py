"""Keys of ssh hosts: what a host shows, how people compare it, and whether it was accepted before. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from kernel_manager.git.addresses import PORTS, Address
from server.refusals import Refusal

_KEY = re.compile(r"(?P<type>[a-z0-9@.-]{3,60}) (?P<key>[A-Za-z0-9+/=]{40,2000})")


@dataclass(frozen=True, slots=True)
class HostKey:
    """A host's key. `line` is what ssh keeps of it; people compare the `fingerprint`."""

    place: str
    type: str
    key: str
    fingerprint: str
    standing: Literal["new", "accepted", "changed"]
    line: str


def read_host_key(noted: str, accepted: str, address: Address) -> HostKey:
    """Return the key that ssh noted of a host; raises a `Refusal` where that is none."""
    for line in noted.splitlines():
        found = _KEY.search(line)
        if found is None:
            continue
        try:
            fingerprint = fingerprint_of(found["key"])
        except binascii.Error:
            continue
        name = address.host if address.port == PORTS["ssh"] else f"[{address.host}]:{address.port}"
        known = {match["key"] for match in _KEY.finditer(accepted)}
        standing: Literal["new", "accepted", "changed"] = "new"
        if known:
            standing = "accepted" if found["key"] in known else "changed"
        ours = f"{name} {found['type']} {found['key']}"
        return HostKey(address.place, found["type"], found["key"], fingerprint, standing, ours)
    raise Refusal("no_host_key", f"{address.place} showed no key. Try again later.", 409)


def fingerprint_of(key: str) -> str:
    """Return the fingerprint of a key, as ssh shows it."""
    digest = hashlib.sha256(base64.b64decode(key, validate=True)).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"
