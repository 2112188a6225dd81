"""Notebook files: import with repairs, and export."""

from collab.ipynb.files import file_bytes, modern
from collab.ipynb.outputs import display_output, stream_output
from collab.ipynb.parse import MAX_BYTES
from collab.ipynb.read import read
from collab.ipynb.texts import as_markdown
from collab.ipynb.values import Imported, ImportedCell, Repair, Unreadable
from collab.ipynb.write import entry_of, export, populate, shown_ids

__all__ = [
    "MAX_BYTES",
    "Imported",
    "ImportedCell",
    "Repair",
    "Unreadable",
    "as_markdown",
    "display_output",
    "entry_of",
    "export",
    "file_bytes",
    "modern",
    "populate",
    "read",
    "shown_ids",
    "stream_output",
]
