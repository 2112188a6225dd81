"""Notebooks of a given size, for the benchmarks."""

from __future__ import annotations

from typing import Any

LINE = "x" * 79 + "\n"


def printing_cells(count: int, output_bytes: int) -> dict[str, Any]:
    """Return a notebook of `count` code cells that print `output_bytes` in all when they run."""
    notebook = code_cells(count)
    lines = output_bytes // count // len(LINE)
    for index, cell in enumerate(notebook["cells"]):
        cell["source"] = f"# cell {index}\nfor _ in range({lines}):\n    print('x' * 79)\n"
    return notebook


def code_cells(count: int, output_bytes: int = 0) -> dict[str, Any]:
    """Return a notebook of `count` code cells that share `output_bytes` of printed text."""
    cells = []
    for index in range(count):
        outputs = []
        if output_bytes:
            text = LINE * (output_bytes // count // len(LINE))
            outputs.append({"output_type": "stream", "name": "stdout", "text": text})
        cells.append(
            {
                "id": f"bench{index:08d}",
                "cell_type": "code",
                "metadata": {},
                "execution_count": None,
                "source": f"# cell {index}\nimport os\nprint({index})\n",
                "outputs": outputs,
            }
        )
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
