"""All open text files of a server: opened when somebody comes, let go when nobody is there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from collab.hub import Connection, RoomClosed, Socket, TextRoom
from collab.ids import ProjectId, TextId
from collab.roles import Rights
from collab.wire import Person
from server.db.texts import SqlTextStore
from server.files.part import files_of
from server.files.paths import Path, address_of, existing_path, from_address
from server.identity import Identity
from server.refusals import NotFound, Refusal
from server.services import Services
from server.sessions.registry import Sessions
from server.texts import disk
from server.texts.live import LiveText
from server.texts.written import read

KEPT = timedelta(days=30)
"""How long a page that was away may come back with edits after the last one in its file."""
SWEEP_EVERY_S = 5.0
FORGET_EVERY_S = 3600.0


@dataclass(slots=True)
class _Open:
    live: LiveText
    task: asyncio.Task[None]
    project: ProjectId
    idle: int = 0


class Texts:
    """The open text files. A file has one history, which goes with it to another path."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._files = files_of(services)
        self._store = SqlTextStore(services.database)
        self._opening: dict[TextId, asyncio.Task[_Open]] = {}

    async def find(self, project: ProjectId, path: Path) -> TextId:
        """Return the history of a file that can be edited; raises a `Refusal` that says why it cannot."""
        if all(each.live.path != path for each in self._living() if each.project == project):
            await self.settled(project)  # it may be an open one that has just been moved here
        home = await self._files.home(project)
        found = await asyncio.to_thread(disk.read, home, path) if path else None
        if found is None:
            raise NotFound
        await asyncio.to_thread(read, found.raw)
        return await self._store.of_file(project, address_of(path))

    async def connect(
        self,
        project: ProjectId,
        path: Path,
        identity: Identity,
        rights: Rights,
        socket: Socket,
        known: str | None = None,
    ) -> tuple[TextRoom, Connection]:
        """Let a socket into the room of a file, or of the history `known` where that has another path now.

        Raises a `Refusal`, or `RoomClosed` at a bad moment.
        """
        text, there = await self._meant(project, path, known)
        opened = await self._get(text, project, there)
        person = Person(identity.user, identity.display_name, identity.color, identity.is_guest)
        opened.idle = 0
        connection = await opened.live.room.join(socket, person, identity.user, rights)
        opened.live.greet(connection.send_control, path)
        return opened.live.room, connection

    async def _meant(self, project: ProjectId, path: Path, known: str | None) -> tuple[TextId, Path]:
        """Return the history that a page wants, and where its file is."""
        living = (each.live for each in self._living() if each.project == project)
        if (found := next((each for each in living if each.room.history == known), None)) is not None:
            return TextId(found.room.history), found.path
        address = await self._store.address(project, TextId(known)) if known is not None else None
        if address is not None and (there := existing_path(from_address(address))) != path:
            with suppress(Refusal):  # that file is gone: then what the page asks for counts
                if (text := await self.find(project, there)) == known:
                    return text, there
        return await self.find(project, path), path

    async def settled(self, project: ProjectId) -> None:
        """Return once what was edited in the text files of a project is on disk."""
        waiting = [each.live.settled() for each in self._living() if each.project == project]
        await asyncio.gather(*waiting)

    async def moved(self, project: ProjectId, source: Path, target: Path) -> None:
        """Let the histories of a file, or of those in a folder, go along to another path."""
        living = {each.live.room.history: each.live for each in self._living() if each.project == project}
        before, after = address_of(source), address_of(target)
        for text, address in (await self._store.below(project, before)).items():
            if text in living:
                await living[text].settled(has_moved=True)
            else:
                await self._store.move(text, project, after + address[len(before) :])

    async def close(self) -> None:
        """Write everything and let go."""
        await asyncio.gather(*(self._let_go(text) for text in list(self._opening)))

    async def sweep_for_ever(self) -> None:
        """Let go of files that nobody has open, and now and then forget old histories."""
        forget_at = 0.0
        loop = asyncio.get_running_loop()
        while True:
            if loop.time() >= forget_at:
                await self._store.forget(datetime.now(UTC) - KEPT)
                forget_at = loop.time() + FORGET_EVERY_S
            await asyncio.sleep(SWEEP_EVERY_S)
            await self.sweep()

    async def sweep(self) -> None:
        """Let go of what was without people at this look and the one before."""
        for text, task in list(self._opening.items()):
            if not task.done() or task.cancelled() or task.exception() is not None:
                continue
            opened = task.result()
            opened.idle = 0 if opened.live.room.connections else opened.idle + 1
            if opened.idle > 1:
                await self._let_go(text)

    def _living(self) -> list[_Open]:
        done = [task for task in self._opening.values() if task.done() and not task.cancelled()]
        return [task.result() for task in done if task.exception() is None]

    async def _get(self, text: TextId, project: ProjectId, path: Path) -> _Open:
        opening = self._opening.get(text)
        if opening is None:
            work = self._open(text, project, path)
            opening = self._opening[text] = self._services.tasks.start("open text file", work)
        try:
            return await asyncio.shield(opening)
        except BaseException:
            if opening.done() and self._opening.get(text) is opening:
                del self._opening[text]
            raise

    async def _open(self, text: TextId, project: ProjectId, path: Path) -> _Open:
        box: list[LiveText] = []
        try:
            room = await TextRoom.open(
                text,
                self._store,
                spawn=self._spawn,
                on_change=lambda: box[0].touch(),
                on_fault=lambda _: self._dropped(text),
            )
        except KeyError:
            raise RoomClosed from None  # another file was just moved here, with its history
        home = await self._files.home(project)
        live = LiveText(
            room,
            home,
            path,
            self._store,
            self._files.quotas,
            on_written=lambda path: self._on_written(project, path),
            may_follow=lambda path: self._follow(text, project, path),
        )
        box.append(live)
        try:
            await live.begin(text)
        except BaseException:
            await room.close()
            raise
        task = self._services.tasks.start("text file", live.run())
        task.add_done_callback(lambda _: self._dropped(text))
        return _Open(live, task, project)

    def _on_written(self, project: ProjectId, path: Path) -> None:
        if path[-1].endswith((".py", ".txt")):  # it tells of imports or of requirements
            cast(Sessions, self._services.sessions).on_text_change(project)

    async def _follow(self, text: TextId, project: ProjectId, path: Path) -> bool:
        """Let a history go to another path, unless people are in the file whose place it took."""
        address = address_of(path)
        there = await self._store.at(project, address)
        if there != text and there in self._opening:
            return False
        await self._store.move(text, project, address)
        return True

    def _dropped(self, text: TextId) -> None:
        """The file is gone, or its room has failed: the next one who comes opens it anew."""
        if text in self._opening and not self._services.tasks.is_closing:
            self._services.tasks.start("close text file", self._let_go(text))

    async def _let_go(self, text: TextId) -> None:
        opening = self._opening.get(text)
        if opening is None:
            return
        try:
            opened = await asyncio.shield(opening)
        except Exception:  # noqa: BLE001  (whoever opened it was told)
            self._opening.pop(text, None)
            return
        await opened.live.close(opened.task)
        if self._opening.get(text) is opening:
            del self._opening[text]

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        return self._services.tasks.start(name, work)
