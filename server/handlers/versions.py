"""Versions of a notebook: listed, named, compared with now, brought back as an edit."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from collab.roles import Capability
from collab.versions import compare, kept_of
from server import payloads, storage
from server.db.repositories import people
from server.db.repositories import versions as rows
from server.db.repositories.versions import VersionRow
from server.handlers.base import ApiHandler, needs, route
from server.handlers.living import open_session, saved
from server.names import clean_name
from server.refusals import Refusal
from server.sessions.versions import NoSuchVersion


class VersionsBase(ApiHandler):
    """What the routes of versions share."""

    async def told(self, versions: Sequence[VersionRow]) -> list[payloads.NotebookVersion]:
        names = {each for version in versions for each in (*version.authors, version.by) if each}
        async with self.services.database.read() as session:
            users = await people.users(session, names)
        return [_told(version, users) for version in versions]


@route("/api/notebooks/{notebook}/versions")
class VersionsHandler(VersionsBase):
    """The versions, the latest first. POST keeps one under a name."""

    @needs(Capability.READ, answer=payloads.Page[payloads.NotebookVersion])
    async def get(self) -> payloads.Page[payloads.NotebookVersion]:
        async with self.services.database.read() as session:
            found = await rows.of_notebook(session, self.opened_notebook.id)
        return payloads.Page(await self.told(found))

    @needs(Capability.EDIT, body=payloads.NewVersion, answer=payloads.NotebookVersion, status=201)
    async def post(self, body: payloads.NewVersion) -> payloads.NotebookVersion:
        name = clean_name(body.name)
        (made,) = await self.told([await (await open_session(self)).versions.save(name, self.person.user)])
        return made


@route("/api/notebooks/{notebook}/versions/{version}")
class VersionHandler(VersionsBase):
    """One version, compared with the notebook as it is now. PATCH names it."""

    @needs(Capability.READ, answer=payloads.ComparedVersion)
    async def get(self, version: str) -> payloads.ComparedVersion:
        session = await open_session(self)
        with _refusing():
            row, cells = await session.versions.content(version)
        changes = await asyncio.to_thread(compare, cells, kept_of(session.room.source))
        (told,) = await self.told([row])
        return payloads.ComparedVersion(
            told,
            [
                payloads.VersionCell(each.cell, each.kind, each.type, each.index + 1, list(each.lines))
                for each in changes
            ],
        )

    @needs(Capability.EDIT, body=payloads.NewVersion, answer=payloads.NotebookVersion)
    async def patch(self, body: payloads.NewVersion, version: str) -> payloads.NotebookVersion:
        name = clean_name(body.name)
        async with self.services.database.begin() as session:
            if await rows.find(session, self.opened_notebook.id, version) is None:
                raise _gone()
            await rows.rename(session, version, name)
            found = await rows.find(session, self.opened_notebook.id, version)
            assert found is not None
        (told,) = await self.told([found[0]])
        return told


@route("/api/notebooks/{notebook}/versions/{version}/restore")
class RestoreVersionHandler(ApiHandler):
    """Brings a version back, whole or some of its cells: an edit that all see and that can be undone."""

    @needs(Capability.EDIT, body=payloads.RestoreVersion, answer=payloads.RestoredVersion)
    async def post(self, body: payloads.RestoreVersion, version: str) -> payloads.RestoredVersion:
        session = await open_session(self)
        if session.room.cannot_save:
            raise storage.refusal()
        only: Collection[str] | None = None if body.cells is None else frozenset(body.cells)
        with _refusing():
            changed, undo = await session.versions.restore(version, self.person.user, only)
        await saved(session.room)
        return payloads.RestoredVersion(changed, undo)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except NoSuchVersion:
        raise _gone() from None


def _gone() -> Refusal:
    return Refusal("unknown_version", "There is no such version any more. Look at the list again.", 404)


def _told(version: VersionRow, users: dict[str, payloads.User]) -> payloads.NotebookVersion:
    return payloads.NotebookVersion(
        version.id,
        version.kind,  # type: ignore[arg-type]
        version.name,
        version.at,
        users.get(version.by or ""),
        [users[author] for author in version.authors if author in users],
        version.cells,
        version.added,
        version.removed,
        version.changed,
    )
