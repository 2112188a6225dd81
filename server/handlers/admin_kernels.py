"""All kernels of the site, for its admin: whose they are, what they use and cost, and why they live."""

from __future__ import annotations

from datetime import UTC, datetime

from collab import commands
from collab.roles import Capability
from collab.session.decide import Refusal as SessionRefusal
from kernel_manager.catalogue import cost
from server import payloads
from server.db.repositories import kernels, people, projects
from server.db.repositories.kernels import LivingKernel
from server.handlers.base import SITE_ADMIN, ApiHandler, needs, route
from server.handlers.kernels import idle_of
from server.handlers.living import sessions_of
from server.refusals import NotFound, Refusal
from server.sessions.actor import NotebookSession
from server.sessions.warm import Warm


@route("/api/admin/kernels")
class SiteKernelsHandler(ApiHandler):
    """Every kernel that lives or is on its way."""

    @needs(SITE_ADMIN, answer=payloads.SiteKernels)
    async def get(self) -> payloads.SiteKernels:
        async with self.services.database.read() as session:
            found = await kernels.everywhere(session)
            users = await people.users(session, {each.kernel.started_by or "" for each in found})
            sessions = sessions_of(self)
            waiting = sessions.warm.waiting if sessions.warm else ()
            names = await projects.names(session, {each.project for each in waiting})
        now = datetime.now(UTC)
        return payloads.SiteKernels(
            [_shown(each, users, sessions.opened(each.kernel.notebook), now) for each in found],
            [_warm(each, names) for each in waiting],
        )


@route("/api/admin/kernels/{kernel}")
class SiteKernelHandler(ApiHandler):
    """One kernel. Deleting stops it, whoever started it; its notebook says that it was stopped."""

    @needs(SITE_ADMIN)
    async def delete(self, kernel: str) -> None:
        warm = sessions_of(self).warm
        if warm is not None and warm.end(kernel):
            return
        async with self.services.database.read() as session:
            found = await kernels.everywhere(session, only=kernel)
        if not found:
            raise NotFound
        notebook = found[0].kernel.notebook
        try:
            await sessions_of(self).ask(notebook, self.person, frozenset(Capability), commands.Stop())
        except SessionRefusal as refusal:
            raise Refusal(refusal.code, str(refusal), 409) from None


@route("/api/admin/kernels/{kernel}/nudge")
class NudgeHandler(ApiHandler):
    """Asks whoever has the notebook open to give its kernel back. Stops nothing."""

    @needs(SITE_ADMIN, body=payloads.Nudge, answer=payloads.Nudged)
    async def post(self, body: payloads.Nudge, kernel: str) -> payloads.Nudged:
        async with self.services.database.read() as session:
            found = await kernels.everywhere(session, only=kernel)
        if not found:
            raise NotFound
        label = found[0].kernel.label or found[0].kernel.hardware
        text = body.text or f"Others wait for {label}. Please stop the kernel if you do not need it."
        by = self.person.display_name
        return payloads.Nudged(sessions_of(self).nudge(found[0].kernel.notebook, by, text))


def _warm(waiting: Warm, names: dict[str, str]) -> payloads.WarmKernel:
    return payloads.WarmKernel(
        id=waiting.id,
        project=waiting.project,
        project_name=names.get(waiting.project, ""),
        hardware=waiting.hardware.id,
        label=waiting.hardware.label,
        since=waiting.since,
        is_ready=waiting.is_ready,
        memory=waiting.memory,
    )


def _shown(
    found: LivingKernel, users: dict[str, payloads.User], opened: NotebookSession | None, now: datetime
) -> payloads.SiteKernel:
    kernel = found.kernel
    usage = opened.usage if opened else None
    idle = idle_of(opened) if opened else None
    return payloads.SiteKernel(
        id=kernel.id,
        notebook=kernel.notebook,
        notebook_name=found.notebook_name,
        project=found.project,
        project_name=found.project_name,
        started_by=users.get(kernel.started_by or ""),
        hardware=kernel.hardware,
        label=kernel.label or kernel.hardware,
        engine=kernel.engine,
        state=opened.state.kernel if opened else "reconnecting",
        created_at=found.created_at,
        running_since=kernel.running_since,
        cpu=usage.cpu if usage else None,
        memory=usage.memory if usage else None,
        memory_limit=usage.memory_limit if usage else None,
        price_per_hour=kernel.price_per_hour,
        cost=cost(kernel.price_per_hour, kernel.running_since, now),
        because=idle.because if idle else "The server has not reached it yet.",
        stops_at=idle.stops_at if idle else None,
    )
