"""Colab's forms: comments behind assignments that say how to ask for the value.

Lines of `#@param` at the beginning of a cell become input cells; what follows them stays the cell it
was, with its title, outputs and metadata. A cell with a field that no input can express stays code as a
whole. Colab's own documentation of forms describes the fields.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collab.formats.inputs import input_cell
from collab.ipynb.notes import Notes
from collab.ipynb.texts import joined

LONGEST_FIELD = 10_000

_PARAM = re.compile(r"#\s?@param\b")
_HAS_PARAM = re.compile(r"^[^\n#]*#\s?@param\b", re.MULTILINE)
_NAME = re.compile(r"[^\W\d]\w*")
_TITLE = re.compile(r"#\s?@title\b")
_MARKDOWN = re.compile(r"#\s?@markdown\b ?(?P<text>.*)")
_DATE = re.compile(r"""["']?type["']?\s?:\s?["']date["']""")
_AUTO = re.compile(r"""["']?run["']?\s?:\s?["']auto["']""")
_BARE_KEY = re.compile(r"(?<=[{,])\s*([A-Za-z_-]+)\s*:")


@dataclass(slots=True)
class _Form:
    """A cell with fields at its beginning, taken apart."""

    inputs: list[dict[str, Any]]
    comments: list[str]
    rest: list[str]
    dates: int


def with_inputs(notebook: Any, notes: Notes) -> Any:
    """Return a notebook file of Colab with input cells in place of its form fields; any other as it is."""
    if not _is_colab(notebook):
        return notebook
    cells: list[Any] = []
    for cell in notebook["cells"]:
        cells += _cells(cell, notes)
    return {**notebook, "cells": cells}


def _is_colab(notebook: Any) -> bool:
    return (
        isinstance(notebook, dict)
        and isinstance(notebook.get("metadata"), dict)
        and "colab" in notebook["metadata"]
        and isinstance(notebook.get("cells"), list)
    )


def _cells(cell: Any, notes: Notes) -> list[Any]:
    """Return what one cell becomes."""
    text = _source(cell)
    fields = len(_HAS_PARAM.findall(text)) if text is not None else 0
    if text is None or not fields:
        return [cell]
    form = _form(text)
    if form is None:
        notes.add("forms_kept", fields)
        return [cell]
    notes.add("forms", len(form.inputs))
    if form.dates:
        notes.add("form_dates", form.dates)
    words = _words(form.comments)
    if any(form.rest) or words is None or cell.get("outputs"):
        return [*form.inputs, {**cell, "source": "\n".join([*form.comments, *form.rest]).strip("\n")}]
    if not words:
        first = {**form.inputs[0], **{key: cell[key] for key in ("id",) if key in cell}}
        first["metadata"] = {**_metadata(cell), **first["metadata"]}
        return [first, *form.inputs[1:]]
    kept = {key: value for key, value in cell.items() if key not in ("outputs", "execution_count")}
    return [{**kept, "cell_type": "markdown", "source": "\n\n".join(words)}, *form.inputs]


def _source(cell: Any) -> str | None:
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    source = cell.get("source")
    if isinstance(source, list) and not all(isinstance(line, str) for line in source):
        return None
    return joined(source) if isinstance(source, str | list) else None


def _metadata(cell: Mapping[str, Any]) -> dict[str, Any]:
    found = cell.get("metadata")
    return dict(found) if isinstance(found, dict) else {}


def _form(text: str) -> _Form | None:
    """Take a cell apart; None where a field stands below code, or is none that an input can express."""
    lines = text.split("\n")
    is_auto = any(_TITLE.match(line) and _AUTO.search(line) for line in lines)
    form = _Form([], [], [], 0)
    for number, line in enumerate(lines):
        if not line.strip() or line.startswith("#"):
            form.comments.append(line)
            continue
        mark = _PARAM.search(line)
        if mark is None:
            form.rest = lines[number:]
            break
        name, _, value = line[: mark.start()].partition("=")
        made = _input(name.rstrip(), value.strip(), line[mark.end() :].strip(), is_auto=is_auto)
        if made is None:
            return None
        form.inputs.append(made)
        form.dates += _DATE.search(line[mark.end() :]) is not None
    if not form.inputs or _HAS_PARAM.search("\n".join(form.rest)):
        return None
    return form


def _input(name: str, value_text: str, spec: str, *, is_auto: bool) -> dict[str, Any] | None:
    if _NAME.fullmatch(name) is None or len(value_text) + len(spec) > LONGEST_FIELD:
        return None
    try:
        value = ast.literal_eval(value_text)
        options, settings = _spec(spec)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    base = {"name": name, "runs": "dependants" if is_auto else "nothing"}
    kind = settings.get("type", "string" if isinstance(value, str) else "raw")
    may_type = settings.get("allow-input") is True
    if options is not None and not may_type:
        if kind == "raw" or not isinstance(value, str):
            options = [_literal(option) for option in options]
        return input_cell({**base, "control": "select", "options": options}, value, {})
    match kind:
        # A date stays the text that the code below it expects.
        case "string" | "date":
            return input_cell({**base, "control": "text"}, value, {})
        case "boolean":
            return input_cell({**base, "control": "checkbox"}, value, {})
        case "number":
            return _same({**base, "control": "number"}, value)
        case "integer":
            return _same({**base, "control": "number", "step": 1}, value)
        case "slider":
            limits = {key: settings[key] for key in ("min", "max", "step") if key in settings}
            return _same({**base, "control": "slider", **limits}, value)
        case _:
            return None


def _same(definition: dict[str, Any], value: Any) -> dict[str, Any] | None:
    """Return the input, unless it would make another kind of number of the value."""
    made = input_cell(definition, value, {})
    if made is None or type(ast.literal_eval(made["source"].partition("= ")[2])) is not type(value):
        return None
    return made


def _spec(text: str) -> tuple[list[Any] | None, Mapping[str, Any]]:
    """Return the options and the settings of a field; raises `ValueError` or `SyntaxError`."""
    options = None
    if text.startswith("["):
        end = text.rindex("]") + 1
        options, text = ast.literal_eval(text[:end]), text[end:].strip()
    settings = json.loads(_BARE_KEY.sub(r'"\1":', text.replace("'", '"'))) if text else {}
    if not isinstance(settings, dict):
        raise ValueError
    return options, settings


def _literal(option: Any) -> Any:
    """Return what a raw option stands for."""
    return ast.literal_eval(option) if isinstance(option, str) else option


def _words(comments: list[str]) -> list[str] | None:
    """Return title and texts of a form as Markdown; None where there are other comments too."""
    words = []
    for line in comments:
        if title := _TITLE.match(line):
            text = line[title.end() :].strip()
            text = text[: text.rindex("{")].rstrip() if text.endswith("}") and "{" in text else text
            words += [f"### {text}"] if text else []
        elif found := _MARKDOWN.fullmatch(line):
            words.append(found["text"])
        elif line.strip():
            return None
    return words
