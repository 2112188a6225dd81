"""Signs and reads Jupyter's messages: the small part of jupyter_client's session that a supervisor needs.

`jupyter_client.session` takes longer to import than a kernel takes to answer, and decodes every
content; here contents stay the JSON bytes that the kernel sent, and most of them are passed on untouched.
A message on the wire: routing ids, a delimiter, a hex HMAC-SHA256 of the four JSON parts after it
(header, parent header, metadata, content), then raw buffers.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

DELIMITER = b"<IDS|MSG>"
PROTOCOL_VERSION = "5.3"


class _Header(msgspec.Struct):
    msg_id: str = ""
    msg_type: str = ""


_read_header = msgspec.json.Decoder(_Header).decode


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message of the kernel. `parent` is the id of the request it belongs to, or empty."""

    msg_type: str
    msg_id: str
    parent: str
    metadata: bytes
    content: bytes
    buffers: tuple[bytes, ...]


class Session:
    """One conversation with one kernel. `identity` names it to the kernel's sockets."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._name = os.urandom(16).hex()
        self._count = 0
        self.identity = self._name.encode()

    def new_id(self) -> str:
        """Return an id for a request of the supervisor's own."""
        self._count += 1
        return f"{self._name}-{self._count}"

    def request(
        self,
        msg_type: str,
        msg_id: str,
        content: Mapping[str, Any] | bytes,
        subshell: str | None = None,
        buffers: Sequence[bytes] = (),
    ) -> list[bytes]:
        """Return the signed frames of a request, to the main shell or a subshell; `content` may be JSON."""
        header = {
            "msg_id": msg_id,
            "msg_type": msg_type,
            "session": self._name,
            "username": "commonbook",
            "date": datetime.now(UTC).isoformat(),
            "version": PROTOCOL_VERSION,
            "subshell_id": subshell,
        }
        body = content if isinstance(content, bytes) else msgspec.json.encode(content)
        parts = [msgspec.json.encode(header), b"{}", b"{}", body]
        return [DELIMITER, self._sign(parts), *parts, *buffers]

    def read(self, frames: Sequence[bytes]) -> Incoming | None:
        """Return the message in `frames`, or None if it is not one that this kernel signed."""
        try:
            start = frames.index(DELIMITER) + 1
        except ValueError:
            return None
        if len(frames) < start + 5:
            return None
        signature, *parts = frames[start : start + 5]
        if not hmac.compare_digest(signature, self._sign(parts)):
            return None
        try:
            header, parent = _read_header(parts[0]), _read_header(parts[1])
        except msgspec.DecodeError:
            return None
        return Incoming(
            header.msg_type, header.msg_id, parent.msg_id, parts[2], parts[3], tuple(frames[start + 5 :])
        )

    def _sign(self, parts: Sequence[bytes]) -> bytes:
        return hmac.digest(self._key, b"".join(parts), "sha256").hex().encode()
