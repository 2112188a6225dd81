"""Keeps what a notebook was: when somebody asks, before a version is brought back, and by itself.

By itself means: while people write, every ten minutes at most, and when the
notebook is let go. Versions that nobody named thin out with age.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy.exc import IntegrityError

from collab.hub import Room
from collab.ids import UserId, new_id
from collab.versions import Counts, KeptCell, bring_back, counts, kept_of, packed, unpacked
from server.db.engine import Database
from server.db.repositories import versions as rows
from server.db.repositories.versions import VersionRow
from server.storage import is_away

EVERY = timedelta(minutes=10)
ALL_FOR = timedelta(days=1)
DAILY_FOR = timedelta(days=60)
MOST_AUTOMATIC = 300

Kind = Literal["named", "automatic", "before"]

log = logging.getLogger("commonbook.sessions")


class NoSuchVersion(KeyError):
    """The notebook has no such version; automatic ones go with time."""


class Versions:
    """The versions of one open notebook."""

    def __init__(self, room: Room, database: Database) -> None:
        self._room = room
        self._database = database
        self._authors: dict[str, None] = {}
        self._kept: tuple[datetime, list[KeptCell]] | None = None
        self._known = False
        self._lock = asyncio.Lock()

    def edited(self, by: UserId | None) -> None:
        """Somebody has written."""
        self._authors[by or ""] = None

    async def consider(self, now: datetime) -> None:
        """Keep a version if people have written and the last one is old enough."""
        if self._authors:
            with _storage_away():
                async with self._lock:
                    await self._learn()
                    if self._kept is None or now - self._kept[0] >= EVERY:
                        await self._keep("automatic", now)

    async def leave(self, now: datetime) -> None:
        """Keep what was written since the last version, because the notebook is let go."""
        if self._authors:
            with _storage_away():
                async with self._lock:
                    await self._learn()
                    await self._keep("automatic", now)

    async def save(self, name: str, by: UserId) -> VersionRow:
        """Keep a version under a name, also of what was kept already."""
        async with self._lock:
            await self._learn()
            row = await self._keep("named", datetime.now(UTC), name=name, by=by)
            assert row is not None
            return row

    async def content(self, version: str) -> tuple[VersionRow, list[KeptCell]]:
        """Return a version; raises `NoSuchVersion`."""
        async with self._database.read() as session:
            found = await rows.find(session, self._room.notebook, version)
        if found is None:
            raise NoSuchVersion(version)
        return found[0], unpacked(found[1])

    async def restore(self, version: str, by: UserId, only: Collection[str] | None) -> tuple[int, str | None]:
        """Bring a version back as an edit; returns how many cells changed, and the version that undoes it."""
        _, cells = await self.content(version)
        async with self._lock:
            await self._learn()
            now = datetime.now(UTC)
            before = await self._keep("before", now, by=by)
            undo = before.id if before is not None else await self._latest()
            with self._room.edit(by):
                changed = bring_back(self._room.source, cells, int(now.timestamp() * 1000), only=only)
        return changed, undo

    async def _latest(self) -> str | None:
        async with self._database.read() as session:
            found = await rows.of_notebook(session, self._room.notebook)
        return found[0].id if found else None

    async def _learn(self) -> None:
        """Read what was kept last, once."""
        if self._known:
            return
        async with self._database.read() as session:
            found = await rows.latest(session, self._room.notebook)
        self._known = True
        self._kept = None if found is None else (found[0].at, unpacked(found[1]))

    async def _keep(
        self, kind: Kind, now: datetime, *, name: str | None = None, by: UserId | None = None
    ) -> VersionRow | None:
        """Keep the cells as they are; None where an automatic version would say nothing new."""
        cells = kept_of(self._room.source)
        is_same = self._kept is not None and cells == self._kept[1]
        if is_same and kind != "named":
            self._authors.clear()
            return None
        found = counts(self._kept[1], cells) if self._kept is not None else Counts(len(cells))
        authors = [author for author in self._authors if author]
        row = VersionRow(
            new_id(), kind, name, now, by, authors, len(cells), found.added, found.removed, found.changed
        )
        content = await asyncio.to_thread(packed, cells)
        async with self._database.begin() as session:
            await rows.add(session, self._room.notebook, row, content)
            await rows.remove(session, thinned(await rows.of_notebook(session, self._room.notebook), now))
        self._authors.clear()
        self._kept = (now, cells)
        return row


@contextmanager
def _storage_away() -> Iterator[None]:
    """Go on without a version that nobody asked for, where nothing can be stored, or the notebook is gone."""
    try:
        yield
    except IntegrityError:
        return  # removed for good meanwhile
    except Exception as failure:
        if not is_away(failure):
            raise
        log.warning("no version kept: the storage is away")


def thinned(versions: Sequence[VersionRow], now: datetime) -> list[str]:
    """Return which versions, the latest first, are to go.

    All of a day stay, then the last of each day, and none after two months; those with a name stay.
    """
    gone, days, left = [], set(), 0
    for version in versions:
        if version.kind == "named":
            continue
        age, day = now - version.at, version.at.date()
        if age <= ALL_FOR:
            stays = True
        else:
            stays = age <= DAILY_FOR and day not in days
            days.add(day)
        if stays and left < MOST_AUTOMATIC:
            left += 1
        else:
            gone.append(version.id)
    return gone
