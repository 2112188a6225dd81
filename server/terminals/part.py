"""Puts the terminals of projects into the server's services."""

from __future__ import annotations

from typing import cast

from server.services import Services
from server.terminals.service import Terminals

NAME = "terminals"


async def join(services: Services) -> None:
    """Called once at start, before the server listens."""
    made = Terminals(services)
    services.extras[NAME] = made
    services.tasks.keep("terminals", made.sweep_for_ever)


def terminals_of(services: Services) -> Terminals:
    """Return the terminals of a server."""
    return cast(Terminals, services.extras[NAME])
