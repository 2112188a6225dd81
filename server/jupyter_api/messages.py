"""Jupyter's messages on a websocket: read, made and written, in both of Jupyter Server's protocols.

The bytes are Jupyter Server's own code; this module is imported when the first program connects.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
    serialize_binary_message,
    serialize_msg_to_ws_v1,
)

from collab.ids import new_id

V1 = "v1.kernel.websocket.jupyter.org"
PROTOCOL_VERSION = "5.3"
FAULTS = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    struct.error,
    RecursionError,
    OverflowError,
)
"""What Jupyter Server's reading raises for bytes that are no message."""

CHANNELS = frozenset({"shell", "control", "stdin"})


class Unreadable(Exception):
    """A frame that is no message."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message of a program."""

    channel: str
    msg_type: str
    msg_id: str
    header: Mapping[str, Any]
    parent: Mapping[str, Any] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict)
    buffers: Sequence[bytes] = ()


def read(frame: str | bytes, protocol: str | None) -> Received:
    """Return the message of a frame; raises `Unreadable`."""
    try:
        if protocol == V1:
            if isinstance(frame, str):
                raise Unreadable
            channel, parts = deserialize_msg_from_ws_v1(frame)  # type: ignore[no-untyped-call]
            header, parent, _, content = (json.loads(part) for part in parts[:4])
            buffers = parts[4:]
        else:
            message = json.loads(frame) if isinstance(frame, str) else _binary(frame)
            channel, header = message.get("channel") or "shell", message["header"]
            parent, content = message.get("parent_header") or {}, message.get("content") or {}
            buffers = message.get("buffers") or []
        msg_id, msg_type = header["msg_id"], header["msg_type"]
    except Unreadable:
        raise
    except FAULTS as fault:
        raise Unreadable from fault
    shapes = (isinstance(header, dict), isinstance(parent, dict), isinstance(content, dict))
    texts = (isinstance(msg_id, str) and 0 < len(msg_id) <= 200, isinstance(msg_type, str))
    if not all(shapes) or not all(texts) or channel not in CHANNELS:
        raise Unreadable
    return Received(channel, msg_type, msg_id, _plain(header), _plain(parent), content, buffers)


def write(
    channel: str,
    msg_type: str,
    parent: Mapping[str, Any],
    content: Mapping[str, Any],
    *,
    session: str,
    protocol: str | None,
    metadata: Mapping[str, Any] | None = None,
    buffers: Sequence[bytes] = (),
) -> str | bytes:
    """Return the frame of a message: text or bytes."""
    header = {
        "msg_id": new_id(),
        "msg_type": msg_type,
        "username": "commonbook",
        "session": session,
        "date": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "version": PROTOCOL_VERSION,
    }
    if protocol == V1:
        parts = [json.dumps(each).encode() for each in (header, parent, metadata or {}, content)]
        framed: bytes = serialize_msg_to_ws_v1([*parts, *buffers], channel)  # type: ignore[no-untyped-call]
        return framed
    message = {
        "header": header,
        "msg_id": header["msg_id"],
        "msg_type": msg_type,
        "parent_header": parent,
        "metadata": metadata or {},
        "content": content,
        "buffers": list(buffers),
        "channel": channel,
    }
    if buffers:
        binary: bytes = serialize_binary_message(message)  # type: ignore[no-untyped-call]
        return binary
    return json.dumps(message)


def _binary(frame: bytes) -> Any:
    return deserialize_binary_message(frame)  # type: ignore[no-untyped-call]


def _plain(header: Mapping[str, Any]) -> dict[str, Any]:
    """Return a header as JSON values: one that came in binary holds times."""
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in header.items()
        if isinstance(key, str)
    }
