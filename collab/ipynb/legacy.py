"""Notebook formats 1 to 3, made into format 4. Tolerant: what has no place in format 4 stays on its cell."""

from __future__ import annotations

import json
from typing import Any

_MIME_TYPES = {
    "text": "text/plain",
    "html": "text/html",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "latex": "text/latex",
    "json": "application/json",
    "javascript": "application/javascript",
    "pdf": "application/pdf",
}
_OUTPUT_TYPES = {"pyout": "execute_result", "pyerr": "error"}
_OUTPUT_FIELDS = frozenset({"output_type", "prompt_number", "metadata", "stream"})


def upgraded(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook of format 4 with the cells of all worksheets, one after the other."""
    out = {key: value for key, value in notebook.items() if key not in ("worksheets", "cells", "metadata")}
    metadata = notebook.get("metadata")
    if isinstance(metadata, dict):
        metadata = dict(metadata)
        name = metadata.pop("name", "")
        metadata.pop("signature", None)
        if name:
            metadata.setdefault("title", name)
    out["metadata"] = {} if metadata is None else metadata
    cells = notebook.get("cells")
    cells = list(cells) if isinstance(cells, list) else []
    worksheets = notebook.get("worksheets")
    for sheet in worksheets if isinstance(worksheets, list) else ():
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list):
            cells += sheet["cells"]
    out["cells"] = [_cell(cell) if isinstance(cell, dict) else cell for cell in cells]
    return out


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    out = dict(cell)
    match cell.get("cell_type"):
        case "code":
            _rename(out, "input", "source")
            _rename(out, "code", "source")
            _rename(out, "prompt_number", "execution_count")
            if out.get("language") in ("python", ""):
                del out["language"]
            if "collapsed" in out:
                metadata = out.get("metadata")
                out["metadata"] = {**(metadata if isinstance(metadata, dict) else {})}
                out["metadata"]["collapsed"] = out.pop("collapsed")
            outputs = out.get("outputs")
            if isinstance(outputs, list):
                out["outputs"] = [_output(each) if isinstance(each, dict) else each for each in outputs]
        case "heading":
            out["cell_type"] = "markdown"
            level = out.pop("level", 1)
            level = level if isinstance(level, int) and 1 <= level <= 6 else 1
            text = out.get("source", "")
            text = "".join(map(str, text)) if isinstance(text, list) else str(text)
            out["source"] = f"{'#' * level} {' '.join(text.splitlines())}"
        case "text" | "html":
            out["cell_type"] = "markdown"
            _rename(out, "text", "source")
        case _:
            pass
    return out


def _output(output: dict[str, Any]) -> dict[str, Any]:
    out = dict(output)
    kind = output.get("output_type")
    if isinstance(kind, str):
        out["output_type"] = _OUTPUT_TYPES.get(kind, kind)
    match kind:
        case "pyout" | "display_data":
            data = {key: out.pop(key) for key in output if key not in _OUTPUT_FIELDS}
            out["data"] = {_MIME_TYPES.get(key, key): value for key, value in data.items()}
            _parse_json(out["data"])
            metadata = out.get("metadata")
            if isinstance(metadata, dict):
                metadata = {_MIME_TYPES.get(key, key): value for key, value in metadata.items()}
            out["metadata"] = {} if metadata is None else metadata
            if kind == "pyout":
                out["execution_count"] = out.pop("prompt_number", None)
        case "stream":
            out["name"] = out.pop("stream", "stdout")
        case _:
            pass
    return out


def _parse_json(data: dict[str, Any]) -> None:
    """Format 3 kept JSON as text."""
    text = data.get("application/json")
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        text = "".join(text)
    if isinstance(text, str):
        try:
            data["application/json"] = json.loads(text, parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            data["application/json"] = text


def _rename(cell: dict[str, Any], old: str, new: str) -> None:
    if old in cell:
        cell.setdefault(new, cell.pop(old))
