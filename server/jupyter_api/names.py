"""How notebooks, kernels and sessions are called in Jupyter's API. Pure.

A notebook has one kernel, so a kernel's id follows from its notebook's; Jupyter wants the form of a UUID.
A notebook is a file at the top of the project's folder, and a kernelspec of its own, so that a program that
can only choose a kernel by its spec reaches the kernel of a notebook.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from collab.ids import NotebookId

_SPACE = uuid.UUID("6f0c1f0e-5d0a-5c55-9a0b-7c0ad1b0e2a4")
_SPEC = "notebook-"
SUFFIX = ".ipynb"

DEFAULT_SPEC = "python3"


@dataclass(frozen=True, slots=True)
class Listed:
    """A notebook of the project, and the path it has here."""

    id: NotebookId
    name: str
    created_at: datetime
    edited_at: datetime
    path: str = ""
    in_repository: bool = False

    @property
    def kernel(self) -> str:
        return str(uuid.uuid5(_SPACE, f"kernel {self.id}"))

    @property
    def session(self) -> str:
        """The session that everybody sees whose kernel somebody else started."""
        return str(uuid.uuid5(_SPACE, f"session {self.id}"))

    @property
    def spec(self) -> str:
        return f"{_SPEC}{self.id}"


def with_paths(found: Iterable[Listed], files: Mapping[str, str] = MappingProxyType({})) -> list[Listed]:
    """Give every notebook a path of its own; of several with one name, the oldest has the plain one.

    `files` says which notebooks are a file of the project's repository: they have its path.
    """
    taken = set(files.values())
    named = []
    for each in sorted(found, key=lambda each: (each.created_at, each.id)):
        if each.id in files:
            named.append(replace(each, path=files[each.id], in_repository=True))
            continue
        stem = each.name.replace("/", "-").lstrip(".").removesuffix(SUFFIX) or "Untitled"
        path, count = f"{stem}{SUFFIX}", 1
        while path in taken:
            count += 1
            path = f"{stem} ({count}){SUFFIX}"
        taken.add(path)
        named.append(replace(each, path=path))
    return named


def name_of(path: str) -> str:
    """Return the name of a new notebook that is to have this path."""
    return path.strip("/").rpartition("/")[2].removesuffix(SUFFIX) or "Untitled"


def stamp(moment: datetime) -> str:
    """Return a time as Jupyter's gateway client reads it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
