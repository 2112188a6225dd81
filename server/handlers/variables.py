"""The kernel's variables: the last snapshot for readers, the present for those who may run."""

from __future__ import annotations

from datetime import datetime

import msgspec

from collab import wire
from collab.roles import Capability
from kernel_manager.asking import AskFailed, AskRefused, NoAnswer
from server import payloads
from server.handlers.base import ApiHandler, needs, route
from server.handlers.living import open_session
from server.refusals import Refusal
from server.sessions.variables import inside


@route("/api/notebooks/{notebook}/variables")
class VariablesHandler(ApiHandler):
    """All variables. Who may run gets them as they are now, if the kernel answers in time."""

    @needs(Capability.READ, answer=payloads.VariableList)
    async def get(self) -> payloads.VariableList:
        variables = (await open_session(self)).variables
        if Capability.RUN in self.opened_notebook.rights:
            return _listed(await variables.refresh())
        return _listed(variables.last)


@route("/api/notebooks/{notebook}/variables/named/{variable:[^/]{1,400}}")
class VariableHandler(ApiHandler):
    """One variable."""

    @needs(Capability.RUN)
    async def delete(self, variable: str) -> None:
        variables = (await open_session(self)).variables
        try:
            await variables.delete(variable)
        except AskFailed as failure:
            raise _refusal(failure) from None


@route("/api/notebooks/{notebook}/variables/children")
class VariableChildrenHandler(ApiHandler):
    """What is inside one value. It is a question, but its path may be long."""

    @needs(Capability.RUN, body=payloads.InsideVariable, answer=payloads.VariableChildren)
    async def post(self, body: payloads.InsideVariable) -> payloads.VariableChildren:
        variables = (await open_session(self)).variables
        try:
            found = await variables.expand(body.path, body.start)
        except AskFailed as failure:
            raise _refusal(failure) from None
        return payloads.VariableChildren([inside(each) for each in found.items], found.total, found.start)


@route("/api/notebooks/{notebook}/variables/points")
class SeriesPointsHandler(ApiHandler):
    """A few numbers of a series, to draw it."""

    @needs(Capability.RUN, body=payloads.SeriesPath, answer=payloads.SeriesPoints)
    async def post(self, body: payloads.SeriesPath) -> payloads.SeriesPoints:
        variables = (await open_session(self)).variables
        try:
            return msgspec.convert(await variables.points(body.path), payloads.SeriesPoints)
        except AskFailed as failure:
            raise _refusal(failure) from None


def _listed(told: wire.Variables) -> payloads.VariableList:
    as_of = None if told.as_of is None else datetime.fromisoformat(told.as_of)
    is_partial = told.total > len(told.items)
    return payloads.VariableList(told.state, as_of, is_partial, told.total, told.items, told.reason)


def _refusal(failure: AskFailed) -> Refusal:
    if isinstance(failure, AskRefused):
        return Refusal("not_there", str(failure), 409)
    if isinstance(failure, NoAnswer):
        return Refusal("kernel_busy", f"{failure} It may be in a long call. Try again later.", 409)
    return Refusal("no_kernel", str(failure), 409)
