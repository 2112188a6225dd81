"""The kernel's variables, for scripts and for the page."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from collab.wire import Variable, VariablesState
from server.payloads.common import Body

Path = Annotated[list[str | int], Meta(min_length=1, max_length=32)]


class VariableList(msgspec.Struct, frozen=True):
    """All variables of the kernel as they were `as_of`; `partial` where there are more than `items`.

    `state` and `reason` say why there are none, or none newer: see `Variables` of the socket.
    """

    state: VariablesState
    as_of: datetime | None
    partial: bool
    total: int
    items: list[Variable]
    reason: str = ""


class InsideVariable(Body, frozen=True):
    """The `path` to a value: a variable's name, then positions. `start` is the first child that is wanted."""

    path: Path
    start: Annotated[int, Meta(ge=0)] = 0


class VariableChildren(msgspec.Struct, frozen=True):
    """A part of the `total` children of a value, from `start` on."""

    items: list[Variable]
    total: int
    start: int


class SeriesPath(Body, frozen=True):
    """The `path` to a series of numbers: a variable's name, then positions."""

    path: Path


class SeriesPoints(msgspec.Struct, frozen=True):
    """At most 2,000 evenly spaced numbers of a series of `total`; the i-th lies at position i x `step`.

    `bins` counts them between `low` and `high`; `missing` of them are none.
    """

    total: int
    step: int
    y: list[float | None]
    low: float
    high: float
    mean: float
    missing: int
    bins: list[int]
