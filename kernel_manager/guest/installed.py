"""Says as JSON what is installed, for the interpreter that runs it or in the folders that are its arguments.

Runs in a kernel's own environment, from Python 3.8 on: standard library only. It reads metadata and imports
none of what it lists.
"""

from __future__ import annotations

import importlib.metadata
import json
import pkgutil
import re
import sys

DEEPEST = 4


def main() -> None:
    tops: dict[str, list[str]] = {}
    packages: dict[str, list[str]] = {}
    versions: dict[str, str] = {}
    folders = sys.argv[1:]
    distributions = (
        importlib.metadata.distributions(path=folders) if folders else importlib.metadata.distributions()
    )
    for distribution in distributions:
        name = distribution.metadata["Name"]
        if not name:
            continue
        name = re.sub(r"[-_.]+", "-", name).lower()
        if name in versions:
            continue  # one further back on the path is shadowed
        versions[name] = distribution.version
        for package in packages_of(distribution):
            top = package.partition(".")[0]
            owners = tops.setdefault(top, [])
            if name not in owners:
                owners.append(name)
            packages.setdefault(package, []).append(name)
    for module in pkgutil.iter_modules(folders or None):
        tops.setdefault(module.name, [])
    shared = {top for top, owners in tops.items() if len(owners) > 1}
    portions = {
        package: owners[0]
        for package, owners in packages.items()
        if len(owners) == 1 and package.partition(".")[0] in shared
    }
    answer = {"python": sys.version_info[:2], "tops": tops, "portions": portions, "versions": versions}
    json.dump(answer, sys.stdout)


def packages_of(distribution: importlib.metadata.Distribution) -> set[str]:
    """Return the dotted packages and modules among a distribution's files."""
    record = distribution.read_text("RECORD") or distribution.read_text("SOURCES.txt") or ""
    found: set[str] = set()
    for line in record.splitlines():
        path = line.rpartition(",")[0].rpartition(",")[0] or line
        path = path.strip('"')
        if not path.endswith((".py", ".so", ".pyd")):
            continue
        *folders, file = path.split("/")
        module = file.partition(".")[0]
        parts = folders if module == "__init__" else [*folders, module]
        if parts and all(part.isidentifier() for part in parts):
            for depth in range(1, min(len(parts), DEEPEST) + 1):
                found.add(".".join(parts[:depth]))
    for top in (distribution.read_text("top_level.txt") or "").split():
        if top.isidentifier():
            found.add(top)
    return found


if __name__ == "__main__":
    main()
