"""Which of its machine's addresses a supervisor listens on, and with what certificate."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from pathlib import Path

LOOPBACK = "127.0.0.1"


def own_address(network: str) -> str:
    """Return this machine's address in `network`; raises `OSError` where it has none."""
    import psutil  # only where a kernel is away from its server

    wanted = ipaddress.ip_network(network)
    if wanted.num_addresses == 1:
        return str(wanted.network_address)
    for addresses in psutil.net_if_addrs().values():
        for each in addresses:
            if each.family in (socket.AF_INET, socket.AF_INET6):
                address: str = each.address.partition("%")[0]
                if ipaddress.ip_address(address) in wanted:
                    return address
    raise OSError(f"This machine has no address in {network}; an admin can correct the engine's network.")


def tls_context(folder: Path, certificate: str, key: str) -> ssl.SSLContext | None:
    """Return the context of a server that shows `certificate`, or None without one."""
    if not certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    file = folder / "tls.pem"  # ssl reads files only: this one lives for a moment, in a private folder
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(certificate + key)
        context.load_cert_chain(file)
    finally:
        file.unlink(missing_ok=True)
    return context
