"""A notebook file as Markdown, which holds the texts as they are. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from collab.ipynb.values import KEPT

PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
TERMINAL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def as_markdown(file: Mapping[str, Any]) -> str:
    """Return a notebook file as Markdown, with what its cells printed and drew."""
    parts = []
    for cell in file["cells"]:
        text = joined(cell["source"])
        if cell["cell_type"] == "code":
            parts += [_fenced(text, language_of(cell))] if text.strip() else []
            parts += [shown for output in cell["outputs"] if (shown := _shown(output))]
        elif text.strip():
            parts.append(_with_pictures(text, cell.get("attachments", {})))
    return "\n\n".join(parts) + "\n"


def language_of(cell: Mapping[str, Any]) -> str:
    """Return the language of a code cell in a file, as `collab.kinds` has it there."""
    found = cell["metadata"].get(KEPT)
    return "sql" if isinstance(found, dict) and found.get("kind") == "sql" else "python"


def _shown(output: Mapping[str, Any]) -> str:
    """Return one output as Markdown; empty for what has no text or picture."""
    match output["output_type"]:
        case "stream":
            return _fenced(TERMINAL.sub("", joined(output["text"])).rstrip("\n"), "text")
        case "error":
            return _fenced(TERMINAL.sub("", "\n".join(output["traceback"])), "text")
    data = output.get("data", {})
    if "text/markdown" in data:
        return joined(data["text/markdown"])
    for mime in PICTURES:
        if mime in data:
            return f"![output]({_address(mime, joined(data[mime]))})"
    return _fenced(joined(data["text/plain"]), "text") if "text/plain" in data else ""


def _with_pictures(text: str, attachments: Mapping[str, Mapping[str, Any]]) -> str:
    """Put attached pictures into the text itself."""
    for name, bundle in attachments.items():
        for mime, content in bundle.items():
            if mime in PICTURES:
                text = text.replace(f"attachment:{name}", _address(mime, joined(content)))
    return text


def _address(mime: str, content: str) -> str:
    is_text = mime == "image/svg+xml"
    coded = base64.b64encode(content.encode()).decode() if is_text else content.replace("\n", "")
    return f"data:{mime};base64,{coded}"


def _fenced(text: str, language: str) -> str:
    """Fence a text with more backticks than it has in a row."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def joined(text: str | Sequence[str]) -> str:
    """Return a text of a file, which may be a list of lines."""
    return text if isinstance(text, str) else "".join(text)
