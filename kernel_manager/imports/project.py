"""Which modules are a project's own, by the paths of its files: those are never proposed.

Python looks beside the file that imports, and in the folder it was started in; people add `src` and what they
put on `sys.path`. A folder counts where Python code lies in it, with `__init__.py` or without.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class OwnModules:
    """The modules that each folder of a project offers; paths are relative to it, with `/`."""

    by_folder: Mapping[str, frozenset[str]]

    def importable_from(self, file: str, added: Iterable[str] = ()) -> frozenset[str]:
        """Return the top-level names that `import` finds among the project's own files.

        `added` are the folders that the file puts on `sys.path`, as it writes them.
        """
        folder = posixpath.dirname(file)
        places = {"", "src", folder, *_above(folder)}
        places |= {posixpath.normpath(posixpath.join(folder, each)).removeprefix(".") for each in added}
        names = frozenset[str]().union(*(self.by_folder.get(place, frozenset()) for place in places))
        own = posixpath.basename(file).removesuffix(".py")
        return names | {own} if file.endswith(".py") else names


def own_modules(paths: Iterable[str]) -> OwnModules:
    """Return what the `.py` files among `paths` offer to `import`, folder by folder."""
    folders: dict[str, set[str]] = {}
    for path in paths:
        if not path.endswith((".py", ".pyx", ".so", ".pyd")):
            continue
        folder, name = posixpath.split(path)
        if name != "__init__.py":
            folders.setdefault(folder, set()).add(name.partition(".")[0])
        while folder:
            parent, package = posixpath.split(folder)
            folders.setdefault(parent, set()).add(package)
            folder = parent
    return OwnModules({folder: frozenset(names) for folder, names in folders.items()})


def _above(folder: str) -> list[str]:
    above = []
    while folder:
        folder = posixpath.dirname(folder)
        above.append(folder)
    return above
