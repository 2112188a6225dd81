"""Notebooks of a given size, for the benchmarks."""

from __future__ import annotations

from typing import Any


def code_cells(count: int, output_bytes: int = 0) -> dict[str, Any]:
    """Return a notebook of `count` code cells that share `output_bytes` of printed text."""
    line = "x" * 79 + "\n"
    cells = []
    for index in range(count):
        outputs = []
        if output_bytes:
            text = line * (output_bytes // count // len(line))
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
