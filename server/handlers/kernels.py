"""The notebook's kernel, for scripts and for the page: its state, why it lives, what can be kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collab import commands
from collab.roles import Capability
from collab.session.state import KernelDeath
from server import payloads
from server.handlers.base import ApiHandler, needs, route
from server.handlers.living import carry_out, open_session, sessions_of
from server.refusals import Refusal
from server.sessions.actor import NotebookSession
from server.sessions.calls import CallFailed

_ACTIONS: dict[str, commands.AnyCommand] = {
    "start": commands.StartKernel(),
    "interrupt": commands.Interrupt(),
    "restart": commands.Restart(),
    "stop": commands.Stop(),
    "keep": commands.Keep(),
}


@route("/api/notebooks/{notebook}/kernel")
class KernelHandler(ApiHandler):
    """The notebook's kernel."""

    @needs(Capability.READ, answer=payloads.Kernel)
    async def get(self) -> payloads.Kernel:
        return _kernel(await open_session(self))

    @needs(Capability.RUN, body=payloads.KernelAction, answer=payloads.Kernel)
    async def post(self, body: payloads.KernelAction) -> payloads.Kernel:
        await carry_out(self, _ACTIONS[body.action])
        return _kernel(await sessions_of(self).get(self.opened_notebook.id))


@route("/api/notebooks/{notebook}/kernel/variables")
class KernelVariablesHandler(ApiHandler):
    """The variables that could be kept if the kernel ended now. Asks the kernel, so it must be ready."""

    @needs(Capability.RUN, answer=payloads.KeepableVariables)
    async def get(self) -> payloads.KeepableVariables:
        session = await open_session(self)
        try:
            found = await session.survey()
        except CallFailed as failure:
            raise Refusal("kernel_busy", str(failure), 409) from None
        variables = [payloads.KeepableVariable(v.name, v.type, v.size, v.why) for v in found.variables]
        return payloads.KeepableVariables(variables, found.total, found.cloudpickle)


@route("/api/notebooks/{notebook}/kernel/saved")
class SavedVariablesHandler(ApiHandler):
    """What earlier kernels left: names and sizes. The values come back only into a kernel."""

    @needs(Capability.READ, answer=payloads.SavedSets)
    async def get(self) -> payloads.SavedSets:
        session = await open_session(self)
        return payloads.SavedSets(
            [
                payloads.SavedVariables(
                    each.id,
                    each.hardware,
                    each.cause,
                    each.saved_at,
                    each.expires_at,
                    each.restored_at,
                    each.bytes,
                    [_kept(line) for line in each.kept],
                    [_lost(line) for line in each.lost],
                )
                for each in session.shelf.sets
            ]
        )


def idle_of(session: NotebookSession) -> payloads.KernelIdle:
    """Return why the kernel of a notebook lives, and when it stops."""
    alive = session.explained()
    return payloads.KernelIdle(
        alive.because,
        _time(alive.stops_at),
        alive.cause,
        alive.warned,
        alive.restarts,
        _time(alive.kept_until),
        alive.kept_by,
    )


def _time(stamped: str | None) -> datetime | None:
    return None if stamped is None else datetime.fromisoformat(stamped)


def _kept(line: Mapping[str, Any]) -> payloads.KeptVariable:
    return payloads.KeptVariable(line["name"], line["type"], line["size"])


def _lost(line: Mapping[str, Any]) -> payloads.LostVariable:
    return payloads.LostVariable(line["name"], line["type"], line["why"])


def _kernel(session: NotebookSession) -> payloads.Kernel:
    state, usage, death = session.state, session.usage, session.state.death
    return payloads.Kernel(
        state=state.kernel,
        hardware=session.hardware,
        usage=payloads.KernelUsage(usage.cpu, usage.memory, usage.memory_limit) if usage else None,
        idle=idle_of(session),
        death=_death(death) if death else None,
        isolation=session.link.isolation or None if session.link else None,
        limits=session.link.limits or None if session.link else None,
    )


def _death(death: KernelDeath) -> payloads.KernelDeath:
    known = death.remains
    variables = [payloads.KernelVariable(each.name, each.type, each.size) for each in known.variables]
    return payloads.KernelDeath(
        death.cause,
        death.reason,
        death.at,
        death.cell,
        known.line,
        known.peak,
        known.memory_limit,
        variables,
    )
