"""Versions of a notebook."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from collab.versions import LineChange
from server.payloads.common import Body, Name
from server.payloads.people import User

VersionKind = Literal["named", "automatic", "before"]


class NotebookVersion(msgspec.Struct, frozen=True):
    """What a notebook was. `before`: kept because another version was about to be brought back.

    `authors` have written since the version before, and the counts say how many cells differ from it.
    """

    id: str
    kind: VersionKind
    name: str | None
    at: datetime
    by: User | None
    authors: list[User]
    cells: int
    added: int
    removed: int
    changed: int


class VersionCell(msgspec.Struct, frozen=True):
    """How a cell differs between a version and now; `number` counts from 1."""

    cell: str
    kind: Literal["added", "removed", "changed", "moved"]
    type: str
    number: int
    lines: list[LineChange]


class ComparedVersion(msgspec.Struct, frozen=True):
    """A version, and what has become of its cells since: `added` cells came, `removed` ones are gone now."""

    version: NotebookVersion
    changes: list[VersionCell]


class NewVersion(Body, frozen=True):
    name: Name


class RestoreVersion(Body, frozen=True):
    """Without `cells`, the whole notebook."""

    cells: list[str] | None = None


class RestoredVersion(msgspec.Struct, frozen=True):
    """How many cells changed, and the version whose restoring undoes that."""

    changed: int
    undo: str | None
