"""`python -m benchmarks [NAME...]`: run all benchmarks, or the named ones, and print JSON."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from typing import Any

from benchmarks import (
    completion,
    edits,
    environment,
    flood,
    frames,
    git_large,
    idle_kernels,
    imports,
    kernel_start,
    page,
    pixels,
    slurm_start,
    variables,
    warm_start,
    widgets,
)

BENCHMARKS: dict[str, Callable[[], dict[str, Any]]] = {
    "edits": edits.measure,
    "join": edits.measure_join,
    "kernel-start": kernel_start.measure,
    "warm-start": warm_start.measure,
    "environment": environment.measure,
    "slurm-start": slurm_start.measure,
    "idle-kernels": idle_kernels.measure,
    "page": page.measure,
    "page-1000": lambda: page.measure(cells=1000, rounds=1),
    "pixels": pixels.measure,
    "completion": completion.measure,
    "flood": flood.measure,
    "imports": imports.measure,
    "variables": variables.measure,
    "frames": frames.measure,
    "git-large": git_large.measure,
    "widgets": widgets.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", choices=[[], *BENCHMARKS], metavar="NAME", help=", ".join(BENCHMARKS)
    )
    chosen = parser.parse_args().names or list(BENCHMARKS)
    for name in chosen:
        result = BENCHMARKS[name]()
        print(json.dumps({**result, "loadavg_1m": round(os.getloadavg()[0], 2)}, indent=2), flush=True)


if __name__ == "__main__":
    main()
