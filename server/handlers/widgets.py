"""The interactive widgets of a notebook: what they are in now, and the code of those of other packages."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from collab.commands import Comm
from collab.roles import Capability
from server import payloads
from server.environments.part import environments_of
from server.handlers.base import ApiHandler, needs, route
from server.handlers.living import carry_out, open_session
from server.refusals import NotFound
from server.widget_libraries import read_library

LIBRARY = "{library:(?:@[a-zA-Z0-9][a-zA-Z0-9._-]*/)?[a-zA-Z0-9][a-zA-Z0-9._-]*}"


@route("/api/notebooks/{notebook}/widgets")
class WidgetsHandler(ApiHandler):
    """All widgets with their states; what changes afterwards comes on the socket."""

    @needs(Capability.READ, answer=payloads.Widgets)
    async def get(self) -> payloads.Widgets:
        session = await open_session(self)
        return payloads.Widgets(*session.widgets.snapshot())


@route("/api/notebooks/{notebook}/widgets/moves")
class WidgetMovesHandler(ApiHandler):
    """A move that is too large for the socket, as a file that somebody hands to an upload widget."""

    @needs(Capability.RUN, body=payloads.WidgetMove, answer=payloads.WidgetMoveSent, imports=True)
    async def post(self, body: payloads.WidgetMove) -> payloads.WidgetMoveSent:
        reply = await carry_out(self, Comm(**msgspec.structs.asdict(body)))
        return payloads.WidgetMoveSent(reply["message"])


@route(f"/api/notebooks/{{notebook}}/widget-libraries/{LIBRARY}")
class WidgetLibraryHandler(ApiHandler):
    """The code of a widget library of the project's environment: for output frames, and run nowhere else."""

    @needs(Capability.READ, answer=payloads.WidgetLibrary)
    async def get(self, library: str) -> payloads.WidgetLibrary:
        fixed = self.services.config.kernel_python
        places = environments_of(self.services).places
        environment = Path(fixed).parent.parent if fixed else places.in_use(self.opened_notebook.project_id)
        code = await asyncio.to_thread(read_library, environment, library)
        if code is None:
            raise NotFound
        return payloads.WidgetLibrary(code)
