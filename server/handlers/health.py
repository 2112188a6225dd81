"""Is the server up, and what does it speak."""

from __future__ import annotations

import asyncio

from server import __version__, payloads
from server.handlers.base import PUBLIC, ApiHandler, needs, route


@route("/api/health")
class HealthHandler(ApiHandler):
    """For load balancers: says nothing about the inside."""

    @needs(PUBLIC, answer=payloads.Health)
    async def get(self) -> payloads.Health:
        return payloads.Health("ok", __version__)


@route("/api/openapi.json")
class OpenApiHandler(ApiHandler):
    """The description of every route, for scripts and code generators."""

    @needs(PUBLIC, media="application/vnd.oai.openapi+json")
    async def get(self) -> None:
        text = await asyncio.to_thread(self.services.openapi)
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.write(text)
