"""Terminals of a project."""

from __future__ import annotations

from datetime import datetime

import msgspec

from server.payloads.people import User


class NewTerminal(msgspec.Struct, forbid_unknown_fields=True):
    """How a terminal is opened: for oneself, or `shared` with all who may run and write files here."""

    shared: bool = False


class TerminalState(msgspec.Struct):
    """One terminal. `working` says that a program runs in it, `people` who has it open."""

    id: str
    number: int
    shared: bool
    owner: User
    began: datetime
    working: bool
    people: list[str]


class TerminalList(msgspec.Struct):
    """Those that the person may open. `idle_s` is how long one lives in which nothing happens."""

    items: list[TerminalState]
    idle_s: float
    most: int
    sandboxed: bool
    next: str | None = None
