"""How much of a repository is kept: a fetch stops where more comes than may be."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path

from kernel_manager.git.calls import GitFailed
from kernel_manager.git.desk import Way
from kernel_manager.git.failures import Failure
from kernel_manager.git.repository import Repository
from server.git.work import Work
from server.tasks import Tasks

WATCH_EVERY_S = 0.5
MIB = 1024 * 1024


class Limits:
    """The limit of one server, for each repository."""

    def __init__(self, most_bytes: int, tasks: Tasks) -> None:
        self._most = most_bytes
        self._tasks = tasks

    async def fetch(self, repository: Repository, files: Path, way: Way, work: Work) -> None:
        """Fetch, and stop where more comes than may be kept. Raises `GitFailed`."""
        fetching = self._tasks.start("git fetch", _told(repository.far.fetch(way, work.heard)))
        try:
            while not fetching.done():
                await asyncio.wait([fetching], timeout=WATCH_EVERY_S)
                self.demand(await asyncio.to_thread(_size_of, files / ".git"))
        finally:
            fetching.cancel()
            await asyncio.wait([fetching])
        failed = fetching.result()
        if failed is not None:
            raise failed

    async def demand_commit(self, repository: Repository, commit: str) -> None:
        """Refuse a commit whose files are more than may be kept. Raises `GitFailed`."""
        self.demand(sum(entry.size or 0 for entry in await repository.tree(commit)))

    def demand(self, size: int) -> None:
        """Raise `GitFailed` for what is more than may be kept."""
        if size > self._most:
            reason = f"The repository is larger than {self._most // MIB:,} MiB, the most that is kept here."
            raise GitFailed(Failure("too_large", reason))


async def _told(work: Awaitable[None]) -> GitFailed | None:
    """Run something and return how it failed, so that nobody logs what is an answer to a person."""
    try:
        await work
    except GitFailed as failed:
        return failed
    return None


def _size_of(folder: Path) -> int:
    """Return how many bytes a folder holds, as far as it stands still."""
    size, waiting = 0, [str(folder)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_size
    return size
