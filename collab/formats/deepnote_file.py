"""A notebook file as a project of Deepnote with that one notebook.

A cell that came from a block is that block again, with what was changed here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from collab.formats.deepnote import FRAMES, GROUP, TYPE
from collab.formats.yaml_text import yaml_text
from collab.ipynb.texts import joined
from collab.ipynb.values import KEPT
from collab.kinds import KEY

_OWN = (TYPE, GROUP, "cell_id", "deepnote_block", "deepnote_sorting_key", KEPT)
_VARIABLE = "deepnote_variable_name"
_VALUE = "deepnote_variable_value"
_LABEL = "deepnote_input_label"
_PREFIXES: Mapping[str, str] = {
    "text-cell-h1": "# ",
    "text-cell-h2": "## ",
    "text-cell-h3": "### ",
    "text-cell-p": "",
    "text-cell-bullet": "- ",
}


def as_deepnote(file: Mapping[str, Any], name: str, notebook: str, at: str) -> str:
    """Return a notebook file as the text of a `.deepnote` file; `at` is the time of now, as RFC 3339."""
    blocks = [_block(cell, number) for number, cell in enumerate(file["cells"])]
    return yaml_text(
        {
            "metadata": {"createdAt": at, "exportedAt": at},
            "version": "1.0.0",
            "project": {
                "id": notebook,
                "name": name,
                "notebooks": [
                    {
                        "id": notebook,
                        "name": name,
                        "executionMode": "block",
                        "isModule": False,
                        "blocks": blocks,
                    }
                ],
                "integrations": [],
                "settings": {},
            },
        }
    )


def _block(cell: Mapping[str, Any], number: int) -> dict[str, Any]:
    metadata = cell["metadata"]
    kept = {key: metadata[key] for key in sorted(metadata) if key not in _OWN}
    kind, content, more = _content(cell, metadata)
    group, block_id = metadata.get(GROUP), metadata.get("cell_id")
    block: dict[str, Any] = {
        "id": block_id if isinstance(block_id, str) else str(cell.get("id", number)),
        "blockGroup": group if isinstance(group, str) else f"g{number:06}",
        "sortingKey": f"{number:06}",
        "type": kind,
        "content": content,
        "metadata": {**kept, **more},
    }
    if cell["cell_type"] == "code":
        block["executionCount"] = cell.get("execution_count")
        block["outputs"] = cell.get("outputs", [])
    return block


def _content(cell: Mapping[str, Any], metadata: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Return a block's type, its text, and the metadata that its cell's own say better."""
    text, before = joined(cell["source"]), metadata.get(TYPE)
    if cell["cell_type"] == "code":
        special = metadata.get(KEY)
        special = special if isinstance(special, dict) else {}
        if special.get("kind") == "sql":
            known = "sql_integration_id" in metadata
            frames = {} if known or special.get("connection") else {"sql_integration_id": FRAMES}
            result = special.get("result")
            return "sql", text, {**frames, **({_VARIABLE: result} if isinstance(result, str) else {})}
        if special.get("kind") == "input":
            found = _input(special, text, before)
            if found is not None:
                return found[0], "", found[1]
        return "code", text, {}
    if cell["cell_type"] == "raw":
        kept = metadata.get("deepnote_block")
        if isinstance(before, str) and isinstance(kept, dict):
            return before, text, {}
        return "markdown", f"```\n{text}\n```", {}
    return _words(text, before)


def _words(text: str, before: Any) -> tuple[str, str, dict[str, Any]]:
    """Return the block of a text: that of before, where the text can still be one."""
    prefix = _PREFIXES.get(before) if isinstance(before, str) else None
    if prefix is not None and text.startswith(prefix) and "\n\n" not in text:
        return before, text[len(prefix) :], {}
    if before == "separator" and text.strip() == "---":
        return "separator", "", {}
    todo = re.fullmatch(r"- \[([ x])\] (.*)", text, re.DOTALL)
    if before == "text-cell-todo" and todo is not None:
        return before, todo[2], {"checked": todo[1] == "x"}
    lines = text.split("\n")
    if before == "text-cell-callout" and all(line.startswith("> ") for line in lines):
        return before, "\n".join(line[2:] for line in lines), {}
    picture = re.fullmatch(r"!\[\]\(([^\s()<>]+)\)", text)
    if before == "image" and picture is not None:
        return "image", "", {"deepnote_img_src": picture[1]}
    return "markdown", text, {}


def _input(special: Mapping[str, Any], text: str, before: Any) -> tuple[str, dict[str, Any]] | None:
    """Return the block of an input cell; None where Deepnote has no such input, so it stays code."""
    try:
        value: Any = ast.literal_eval(text.partition("=")[2].strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = _day(text)
    said: dict[str, Any] = {_VARIABLE: special.get("name", ""), _VALUE: value}
    if special.get("label"):
        said[_LABEL] = special["label"]
    match special.get("control"):
        case "text" if isinstance(value, str):
            return ("input-textarea" if special.get("lines") else "input-text"), said
        case "checkbox" if isinstance(value, bool):
            return "input-checkbox", said
        case "select" if isinstance(value, str):
            options = [str(each) for each in special.get("options", ())]
            return "input-select", said | {
                "deepnote_variable_options": options,
                "deepnote_variable_custom_options": options,
                "deepnote_variable_select_type": "from-options",
            }
        case "slider" if isinstance(value, int | float):
            return "input-slider", said | {
                _VALUE: f"{value:g}" if isinstance(value, float) else str(value),
                "deepnote_slider_min_value": special.get("min", 0),
                "deepnote_slider_max_value": special.get("max", 100),
                "deepnote_slider_step": special.get("step", 1),
            }
        case "date" if isinstance(value, str):
            return "input-date", said | {"deepnote_input_date_version": 2}
        case "file" if isinstance(value, str) and value:
            return "input-file", said
        case _:
            return None


def _day(text: str) -> str | None:
    found = re.search(r"\.date\((\d{1,4}), (\d{1,2}), (\d{1,2})\)$", text.strip())
    return f"{int(found[1]):04}-{int(found[2]):02}-{int(found[3]):02}" if found is not None else None
