"""Writes down the largest variables after each cell, for the report on a kernel that ended.

Runs inside the kernel. Only exact types that are known to answer quickly are asked, so nobody's own code
runs; what the rest weighs is not known.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

LEAST_BYTES = 1024 * 1024
MOST = 5
NAMES_LIMIT = 2_000
TIME_LIMIT_S = 0.005

PLAIN = (bytes, bytearray, str, list, dict, tuple, set, frozenset)

ASKED: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("numpy", "ndarray"): lambda value: value.nbytes,
    ("pandas", "DataFrame"): lambda value: value.memory_usage(deep=False).sum(),
    ("pandas", "Series"): lambda value: value.memory_usage(deep=False),
    ("polars", "DataFrame"): lambda value: value.estimated_size(),
    ("polars", "Series"): lambda value: value.estimated_size(),
    ("pyarrow", "Table"): lambda value: value.nbytes,
    ("torch", "Tensor"): lambda value: value.nelement() * value.element_size(),
}


def watch(shell: Any, folder: str) -> None:
    """Have the largest variables of the shell in `folder` after each cell."""
    file = os.path.join(folder, "variables.json")
    draft = file + ".new"

    def note(*_: object) -> None:
        found = largest(shell.user_ns)
        if not found and not os.path.exists(file):
            return
        with open(draft, "w") as text:
            json.dump(found, text)
        os.replace(draft, file)

    shell.events.register("post_run_cell", note)


def largest(namespace: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Return (name, type, bytes) of the largest variables, the largest first."""
    end = time.monotonic() + TIME_LIMIT_S
    found: list[tuple[str, str, int]] = []
    for name, value in list(namespace.items())[-NAMES_LIMIT:]:
        if name.startswith("_") or name in ("In", "Out"):
            continue
        size = weight(value)
        if size >= LEAST_BYTES:
            found.append((name, type(value).__name__, size))
        if time.monotonic() > end:
            break
    return sorted(found, key=lambda each: -each[2])[:MOST]


def weight(value: object) -> int:
    """Return the bytes of a value, without what a container's items weigh; 0 where that is not known."""
    kind = type(value)
    if kind in PLAIN:
        return sys.getsizeof(value)
    ask = ASKED.get((kind.__module__.partition(".")[0], kind.__qualname__))
    if ask is None:
        return 0
    try:
        return int(ask(value))
    except Exception:  # noqa: BLE001 - a library of another version: then it is not known
        return 0
