"""Notebooks and their cells."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from server.payloads.common import Body, Name
from server.payloads.people import User


class NotebookSummary(msgspec.Struct, frozen=True):
    """One line of a list of notebooks. `deleted_at` is set for those in the bin."""

    id: str
    name: str
    project: str
    project_name: str
    cells: int
    created_at: datetime
    edited_at: datetime
    edited_by: User | None
    kernel: str
    people: list[User]
    deleted_at: datetime | None = None


class NewNotebook(Body, frozen=True):
    """`ipynb` is the text or the object of a notebook file to import."""

    name: Name
    ipynb: str | dict[str, Any] | None = None
    copy_of: str | None = None


class ImportNote(msgspec.Struct, frozen=True):
    """One repair made while importing a file, in words."""

    code: str
    reason: str


class MadeNotebook(msgspec.Struct, frozen=True):
    id: str
    name: str
    project: str
    repairs: list[ImportNote]


class NotebookFile(Body, frozen=True):
    """A file by its name, which says of which kind it is, and its text."""

    file_name: Annotated[str, Meta(min_length=1, max_length=255)]
    file_text: str


class MadeNotebooks(msgspec.Struct, frozen=True):
    """The notebooks that were in a file, each with what was changed on the way in."""

    items: list[MadeNotebook]


class Writer(msgspec.Struct, frozen=True):
    """Who was given a client id of the documents."""

    client: int
    user: User


class Writers(msgspec.Struct, frozen=True):
    """Whose client ids these are; those of the server itself, and of people who are gone, are left out."""

    items: list[Writer]


class ChangeNotebook(Body, frozen=True):
    """`deleted` moves the notebook into the bin, or back out of it."""

    name: Name | None = None
    deleted: bool | None = None


class Cell(msgspec.Struct, frozen=True):
    """`run` is the last run of the cell, or null."""

    id: str
    type: str
    source: str
    run: dict[str, Any] | None


class Notebook(msgspec.Struct, frozen=True):
    id: str
    name: str
    project: str
    project_name: str
    epoch: str
    rights: list[str]
    cells: list[Cell]


CellType = Literal["code", "markdown", "raw"]
Source = Annotated[str, Meta(max_length=500_000)]


class NewCell(Body, frozen=True):
    """`after` is the id of the cell above; null for the top, left out for the bottom."""

    type: CellType = "code"
    source: Source = ""
    after: str | msgspec.UnsetType | None = msgspec.UNSET


class ChangeCell(Body, frozen=True):
    type: CellType | None = None
    source: Source | None = None
    after: str | msgspec.UnsetType | None = msgspec.UNSET


class NewPicture(Body, frozen=True):
    """A picture for a text cell: PNG, JPEG, GIF or WebP of 10 MiB at most, as base64."""

    content: bytes


class Picture(msgspec.Struct, frozen=True):
    """A picture that a notebook keeps; `sha256` is its name, as attachments of cells give it."""

    sha256: str
    size: int
    mime: str
