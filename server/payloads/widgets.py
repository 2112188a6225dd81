"""The widgets of a notebook, and its input cells."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from collab.wire import WidgetModel
from server.payloads.common import Body


class Widgets(msgspec.Struct, frozen=True):
    """Every widget as it is after change `seq`. `waiting` are moves that the kernel has not dealt with."""

    seq: int
    models: list[WidgetModel]
    waiting: list[str]


class WidgetLibrary(msgspec.Struct, frozen=True):
    """An AMD module."""

    code: str


class WidgetMove(Body, frozen=True):
    """What somebody does to a widget, as the command `comm`; `buffers` are base64 and go with `paths`."""

    widget: str
    method: Literal["update", "custom"] = "update"
    state: dict[str, Any] = msgspec.field(default_factory=dict)
    content: Any = None
    paths: list[list[str | int]] = msgspec.field(default_factory=list)
    buffers: list[bytes] = msgspec.field(default_factory=list)


class WidgetMoveSent(msgspec.Struct, frozen=True):
    """The kernel's request that a move became; the event `moved` with this `message` says that it is done."""

    message: str


class InputOptions(msgspec.Struct, frozen=True):
    """What a select may be set to now."""

    options: list[str | int | float]
