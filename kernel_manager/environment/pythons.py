"""Finds the Pythons of this machine that an environment can be made with."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kernel_manager.environment import tool

OLDEST = (3, 9)


@dataclass(frozen=True, slots=True)
class Python:
    """One interpreter, by its full version."""

    version: str
    path: str

    @property
    def minor(self) -> str:
        """The version by which people choose, as 3.12."""
        return ".".join(self.version.split(".")[:2])


OWN = Python(sys.version.split()[0], getattr(sys, "_base_executable", sys.executable))
"""The Python that the server runs on, which is always there: never the server's environment."""


async def discover(
    folder: Path, named: Sequence[str] = (), settings: Mapping[str, str] | None = None
) -> list[Python]:
    """Return one Python for each minor version, the newest first. Nothing is downloaded.

    The server's own comes before others of its version, then those that are `named`.
    """
    listed: list[Python] = []
    for request in [*named, ""]:
        arguments = ["python", "list", "--only-installed", "--output-format", "json", "--offline", request]
        try:
            said = await tool.run(
                [tool.find_uv(), *filter(None, arguments)], folder, lambda line: None, settings
            )
        except tool.EnvironmentFailed:
            continue
        listed += _read(said)
    found = {OWN.minor: OWN}
    others = [python for python in dict.fromkeys(listed) if python.minor != OWN.minor]
    asked = [_itself(python, folder) for python in others if _parts(python) >= OLDEST]
    for installation in await asyncio.gather(*asked):
        if installation is not None:
            found.setdefault(installation.minor, installation)
    return sorted(found.values(), key=_parts, reverse=True)


def _parts(python: Python) -> tuple[int, ...]:
    return tuple(int(part) for part in python.minor.split("."))


async def _itself(python: Python, folder: Path) -> Python | None:
    """Return the interpreter that a name leads to: it may be a script that only picks one."""
    ask = "import sys; print(getattr(sys, '_base_executable', sys.executable))"
    try:
        said = await tool.run([python.path, "-I", "-S", "-c", ask], folder, lambda line: None)
    except tool.EnvironmentFailed:
        return None
    return Python(python.version, said.splitlines()[-1]) if said else None


def _read(said: str) -> list[Python]:
    start = said.find("[{")
    if start < 0:
        return []
    try:
        entries, _ = json.JSONDecoder().raw_decode(said[start:])
    except ValueError:
        return []
    return [
        Python(str(entry["version"]), str(entry["path"]))
        for entry in entries
        if entry.get("implementation") == "cpython" and entry.get("variant") == "default"
    ]
