"""Puts the environments of projects into the server's services."""

from __future__ import annotations

from typing import cast

from server.environments.service import Environments
from server.services import Services

NAME = "environments"


async def join(services: Services) -> None:
    """Called once at start, before the server listens."""
    made = Environments(services)
    services.extras[NAME] = made
    await made.start()


def environments_of(services: Services) -> Environments:
    """Return the environments of a server."""
    return cast(Environments, services.extras[NAME])
