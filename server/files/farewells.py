"""The folders of projects that are gone for good.

A folder without a row is not enough to go by: a server on another database would find no row for any. So a
project's folder is marked while the row says that its time is over, and a marked one goes once the row has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from server.files.home import remove_tree

MARK = "over"
_ID = re.compile("[A-Za-z0-9_-]{1,64}")


def mark(data: Path, projects: Iterable[str]) -> None:
    """Note on disk that the time of these projects in the bin is over."""
    for project in projects:
        place = data / "projects" / project
        place.mkdir(mode=0o700, exist_ok=True)
        (place / MARK).touch()


def marked(data: Path) -> list[str]:
    """Return the projects that are marked."""
    found = (place.parent.name for place in (data / "projects").glob(f"*/{MARK}"))
    return [name for name in found if _ID.fullmatch(name)]


def take_back(data: Path, project: str) -> None:
    """Take the mark off again."""
    (data / "projects" / project / MARK).unlink(missing_ok=True)


def remove(data: Path, project: str) -> None:
    """Remove all that a project has on disk; the folder with the mark goes last."""
    place = data / "projects" / project
    beside = [data / name / project for name in ("analysis", "environments")]
    for folder in (*beside, *(each for each in place.glob("*") if each.name != MARK), place):
        remove_tree(folder)
