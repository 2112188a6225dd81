"""Tells the people in a project when what its notebooks import has changed, once their typing rests.

A half-typed name is no news: what is told follows from the needs that could be installed, and only a name
that is listed is one. Files are not watched; they count at the next look.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from collab.ids import ProjectId
from collab.wire import RequirementsChanged
from server.requirements.reader import Requirements, RequirementsReader
from server.storage import DATABASE_AWAY
from server.tasks import Tasks

RESTS_FOR_S = 0.8
"""How long nobody may have typed."""
WAITS_AT_MOST_S = 10.0
"""Where many people type without end, they hear of it all the same."""
MOST_PROJECTS = 1_000

News = tuple[tuple[str, ...], ...]


class RequirementsWatch:
    """Watches all projects of a server whose notebooks are open."""

    def __init__(
        self,
        reader: RequirementsReader,
        announce: Callable[[ProjectId, RequirementsChanged], None],
        tasks: Tasks,
    ) -> None:
        self._reader = reader
        self._announce = announce
        self._tasks = tasks
        self._typed_at: dict[ProjectId, float] = {}
        self._told: dict[ProjectId, News] = {}

    def text_changed(self, project: ProjectId) -> None:
        """Look at `project` soon. Called with every edit, so it does next to nothing."""
        is_waiting = project in self._typed_at
        self._typed_at[project] = time.monotonic()
        if not is_waiting:
            self._tasks.start("watch imports", self._look_when_at_rest(project))

    async def _look_when_at_rest(self, project: ProjectId) -> None:
        begun = time.monotonic()
        try:
            while True:
                rested = time.monotonic() - self._typed_at[project]
                if rested >= RESTS_FOR_S or time.monotonic() - begun > WAITS_AT_MOST_S:
                    break
                await asyncio.sleep(RESTS_FOR_S - rested)
        finally:
            del self._typed_at[project]
        with suppress(*DATABASE_AWAY):  # the next edit looks again
            await self.look(project)

    async def look(self, project: ProjectId) -> None:
        """Read what `project` needs, and tell it if that is news."""
        found = await self._reader.read(project)
        news = _news(found)
        if self._told.pop(project, None) != news:
            self._announce(project, RequirementsChanged(project, len(found.missing)))
        self._told[project] = news
        while len(self._told) > MOST_PROJECTS:
            del self._told[next(iter(self._told))]


def _news(found: Requirements) -> News:
    """Return what is worth telling: the lines, and the cells that ask for them, but not on which line."""
    return tuple(
        (need.line, *sorted({f"{place.file} {place.cell}" for place in need.places}))
        for need in (*found.missing, *found.undeclared)
    )
