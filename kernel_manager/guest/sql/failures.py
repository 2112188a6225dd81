"""Why a connection was not made, in words that say what to do next. Pure."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Sequence

from .session import CONNECT_S, Details, Fault

Patterns = Sequence[tuple[str, str]]
"""Reasons, and what a driver's words look like when they mean it; the first that fits counts."""

OUTCOMES = {
    "no_tls": "tls",
    "tls_demanded": "tls",
    "certificate": "tls",
    "no_way": "failed",
    "closed": "failed",
}
"""What a test calls reasons that are more exact than its outcomes."""


def explained(reason: str, details: Details, said: str) -> Fault:
    """Return the fault for a reason; `said` is what the driver made of it."""
    told = " ".join(said.split()).rstrip(".!")[:400]
    return Fault(_sentence(reason, details, told), outcome=OUTCOMES.get(reason, reason))


def lost(said: str) -> Fault:
    """Return the fault of a connection that broke while a statement ran."""
    told = " ".join(said.split()).rstrip(".!")[:400]
    return Fault(f"The connection to the database broke: {told}. Run the cell again, which connects anew")


def reason_in(said: str, patterns: Patterns) -> str:
    """Return the reason that a driver's words stand for; `failed` where nobody knows them."""
    return next((reason for reason, pattern in patterns if re.search(pattern, said, re.IGNORECASE)), "failed")


def reason_of(failure: BaseException | None) -> str:
    """Return the reason of what a socket raised; `failed` for anything else."""
    match failure:
        case ssl.SSLCertVerificationError():
            return "certificate"
        case ssl.SSLError():
            return "tls"
        case socket.gaierror():
            return "unknown_host"
        case TimeoutError():
            return "timeout"
        case ConnectionRefusedError():
            return "refused"
        case OSError(errno=errno.ENETUNREACH | errno.EHOSTUNREACH):
            return "no_way"
    return "failed"


SOCKETS: Patterns = (
    ("certificate", "certificate"),
    ("tls", r"\bSSL|\bTLS"),
    (
        "unknown_host",
        "name resolution|name or service not known|getaddrinfo|could not resolve|NameResolution",
    ),
    ("timeout", "timed? ?out"),
    ("refused", "refused"),
    ("no_way", "unreachable|no route to host"),
)
"""What libraries say of sockets, whatever they are for."""


def _sentence(reason: str, details: Details, told: str) -> str:
    name = details.label
    place = details.place or name
    match reason:
        case "unknown_host":
            host = place.rpartition(":")[0] or place
            why = "Check how it is written, and that the hardware has the internet"
            return f"Nobody knows the host {host} from here. {why}"
        case "refused":
            why = "Check host and port, and that the database runs and takes connections there"
            return f"The connection to {place} was refused. {why}"
        case "timeout":
            why = "Check host and port; a firewall may stand in between"
            return f"{place} did not answer within {CONNECT_S} seconds. {why}"
        case "no_way":
            return f"No network leads from here to {place}. Choose hardware that has the internet"
        case "closed":
            why = "Check the port, and that no other program is there"
            return f"{place} closed the connection before the database had answered. {why}"
        case "no_tls":
            why = "Choose another encryption, or have it turned on there"
            return f"The server offers no TLS, which this connection asks for. {why}"
        case "tls_demanded":
            return "The server takes encrypted connections only. Choose another encryption"
        case "certificate":
            why = "Give the certificate of its authority, or choose to take any certificate"
            return f"The server's certificate cannot be trusted: {told}. {why}"
        case "tls":
            return f"The encryption could not be set up: {told}. Check port and encryption"
        case "authentication":
            why = "Check user and password, and what the user may"
            return f"The server does not let this user in: {told}. {why}"
        case "not_found":
            return f"The server says: {told}. Check how it is written"
    return told or f"{name} did not answer"
