"""What every kind of database can do here: run one statement with parameters, bounded, and stop it."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .binding import Style
from .text import Syntax

CONNECT_S = 10
"""How long a connection may take."""

LOOPBACK = "127.0.0.1"
"""Where doors are."""

ROOTS = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
"""Where systems keep the certificates that they trust."""


@dataclass(frozen=True)
class Details:
    """A connection as the server hands it over: its kind, what people call it, and its fields."""

    id: str
    kind: str
    label: str
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    read_only: bool = False
    door: int | None = None
    """A port of this machine that leads to the database; None where the driver finds the way itself."""

    def text(self, name: str, default: str = "") -> str:
        """Return a field as text."""
        value = self.fields.get(name)
        return default if value is None else str(value)

    @property
    def place(self) -> str:
        """Host and port, as people write them; empty where a kind has none."""
        host = self.text("host")
        return f"{host}:{self.text('port')}" if host else ""


@dataclass(frozen=True)
class Outcome:
    """What came of a statement: rows under columns, or how many rows it changed.

    `frame` is a table that the library made itself; then there are no `rows`.
    """

    columns: tuple[str, ...] | None = None
    rows: Sequence[Sequence[Any]] = ()
    frame: Any = None
    is_partial: bool = False
    changed: int | None = None


class Fault(Exception):
    """The database says no: a sentence, and where, if it tells: an offset, a line, a word.

    `outcome` is the word for it that the test of a connection tells.
    """

    def __init__(
        self,
        sentence: str,
        *,
        at: int | None = None,
        line: int | None = None,
        column: int | None = None,
        near: str = "",
        outcome: str = "failed",
    ) -> None:
        super().__init__(sentence)
        self.at = at
        self.line = line
        self.column = column
        self.near = near
        self.outcome = outcome


class MissingDriver(ModuleNotFoundError):
    """The environment lacks the driver; shown as a failed import, so that the page offers to install it."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


MissingDriver.__name__ = "ModuleNotFoundError"


def authority(details: Details) -> str | None:
    """Return a file of the certificates that a server's is checked against, the connection's own first."""
    own = details.text("ca")
    if not own:
        return next((path for path in ROOTS if os.path.exists(path)), None)
    made, path = tempfile.mkstemp(prefix="authority-", suffix=".pem")
    with os.fdopen(made, "w") as file:
        file.write(own)
    return path


class Session(Protocol):
    """An open connection. Used by one thread."""

    syntax: Syntax
    style: Style

    def run(self, text: str, params: Sequence[Any], limit: int, first: str) -> Outcome:
        """Run one statement that begins with the word `first`; fetch at most `limit` rows (0: all).

        Raises `Fault`, and `KeyboardInterrupt` once the server has stopped it.
        """

    def is_open(self) -> bool:
        """Say whether the connection still works."""

    def close(self) -> None:
        """Hang up."""


def driver(module: str, purpose: str) -> Any:
    """Import a driver of the project's environment; raises `MissingDriver`."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        name = missing.name or module
        raise MissingDriver(f"No module named '{name}'. {purpose} needs it.", name=name) from None


def bounded(cursor: Any, limit: int) -> tuple[list[Any], bool]:
    """Return at most `limit` rows of a cursor of the DB-API, and whether there are more."""
    if not limit:
        return list(cursor.fetchall()), False
    rows = list(cursor.fetchmany(limit + 1))
    while len(rows) <= limit and (more := cursor.fetchmany(limit + 1 - len(rows))):
        rows += more
    return rows[:limit], len(rows) > limit


READS = frozenset(
    {"SELECT", "WITH", "VALUES", "TABLE", "FROM", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "PRAGMA"}
)
"""Statements that may be stopped in mid-fetch without losing a change."""
