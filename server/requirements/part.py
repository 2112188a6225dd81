"""Puts what projects need into the server's services."""

from __future__ import annotations

from typing import cast

from server.requirements.reader import RequirementsReader
from server.requirements.watch import RequirementsWatch
from server.services import Services
from server.sessions.registry import Sessions

NAME = "requirements"


async def join(services: Services) -> None:
    """Called once at start, before the server listens."""
    sessions = cast(Sessions, services.sessions)
    reader = RequirementsReader(services.config, services.database, services.store, sessions.room_of)
    services.extras[NAME] = reader
    sessions.on_text_change = RequirementsWatch(reader, sessions.announce, services.tasks).text_changed


def reader_of(services: Services) -> RequirementsReader:
    """Return what answers for the projects of a server."""
    return cast(RequirementsReader, services.extras[NAME])
