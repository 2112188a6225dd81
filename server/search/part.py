"""Puts the searches into the server's services."""

from __future__ import annotations

from typing import cast

from server.search.service import Searches
from server.services import Services

NAME = "searches"


async def join(services: Services) -> None:
    """Called once at start, before the server listens."""
    services.extras[NAME] = Searches(services)


def searches_of(services: Services) -> Searches:
    """Return the searches of a server."""
    return cast(Searches, services.extras[NAME])
