"""The folders of one project's environment: whole states side by side, and the link to the one in use.

    environments/PROJECT/states/STATE/     never changed once `.complete` is in it, but for bytecode
    environments/PROJECT/states/FIRST      a link to the base, where everything that runs is shut in
    environments/PROJECT/current           a link to one of them
    environments/PROJECT/cache/            uv's, for this project alone

Kernels know only `current`. A state is built beside, so whatever ends its building (a refusal, a full disk,
`kill -9`) leaves nothing but a folder without a mark, which is removed. States of one project share files by
hard links; between projects, and with the base, nothing is shared that could be written: a link to the base
leads out of every folder that a sandbox lets anybody write to.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from kernel_manager.environment import tool
from kernel_manager.environment.base import MARKER
from kernel_manager.environment.bytecode import MARK as COMPILED

STATES, CURRENT = "states", "current"


class Home:
    """Where one project's environment lives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def python(self) -> Path:
        """The interpreter that kernels are started with: always by the same name."""
        return self.folder / CURRENT / "bin" / "python"

    @property
    def cache(self) -> Path:
        """What uv keeps for this project alone: code of strangers may have written there."""
        return self.folder / "cache"

    @property
    def current(self) -> str | None:
        """The state in use, or null before there is one."""
        try:
            name = (self.folder / CURRENT).readlink().name
        except OSError:
            return None
        return name if self.is_whole(name) else None

    def state(self, name: str) -> Path:
        """Return the folder of a state."""
        return self.folder / STATES / name

    def is_whole(self, name: str) -> bool:
        """Whether a state was built to its end and is still there."""
        return (self.state(name) / MARKER).exists()

    def finish(self, name: str) -> None:
        """Mark a state as whole. Everything in it is on disk before the mark is."""
        (self.state(name) / MARKER).touch()

    def begin(self, name: str, base: Path) -> None:
        """Let a state be the base itself. Only where whatever runs for a project sees the base read-only."""
        place = self.state(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(os.path.relpath(base, place.parent))

    def is_base(self, name: str) -> bool:
        """Whether a state is the base itself."""
        return self.state(name).is_symlink()

    def owns(self, state: Path) -> bool:
        """Whether the files of a state are this project's, and not the base's."""
        return state.resolve().is_relative_to(self.folder.resolve())

    async def part(self, name: str) -> None:
        """Give a state that is the base files of its own."""
        place, own = self.state(name), self.state(f"{name}.own")
        await copy(place, own, share_files=False)
        place.unlink()
        own.rename(place)
        self.finish(name)

    def use(self, name: str) -> None:
        """Make kernels use a state, from one moment to the next."""
        draft = self.folder / f".{CURRENT}.new"
        draft.unlink(missing_ok=True)
        draft.symlink_to(Path(STATES) / name)
        draft.replace(self.folder / CURRENT)

    def drop(self, name: str) -> None:
        """Remove a state, whole or not."""
        remove(self.state(name))

    def sweep(self, keep: Collection[str]) -> None:
        """Remove every state that is neither in use nor in `keep`, and what was never finished."""
        kept = {*keep, self.current}
        for folder in (self.folder / STATES).glob("*"):
            if folder.name not in kept or not self.is_whole(folder.name):
                self.drop(folder.name)
        shutil.rmtree(self.folder / "work", ignore_errors=True)

    def trim_cache(self, most_bytes: int) -> None:
        """Empty the cache once it holds more than `most_bytes`; the next install fetches what it needs."""
        held = 0
        for folder, _, names in os.walk(self.cache):
            for name in names:
                with suppress(FileNotFoundError):
                    held += os.lstat(Path(folder, name)).st_size
        if held > most_bytes:
            shutil.rmtree(self.cache, ignore_errors=True)


def remove(place: Path) -> None:
    """Remove an environment, whole or not; of one that is the base only the link."""
    if place.is_symlink():
        place.unlink()
        return
    (place / MARKER).unlink(missing_ok=True)
    shutil.rmtree(place, ignore_errors=True)


async def copy(source: Path, target: Path, *, share_files: bool) -> None:
    """Copy an environment without its marks. With `share_files` by hard links: only within one project.

    Otherwise by clones where the file system has them, else byte by byte.
    """
    source = await asyncio.to_thread(source.resolve)
    target.parent.mkdir(parents=True, exist_ok=True)
    command = shutil.which("cp") if sys.platform == "linux" else None
    if command is None:
        shutil.copytree(source, target, symlinks=True, copy_function=os.link if share_files else shutil.copy2)
    else:
        how = ["-al"] if share_files else ["-a", "--reflink=auto"]
        await tool.run([command, *how, "--", str(source), str(target)], target.parent, lambda line: None)
    for mark in (MARKER, COMPILED):
        (target / mark).unlink(missing_ok=True)
