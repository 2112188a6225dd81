"""Searches of people: what they may read is gathered here, and looked through by a process of its own."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

import msgspec

from collab.ids import UserId
from collab.source import SourceDocument
from server.db.repositories import projects
from server.db.repositories.sources import heads
from server.environments.places import Places
from server.identity import Identity
from server.refusals import Refusal
from server.search.worker import Bad, Cell, End, Hit, Place, Request, Told
from server.services import Services
from server.sessions.registry import Sessions
from server.sessions.sources import Sources

LIMIT_S = 10.0
MOST_AT_ONCE = 2
MOST_QUERY = 200
MOST_CELL_BYTES = 64 * 1024 * 1024

_CUT = {
    "hits": "There are more places than are shown. Search for something longer.",
    "size": "There are more files than one search looks through. Search in one project.",
    "time": "The search took too long and was stopped. Search in one project, or for less.",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found. `partial` says why there may be more; `names`: of projects and notebooks."""

    hits: list[Hit]
    partial: str | None
    too_large: int
    names: dict[str, str]


class Searches:
    """The searches of one server: few at once, one for each person."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._places = Places(services.config)
        self._room = asyncio.Semaphore(MOST_AT_ONCE)
        self._of: dict[UserId, asyncio.Task[Found]] = {}
        self._sources = Sources(services.store, cast(Sessions, services.sessions).room_of, _texts)

    async def search(
        self, identity: Identity, query: str, *, is_regex: bool, match_case: bool, project: str | None
    ) -> Found:
        """Search in all that a person may read; an earlier search of theirs is given up."""
        if not query.strip() or len(query) > MOST_QUERY:
            raise Refusal("bad_query", f"Give `query` with 1 to {MOST_QUERY} characters to search for.")
        earlier = self._of.get(identity.user)
        if earlier is not None:
            earlier.cancel()
        work = self._search(identity, query, project, is_regex=is_regex, match_case=match_case)
        task = self._of[identity.user] = self._services.tasks.start("search", work)
        try:
            return await task
        except asyncio.CancelledError:
            if task.cancelled() and not _is_cancelled():
                raise Refusal("replaced", "Another search of yours took its place.", 409) from None
            task.cancel()
            raise
        finally:
            if self._of.get(identity.user) is task:
                del self._of[identity.user]

    async def _search(
        self, identity: Identity, query: str, project: str | None, *, is_regex: bool, match_case: bool
    ) -> Found:
        async with self._room:
            try:
                async with asyncio.timeout(LIMIT_S) as limit:
                    names, places = await self._gather(identity, project)
                    request = Request(query, is_regex, match_case, places)
                    hits: list[Hit] = []
                    end = await self._ask(request, hits)
            except TimeoutError:
                if not limit.expired():
                    raise
                end = End("time", 0)
        return Found(hits, _CUT.get(end.cut or ""), end.too_large, names)

    async def _ask(self, request: Request, hits: list[Hit]) -> End:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "server.search.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=1024 * 1024,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with suppress(ConnectionError):
                process.stdin.write(msgspec.json.encode(request))
                await process.stdin.drain()
                process.stdin.close()
            async for line in process.stdout:
                told: Told = msgspec.json.decode(line, type=Told)
                if isinstance(told, Bad):
                    reason = f"The regular expression cannot be read: {told.reason[:200]}."
                    raise Refusal("bad_pattern", reason)
                if isinstance(told, End):
                    return told
                hits.append(told)
            return End("time", 0)  # it ran out of memory
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def _gather(self, identity: Identity, project: str | None) -> tuple[dict[str, str], list[Place]]:
        async with self._services.database.read() as session:
            readable = await projects.readable(session, identity)
            wanted = {each: name for each, name in readable.items() if project in (None, each)}
            found = await heads(session, wanted)
        names: dict[str, str] = {str(each): name for each, name in wanted.items()}
        places = []
        left = MOST_CELL_BYTES
        for each in wanted:
            cells: list[Cell] = []
            for head in found[each]:
                names[head.notebook] = head.name
                for number, (cell, text) in enumerate(await self._sources.cells(head), 1):
                    left -= len(text)
                    if left > 0:
                        cells.append(Cell(head.notebook, cell, number, text))
            places.append(Place(each, str(self._places.files(each)), cells))
        return names, places


def _texts(source: SourceDocument) -> tuple[tuple[str, str], ...]:
    """Return the ids and texts of all cells."""
    return tuple((cell.id, cell.source) for cell in source.cells())


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
