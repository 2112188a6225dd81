"""Puts the connections of projects into the server's services."""

from __future__ import annotations

import os
from typing import cast

from server.config import BadSetting
from server.connections.service import Connections
from server.secrets.keys import BadKeys, Keys, take_variable
from server.secrets.vault import Vault
from server.services import Services

NAME = "connections"


async def join(services: Services) -> None:
    """Called once at start, before the server listens."""
    try:
        keys = Keys(services.config.data, take_variable(os.environ))
        keys.all()
    except BadKeys as failure:
        raise BadSetting(f"The keys of secrets cannot be used. {failure}") from None
    services.extras[NAME] = Connections(services.database, Vault(keys))


def connections_of(services: Services) -> Connections:
    """Return the connections of a server."""
    return cast(Connections, services.extras[NAME])
