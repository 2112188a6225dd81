"""Frames of the document channels: the y-protocols sync messages, read with suspicion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from collab.store import Document
from collab.wire import Channel, varuint

STEP1: Final = 0
STEP2: Final = 1
UPDATE: Final = 2
EMPTY_STATE: Final = b"\x00"
"""The state vector of a document in which nothing was ever written."""

CHANNEL_OF: Mapping[Document, Channel] = {
    Document.SOURCE: Channel.SOURCE,
    Document.RUNTIME: Channel.RUNTIME,
    Document.COMMENTS: Channel.COMMENTS,
}

_SYNC = 0
_MAX_CLIENT_ID = 2**53
_MAX_CLOCK = 2**32


class MalformedFrame(Exception):
    """Bytes that are not what their channel carries."""


def sync_frame(document: Document, kind: int, data: bytes) -> bytes:
    """Return the frame of one sync message."""
    return bytes((CHANNEL_OF[document], _SYNC, kind)) + varuint(len(data)) + data


def read_sync(frame: bytes) -> tuple[int, bytes]:
    """Return the kind and the content of a sync frame; raises `MalformedFrame`."""
    if len(frame) < 4 or frame[1] != _SYNC or frame[2] > UPDATE:
        raise MalformedFrame("not a sync message")
    length, start = read_varuint(frame, 3)
    if start + length != len(frame):
        raise MalformedFrame("the message has another length than it says")
    return frame[2], frame[start:]


def check_state_vector(state: bytes) -> None:
    """Raise `MalformedFrame` unless `state` is a state vector: pycrdt would allocate what its count says."""
    count, at = read_varuint(state, 0)
    for _ in range(count):
        client, at = read_varuint(state, at)
        clock, at = read_varuint(state, at)
        if client > _MAX_CLIENT_ID or clock > _MAX_CLOCK:
            raise MalformedFrame("a number of the state vector is too large")
    if at != len(state):
        raise MalformedFrame("something follows the state vector")


def read_varuint(data: bytes, at: int) -> tuple[int, int]:
    """Return the unsigned integer at `at` and the offset behind it; raises `MalformedFrame`."""
    value = shift = 0
    while True:
        if at >= len(data) or shift > 56:
            raise MalformedFrame("a number is cut short or too long")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
