"""What goes on in a project's repository: one thing at a time, how far it is, and how the last one ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from collab.ids import ProjectId
from kernel_manager.git.calls import GitFailed
from kernel_manager.git.progress import Progress, after
from server.refusals import Refusal

WAIT_S = 20.0


@dataclass(slots=True)
class Work:
    """Something that takes its time, as people see it."""

    kind: str
    by_name: str
    begun: float = field(default_factory=time.monotonic)
    progress: Progress = field(default_factory=lambda: Progress("Preparing"))
    task: asyncio.Task[Any] | None = None
    can_stop: bool = True
    stopped_by: str = ""

    def heard(self, line: str) -> None:
        """Take in a line that git said."""
        self.progress = after(self.progress, line)

    def says(self, text: str, share: float | None = None) -> None:
        """Tell what goes on now."""
        self.progress = Progress(text, share, self.progress.done_bytes)

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self.begun

    async def stop(self, by_name: str) -> None:
        """Stop it, and return when it has ended; raises a `Refusal` where that would leave half of it."""
        if self.task is None:
            raise nothing_to_cancel()
        if not self.can_stop:
            raise Refusal("too_late", "It is being entered already, and done in a moment.", 409)
        self.stopped_by = by_name
        self.task.cancel()
        await asyncio.wait([self.task])


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the last thing that went on did not end well."""

    kind: str
    by_name: str
    code: str
    reason: str
    at: datetime


class Turns:
    """Lets one thing happen at a time in each project. What is short waits for its turn, but not long."""

    def __init__(self) -> None:
        self._locks: dict[ProjectId, asyncio.Lock] = {}
        self._works: dict[ProjectId, Work] = {}
        self._problems: dict[ProjectId, Problem] = {}

    def going_on(self, project: ProjectId) -> Work | None:
        """Return what goes on in a project, where it is something that people see."""
        return self._works.get(project)

    def problem(self, project: ProjectId) -> Problem | None:
        """Return why the last thing did not end well, until something does."""
        return self._problems.get(project)

    def note(self, project: ProjectId, problem: Problem | None) -> None:
        """Note how something ended."""
        if problem is None:
            self._problems.pop(project, None)
        else:
            self._problems[project] = problem

    @asynccontextmanager
    async def turn(self, project: ProjectId, work: Work | None = None) -> AsyncIterator[None]:
        """Have the project's repository to oneself; raises a `Refusal` where something longer goes on."""
        lock = self._locks.setdefault(project, asyncio.Lock())
        going_on = self._works.get(project)
        if going_on is not None and going_on is not work:
            raise busy(going_on)
        try:
            async with asyncio.timeout(WAIT_S):
                await lock.acquire()
        except TimeoutError:
            raise busy(self._works.get(project)) from None
        try:
            if work is not None:
                self._works[project] = work
            yield
        finally:
            if work is not None:
                self._works.pop(project, None)
            lock.release()

    def announce(self, project: ProjectId, work: Work) -> None:
        """Show what is about to begin; raises a `Refusal` where something else goes on."""
        going_on = self._works.get(project)
        if going_on is not None:
            raise busy(going_on)
        self._works[project] = work

    def withdraw(self, project: ProjectId, work: Work) -> None:
        """Show it no more, where it never began."""
        if self._works.get(project) is work:
            del self._works[project]


def busy(work: Work | None) -> Refusal:
    """Return the refusal while something goes on."""
    what = f"{work.by_name}: {work.kind}" if work is not None and work.by_name else "Git"
    reason = f"Git is at work in this project already ({what}). Try again when it is done."
    return Refusal("git_busy", reason, 409)


def nothing_to_cancel() -> Refusal:
    """Return the refusal to stop what has ended."""
    return Refusal("nothing_to_cancel", "Nothing goes on any more.", 409)


def refusal_of(failed: GitFailed) -> Refusal:
    """Return a failure of git as an answer to a person."""
    return Refusal(failed.failure.code, failed.failure.sentence, 409)
