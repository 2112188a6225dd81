"""Checks and formats the code of notebooks with ruff: `python lint.py CACHE RUFF`.

One question a line comes in, one answer a line goes out, as JSON. ruff reads a notebook as a whole and knows
its magics. What it says is then taken back where a notebook is no script: a name that some other cell defines
is not undefined, whatever their order, and names in a cell that does not parse yet still count. Code is read
and never run. Places are counted in UTF-16 code units from the start of a cell, as browsers do.
"""

import ast
import json
import os
import re
import resource
import subprocess
import sys
from typing import Any

MEMORY = 1024**3
LIMIT_S = 10.0
MOST_MARKS = 1000
LONGEST_TEXT = 300

RULES = "F,E9,E713,E714,E721,E722,B006,W605,PLE"
"""Mistakes, and nothing of taste."""
NO_RULES = "F403,F405,F704,F811"
"""What is usual in notebooks: star imports, await in a cell, one name for two things in turn."""
GIVEN = ("In", "Out", "_", "__", "___", "display", "get_ipython", "exit", "quit")
"""What IPython puts into every notebook."""
FADED = ("F401", "F841", "F842")
CERTAIN = ("F841", "F842")
"""Rules whose fixes ruff holds for daring, and which a person asks for one by one here."""
NEWEST = 14
"""The highest minor version of Python 3 that every ruff we run with knows."""

LINE = re.compile(r"\r\n|\r|\n")
NAME = re.compile(r"[^\W\d]\w*")
UNDEFINED = re.compile(r"Undefined name `(.+?)`")
UNUSED = re.compile(r"`(.+?)` imported but unused")


def main() -> None:
    """Answer until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    ruff = os.path.abspath(sys.argv[2])
    for line in sys.stdin:
        question = json.loads(line)
        cells = question["cells"]
        try:
            answer = check(ruff, cells) if question["kind"] == "check" else formatted(ruff, cells)
        except Exception as failure:  # noqa: BLE001 - the next question is another
            answer = {"failed": type(failure).__name__}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def check(ruff: str, cells: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the marks of all cells."""
    found = checked(ruff, cells)
    broken = {each["cell"] - 1 for each in found if each["code"] in (None, "invalid-syntax")}
    if broken:
        # Of a notebook that does not parse ruff says little else; the other cells are still to be read.
        readable = [{**cell, "source": ""} if at in broken else cell for at, cell in enumerate(cells)]
        rest = checked(ruff, readable)
        found = [each for each in found if each["cell"] - 1 in broken] + rest
    loose = {name for at in broken for name in NAME.findall(cells[at]["source"])}
    defined = loose.union(*(names_bound(cell) for cell in cells))
    lines = [Lines(cell["source"]) for cell in cells]
    marks = []
    for each in found[:MOST_MARKS]:
        at, text = each["cell"] - 1, each["message"]
        undefined, unused = UNDEFINED.match(text), UNUSED.match(text)
        if undefined and undefined[1] in defined:
            continue
        if unused and unused[1].split(" as ")[-1].split(".")[0] in loose:
            continue
        # Where not all is read, an import that seems unused is not taken out.
        marks.append(mark(each, cells[at]["id"], lines[at], may_fix=not (unused and broken)))
    return {"marks": marks}


def checked(ruff: str, cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what ruff finds in cells."""
    how = ("--exit-zero", "--output-format", "json", "--select", RULES, "--ignore", NO_RULES)
    told = asked(ruff, "check", cells, *how, "--config", f"builtins={json.dumps(GIVEN)}")
    found: list[dict[str, Any]] = json.loads(told or "[]")
    return found


def formatted(ruff: str, cells: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the texts of the cells that look otherwise when formatted, and which do not parse."""
    texts: dict[str, str] = {}
    failed: list[str] = []
    waiting = [cells]
    while waiting:
        part = waiting.pop()
        told = asked(ruff, "format", part)
        if told:
            for cell, shown in zip(part, json.loads(told)["cells"], strict=True):
                text = shown["source"]
                text = text if isinstance(text, str) else "".join(text)
                if text != cell["source"]:
                    texts[cell["id"]] = text
        elif len(part) == 1:
            failed.append(part[0]["id"])
        else:
            waiting += [part[: len(part) // 2], part[len(part) // 2 :]]
    return {"texts": texts, "broken": failed}


def asked(ruff: str, what: str, cells: list[dict[str, Any]], *arguments: str) -> str:
    """Return what ruff writes about cells, empty where it does not take them."""
    shape: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    notebook = {
        "cells": [{**shape, "source": cell["source"]} for cell in cells],
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    version = f"py3{min(sys.version_info.minor, NEWEST)}"
    command = [ruff, what, "--isolated", "--no-cache", "--quiet", "--target-version", version, *arguments]
    done = subprocess.run(  # noqa: S603 - our own ruff, and text on its input
        [*command, "--stdin-filename", "notebook.ipynb", "-"],
        input=json.dumps(notebook).encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=LIMIT_S,
        check=False,
    )
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def names_bound(cell: dict[str, Any]) -> set[str]:
    """Return the names that a cell gives to all: bound outside of functions, or `global` in them."""
    names = set(cell.get("gives", ()))
    try:
        waiting: list[tuple[ast.AST, bool]] = [(ast.parse(cell["python"]), True)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return names | set(NAME.findall(cell["source"]))
    while waiting:
        node, is_outside = waiting.pop()
        if isinstance(node, ast.Global):
            names.update(node.names)
        elif is_outside and isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif is_outside and isinstance(node, ast.alias):
            names.add(node.asname or node.name.partition(".")[0])
        elif is_outside and isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            names.add(node.name)
        elif is_outside and isinstance(node, ast.MatchMapping) and node.rest:
            names.add(node.rest)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if is_outside:
                names.add(node.name)
            is_outside = False
        waiting += [(child, is_outside) for child in ast.iter_child_nodes(node)]
    return names


class Lines:
    """A cell's lines, to turn ruff's places into UTF-16 code units."""

    def __init__(self, text: str) -> None:
        self.starts = [0, *(found.end() for found in LINE.finditer(text))]
        self.text = text

    def offset(self, place: dict[str, int]) -> int:
        """Return the offset of a line and a column, both counted from 1; the end for what lies behind it."""
        row = place["row"] - 1
        at = self.starts[row] + place["column"] - 1 if row < len(self.starts) else len(self.text)
        return utf16(self.text[:at])


def utf16(text: str) -> int:
    """Return the length of a text as browsers count it."""
    return len(text) + sum(each > "\uffff" for each in text)


def mark(told: dict[str, Any], cell: str, lines: Lines, *, may_fix: bool) -> dict[str, Any]:
    """Return one mark as the page gets it."""
    code = told["code"] if told["code"] != "invalid-syntax" else None
    start, end = lines.offset(told["location"]), lines.offset(told["end_location"])
    level = "error" if code is None or code.startswith(("F82", "E9")) else "warning"
    made = {
        "cell": cell,
        "code": code or "",
        "text": told["message"][:LONGEST_TEXT],
        "start": start,
        "end": max(start, end),
        "level": "unused" if code in FADED else level,
    }
    fix = told["fix"] if may_fix else None
    if fix and (fix["applicability"] == "safe" or (fix["applicability"] == "unsafe" and code in CERTAIN)):
        made["fix"] = (fix["message"] or "Fix it")[:LONGEST_TEXT]
        made["edits"] = [
            {
                "start": lines.offset(edit["location"]),
                "end": lines.offset(edit["end_location"]),
                "text": edit["content"] or "",
            }
            for edit in fix["edits"]
        ]
    return made


if __name__ == "__main__":
    main()
