"""Puts the databases of projects into the server's services."""

from __future__ import annotations

from typing import cast

from collab.ids import ProjectId
from server.connections.service import Opened
from server.connections.testing import Verdict
from server.databases.service import Databases
from server.services import Services

NAME = "databases"


async def join(services: Services) -> None:
    """Called once at start, before the server listens."""
    services.extras[NAME] = Databases(services)


def databases_of(services: Services) -> Databases:
    """Return the databases of a server."""
    return cast(Databases, services.extras[NAME])


async def tried(services: Services, project: ProjectId, opened: Opened) -> Verdict:
    """Try a connection to a database."""
    return await databases_of(services).tried(project, opened)
