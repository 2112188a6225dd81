"""The interactive widgets of a notebook: what they are in now, for who opens it late or reloads."""

from __future__ import annotations

from collab.roles import Capability
from server import payloads
from server.handlers.base import ApiHandler, needs, route
from server.handlers.living import open_session


@route("/api/notebooks/{notebook}/widgets")
class WidgetsHandler(ApiHandler):
    """All widgets with their states; what changes afterwards comes on the socket."""

    @needs(Capability.READ, answer=payloads.Widgets)
    async def get(self) -> payloads.Widgets:
        session = await open_session(self)
        return payloads.Widgets(*session.widgets.snapshot())
