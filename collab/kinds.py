"""What a code cell is beside Python. Its metadata key `commonbook` says so, and what it needs for that.

The text that a kernel gets of such a cell begins with one line for the guest, which knows what to do with the
rest. That text is what waits in the queue, what is on record and what tells whether a result is stale, so a
change of connection counts as a change of the cell.
"""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from collab.source import CellView, SourceDocument

KEY: Final = "commonbook"
"""The entry of a cell's metadata; nested, so the document holds it at `json:commonbook`."""

SQL_MAGIC: Final = "commonbook_sql"
"""How the guest in a kernel knows a text of SQL."""

MOST_ROWS: Final = 1_000_000
LONGEST_NAME: Final = 100


class SqlCell(msgspec.Struct, frozen=True, tag_field="kind", tag="sql"):
    """A query. No `connection` means the tables in the kernel; `rows` is how many are fetched, 0 for all."""

    connection: str | None = None
    result: str | None = None
    rows: int = 1000


Special = SqlCell
"""Every kind of code cell that is not Python."""


def special(meta: Mapping[str, Any]) -> Special | None:
    """Return what a cell with this metadata is; None for Python, and for what nobody here knows."""
    found = meta.get(KEY)
    if not isinstance(found, dict) or "kind" not in found:
        return None
    try:
        return _sound(msgspec.convert(found, Special))
    except msgspec.ValidationError:
        return None


def is_python(cell: CellView) -> bool:
    """Say whether a cell holds Python."""
    return cell.type == "code" and special(cell.meta) is None


def text_to_run(type: str, source: str, meta: Mapping[str, Any]) -> str:
    """Return what a kernel is to run for a cell."""
    kind = special(meta) if type == "code" else None
    if kind is None or not source.strip():
        return source
    return f"%%{SQL_MAGIC} {msgspec.json.encode(kind).decode()}\n{source}"


def text_of(source: SourceDocument, cell: str) -> str | None:
    """Return what a kernel is to run for a living cell of a document."""
    text = source.source_of(cell)
    return None if text is None else text_to_run(source.type_of(cell) or "", text, source.meta_of(cell))


def is_result_name(name: object) -> bool:
    """Say whether a result may be kept under a name."""
    return (
        isinstance(name, str)
        and name.isidentifier()
        and not keyword.iskeyword(name)
        and not name.startswith("_")
        and len(name) <= LONGEST_NAME
    )


def _sound(cell: SqlCell) -> SqlCell:
    """Editors write this, so it may be anything: what makes no sense counts as left out."""
    result = cell.result if is_result_name(cell.result) else None
    rows = cell.rows if 0 <= cell.rows <= MOST_ROWS else 1000
    return SqlCell(cell.connection or None, result, rows)
