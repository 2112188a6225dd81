"""Puts the repositories of projects into the server's services."""

from __future__ import annotations

from typing import cast

from server.git.service import Repositories
from server.services import Services

NAME = "git"


async def join(services: Services) -> None:
    """Called once at start, before the server listens."""
    made = Repositories(services)
    services.extras[NAME] = made
    await made.start()


def repositories_of(services: Services) -> Repositories:
    """Return the repositories of a server."""
    return cast(Repositories, services.extras[NAME])
