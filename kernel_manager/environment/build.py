"""Builds one state of an environment: resolves what is asked for, copies what was there, installs the rest.

Writes only into the new state, the project's cache and a folder for its papers. What resolves and installs
works in the workshop; the state is sealed when it leaves.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import canonicalize_name

from kernel_manager.environment import states, tool
from kernel_manager.environment.base import venv_arguments
from kernel_manager.environment.papers import read_text
from kernel_manager.environment.progress import Phase, Progress, after
from kernel_manager.environment.seal import bones, hand_over, seal
from kernel_manager.environment.states import Home
from kernel_manager.environment.tool import EnvironmentFailed
from kernel_manager.environment.workshop import Job, Workshop

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


@dataclass(frozen=True, slots=True)
class Local:
    """The project's files, where a line names some of them; a build leaves files beside its source."""

    files: Path
    builds: bool


class Builder:
    """One building, in the folder `work` for its papers. Tells how far it is."""

    def __init__(
        self, work: Path, workshop: Workshop, settings: Mapping[str, str], heard: OnProgress
    ) -> None:
        self._work = work
        self._workshop = workshop
        self._settings = settings
        self._heard = heard
        self._progress = Progress()
        self.built: set[str] = set()
        """What was built from source, by name."""

    def phase(self, phase: Phase, text: str) -> None:
        """Say what is done now."""
        self._progress = replace(self._progress, phase=phase, text=text)
        self._heard(self._progress)

    async def resolve(self, wish: Wish, local: Local | None) -> str:
        """Return the lock: every package with its exact version. Raises `EnvironmentFailed`."""
        self.phase("resolving", "Finding versions that fit together")
        papers = {
            "base.in": "\n".join([*wish.base, ""]),
            "requirements.txt": "\n".join([*wish.requirements, ""]),
            "constraints.txt": "\n".join([*wish.constraints, ""]),
        }
        if wish.preferred:
            papers["lock.txt"] = wish.preferred
        for name, text in papers.items():
            (self._work / name).write_text(text)
        arguments = [
            *("pip", "compile", "--python", wish.python, "--output-file", "lock.txt"),
            *("--no-header", "--annotation-style", "line"),
            *wish.sources.arguments,
            *self._upgrades(wish),
            *(["--constraints", "constraints.txt"] if wish.constraints else []),
            *("--", "base.in", "requirements.txt"),
        ]
        await self._uv(arguments, wish.python, None, local)
        lock = read_text(self._work, "lock.txt")  # the installer may have left anything there
        if lock is None:
            raise EnvironmentFailed("The resolver wrote no lock.")
        return LOCK_HEAD.format(python=wish.version) + lock

    async def fresh(self, python: str, target: Path) -> None:
        """Make an empty environment. Nobody's code runs for that."""
        self.phase("preparing", "Making a new environment")
        await asyncio.to_thread(states.remove, target)
        target.parent.mkdir(parents=True, exist_ok=True)
        uv = tool.find_uv()
        await tool.run([uv, *venv_arguments(python, target)], self._work, self._line, self._settings)

    async def copied(self, home: Home, source: Path, target: Path, *, alone: bool = False) -> None:
        """Begin with what another state, or the base, holds; `alone` shares no file with it."""
        self.phase("preparing", "Copying what is installed")
        own = home.owns(source) or self._settings.get("UV_LINK_MODE") == "hardlink"
        await states.copy(source, target, share_files=own and not alone)

    async def install(
        self, lock: str, python: str, target: Path, sources: Sources, local: Local | None, *, alone: bool
    ) -> None:
        """Make an environment hold exactly what `lock` says. `alone`: it shares no file with an earlier one.

        Raises `EnvironmentFailed`, and `Tampered` where what was built there is not to be trusted.
        """
        self.phase("installing", "Looking at what is missing")
        (self._work / "install.txt").write_text(lock)
        arguments = [
            *("pip", "sync", "--python", str(target / "bin" / "python")),
            *sources.arguments,
            *("--", "install.txt"),
        ]
        expected = await asyncio.to_thread(bones, target)
        await asyncio.to_thread(hand_over, target, self._workshop.uid, files=alone)
        await self._uv(arguments, python, target, local)
        await asyncio.to_thread(seal, target, expected)
        self.phase("finishing", "Putting it to use")

    def _upgrades(self, wish: Wish) -> list[str]:
        if isinstance(wish.upgrade, str):
            return ["--upgrade"] if wish.upgrade == "all" else []
        return [part for name in wish.upgrade for part in ("--upgrade-package", name)]

    async def _uv(
        self, arguments: Sequence[str], python: str, state: Path | None, local: Local | None
    ) -> None:
        files, builds = (local.files, local.builds) if local is not None else (None, False)
        job = Job(self._work, python, state, files, builds)
        await self._workshop.uv(arguments, job, self._line)

    def _line(self, line: str) -> None:
        if building := re.match(r"Building ([^\s=@]+)", line.strip()):
            self.built.add(canonicalize_name(building[1]))
        moved = after(self._progress, line)
        if moved != self._progress:
            self._progress = moved
            self._heard(moved)
