"""A project's Python environment: what it holds, and the jobs that change it."""

from __future__ import annotations

from packaging.utils import canonicalize_name

from collab.roles import Capability
from server import payloads
from server.db.repositories import environments as rows
from server.db.repositories import people
from server.environments import plans
from server.environments.describe import described
from server.environments.jobs import LiveJob, shown
from server.environments.part import environments_of
from server.environments.plans import Wish
from server.handlers.base import ApiHandler, needs, route
from server.refusals import Refusal

PACKAGE = "{package:[A-Za-z0-9][A-Za-z0-9._-]{0,127}}"


class EnvironmentChanger(ApiHandler):
    """What the routes that change an environment share."""

    async def queued(self, wish: Wish, *, confirmed: bool = False) -> payloads.Job:
        """Queue a change by whoever asks, and return its job."""
        environments, project = environments_of(self.services), self.opened_project.id
        if not isinstance(wish, (plans.RollBack, plans.Reproduce)):
            await environments.demand_word(project, confirmed=confirmed)
        job = await environments.submit(project, self.person.user, self.person.display_name, wish)
        return await self.told(job)

    async def told(self, job: LiveJob) -> payloads.Job:
        async with self.services.database.read() as session:
            users = await people.users(session, {job.row.by} if job.row.by else set())
        return shown(job.row, users.get(job.row.by or ""), job)


@route("/api/projects/{project}/environment")
class EnvironmentHandler(EnvironmentChanger):
    """The environment as a whole."""

    @needs(Capability.READ, answer=payloads.Environment)
    async def get(self) -> payloads.Environment:
        environments = environments_of(self.services)
        return await described(environments, self.services.database, self.opened_project.id)

    @needs(Capability.ENVIRONMENT, body=payloads.ChangeEnvironment, answer=payloads.Job, status=202)
    async def post(self, body: payloads.ChangeEnvironment) -> payloads.Job:
        match body.action:
            case "sync":
                return await self.queued(plans.Sync(body.confirmed, body.builds), confirmed=body.confirmed)
            case "reproduce":
                return await self.queued(plans.Reproduce(body.builds))
            case "upgrade":
                return await self.queued(plans.Upgrade())
            case "python":
                if not body.version:
                    raise Refusal("bad_body", "Say which Python, as in `version: 3.12`.")
                return await self.queued(plans.ChangePython(body.version))
            case "rollback":
                async with self.services.database.read() as session:
                    row = await rows.state(session, self.opened_project.id, body.state or "")
                if row is None:
                    raise Refusal("no_such_state", "There is no such state of this environment.", 404)
                return await self.queued(plans.RollBack(row.id, row.title))


@route("/api/projects/{project}/packages")
class PackagesHandler(EnvironmentChanger):
    """Installs packages, and writes them into requirements.txt."""

    @needs(Capability.ENVIRONMENT, body=payloads.InstallPackages, answer=payloads.Job, status=202)
    async def post(self, body: payloads.InstallPackages) -> payloads.Job:
        lines = plans.lines_of(body.lines, confirmed=body.confirmed)
        environments = environments_of(self.services)
        known = await environments.names_of(self.opened_project.id)
        plans.demand_known(lines, confirmed=body.confirmed, known=known)
        wish = plans.Install(lines, body.confirmed, body.builds)
        return await self.queued(wish, confirmed=body.confirmed)


@route(f"/api/projects/{{project}}/packages/{PACKAGE}")
class PackageHandler(EnvironmentChanger):
    """One package of the environment."""

    @needs(Capability.ENVIRONMENT, answer=payloads.Job, status=202)
    async def delete(self, package: str) -> payloads.Job:
        return await self.queued(plans.Remove(canonicalize_name(package)))


@route(f"/api/projects/{{project}}/packages/{PACKAGE}/upgrade")
class UpgradeHandler(EnvironmentChanger):
    """The newest version of one package that fits the others."""

    @needs(Capability.ENVIRONMENT, answer=payloads.Job, status=202)
    async def post(self, package: str) -> payloads.Job:
        return await self.queued(plans.Upgrade((canonicalize_name(package),)))


@route("/api/jobs/{job}")
class JobHandler(ApiHandler):
    """A change of an environment, while it goes on and afterwards. Deleting cancels it."""

    @needs(Capability.READ, answer=payloads.Job)
    async def get(self) -> payloads.Job:
        opened = self.opened_job
        live = environments_of(self.services).live(opened.id)
        async with self.services.database.read() as session:
            row = live.row if live is not None else await rows.job(session, opened.id)
            users = await people.users(session, {row.by} if row.by else set())
        return shown(row, users.get(row.by or ""), live)

    @needs(Capability.ENVIRONMENT)
    async def delete(self) -> None:
        await environments_of(self.services).cancel(self.opened_job.id)
