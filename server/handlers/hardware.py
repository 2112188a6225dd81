"""Hardware as the people of a project see it: what there is, what is free, and what they have chosen."""

from __future__ import annotations

from datetime import UTC, datetime

from collab.ids import NotebookId
from collab.roles import Capability
from kernel_manager.catalogue import Listed, Taker, cost, usual, why_not
from kernel_manager.engines.base import Availability
from server import payloads
from server.access import OpenedNotebook
from server.db.repositories import hardware, kernels, people
from server.db.repositories.kernels import LivingKernel
from server.handlers.base import ApiHandler, needs, route
from server.handlers.living import sessions_of
from server.sessions.machines import too_large


@route("/api/hardware")
class HardwareHandler(ApiHandler):
    """The hardware classes as the asking person may take them, for a project or for one of its notebooks."""

    @needs(Capability.READ, answer=payloads.HardwareChoices, door="notebook", other_door="project")
    async def get(self) -> payloads.HardwareChoices:
        opened, machines = self._opened, sessions_of(self).machines
        if isinstance(opened, OpenedNotebook):
            project, notebook = opened.project_id, opened.id
        else:
            project, notebook = self.opened_project.id, None
        classes = await machines.all()
        user = None if self.person.is_guest else self.person.user
        taker = await machines.taker(user, instead_of=notebook)
        free = await machines.availability([each.hardware for each in classes])
        async with self.services.database.read() as session:
            chosen = await hardware.chosen(session, project)
        first = usual(classes, taker)
        return payloads.HardwareChoices(
            [_seen(each, taker, now) for each, now in zip(classes, free, strict=True)],
            chosen,
            first.hardware.id if first else None,
            await self._kernel(notebook) if notebook is not None else None,
        )

    async def _kernel(self, notebook: NotebookId) -> payloads.HardwareKernel | None:
        async with self.services.database.read() as session:
            found = await kernels.everywhere(session, notebook=notebook)
            if not found:
                return None
            users = await people.users(session, {found[-1].kernel.started_by or ""})
        return _kernel(found[-1], users)


@route("/api/projects/{project}/hardware")
class ProjectHardwareHandler(ApiHandler):
    """The class that the next kernels of the project get. Kernels that live stay where they are."""

    @needs(Capability.HARDWARE, body=payloads.ChooseHardware, answer=payloads.ChosenHardware)
    async def put(self, body: payloads.ChooseHardware) -> payloads.ChosenHardware:
        project = self.opened_project.id
        await sessions_of(self).machines.choose(project, body.hardware, self.person.user)
        async with self.services.database.read() as session:
            return payloads.ChosenHardware(await hardware.chosen(session, project))


def _seen(listed: Listed, taker: Taker, now: Availability | None) -> payloads.Hardware:
    found, now = listed.hardware, now or Availability()
    reason = why_not(listed, taker) or too_large(now)
    return payloads.Hardware(
        id=found.id,
        label=found.label,
        description=found.description,
        cpus=found.cpus,
        memory_mib=found.memory_mib,
        gpus=found.gpus,
        gpu_type=found.gpu_type,
        internet=found.internet,
        price_per_hour=found.price_per_hour,
        idle_after_s=found.idle_after_s,
        max_life_s=found.max_life_s,
        free=now.free,
        total=now.total,
        queue=now.queue,
        reason=now.reason,
        can_take=reason is None,
        why_not=reason,
    )


def _kernel(found: LivingKernel, users: dict[str, payloads.User]) -> payloads.HardwareKernel:
    kernel = found.kernel
    return payloads.HardwareKernel(
        kernel.hardware,
        kernel.label or kernel.hardware,
        users.get(kernel.started_by or ""),
        found.created_at,
        kernel.running_since,
        kernel.price_per_hour,
        cost(kernel.price_per_hour, kernel.running_since, datetime.now(UTC)),
    )
