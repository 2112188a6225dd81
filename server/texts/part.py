"""Puts the text files that people edit into the server's services."""

from __future__ import annotations

from typing import cast

from server.services import Services
from server.texts.service import Texts

NAME = "texts"


async def join(services: Services) -> None:
    """Called once at start, before the server listens."""
    made = Texts(services)
    services.extras[NAME] = made
    services.settle_files, services.file_moved = made.settled, made.moved
    services.on_stop.append(made.close)
    services.tasks.keep("text files", made.sweep_for_ever)


def texts_of(services: Services) -> Texts:
    """Return the text files of a server."""
    return cast(Texts, services.extras[NAME])
