"""Where uv works for each project: shut in as the project's kernels are, as the same user."""

from __future__ import annotations

from collections.abc import Mapping

from collab.ids import ProjectId
from kernel_manager.environment.workshop import Site, Workshop
from server.config import Config
from server.environments.places import Places
from server.isolation import Sandboxes


class Workshops:
    """The workshops of one server."""

    def __init__(self, config: Config, places: Places) -> None:
        self._config = config
        self._places = places
        self._sandboxes = Sandboxes(config)

    async def of(self, project: ProjectId, settings: Mapping[str, str]) -> Workshop:
        """Return the workshop of a project, with uv's `settings`."""
        config = self._config
        standing, uid = await self._sandboxes.of(self._places.files(project))
        site = Site(settings, standing, config.install_hosts, config.allow_unsandboxed)
        return Workshop(site, self._places.home(project).cache, uid)
