"""What a notebook file holds, once it is read: plain values that any document can be made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from collab.source import CellType
from collab.wire import Output

KEPT = "commonbook"
"""The metadata key for what the product or the format has no place for, so that an export can have it.

Inside a document: `id` (of the cell in the file), `metadata` (entries whose
key or value the document cannot hold as they are), `kept` and `cell_type`.
In a file only the last two, beside what says that a cell is none of Python (`collab.kinds`).
"""

MARKS = frozenset({"id", "metadata", "kept", "cell_type", "misfit"})
"""What that entry holds of ours in a cell; anything else beside `kind` belongs to the kind."""

UNKNOWN_MIME = "application/vnd.commonbook.output+json"
"""How an output that nbformat does not define looks in an exported file."""

UNKNOWN_TEXT = "An output of a kind that Commonbook does not know."


@dataclass(frozen=True, slots=True)
class Repair:
    """One kind of fault that was mended while reading: a stable code and a sentence."""

    code: str
    reason: str


class Unreadable(Exception):
    """No notebook can be made of this text. `reason` is a sentence for the person who sent it."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ImportedCell:
    """A cell and what its last run left. `meta` nests; `SourceDocument.populate` packs it."""

    id: str
    type: CellType
    source: str
    meta: Mapping[str, Any] = field(default_factory=dict)
    count: int | None = None
    outputs: Sequence[Output] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """A notebook. `blobs` (by sha256) and `streams` (logs, by output id) must be stored beside it."""

    cells: Sequence[ImportedCell]
    metadata: Mapping[str, Any]
    repairs: Sequence[Repair]
    blobs: Mapping[str, bytes]
    streams: Mapping[str, bytes]
