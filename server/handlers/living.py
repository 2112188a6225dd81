"""What the handlers of open notebooks share: the way to the sessions, and refusals as HTTP answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from collab.commands import AnyCommand
from collab.hub import Room
from collab.session.decide import Refusal as SessionRefusal
from server import storage
from server.handlers.base import Guarded
from server.refusals import NotFound, Refusal
from server.sessions.actor import NotebookSession
from server.sessions.registry import Sessions

SAVED_WITHIN_S = 5.0

_STATUS = {
    "forbidden": 403,
    "unknown_cell": 404,
    "bad_command": 400,
    "nothing_to_run": 400,
    "too_many_commands": 429,
    "too_many_moves": 429,
    "too_large": 413,
}


def sessions_of(handler: Guarded) -> Sessions:
    """Return the open notebooks of the server."""
    return cast(Sessions, handler.services.sessions)


async def open_session(handler: Guarded) -> NotebookSession:
    """Return the open notebook that the path names."""
    try:
        return await sessions_of(handler).get(handler.opened_notebook.id)
    except KeyError:
        raise NotFound from None


@asynccontextmanager
async def edited(handler: Guarded, room: Room) -> AsyncIterator[None]:
    """Let the body write to the documents, and return once that is saved.

    Where nothing can be saved, the body is not even begun; where that shows
    only afterwards, the change stays and is saved later, which the refusal says.
    """
    if room.cannot_save:
        raise storage.refusal()
    with room.edit(handler.person.user):
        yield
    await saved(room)


async def saved(room: Room) -> None:
    """Return when everything so far is saved; refuse to wait for long."""
    try:
        async with asyncio.timeout(SAVED_WITHIN_S):
            await room.flush()
    except TimeoutError:
        raise storage.refusal_after_change() from None


async def carry_out(handler: Guarded, command: AnyCommand) -> dict[str, Any]:
    """Ask the notebook's session, as the socket does; a refusal keeps its code and its sentence."""
    opened = handler.opened_notebook
    try:
        return await sessions_of(handler).ask(opened.id, handler.person, opened.rights, command)
    except SessionRefusal as refusal:
        raise Refusal(refusal.code, str(refusal), _STATUS.get(refusal.code, 409)) from None
