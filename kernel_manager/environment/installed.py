"""Reads what is installed in an environment from its files, without starting its Python."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name

from kernel_manager.imports.lines import parsed

LONGEST, LONGEST_RECORD = 1024 * 1024, 16 * 1024 * 1024
"""How many characters are read of what a package says about itself, and about its files."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """One installed distribution. `size` in bytes, `modules` its top-level import names."""

    name: str
    version: str
    size: int
    needs: tuple[str, ...]
    modules: tuple[str, ...]
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A distribution that came (`before` null), went (`after` null) or changed its version."""

    name: str
    before: str | None
    after: str | None


def installed(environment: Path) -> dict[str, Distribution]:
    """Return what is installed below `environment`, by canonical name."""
    found = (_read(folder) for folder in environment.glob("lib/python3*/site-packages/*.dist-info"))
    return {each.name: each for each in sorted(filter(None, found), key=lambda each: each.name)}


def changes(before: Mapping[str, Distribution], after: Mapping[str, Distribution]) -> list[Change]:
    """Return what differs between two environments, by name."""
    names = sorted({*before, *after})
    versions = [
        (
            name,
            before[name].version if name in before else None,
            after[name].version if name in after else None,
        )
        for name in names
    ]
    return [Change(name, old, new) for name, old, new in versions if old != new]


def needed_by(packages: Mapping[str, Distribution]) -> dict[str, list[str]]:
    """Return, for each package, the names of those that need it."""
    users: dict[str, list[str]] = {name: [] for name in packages}
    for package in packages.values():
        for name in package.needs:
            if name in users:
                users[name].append(package.name)
    return users


def _read(folder: Path) -> Distribution | None:
    try:
        with (folder / "METADATA").open(encoding="utf-8", errors="replace") as file:
            text = file.read(LONGEST)
    except OSError:
        return None
    headers = HeaderParser().parsestr(text)
    name, version = headers.get("Name", ""), headers.get("Version", "")
    if not name:
        return None
    size, modules = _files(folder)
    return Distribution(
        canonicalize_name(name),
        str(version),
        size,
        tuple(sorted(_needs(headers.get_all("Requires-Dist", [])))),
        modules,
        str(headers.get("Summary", ""))[:200],
    )


def _needs(lines: Iterable[str]) -> set[str]:
    names: set[str] = set()
    for line in lines:
        try:
            requirement = parsed(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                names.add(canonicalize_name(requirement.name))
        except (InvalidRequirement, UndefinedComparison, UndefinedEnvironmentName):
            continue  # packages write what they like
    return names


def _files(folder: Path) -> tuple[int, tuple[str, ...]]:
    size, modules = 0, set()
    try:
        with (folder / "RECORD").open(encoding="utf-8", errors="replace", newline="") as file:
            for row in csv.reader(file.read(LONGEST_RECORD).splitlines()):
                if not row:
                    continue
                if len(row) > 2 and row[2].isdecimal():
                    size += int(row[2])
                top, slash, _ = row[0].partition("/")
                if not slash and (top.endswith((".py", ".so")) or ".cpython" in top):
                    modules.add(top.partition(".")[0])
                elif slash and row[0].endswith((".py", ".so")) and top.isidentifier():
                    modules.add(top)
    except (OSError, csv.Error):
        pass
    return size, tuple(sorted(modules))
