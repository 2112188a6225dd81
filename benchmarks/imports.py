"""How often import names lead to the right distribution, beside pipreqs in the same run, and at what cost."""

from __future__ import annotations

import csv
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from benchmarks.figures import p95
from kernel_manager.imports.cells import read_cell, read_source
from kernel_manager.imports.guess import Source, guess
from kernel_manager.imports.project import own_modules
from kernel_manager.imports.resolve import resolve

DATA = Path(__file__).parents[1] / "tests" / "data"
PYTHON = (3, 11)
REPEATS = 50
SAME = {
    "opencv-python-headless": "opencv-python",
    "opencv-contrib-python": "opencv-python",
    "opencv-contrib-python-headless": "opencv-python",
}
PRIVATE = (
    "mycompany_utils",
    "src",
    "utils",
    "config",
    "helpers",
    "acme_pipeline",
    "our_models",
    "data_loader",
)

Answer = Callable[[str], str | None]


def measure() -> dict[str, Any]:
    with (DATA / "import_truth.tsv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    notebooks = json.loads((DATA / "notebooks.json").read_text("utf-8"))
    return {
        "benchmark": "imports",
        "commonbook": {
            **accuracy(rows, _ours),
            "notebooks_exact": sum(_is_exact(each) for each in notebooks),
        },
        "pipreqs": {
            **accuracy(rows, _theirs),
            "notebooks_exact": sum(_is_exact_there(each) for each in notebooks),
        },
        "notebooks": len(notebooks),
        "ms_per_cell": cost([cell for each in notebooks for cell in each["cells"]]),
    }


def accuracy(rows: list[dict[str, str]], answer: Answer) -> dict[str, Any]:
    """Return the share of right answers over all rows and over the kinds that are hard."""
    kinds: dict[str, Callable[[dict[str, str]], bool]] = {
        "all": lambda row: True,
        "from_wheels": lambda row: row["source"] in ("top", "namespace"),
        "hard": lambda row: canonicalize_name(row["import"]) != row["distribution"],
        "dotted": lambda row: "." in row["import"],
    }
    right = {row["import"]: answer(row["import"]) in row["accept"].split("|") for row in rows}
    shares = {
        kind: round(statistics.mean(right[row["import"]] for row in rows if is_one(row)), 4)
        for kind, is_one in kinds.items()
    }
    silent = sum(answer(row["import"]) is None for row in rows)
    wrong = sum(not each for each in right.values()) - silent
    proposed = [name for name in PRIVATE if answer(name) is not None]
    return {**shares, "rows": len(rows), "wrong_proposals": wrong, "private_names_proposed": len(proposed)}


def cost(cells: list[str]) -> dict[str, float]:
    """Return the milliseconds that reading one changed cell takes."""
    taken = []
    for cell in cells * REPEATS:
        begin = time.perf_counter()
        read_cell(cell)
        taken.append((time.perf_counter() - begin) * 1000)
    return {"median": round(statistics.median(taken), 3), "p95": round(p95(taken), 3)}


def _ours(name: str) -> str | None:
    return resolve(name, PYTHON).distribution


def _theirs(name: str) -> str | None:
    from pipreqs import pipreqs

    [found] = pipreqs.get_pkg_names([name.partition(".")[0]])
    return canonicalize_name(found)


def _is_exact(item: dict[str, Any]) -> bool:
    read = read_cell if "ipynb" in item["kind"] else read_source
    file = item["source"].rpartition("/")[2].rpartition(" ")[2]
    sources = [Source(file, read(cell), number=number) for number, cell in enumerate(item["cells"], 1)]
    return _is_right(guess(sources, own_modules([]), PYTHON).lines, item)


def _is_exact_there(item: dict[str, Any]) -> bool:
    from pipreqs import pipreqs

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "cells.py").write_text("\n".join(item["cells"]), "utf-8")
        try:
            found = pipreqs.get_pkg_names(pipreqs.get_all_imports(folder, encoding="utf-8"))
        except SyntaxError:
            return False
    return _is_right(tuple(canonicalize_name(name) for name in found), item)


def _is_right(lines: tuple[str, ...], item: dict[str, Any]) -> bool:
    return sorted(SAME.get(line, line) for line in lines) == item["requirements"]
