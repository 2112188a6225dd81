"""The widgets of a notebook."""

from __future__ import annotations

import msgspec

from collab.wire import WidgetModel


class Widgets(msgspec.Struct, frozen=True):
    """Every widget as it is after change `seq`. `waiting` are moves that the kernel has not dealt with."""

    seq: int
    models: list[WidgetModel]
    waiting: list[str]


class WidgetLibrary(msgspec.Struct, frozen=True):
    """An AMD module."""

    code: str
