"""Groups of people, which only a site admin makes."""

from __future__ import annotations

from datetime import UTC, datetime

from server import payloads
from server.db.repositories import groups
from server.db.repositories.hardware import catalogue
from server.handlers.base import SITE_ADMIN, ApiHandler, needs, route
from server.names import clean_name
from server.refusals import Refusal


@route("/api/admin/groups")
class GroupsHandler(ApiHandler):
    """All groups of the site."""

    @needs(SITE_ADMIN, answer=payloads.Groups)
    async def get(self) -> payloads.Groups:
        async with self.services.database.read() as session:
            return payloads.Groups(await groups.all_groups(session))

    @needs(SITE_ADMIN, body=payloads.NewGroup, answer=payloads.Group, status=201)
    async def post(self, body: payloads.NewGroup) -> payloads.Group:
        async with self.services.database.begin() as session:
            name = clean_name(body.name)
            group = await groups.add(session, name, body.members, datetime.now(UTC))
            return await groups.one(session, group)


@route("/api/admin/groups/{group}")
class GroupHandler(ApiHandler):
    """One group. It stays as long as a hardware class is kept for it."""

    @needs(SITE_ADMIN, body=payloads.ChangeGroup, answer=payloads.Group)
    async def patch(self, body: payloads.ChangeGroup, group: str) -> payloads.Group:
        async with self.services.database.begin() as session:
            await groups.one(session, group)
            if body.name is not None:
                await groups.rename(session, group, clean_name(body.name))
            if body.members is not None:
                await groups.set_members(session, group, body.members)
            return await groups.one(session, group)

    @needs(SITE_ADMIN)
    async def delete(self, group: str) -> None:
        async with self.services.database.begin() as session:
            naming = [each.hardware for each in await catalogue(session) if group in each.hardware.groups]
            if naming:
                names = ", ".join(hardware.label for hardware in naming[:5])
                reason = f"Hardware classes are kept for this group: {names}. Take it out of them first."
                raise Refusal("group_in_use", reason, 409)
            await groups.remove(session, group)
