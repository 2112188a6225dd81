"""A notebook file as a script in the percent format, and as Markdown. Pure; both hold the texts as they are.

The percent format is Spyder's and jupytext's: `# %%` begins a cell, `# %% [markdown]` one of text, whose
lines are comments. Lines that are no Python (`%`, `!`) become comments, so that the script runs.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from collab.ipynb.values import KEPT

MARK = re.compile(r"^(\s*)(# ?%%)", re.MULTILINE)
ESCAPED = re.compile(r"^[ \t]*[%!?].*$|^[ \t]*[\w.]+\?{1,2}[ \t]*$", re.MULTILINE)
PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
TERMINAL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def as_script(file: Mapping[str, Any]) -> str:
    """Return the cells of a notebook file as one script."""
    parts = []
    for cell in file["cells"]:
        text = _joined(cell["source"])
        match cell["cell_type"]:
            case "code" if (language := language_of(cell)) != "python":
                parts.append(f'# %% language="{language}"\n{_commented(text)}')
            case "code":
                parts.append(f"# %%\n{_python(text)}")
            case "markdown":
                parts.append(f"# %% [markdown]\n{_commented(text)}")
            case _:
                parts.append(f"# %% [raw]\n{_commented(text)}")
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def as_markdown(file: Mapping[str, Any]) -> str:
    """Return a notebook file as Markdown, with what its cells printed and drew."""
    parts = []
    for cell in file["cells"]:
        text = _joined(cell["source"])
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


def _python(text: str) -> str:
    if text.lstrip().startswith("%%"):  # the whole cell is something else than Python
        return _commented(text)
    return MARK.sub(r"\1# \2", ESCAPED.sub(lambda line: f"# {line[0]}", text))


def _commented(text: str) -> str:
    return "\n".join(f"# {line}".rstrip() for line in text.split("\n"))


def _shown(output: Mapping[str, Any]) -> str:
    """Return one output as Markdown; empty for what has no text or picture."""
    match output["output_type"]:
        case "stream":
            return _fenced(TERMINAL.sub("", _joined(output["text"])).rstrip("\n"), "text")
        case "error":
            return _fenced(TERMINAL.sub("", "\n".join(output["traceback"])), "text")
    data = output.get("data", {})
    if "text/markdown" in data:
        return _joined(data["text/markdown"])
    for mime in PICTURES:
        if mime in data:
            return f"![output]({_address(mime, _joined(data[mime]))})"
    return _fenced(_joined(data["text/plain"]), "text") if "text/plain" in data else ""


def _with_pictures(text: str, attachments: Mapping[str, Mapping[str, Any]]) -> str:
    """Put attached pictures into the text itself."""
    for name, bundle in attachments.items():
        for mime, content in bundle.items():
            if mime in PICTURES:
                text = text.replace(f"attachment:{name}", _address(mime, _joined(content)))
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


def _joined(text: str | Sequence[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
