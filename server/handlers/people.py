"""Members of a project: inviting them, changing their roles, leaving.

Whoever changes or removes somebody must be able to grant both the role they
have and the one they get; so an admin cannot touch an owner.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import UserId
from collab.roles import Capability, Role, may_grant
from server import payloads
from server.access import OpenedProject
from server.db.repositories import members, people
from server.handlers.base import ApiHandler, needs, route
from server.handlers.recording import on_record
from server.names import fold
from server.paging import Place, oldest_first, part
from server.refusals import Forbidden, NotFound, Refusal

INVITED_LAST = 1 << 60


class RecordedHandler(ApiHandler):
    """What the routes that change memberships share."""

    async def _record(
        self, session: AsyncSession, action: str, member: payloads.Member, **roles: Role
    ) -> None:
        name = member.email if member.pending and member.email else member.user.name
        detail = {key: role.value for key, role in roles.items()}
        await on_record(
            session, self.person.user, action, member.user.id, self.opened_project.id, name, **detail
        )


@route("/api/projects/{project}/members")
class MembersHandler(RecordedHandler):
    """Who is in the project. E-mail addresses are for those who may share it."""

    @needs(Capability.READ, answer=payloads.Page[payloads.Member])
    async def get(self) -> payloads.Page[payloads.Member]:
        opened = self.opened_project
        async with self.services.database.read() as session:
            everybody = await members.of_project(session, opened.id)
        if Capability.SHARE not in opened.rights:
            everybody = [_without_email(member) for member in everybody if not member.pending]
        return payloads.Page(*part(everybody, _place, self.window))

    @needs(Capability.SHARE, body=payloads.Invite, answer=payloads.Invited, status=201)
    async def post(self, body: payloads.Invite) -> payloads.Invited:
        opened, now = self.opened_project, datetime.now(UTC)
        _demand_grant(opened, body.role)
        async with self.services.database.begin() as session:
            await members.lock(session, opened.id)
            account = await members.account_called(session, body.who)
            if account is None:
                return await self._invite(session, body, now)
            if await members.one(session, opened.id, account) is not None:
                reason = "This person is a member already. Change the role in the list instead."
                raise Refusal("already_member", reason, 409)
            await members.add(session, opened.id, account, body.role, now)
            member = await _member(session, opened, account)
            await self._record(session, "member added", member, role=body.role)
        await self.services.sessions.rights_changed(opened.id)
        return payloads.Invited(member, None)

    async def _invite(self, session: AsyncSession, body: payloads.Invite, now: datetime) -> payloads.Invited:
        config = self.services.config
        try:
            email = msgspec.convert(body.who.strip(), payloads.Email)
        except msgspec.ValidationError:
            reason = "Nobody here has that name. Check it, or invite by e-mail address."
            raise Refusal("unknown_person", reason) from None
        before = [m for m in await members.of_project(session, self.opened_project.id) if m.pending]
        for pending in before:
            if fold(pending.email or "") == fold(email):
                _demand_grant(self.opened_project, pending.role)
        member, secret = await members.invite(
            session,
            self.opened_project.id,
            email,
            body.role,
            self.person.user,
            now,
            days=config.invitation_days,
        )
        await self._record(session, "member invited", member, role=body.role)
        return payloads.Invited(member, f"{config.public_url}/join#{secret}")


@route("/api/projects/{project}/members/{user}")
class MemberHandler(RecordedHandler):
    """One member, or one pending invitation by its id. A role given to an account adds it."""

    @needs(Capability.SHARE, body=payloads.SetRole, answer=payloads.Member)
    async def put(self, body: payloads.SetRole, user: str) -> payloads.Member:
        opened = self.opened_project
        async with self.services.database.begin() as session:
            await members.lock(session, opened.id)
            member = await members.one(session, opened.id, user)
            if member is None:
                member = await self._add(session, user, body.role)
            _demand_grant(opened, member.role, body.role)
            if member.role is Role.OWNER and body.role is not Role.OWNER:
                await _demand_another_owner(session, opened, member)
            await members.set_role(session, opened.id, member, body.role)
            await self._record(session, "role changed", member, role=body.role, before=member.role)
        await self.services.sessions.rights_changed(opened.id)
        return msgspec.structs.replace(member, role=body.role)

    async def _add(self, session: AsyncSession, user: str, role: Role) -> payloads.Member:
        opened = self.opened_project
        _demand_grant(opened, role)
        if not await people.users(session, {user}):
            raise NotFound
        await members.add(session, opened.id, UserId(user), role, datetime.now(UTC))
        member = await _member(session, opened, user)
        await self._record(session, "member added", member, role=role)
        return member

    @needs(Capability.SHARE)
    async def delete(self, user: str) -> None:
        opened = self.opened_project
        async with self.services.database.begin() as session:
            await members.lock(session, opened.id)
            member = await _member(session, opened, user)
            _demand_grant(opened, member.role)
            await _demand_another_owner(session, opened, member)
            await members.remove(session, opened.id, member)
            await self._record(session, "member removed", member, before=member.role)
        await self.services.sessions.rights_changed(opened.id)


@route("/api/projects/{project}/membership")
class MembershipHandler(RecordedHandler):
    """One's own membership: deleting it leaves the project."""

    @needs(Capability.READ)
    async def delete(self) -> None:
        opened = self.opened_project
        async with self.services.database.begin() as session:
            await members.lock(session, opened.id)
            member = await _member(session, opened, self.person.user)
            await _demand_another_owner(session, opened, member)
            await members.remove(session, opened.id, member)
            await self._record(session, "member left", member, before=member.role)
        await self.services.sessions.rights_changed(opened.id)


def _place(member: payloads.Member) -> Place:
    """Those of longest standing first, and behind all of them who has yet to come."""
    order, id = oldest_first(member.since, member.user.id)
    return Place(order + (INVITED_LAST if member.pending else 0), id)


def _demand_grant(opened: OpenedProject, *roles: Role) -> None:
    if not all(may_grant(opened.rights, role) for role in roles):
        raise Forbidden("Your role cannot give or take that role. Ask an owner of the project.")


async def _member(session: AsyncSession, opened: OpenedProject, user: str) -> payloads.Member:
    member = await members.one(session, opened.id, user)
    if member is None:
        raise NotFound
    return member


async def _demand_another_owner(
    session: AsyncSession, opened: OpenedProject, member: payloads.Member
) -> None:
    is_owner = member.role is Role.OWNER and not member.pending
    if is_owner and await members.count_owners(session, opened.id) == 1:
        raise Refusal("last_owner", "A project needs an owner. Make somebody else owner first.", 409)


def _without_email(member: payloads.Member) -> payloads.Member:
    return msgspec.structs.replace(member, email=None)
