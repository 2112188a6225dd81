"""Where uv works for each project: shut in as the project's kernels are, as the same user."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from collab.ids import ProjectId
from kernel_manager.environment.workshop import Site, Workshop
from kernel_manager.isolation_probe import Standing
from kernel_manager.owners import Owners
from server.config import Config
from server.environments.places import Places
from server.isolation import KERNELS, look


class Workshops:
    """The workshops of one server."""

    def __init__(self, config: Config, places: Places) -> None:
        self._config = config
        self._places = places
        self._standing: Standing | None = None

    async def of(self, project: ProjectId, settings: Mapping[str, str]) -> Workshop:
        """Return the workshop of a project, with uv's `settings`."""
        config = self._config
        if self._standing is None or not self._standing.works:
            self._standing = (await look(config)).sandbox
        uid = None
        if self._standing.own_users:
            owners = Owners(config.data / KERNELS, first=config.kernel_users_from)
            uid = await asyncio.to_thread(owners.of, self._places.files(project))
        site = Site(settings, self._standing, config.install_hosts, config.allow_unsandboxed)
        return Workshop(site, self._places.home(project).cache, uid)
