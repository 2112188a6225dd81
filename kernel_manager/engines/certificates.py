"""A certificate for one kernel, made by the `openssl` program and pinned by whoever placed the kernel."""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass

from kernel_manager.engines.base import EngineRefused

LIMIT_S = 10.0
DAYS = 3650
"""Nobody checks it by date but TLS itself: it ends with its kernel."""

_COMMAND = (
    "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
    "-subj", "/CN=kernel", "-days", str(DAYS), "-keyout", "/dev/stdout", "-out", "/dev/stdout",
)  # fmt: skip

_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM texts. `public` is what is pinned; `key` goes to the supervisor alone."""

    public: str
    key: str


async def new_certificate() -> Certificate:
    """Make a key and a certificate signed with it; takes some 20 ms. Raises `EngineRefused`."""
    try:
        process = await asyncio.create_subprocess_exec(
            *_COMMAND, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await asyncio.wait_for(process.communicate(), LIMIT_S)
    except (OSError, TimeoutError):
        raise EngineRefused(
            "No certificate could be made for the kernel: ask an admin to install openssl on the server."
        ) from None
    found = {match[1]: match[0] for match in _PEM.finditer(out.decode())}
    if process.returncode != 0 or not {"CERTIFICATE", "PRIVATE KEY"} <= found.keys():
        raise EngineRefused(f"openssl made no certificate for the kernel: {err.decode().strip()[-200:]}")
    return Certificate(found["CERTIFICATE"], found["PRIVATE KEY"])


def trust_only(certificate: str) -> ssl.SSLContext:
    """Return a client's context that accepts this very certificate, whatever name is called, and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # the certificate itself is pinned, which says more than a name
    context.load_verify_locations(cadata=certificate)
    return context
