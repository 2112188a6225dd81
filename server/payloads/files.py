"""Files of a project."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.payloads.common import Body

FilePath = Annotated[str, Meta(min_length=1, max_length=4000)]


class FileEntry(msgspec.Struct, frozen=True):
    """What one name in a folder stands for.

    `path` is its place in the project, as people read it; `address` is the same percent-encoded, for the
    end of `/files/…`, and right for any name. `etag` is another one whenever the content may be another.
    """

    name: str
    path: str
    address: str
    kind: Literal["file", "folder", "link", "other"]
    size: int
    changed_at: datetime
    etag: str


class FolderListing(msgspec.Struct, frozen=True):
    """A part of a folder, folders first, then by name. `mark` is another one whenever something changed."""

    path: str
    items: list[FileEntry]
    total: int
    mark: str
    next: str | None = None


class FolderMark(msgspec.Struct, frozen=True):
    """Whether a folder changed: compare it with the mark of its listing. Null: there is no such folder."""

    folder: str
    mark: str | None


class FolderMarks(msgspec.Struct, frozen=True):
    items: list[FolderMark]


class FilesUsage(msgspec.Struct, frozen=True):
    """What a project's files take on disk, the bin included, and how much they may. Null: no limit."""

    used: int
    bin: int
    limit: int | None


class NewFolder(Body, frozen=True):
    path: FilePath


class MoveFile(Body, frozen=True):
    """Where it goes: a whole `path` in the project, or another `name` in its folder."""

    path: FilePath | None = None
    name: Annotated[str, Meta(min_length=1, max_length=255)] | None = None


class DeletedFile(msgspec.Struct, frozen=True):
    """Something in the bin. `by` is the id of who deleted it."""

    id: str
    name: str
    path: str
    kind: Literal["file", "folder", "link", "other"]
    size: int
    by: str
    deleted_at: datetime


class RestoreFile(Body, frozen=True):
    deleted: Literal[False]


class FileUpload(msgspec.Struct, frozen=True):
    """A file on its way: `offset` of `size` bytes have arrived; go on from there."""

    id: str
    path: str
    address: str
    offset: int
    size: int
    begun_at: datetime


class UnpackedArchive(msgspec.Struct, frozen=True):
    """The new folder with what an archive held."""

    folder: FileEntry
    files: int
    bytes: int


class TextFile(msgspec.Struct, frozen=True):
    """A text file that can be edited together. `address` is its path as it stands in addresses."""

    id: str
    name: str
    path: str
    address: str


class SearchHit(msgspec.Struct, frozen=True):
    """A line with what was searched for: of a file (`path`, `address`), or of a cell of a notebook.

    `line` counts from 1, and so does `number`, the place of the cell. The line is `before`, `hit` and
    `after`, shortened where it is long.
    """

    project: str
    project_name: str
    line: int
    before: str
    hit: str
    after: str
    path: str | None = None
    address: str | None = None
    notebook: str | None = None
    notebook_name: str | None = None
    cell: str | None = None
    number: int | None = None


class SearchFound(msgspec.Struct, frozen=True):
    """What was found. `partial` says in words why there may be more; `too_large` counts files left out."""

    items: list[SearchHit]
    partial: str | None
    too_large: int
