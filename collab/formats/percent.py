"""Scripts in the percent format, read and written by jupytext, whose format it is.

`# %%` begins a cell, `# %% [markdown]` one of text, and metadata stand behind it. Lines that are no Python
(`%`, `!`) become comments, so that the script runs. A cell of SQL is jupytext's `language="sql"`.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from typing import Any

from collab.ipynb.notes import Notes
from collab.ipynb.parse import decoded
from collab.ipynb.texts import joined, language_of
from collab.ipynb.values import KEPT, Unreadable

MOST_BYTES = 4 * 1024 * 1024
MOST_CELLS = 5000
SQL = "%%sql\n"
ORDER = "order"
"""In a cell's own entry: the keys of its metadata as the script has them, for documents keep no order."""

_MARK = re.compile(r"^([ \t]*)((?:# )*# ?%%(?=\s|$))", re.MULTILINE)
_ESCAPED_MARK = re.compile(r"^([ \t]*)# ((?:# )*# ?%%(?=\s|$))", re.MULTILINE)
_CELLS = re.compile(r"^[ \t]*# ?%%", re.MULTILINE)
_HEADER = re.compile(r"\A(?:#!.*\n)?# ---\n(?:#.*\n)*?# ---(?:\n|\Z)")
_FORMAT = re.compile(r"^#\s+format_name: (\S+)", re.MULTILINE)
_VERSIONS = ("format_version", "jupytext_version")


def notebook_of(content: bytes | str, notes: Notes, max_bytes: int) -> dict[str, Any]:
    """Return a script as a notebook file. A script without cells becomes one. Raises `Unreadable`."""
    import jupytext

    text = decoded(content, notes, min(max_bytes, MOST_BYTES))
    if "\0" in text:
        raise Unreadable("not_text", "The file is no script: it holds bytes that are no text.")
    if not text.strip():
        raise Unreadable("empty", "The file is empty.")
    marks = len(_CELLS.findall(text))
    if marks > MOST_CELLS:
        raise Unreadable("too_many", f"The script has {marks} cells; {MOST_CELLS} at most can be read.")
    header = _HEADER.match(text)
    named = _FORMAT.search(header[0]) if header is not None else None
    is_percent = named is None or named[1] in ("percent", "hydrogen")
    try:
        read = jupytext.reads(text, fmt="py:percent" if is_percent else "py")
        notebook: dict[str, Any] = json.loads(json.dumps(read))
    except Exception as failure:  # a library's parser, given anything: it raises what it likes
        raise Unreadable("bad_script", "The file cannot be read as a script with cells.") from failure
    if is_percent and not marks:
        notes.add("no_cells")
    for cell in notebook["cells"]:
        kept = cell["metadata"].get(KEPT)
        own = kept if isinstance(kept, dict) else {}
        if own.get("kind") == "sql" and cell["source"].startswith(SQL):
            cell["source"] = cell["source"][len(SQL) :]
        if cell["cell_type"] == "code":
            cell["source"] = _ESCAPED_MARK.sub(r"\1\2", cell["source"])
        order = list(cell["metadata"])
        if order != sorted(order):
            cell["metadata"][KEPT] = {**own, ORDER: order}
        cell.pop("id", None)
    notebook["nbformat_minor"] = 4  # the format has no ids
    return notebook


def as_script(file: Mapping[str, Any]) -> str:
    """Return the cells of a notebook file as one script. One that was a script before is that again."""
    metadata = copy.deepcopy(dict(file.get("metadata", {})))
    own = metadata.get("jupytext")
    if not isinstance(own, dict):
        own = {"notebook_metadata_filter": "-all"}
    if isinstance(own.get("cell_metadata_filter"), str):
        own["cell_metadata_filter"] = f"{KEPT},{own['cell_metadata_filter']}"
    cells = [_cell(each) for each in file["cells"]]
    try:
        script = _written(cells, {**metadata, "jupytext": own})
    except Exception:  # noqa: BLE001 (editors write metadata, so it may be anything; the texts count)
        plain = [{**each, "metadata": {}} for each in cells]
        return _written(plain, {"jupytext": {"notebook_metadata_filter": "-all"}})
    found = own.get("text_representation")
    written = found if isinstance(found, dict) else {}
    for name in _VERSIONS:
        value = written.get(name)
        if isinstance(value, str) and value.isprintable():
            value = f"'{value}'" if name == "format_version" else value
            line = re.search(rf"^#\s+{name}: (.*)$", script, re.MULTILINE)
            script = script[: line.start(1)] + value + script[line.end(1) :] if line is not None else script
    return script


def _written(cells: list[dict[str, Any]], metadata: Mapping[str, Any]) -> str:
    import jupytext
    import nbformat

    notebook = nbformat.from_dict(  # type: ignore[no-untyped-call]
        {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    )
    script: str = jupytext.writes(notebook, fmt="py:percent")
    return script


def _cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    text = joined(cell["source"])
    made = {
        "cell_type": cell["cell_type"],
        "id": cell.get("id", ""),
        "metadata": _in_order(cell["metadata"]),
        "source": text,
    }
    if cell["cell_type"] != "code":
        return made
    if language_of(cell) == "sql":
        made["source"] = SQL + text
    elif not text.lstrip().startswith("%%"):
        made["source"] = _MARK.sub(r"\1# \2", text)
    return {**made, "outputs": [], "execution_count": None}


def _in_order(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cell's metadata in the order that its script had them, else by name."""
    own = metadata.get(KEPT)
    order = own.get(ORDER) if isinstance(own, dict) else None
    first = (
        [key for key in order if isinstance(key, str) and key in metadata] if isinstance(order, list) else []
    )
    made = {key: copy.deepcopy(metadata[key]) for key in dict.fromkeys([*first, *sorted(metadata)])}
    if isinstance(own, dict) and ORDER in own:
        del made[KEPT][ORDER]
        if not made[KEPT]:
            del made[KEPT]
    return made
