"""Share links: making and revoking them, and exchanging their secret for access."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from collab.ids import UserId
from collab.roles import LINK_ROLES, Capability, may_grant
from server import payloads
from server.credentials import INVITATION_PREFIX, digest
from server.db.repositories import credentials, links, members
from server.db.repositories.links import FoundLink
from server.handlers.auth import AccountHandler
from server.handlers.base import PUBLIC, ApiHandler, needs, route
from server.handlers.recording import on_record
from server.identity import Identity
from server.limits import attempt
from server.refusals import Forbidden, NotFound, Refusal

LONGEST = timedelta(days=3660)


@route("/api/projects/{project}/links")
class LinksHandler(ApiHandler):
    """The living links of a project."""

    @needs(Capability.SHARE, answer=payloads.Page[payloads.Link])
    async def get(self) -> payloads.Page[payloads.Link]:
        async with self.services.database.read() as session:
            return await links.of_project(session, self.opened_project.id, self.window)

    @needs(Capability.SHARE, body=payloads.NewLink, answer=payloads.MadeLink, status=201)
    async def post(self, body: payloads.NewLink) -> payloads.MadeLink:
        opened, now, services = self.opened_project, datetime.now(UTC), self.services
        if body.role not in LINK_ROLES:
            raise Refusal("link_role", "A link can let people watch or run, no more. Invite them instead.")
        if not may_grant(opened.rights, body.role):
            raise Forbidden
        _check_expiry(body.expires_at, now)
        async with services.database.begin() as session:
            link, secret = await links.add(
                session, opened.id, body.role, self.person.user, now, body.expires_at
            )
            await on_record(session, self.person.user, "link made", link.id, opened.id, role=body.role.value)
        services.links_changed.set()
        return payloads.MadeLink(link, f"{services.config.public_url}/link#{secret}")


@route("/api/projects/{project}/links/{link}")
class LinkHandler(ApiHandler):
    """One link."""

    @needs(Capability.SHARE)
    async def delete(self, link: str) -> None:
        opened = self.opened_project
        async with self.services.database.begin() as session:
            guests = await credentials.guests_of_link(session, link)
            revoked = await links.revoke(session, opened.id, link)
            if not revoked:
                raise NotFound
            await on_record(session, self.person.user, "link revoked", link, opened.id)
        for guest in guests:
            await self.services.sessions.credential_ended(guest)
        await self.services.sessions.rights_changed(opened.id)


@route("/api/links/use")
class UseLinkHandler(AccountHandler):
    """Exchanges the secret of a link or of an invitation for access."""

    @needs(PUBLIC, body=payloads.UseLink, answer=payloads.UsedLink)
    async def post(self, body: payloads.UseLink) -> payloads.UsedLink:
        identity, limits = await self.identify(), self.services.limits.secrets
        attempt([(limits, self.client_address)], time.monotonic())
        account = identity if identity is not None and not identity.is_guest else None
        if body.secret.startswith(INVITATION_PREFIX):
            used = await self._join(body.secret, account)
        else:
            used = await self._visit(body.secret, identity, account)
        limits.forgive(self.client_address)
        return used

    async def _join(self, secret: str, account: Identity | None) -> payloads.UsedLink:
        now = datetime.now(UTC)
        async with self.services.database.begin() as session:
            invited = await members.invitation(session, secret, now)
            if invited is None:
                raise _over()
            if account is None:
                return payloads.UsedLink(None, needs_account=True)
            await members.take_up(session, invited, account.user, now)
            await on_record(session, account.user, "invitation taken", account.user, invited.project)
        await self.services.sessions.rights_changed(invited.project)
        return payloads.UsedLink(invited.project, needs_account=False)

    async def _visit(
        self, secret: str, identity: Identity | None, account: Identity | None
    ) -> payloads.UsedLink:
        async with self.services.database.read() as session:
            link = await links.find(session, secret)
        if link is None:
            raise _over()
        if account is not None:
            await self._grant(link, account.user)
        elif not link.without_account:
            return payloads.UsedLink(None, needs_account=True)
        elif identity is None or identity.link != link.id:
            await self._begin_guest(link, identity)
        return payloads.UsedLink(link.project, needs_account=False)

    async def _grant(self, link: FoundLink, account: UserId) -> None:
        async with self.services.database.begin() as session:
            await links.grant(session, link.id, account, datetime.now(UTC))
            await on_record(session, account, "link used", link.id, link.project)
        await self.services.sessions.rights_changed(link.project)

    async def _begin_guest(self, link: FoundLink, before: Identity | None) -> None:
        config, agent = self.services.config, self.request.headers.get("User-Agent", "")
        async with self.services.database.begin() as session:
            if before is not None and self.session_secret is not None:
                await credentials.end_session_by_secret(session, digest(self.session_secret))
            secret = await credentials.add_session(
                session, datetime.now(UTC), days=config.session_days, user_agent=agent, link=link.id
            )
            await links.used(session, link.id)
        if before is not None:
            await self.services.sessions.credential_ended(before.credential)
        self.send_session_cookie(secret)


def _over() -> Refusal:
    return Refusal("link_over", "This link does not work any more. Ask for a new one.", 404)


def _check_expiry(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is None:
        return
    if expires_at.tzinfo is None:
        raise Refusal("bad_expiry", "`expires_at` needs a time zone, such as Z at its end.")
    if not now < expires_at < now + LONGEST:
        raise Refusal("bad_expiry", "`expires_at` must lie in the future, ten years at most.")
