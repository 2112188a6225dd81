"""What is in the databases of connections."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(max_length=500)]


class DatabaseColumn(msgspec.Struct, frozen=True):
    """A column, with its type in the database's words."""

    name: Name
    type: Name


class DatabaseTable(msgspec.Struct, frozen=True):
    """A table or a view. `rows` is null where nobody knows; with `is_estimate` the database guesses."""

    name: Name
    is_view: bool
    rows: int | None
    is_estimate: bool
    columns: list[DatabaseColumn]


class DatabaseNamespace(msgspec.Struct, frozen=True):
    """A schema. Tables of one that `is_near` need no name before theirs; SQLite's has no name."""

    name: Name
    is_near: bool
    tables: list[DatabaseTable]


class DatabaseSchema(msgspec.Struct, frozen=True):
    """What is in a database. `is_cut`: there is more than is listed."""

    schemas: list[DatabaseNamespace]
    is_cut: bool
    read_at: datetime


class DatabaseRows(msgspec.Struct, frozen=True):
    """The first rows of a table, in the stored form of tables."""

    frame: dict[str, Any]
