"""Puts the analysers of code into the server's services."""

from __future__ import annotations

from typing import cast

from server.analysis.service import Analysts
from server.services import Services

NAME = "analysts"


async def join(services: Services) -> None:
    """Called once at start, before the server listens."""
    made = Analysts(services)
    services.extras[NAME] = made
    services.tasks.keep("analysts", made.sweep_for_ever)


def analysts_of(services: Services) -> Analysts:
    """Return the analysers of a server."""
    return cast(Analysts, services.extras[NAME])
