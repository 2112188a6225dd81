"""Puts the files of projects into the server's services."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import cast

from collab.ids import ProjectId
from server.config import Config
from server.environments.places import Places
from server.files import bin, uploads
from server.files.home import Home
from server.files.usage import Quotas
from server.isolation import Sandboxes
from server.services import Services

NAME = "files"

UPLOADS_KEPT = timedelta(days=2)
SWEEP_AFTER_S = 90.0
SWEEP_EVERY_S = 3600.0


class Files:
    """The files of all projects of a server."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._places = Places(config)
        self._sandboxes = Sandboxes(config)
        self.quotas = Quotas(config.project_files_bytes)

    async def home(self, project: ProjectId) -> Home:
        """Return where a project's files are, and as whom they are written."""
        files = self._places.files(project)
        _, uid = await self._sandboxes.of(files)
        return Home(files.parent, uid)

    async def sweep_for_ever(self) -> None:
        """Empty what is old enough, once an hour."""
        await asyncio.sleep(SWEEP_AFTER_S)
        while True:
            await asyncio.to_thread(self.sweep, datetime.now(UTC))
            await asyncio.sleep(SWEEP_EVERY_S)

    def sweep(self, now: datetime) -> None:
        """Delete for good what lay in a bin for its days, and uploads with which nobody went on."""
        for place in (self._config.data / "projects").glob("*"):
            home = Home(place)
            bin.sweep(home, now - timedelta(days=self._config.bin_days))
            uploads.sweep(home, now - UPLOADS_KEPT)


async def join(services: Services) -> None:
    """Called once at start, before the server listens."""
    made = Files(services.config)
    services.extras[NAME] = made
    services.tasks.keep("file bins", made.sweep_for_ever)


def files_of(services: Services) -> Files:
    """Return the files of a server's projects."""
    return cast(Files, services.extras[NAME])
