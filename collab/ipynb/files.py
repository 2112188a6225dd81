"""Notebooks as files that stand in a repository: one form, in which a change of a line is a changed line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pycrdt import Doc

from collab.ipynb.notes import Notes
from collab.ipynb.parse import MAX_BYTES, parse
from collab.ipynb.read import read_value
from collab.ipynb.write import export, populate
from collab.runtime import RuntimeDocument
from collab.source import SourceDocument


def file_bytes(notebook: Mapping[str, Any], *, with_outputs: bool) -> bytes:
    """Return a notebook of format 4.5 as Jupyter's own programs write it, byte for byte."""
    import nbformat
    from nbformat import v4

    made = nbformat.from_dict(notebook)  # type: ignore[no-untyped-call]
    if not with_outputs:
        for cell in made["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"], cell["execution_count"] = [], None
    text: str = v4.writes(made)  # type: ignore[no-untyped-call]
    return text.encode() if text.endswith("\n") else f"{text}\n".encode()


def modern(content: bytes, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Return a file's notebook in format 4, with the cells that the file has. Raises `Unreadable`."""
    notes = Notes()
    value = parse(content, notes, max_bytes)
    imported = read_value(value, notes)
    if (
        isinstance(value, dict)
        and value["nbformat"] == 4
        and all(isinstance(c, dict) for c in value["cells"])
    ):
        return value
    source, runtime = SourceDocument(Doc()), RuntimeDocument(Doc())
    populate(source, runtime, imported)
    written = export(source, runtime, imported.blobs.get, imported.streams.get)
    plain: dict[str, Any] = json.loads(json.dumps(written))
    return plain
