"""Deepnote's project files: YAML with one notebook or several, each a list of blocks.

Source: the schema of files that Deepnote publishes with its open-source packages. Text, code,
SQL and inputs become cells; what has no counterpart stays a raw cell. What a block said of itself is kept in
the cell's metadata, under the names that Deepnote's own converter uses, so that an export can give it back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from collab.formats.inputs import input_cell
from collab.formats.yaml_text import yaml_value
from collab.inputs import literal
from collab.ipynb.notes import Notes
from collab.ipynb.values import Unreadable
from collab.kinds import KEY, is_result_name

MOST_NOTEBOOKS = 100
MOST_BLOCKS = 10_000
TYPE = "deepnote_cell_type"
GROUP = "deepnote_block_group"
FRAMES = "deepnote-dataframe-sql"
"""What Deepnote calls the integration of a query on tables of the kernel."""

Block = Mapping[str, Any]

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Book:
    """One notebook of a project, in the shape of a notebook file, and what was mended on the way."""

    name: str
    file: dict[str, Any]
    notes: Notes


def parsed(content: bytes | str, notes: Notes, max_bytes: int) -> Mapping[str, Any]:
    """Return the project of a file. Raises `Unreadable`."""
    whole = yaml_value(content, notes, max_bytes)
    if not isinstance(whole, dict) or not isinstance(whole.get("project"), dict):
        raise Unreadable("not_a_notebook", "The file is YAML, but none of Deepnote: it names no project.")
    project: Mapping[str, Any] = whole["project"]
    return project


def notebooks_of(project: Mapping[str, Any], notes: Notes) -> Sequence[Book]:
    """Return the notebooks of a project; raises `Unreadable` where it has none. `notes` are told of each."""
    found = project.get("notebooks")
    if not isinstance(found, list) or not found:
        raise Unreadable("no_notebooks", "The project in this file has no notebook.")
    if len(found) > MOST_NOTEBOOKS:
        reason = f"The project has {len(found)} notebooks; {MOST_NOTEBOOKS} at most can be read at once."
        raise Unreadable("too_many", reason)
    settings = project.get("settings")
    required = settings.get("requirements") if isinstance(settings, dict) else None
    if isinstance(required, list) and required:
        notes.add("requirements", len(required))
    books = []
    for number, each in enumerate(found, start=1):
        if not isinstance(each, dict) or not isinstance(each.get("blocks", []), list):
            raise Unreadable("bad_notebook", f"Notebook {number} of the file has no list of blocks.")
        blocks = each.get("blocks", [])
        if len(blocks) > MOST_BLOCKS:
            reason = (
                f"Notebook {number} of the file has {len(blocks)} blocks; {MOST_BLOCKS} at most can be read."
            )
            raise Unreadable("too_many", reason)
        own = notes.copy()
        name = each.get("name") if isinstance(each.get("name"), str) else ""
        assert isinstance(name, str)
        books.append(Book(name, _file(blocks, own), own))
    return books


def _file(blocks: Sequence[Any], notes: Notes) -> dict[str, Any]:
    known = [each for each in blocks if isinstance(each, dict)]
    if len(known) < len(blocks):
        notes.add("blocks_left_out", len(blocks) - len(known))
    return {
        "cells": [_cell(block, notes) for block in known],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }


def _cell(block: Block, notes: Notes) -> dict[str, Any]:
    kind = block.get("type")
    said = block.get("metadata")
    metadata = dict(said) if isinstance(said, dict) else {}
    metadata[TYPE] = kind
    if isinstance(block.get("blockGroup"), str):
        metadata[GROUP] = block["blockGroup"]
    if isinstance(block.get("id"), str):
        metadata["cell_id"] = block["id"]
    content = block.get("content")
    text = content if isinstance(content, str) else ""
    if kind == "code":
        return _code(text, block, metadata)
    if kind == "sql":
        return _sql(text, block, metadata, notes)
    if isinstance(kind, str) and kind.startswith("input-"):
        return _input(kind, block, metadata, notes)
    written = _TEXTS.get(kind) if isinstance(kind, str) else None
    if written is not None:
        return {"cell_type": "markdown", "metadata": metadata, "source": written(text, metadata)}
    notes.add("blocks")
    metadata["deepnote_block"] = {key: value for key, value in block.items() if key not in ("id", "type")}
    return {"cell_type": "raw", "metadata": metadata, "source": text}


def _code(text: str, block: Block, metadata: dict[str, Any]) -> dict[str, Any]:
    outputs = block.get("outputs")
    return {
        "cell_type": "code",
        "metadata": metadata,
        "source": text,
        "execution_count": block.get("executionCount"),
        "outputs": outputs if isinstance(outputs, list) else [],
    }


def _sql(text: str, block: Block, metadata: dict[str, Any], notes: Notes) -> dict[str, Any]:
    kind: dict[str, Any] = {"kind": "sql"}
    name = metadata.get("deepnote_variable_name")
    if is_result_name(name):
        kind["result"] = name
    if metadata.get("sql_integration_id") not in (None, "", FRAMES):
        notes.add("connections")
    return _code(text, block, {**metadata, KEY: kind})


def _input(kind: str, block: Block, metadata: dict[str, Any], notes: Notes) -> dict[str, Any]:
    """Return the cell of an input: one of ours, else the assignment that Deepnote would run."""
    name = metadata.get("deepnote_variable_name")
    name = name if isinstance(name, str) else "unnamed_variable"
    value = metadata.get("deepnote_variable_value", metadata.get("deepnote_variable_default_value"))
    label = metadata.get("deepnote_input_label")
    base = {"name": name, **({"label": label} if isinstance(label, str) else {})}
    made = _OURS[kind](base, value, metadata) if kind in _OURS else None
    if made is not None:
        return made
    notes.add("inputs_kept")
    written = _plain(value, with_days=kind == "input-date-range")
    return _code(f"{_identifier(name)} = {written}", block, metadata)


def _text(base: dict[str, Any], value: Any, metadata: dict[str, Any], **more: Any) -> dict[str, Any] | None:
    return input_cell({**base, "control": "text", **more}, "" if value is None else value, metadata)


def _area(base: dict[str, Any], value: Any, metadata: dict[str, Any]) -> dict[str, Any] | None:
    return _text(base, value, metadata, lines=True)


def _checkbox(base: dict[str, Any], value: Any, metadata: dict[str, Any]) -> dict[str, Any] | None:
    is_set = value if isinstance(value, bool) else value == "true"
    return input_cell({**base, "control": "checkbox"}, is_set, metadata)


def _select(base: dict[str, Any], value: Any, metadata: dict[str, Any]) -> dict[str, Any] | None:
    options = metadata.get("deepnote_variable_options")
    if metadata.get("deepnote_variable_select_type") == "from-variable" or not isinstance(options, list):
        return None
    if metadata.get("deepnote_allow_multiple_values") or not isinstance(value, str):
        return None
    return input_cell({**base, "control": "select", "options": options}, value, metadata)


def _slider(base: dict[str, Any], value: Any, metadata: dict[str, Any]) -> dict[str, Any] | None:
    names = {"min": "deepnote_slider_min_value", "max": "deepnote_slider_max_value"}
    names["step"] = "deepnote_slider_step"
    limits = {ours: metadata[theirs] for ours, theirs in names.items() if theirs in metadata}
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    whole = int(number) if number.is_integer() else number
    return input_cell({**base, "control": "slider", **limits}, whole, metadata)


def _date(base: dict[str, Any], value: Any, metadata: dict[str, Any]) -> dict[str, Any] | None:
    if metadata.get("deepnote_input_date_version") != 2 or not isinstance(value, str):
        return None  # an older one is a time of day, too
    return input_cell({**base, "control": "date"}, value[:10], metadata)


def _chosen_file(base: dict[str, Any], value: Any, metadata: dict[str, Any]) -> dict[str, Any] | None:
    return input_cell({**base, "control": "file"}, value, metadata) if value else None


_OURS: Mapping[str, Callable[[dict[str, Any], Any, dict[str, Any]], dict[str, Any] | None]] = {
    "input-text": _text,
    "input-textarea": _area,
    "input-checkbox": _checkbox,
    "input-select": _select,
    "input-slider": _slider,
    "input-date": _date,
    "input-file": _chosen_file,
}


def _identifier(name: str) -> str:
    return name if name.isidentifier() else re.sub(r"\W|^(?=\d)", "_", name) or "unnamed_variable"


def _plain(value: Any, *, with_days: bool) -> str:
    """Return a value as a literal of one line; what is none becomes its JSON as a text."""
    match value:
        case None | "":
            return "None"
        case bool() | int() | float() | str():
            return literal(value)
        case list() if all(isinstance(each, str) for each in value):
            return f"[{', '.join(literal((with_days and _day_of(each)) or each) for each in value)}]"
        case _:
            return literal(json.dumps(value))


def _day_of(text: str) -> date | None:
    """Return the day that a text names; ranges of days are lists of these."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _picture(text: str, metadata: Mapping[str, Any]) -> str:
    source = metadata.get("deepnote_img_src")
    return f"![]({source})" if isinstance(source, str) and re.fullmatch(r"[^\s()<>]+", source) else ""


_TEXTS: Mapping[str, Callable[[str, Mapping[str, Any]], str]] = {
    "markdown": lambda text, _: text,
    "text-cell-h1": lambda text, _: f"# {text}",
    "text-cell-h2": lambda text, _: f"## {text}",
    "text-cell-h3": lambda text, _: f"### {text}",
    "text-cell-p": lambda text, _: text,
    "text-cell-bullet": lambda text, _: f"- {text}",
    "text-cell-todo": lambda text, said: f"- [{'x' if said.get('checked') is True else ' '}] {text}",
    "text-cell-callout": lambda text, _: "\n".join(f"> {line}" for line in text.split("\n")),
    "separator": lambda _, __: "---",
    "image": _picture,
}
