"""Runs and what became of each of their cells."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from server.payloads.common import Body
from server.payloads.people import User


class NewRun(Body, frozen=True):
    cells: list[str] | Literal["all"] = "all"


class MadeRun(msgspec.Struct, frozen=True):
    id: str


class RunCell(msgspec.Struct, frozen=True):
    cell: str
    state: str
    queued: datetime
    started: datetime | None
    ended: datetime | None
    source_sha256: str


class LogEnds(msgspec.Struct, frozen=True):
    """How a stream's text of `bytes` bytes begins and ends; `tail` is empty where `head` is all of it."""

    id: str
    bytes: int
    head: str
    tail: str


class StreamEnds(msgspec.Struct, frozen=True):
    """The streams that were asked for; one that is no longer kept is left out."""

    logs: list[LogEnds]


class Run(msgspec.Struct, frozen=True):
    """`state` sums up the cells: queued, running, done, error, cancelled or lost."""

    id: str
    notebook: str
    state: str
    by: User | None
    cells: list[RunCell]
