"""The ids of the product: short, opaque, sortable by time of making, and made in one place."""

from __future__ import annotations

import secrets
import time
from typing import NewType

UserId = NewType("UserId", str)
ProjectId = NewType("ProjectId", str)
NotebookId = NewType("NotebookId", str)
TextId = NewType("TextId", str)
CellId = NewType("CellId", str)
RunId = NewType("RunId", str)
LinkId = NewType("LinkId", str)
JobId = NewType("JobId", str)
ClientId = NewType("ClientId", int)

_ALPHABET = "0123456789abcdefghijkmnpqrstvwxyz"
_LENGTH = 16


def new_id() -> str:
    """Return 16 characters: 8 of milliseconds since 1970, then 8 random ones (40 bits).

    Ids made in different milliseconds sort by age. The text fits nbformat's
    cell-id rule and needs no escaping in a URL.
    """
    milliseconds, stamp = int(time.time() * 1000), ""
    for _ in range(8):
        milliseconds, digit = divmod(milliseconds, len(_ALPHABET))
        stamp = _ALPHABET[digit] + stamp
    return stamp + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH - 8))


def new_client_id() -> ClientId:
    """Return a random Yjs client id: 31 bits, never 0, so that every decoder reads it as positive."""
    return ClientId(secrets.randbelow(2**31 - 1) + 1)
