"""Notebooks in the files of other programs: which kind a file is, and what it becomes. Pure.

Every kind is brought into the shape of a notebook file of format 4 and then read like one, so the checks and
the mending are those of `collab.ipynb`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from collab.formats import colab, deepnote, percent
from collab.formats.deepnote_file import as_deepnote
from collab.formats.percent import as_script
from collab.ipynb.notes import Notes
from collab.ipynb.parse import MAX_BYTES, cleaned, parse
from collab.ipynb.read import read_value
from collab.ipynb.values import Imported, Unreadable

__all__ = ["ENDINGS", "Found", "as_deepnote", "as_script", "read_file"]

ENDINGS = (".ipynb", ".json", ".py", ".deepnote")
"""How the names of files end that notebooks can be made of."""

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Found:
    """One notebook of a file, and what it is called there."""

    name: str
    notebook: Imported


def read_file(file_name: str, content: bytes | str, *, max_bytes: int = MAX_BYTES) -> Sequence[Found]:
    """Return the notebooks of a file, one or more. Raises `Unreadable`, with a sentence, and nothing else."""
    base = re.split(r"[/\\]", file_name)[-1]
    stem, ending = _parted(base)
    match ending:
        case ".ipynb" | ".json":
            notes = Notes()
            value = colab.with_inputs(parse(content, notes, max_bytes), notes)
            return [Found(stem, read_value(value, notes))]
        case ".py":
            notes = Notes()
            script = percent.notebook_of(content, notes, max_bytes)
            return [Found(stem, read_value(cleaned(script, notes), notes))]
        case ".deepnote":
            notes = Notes()
            project = deepnote.parsed(content, notes, max_bytes)
            books = deepnote.notebooks_of(project, notes)
            return [Found(_named(each, stem), read_value(each.file, each.notes)) for each in books]
        case _:
            reason = "This is no file of a notebook: choose one that ends in .ipynb, .py or .deepnote."
            raise Unreadable("unknown_format", reason)


def _named(notebook: deepnote.Book, stem: str) -> str:
    return (re.sub(r"[\x00-\x1f\x7f]", " ", notebook.name).strip() or stem)[:LONGEST_NAME]


def _parted(name: str) -> tuple[str, str]:
    for ending in ENDINGS:
        if name.lower().endswith(ending):
            return name[: -len(ending)].strip()[:LONGEST_NAME] or "Untitled", ending
    return name, ""
