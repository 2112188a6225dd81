"""Projects: making, changing and deleting them, and the list of their notebooks."""

from __future__ import annotations

from datetime import UTC, datetime

from collab.roles import Capability
from server import payloads
from server.access import open_project
from server.connections.part import connections_of
from server.db.repositories import notebooks, projects
from server.git.part import repositories_of
from server.git.sources import Source
from server.handlers.base import SIGNED_IN, VISITOR, ApiHandler, needs, route
from server.handlers.recording import on_record
from server.names import clean_name
from server.refusals import Forbidden, NotFound, Refusal


@route("/api/projects")
class ProjectsHandler(ApiHandler):
    """The projects that the person may read."""

    @needs(VISITOR, answer=payloads.Page[payloads.Project])
    async def get(self) -> payloads.Page[payloads.Project]:
        deleted = self.switch("deleted")
        async with self.services.database.read() as session:
            return await projects.of_person(session, self.person, self.window, deleted=deleted)

    async def _source(self, git: payloads.GitSource) -> Source:
        """Return where a project comes from; what can be known to be wrong is refused before it is made."""
        copied = None
        if git.connection is not None:
            connections = connections_of(self.services)
            owner = await connections.project_of(git.connection)
            if owner is None:
                raise NotFound
            await open_project(self.services.database, self.person, owner, Capability.CONNECTIONS)
            copied = await connections.open(owner, git.connection, by=self.person.user, use="git copy")
        return repositories_of(self.services).clones.source(git.url, git.branch, copied, git.user, git.token)

    @needs(SIGNED_IN, body=payloads.NewProject, answer=payloads.Project, status=201)
    async def post(self, body: payloads.NewProject) -> payloads.Project:
        name = clean_name(body.name)
        if body.template not in {None, "welcome"} or (body.git is not None and body.template is not None):
            reason = "This server cannot start a project from that template. Leave it out."
            raise Refusal("not_offered", reason, 400)
        source = await self._source(body.git) if body.git is not None else None
        async with self.services.database.begin() as session:
            project = await projects.add(session, name, self.person.user, datetime.now(UTC))
        if body.template == "welcome" and self.services.make_welcome is not None:
            await self.services.make_welcome(self.services, project, self.person.user)
        if source is not None:
            await repositories_of(self.services).clones.found(project, source, self.person)
        async with self.services.database.read() as session:
            return await projects.one(session, self.person, project)


@route("/api/projects/{project}")
class ProjectHandler(ApiHandler):
    """One project. Deleting moves it into the bin; `{"deleted": false}` takes it out again."""

    @needs(Capability.READ, answer=payloads.Project)
    async def get(self) -> payloads.Project:
        async with self.services.database.read() as session:
            return await projects.one(session, self.person, self.opened_project.id)

    @needs(Capability.SHARE, body=payloads.ChangeProject, answer=payloads.Project, also_deleted=True)
    async def patch(self, body: payloads.ChangeProject) -> payloads.Project:
        if body.deleted is not None and Capability.DELETE not in self.opened_project.rights:
            raise Forbidden
        project = self.opened_project.id
        async with self.services.database.begin() as session:
            await projects.change(
                session,
                project,
                datetime.now(UTC),
                name=clean_name(body.name) if body.name is not None else None,
                viewers_comment=body.viewers_comment,
                links_without_account=body.links_without_account,
                deleted=body.deleted,
            )
            changed = await projects.one(session, self.person, project)
            await on_record(
                session,
                self.person.user,
                "project changed",
                project,
                project,
                changed.name,
                viewers_comment=body.viewers_comment,
                links_without_account=body.links_without_account,
                deleted=body.deleted,
            )
        if body.deleted:
            await self.services.sessions.project_deleted(project)
        else:
            await self.services.sessions.rights_changed(project)
        return changed

    @needs(Capability.DELETE)
    async def delete(self) -> None:
        project = self.opened_project.id
        async with self.services.database.begin() as session:
            await projects.change(session, project, datetime.now(UTC), deleted=True)
            name = self.opened_project.name
            await on_record(
                session, self.person.user, "project changed", project, project, name, deleted=True
            )
        await self.services.sessions.project_deleted(project)


@route("/api/projects/{project}/notebooks")
class NotebookListHandler(ApiHandler):
    """The notebooks of a project, or with `?deleted=true` those in its bin."""

    @needs(Capability.READ, answer=payloads.Page[payloads.NotebookSummary])
    async def get(self) -> payloads.Page[payloads.NotebookSummary]:
        project, look, deleted = self.opened_project, self.services.sessions.look, self.switch("deleted")
        names = {project.id: project.name}
        async with self.services.database.read() as session:
            return await notebooks.of_projects(session, names, look, self.window, deleted=deleted)


@route("/api/notebooks")
class AllNotebooksHandler(ApiHandler):
    """The notebooks of all projects that the person may read, the latest edited first."""

    @needs(VISITOR, answer=payloads.Page[payloads.NotebookSummary])
    async def get(self) -> payloads.Page[payloads.NotebookSummary]:
        look = self.services.sessions.look
        async with self.services.database.read() as session:
            names = await projects.readable(session, self.person)
            return await notebooks.of_projects(session, names, look, self.window, deleted=False)
