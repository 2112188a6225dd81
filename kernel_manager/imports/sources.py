"""Reads notebooks and `.py` files from disk, for the commands: one of them, or all in a folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernel_manager.imports.cells import read_cell, read_source
from kernel_manager.imports.encoded import decode
from kernel_manager.imports.guess import Source

SKIPPED = frozenset(
    {
        *("node_modules", "__pycache__", "site-packages", "venv", "env", "virtualenv", "build", "dist"),
        *("__pypackages__", "bower_components", "checkpoints"),
    }
)
"""Folders, besides hidden ones, that hold what other people wrote or tools made."""
MOST_FILES = 20_000
LARGEST_BYTES = 64 * 1024 * 1024


class Unreadable(Exception):
    """A path that cannot be read as a notebook, a source or a folder; the text says why."""


@dataclass(frozen=True)
class Read:
    """What was found at a path."""

    sources: tuple[Source, ...]
    paths: tuple[str, ...]
    """Of all the `.py` files beside and below, relative to the folder: they are the project's own modules."""
    folder: Path
    skipped: tuple[str, ...]
    """A sentence for each file that could not be read."""


def read_path(path: Path) -> Read:
    """Return the imports of a notebook, a `.py` file, or all of both in a folder. Raises `Unreadable`."""
    if path.is_dir():
        return _read_folder(path)
    if not path.exists():
        raise Unreadable(f"There is no file or folder {path}.")
    if path.suffix not in (".ipynb", ".py"):
        raise Unreadable(f"{path} is neither a notebook nor a .py file.")
    folder = path.parent
    beside = [*_modules_in(folder, ""), *_modules_in(folder / "src", "src/")]
    return Read(tuple(_read_file(path, path.name)), tuple(beside), folder, ())


def _modules_in(folder: Path, prefix: str) -> Iterator[str]:
    if not folder.is_dir():
        return
    for found in folder.iterdir():
        if found.suffix == ".py" and found.is_file():
            yield f"{prefix}{found.name}"
        elif found.is_dir() and any(found.glob("*.py")):
            yield f"{prefix}{found.name}/__init__.py"


def _read_folder(folder: Path) -> Read:
    sources: list[Source] = []
    paths: list[str] = []
    skipped: list[str] = []
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".py":
            paths.append(name)
        try:
            sources += _read_file(path, name)
        except Unreadable as failure:
            skipped.append(str(failure))
    return Read(tuple(sources), tuple(paths), folder, tuple(skipped))


def _walk(folder: Path) -> Iterator[Path]:
    count = 0
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if name not in SKIPPED
            and not name.startswith(".")
            and not (Path(place) / name / "pyvenv.cfg").exists()
        )
        for name in sorted(files):
            if name.endswith((".py", ".ipynb")) and not name.startswith("."):
                count += 1
                if count > MOST_FILES:
                    raise Unreadable(
                        f"{folder} holds more than {MOST_FILES:,} notebooks and files: name a folder in it."
                    )
                yield Path(place) / name


def _read_file(path: Path, name: str) -> list[Source]:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise Unreadable(f"{name} is larger than {LARGEST_BYTES // 1024**2} MiB and was not read.")
        raw = path.read_bytes()
    except OSError as failure:
        raise Unreadable(f"{name} could not be read: {failure.strerror}.") from failure
    if path.suffix == ".py":
        return [Source(name, read_source(decode(raw).text))]
    return read_notebook(raw, name)


def read_notebook(raw: bytes, name: str) -> list[Source]:
    """Return what each code cell imports. Raises `Unreadable`."""
    try:
        notebook = json.loads(raw)
        cells = notebook.get("cells")
        if cells is None:  # the third format had worksheets
            cells = [cell for sheet in notebook.get("worksheets", ()) for cell in sheet["cells"]]
        return [
            Source(name, read_cell(_source(cell)), cell.get("id"), number)
            for number, cell in enumerate(cells, 1)
            if isinstance(cell, dict) and cell.get("cell_type") == "code" and not _is_special(cell)
        ]
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError) as failure:
        raise Unreadable(f"{name} is not a notebook that can be read.") from failure


def _is_special(cell: dict[str, Any]) -> bool:
    """Say whether a code cell holds something else than Python, as this product's files say it."""
    about = cell.get("metadata")
    found = about.get("commonbook") if isinstance(about, dict) else None
    return isinstance(found, dict) and found.get("kind") == "sql"


def _source(cell: dict[str, Any]) -> str | list[str]:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        return [str(part) for part in source]
    return source if isinstance(source, str) else ""
