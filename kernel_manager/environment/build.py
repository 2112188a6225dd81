"""Builds one state of an environment: resolves what is asked for, copies what was there, installs the rest.

Writes only into the new state and into a folder for its papers.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import canonicalize_name

from kernel_manager.environment import states, tool
from kernel_manager.environment.base import venv_arguments
from kernel_manager.environment.progress import Phase, Progress, after
from kernel_manager.environment.states import Home

OnProgress = Callable[[Progress], None]

LOCK_HEAD = "# What is installed, as Commonbook resolved it from requirements.txt. Python {python}.\n"


@dataclass(frozen=True, slots=True)
class Sources:
    """What may be built from source, which runs its code: everything, or what was `built` here before."""

    builds: bool = False
    built: Sequence[str] = ()

    @property
    def arguments(self) -> list[str]:
        """uv's arguments that say so."""
        if self.builds:
            return []
        if not self.built:
            return ["--no-build"]
        return ["--only-binary", ":all:", *(part for name in self.built for part in ("--no-binary", name))]


@dataclass(frozen=True, slots=True)
class Wish:
    """What an environment is to hold.

    `base` are packages beside those of `requirements` (whose lines have been
    checked); `preferred` is the lock whose versions stay where they may;
    `upgrade` names those that need not stay, or is "all".
    """

    python: str
    version: str
    base: Sequence[str]
    requirements: Sequence[str]
    constraints: Sequence[str] = ()
    preferred: str = ""
    upgrade: Sequence[str] | str = ()
    sources: Sources = Sources()


class Builder:
    """One building, in the folder `work` for its papers. Tells how far it is."""

    def __init__(self, work: Path, settings: Mapping[str, str], heard: OnProgress) -> None:
        self._work = work
        self._settings = settings
        self._heard = heard
        self._progress = Progress()
        self._uv = tool.find_uv()
        self.built: set[str] = set()
        """What was built from source, by name."""

    def phase(self, phase: Phase, text: str) -> None:
        """Say what is done now."""
        self._progress = replace(self._progress, phase=phase, text=text)
        self._heard(self._progress)

    async def resolve(self, wish: Wish) -> str:
        """Return the lock: every package with its exact version. Raises `EnvironmentFailed`."""
        self.phase("resolving", "Finding versions that fit together")
        base, asked, lock = (self._work / name for name in ("base.in", "requirements.txt", "lock.txt"))
        base.write_text("\n".join([*wish.base, ""]))
        asked.write_text("\n".join([*wish.requirements, ""]))
        limits = self._work / "constraints.txt"
        limits.write_text("\n".join([*wish.constraints, ""]))
        if wish.preferred:
            lock.write_text(wish.preferred)
        command = [
            *(self._uv, "pip", "compile", *tool.index_arguments(self._settings)),
            *("--python", wish.python, "--output-file", str(lock)),
            *("--no-header", "--annotation-style", "line"),
            *wish.sources.arguments,
            *self._upgrades(wish),
            *(["--constraints", limits.name] if wish.constraints else []),
            *("--", base.name, asked.name),
        ]
        await self._run(command)
        return LOCK_HEAD.format(python=wish.version) + lock.read_text()

    async def fresh(self, python: str, target: Path) -> None:
        """Make an empty environment."""
        self.phase("preparing", "Making a new environment")
        await asyncio.to_thread(shutil.rmtree, target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        await self._run([self._uv, *venv_arguments(python, target)])

    async def copied(self, home: Home, source: Path, target: Path) -> None:
        """Begin with what another state, or the base, holds."""
        self.phase("preparing", "Copying what is installed")
        own = source.is_relative_to(home.folder)
        await states.copy(source, target, share_files=own or self._settings.get("UV_LINK_MODE") == "hardlink")

    async def install(self, lock: str, target: Path, sources: Sources) -> None:
        """Make an environment hold exactly what `lock` says."""
        self.phase("installing", "Looking at what is missing")
        paper = self._work / "install.txt"
        paper.write_text(lock)
        command = [
            *(self._uv, "pip", "sync", *tool.index_arguments(self._settings)),
            *("--python", str(target / "bin" / "python")),
            *sources.arguments,
            *("--", paper.name),
        ]
        await self._run(command)
        self.phase("finishing", "Putting it to use")

    def _upgrades(self, wish: Wish) -> list[str]:
        if isinstance(wish.upgrade, str):
            return ["--upgrade"] if wish.upgrade == "all" else []
        return [part for name in wish.upgrade for part in ("--upgrade-package", name)]

    async def _run(self, command: Sequence[str]) -> None:
        await tool.run(command, self._work, self._line, self._settings)

    def _line(self, line: str) -> None:
        if building := re.match(r"Building ([^\s=@]+)", line.strip()):
            self.built.add(canonicalize_name(building[1]))
        moved = after(self._progress, line)
        if moved != self._progress:
            self._progress = moved
            self._heard(moved)
