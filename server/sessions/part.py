"""Puts the open notebooks into the server's services."""

from __future__ import annotations

import logging

from collab.ids import ProjectId
from kernel_manager.engines.base import EngineRefused
from kernel_manager.engines.local import LocalEngine
from server.config import Config
from server.services import Services
from server.sessions.backend import Supervised
from server.sessions.registry import Sessions

log = logging.getLogger("commonbook.kernels")


async def join(services: Services) -> None:
    """Called once at start, before the server listens."""
    sessions = make_sessions(services)
    services.sessions = sessions
    sessions.start()


def make_sessions(services: Services) -> Sessions:
    """Return the sessions of a server, with kernels on this machine."""
    return Sessions(
        services.config,
        services.database,
        services.store,
        services.tasks,
        local_kernels(services.config),
    )


def local_kernels(config: Config) -> Supervised:
    """Return kernels on this machine, in the environment that the settings name or in the default one."""

    async def python_of(project: ProjectId) -> str:
        from kernel_manager.environment import EnvironmentFailed, ensure_default

        if config.kernel_python:
            return config.kernel_python
        try:
            return str(await ensure_default(config.data, lambda sentence: log.info("%s", sentence)))
        except EnvironmentFailed as failure:
            raise EngineRefused(str(failure)) from failure

    engine = LocalEngine(config.data / "kernels")
    return Supervised(engine, owner="commonbook", folder=config.data / "projects", python_of=python_of)
