"""What an input cell may be set to, where the kernel has to be asked for that."""

from __future__ import annotations

from collab.roles import Capability
from collab.session.decide import Refusal as SessionRefusal
from server import payloads
from server.handlers.base import ApiHandler, needs, route
from server.handlers.living import open_session
from server.refusals import NotFound, Refusal


@route("/api/notebooks/{notebook}/inputs/{cell}/options")
class InputOptionsHandler(ApiHandler):
    """The options of a select, also of one whose options a variable holds."""

    @needs(Capability.RUN, answer=payloads.InputOptions)
    async def get(self, cell: str) -> payloads.InputOptions:
        session = await open_session(self)
        try:
            return payloads.InputOptions(list(await session.input_options(cell)))
        except SessionRefusal as refusal:
            if refusal.code in ("unknown_cell", "no_input"):
                raise NotFound from None
            raise Refusal(refusal.code, str(refusal), 409) from None
