"""Asking those who may install packages for one, and their answers."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from collab.ids import new_id
from collab.roles import Capability
from collab.wire import PackagesAsked
from kernel_manager.environment.lines import Kind
from server import payloads
from server.db.repositories import package_requests as rows
from server.db.repositories import people
from server.db.repositories.package_requests import RequestRow
from server.environments import plans
from server.handlers.base import ApiHandler, needs, route
from server.limits import attempt
from server.refusals import Forbidden, NotFound, Refusal

MOST_OPEN = 20
"""How many requests of one person wait in one project."""


class PackageRequestsBase(ApiHandler):
    """What the routes of requests share."""

    def _changed(self) -> None:
        project = self.opened_project.id
        self.services.sessions.announce(project, PackagesAsked(project))

    async def _request(self, request: str) -> RequestRow:
        async with self.services.database.read() as session:
            found = await rows.find(session, self.opened_project.id, request)
        if found is None:
            raise NotFound
        return found


@route("/api/projects/{project}/package-requests")
class PackageRequestsHandler(PackageRequestsBase):
    """One's own requests, and those of everybody for people who may install."""

    @needs(Capability.READ, answer=payloads.Page[payloads.PackageRequest])
    async def get(self) -> payloads.Page[payloads.PackageRequest]:
        opened = self.opened_project
        others = Capability.ENVIRONMENT in opened.rights
        async with self.services.database.read() as session:
            found = await rows.seen_by(session, opened.id, self.person.user, others=others)
            names = {each.by for each in found} | {each.answered_by for each in found if each.answered_by}
            users = await people.users(session, names)
        return payloads.Page([_told(each, users) for each in found])

    @needs(Capability.READ, body=payloads.AskForPackages, status=204)
    async def post(self, body: payloads.AskForPackages) -> None:
        opened, me = self.opened_project, self.person
        if me.is_guest:
            raise Refusal("account_needed", "Sign in to ask for a package.", 403)
        if Capability.ENVIRONMENT in opened.rights:
            raise Refusal("may_install", "You may install packages here yourself.", 409)
        lines = plans.lines_of(body.lines, confirmed=True)
        if any(line.kind is not Kind.PLAIN for line in lines):
            raise Refusal("bad_line", "Ask for packages by their names.")
        plans.demand_known(lines, confirmed=False)
        attempt([(self.services.limits.asks, me.user)], time.monotonic())
        now = datetime.now(UTC)
        async with self.services.database.begin() as session:
            own = await rows.seen_by(session, opened.id, me.user, others=False)
            waiting = {each.name for each in own if each.state == rows.OPEN}
            fresh = [line for line in lines if line.name is not None and line.name not in waiting]
            if len(waiting) + len(fresh) > MOST_OPEN:
                raise Refusal("too_many_requests", f"{MOST_OPEN} of your requests wait already.", 429)
            for line in fresh:
                name = line.name or ""
                for answered in own:
                    if answered.name == name:
                        await rows.remove(session, answered.id)
                row = RequestRow(new_id(), opened.id, line.text, name, me.user, rows.OPEN, now)
                await rows.add(session, row)
        self._changed()


@route("/api/projects/{project}/package-requests/{request}")
class PackageRequestHandler(PackageRequestsBase):
    """One request: withdrawn or forgotten by whoever made it, declined by somebody who may install."""

    @needs(Capability.READ)
    async def delete(self, request: str) -> None:
        found = await self._request(request)
        if found.by != self.person.user:
            raise NotFound if Capability.ENVIRONMENT not in self.opened_project.rights else Forbidden
        async with self.services.database.begin() as session:
            await rows.remove(session, found.id)
        self._changed()

    @needs(Capability.ENVIRONMENT, body=payloads.AnswerRequest)
    async def patch(self, body: payloads.AnswerRequest, request: str) -> None:
        found = await self._request(request)
        async with self.services.database.begin() as session:
            await rows.answer(session, [found.id], body.state, self.person.user, datetime.now(UTC))
        self._changed()


def _told(row: RequestRow, users: dict[str, payloads.User]) -> payloads.PackageRequest:
    return payloads.PackageRequest(
        row.id,
        row.line,
        row.name,
        users.get(row.by),
        row.state,  # type: ignore[arg-type]
        row.created_at,
        users.get(row.answered_by or ""),
        row.answered_at,
    )
