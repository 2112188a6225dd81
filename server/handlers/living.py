"""What the handlers of open notebooks share: the way to the sessions, and refusals as HTTP answers."""

from __future__ import annotations

from typing import Any, cast

from collab.commands import AnyCommand
from collab.session.decide import Refusal as SessionRefusal
from server.handlers.base import Guarded
from server.refusals import NotFound, Refusal
from server.sessions.actor import NotebookSession
from server.sessions.registry import Sessions

_STATUS = {
    "forbidden": 403,
    "unknown_cell": 404,
    "bad_command": 400,
    "nothing_to_run": 400,
    "too_many_commands": 429,
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


async def carry_out(handler: Guarded, command: AnyCommand) -> dict[str, Any]:
    """Ask the notebook's session, as the socket does; a refusal keeps its code and its sentence."""
    opened = handler.opened_notebook
    try:
        return await sessions_of(handler).ask(opened.id, handler.person, opened.rights, command)
    except SessionRefusal as refusal:
        raise Refusal(refusal.code, str(refusal), _STATUS.get(refusal.code, 409)) from None
