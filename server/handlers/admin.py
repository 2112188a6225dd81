"""What only a site admin sees: all accounts, and what can be done with one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from collab.ids import UserId
from server import payloads
from server.db.repositories import credentials, people
from server.handlers.auth import make_account
from server.handlers.base import SITE_ADMIN, ApiHandler, needs, route
from server.handlers.passwords import password_url
from server.handlers.recording import on_record
from server.refusals import NotFound, Refusal


@route("/api/admin/users")
class SiteUsersHandler(ApiHandler):
    """All accounts of the site."""

    @needs(SITE_ADMIN, answer=payloads.Page[payloads.SiteUser])
    async def get(self) -> payloads.Page[payloads.SiteUser]:
        async with self.services.database.read() as session:
            return await people.list_accounts(session, self.window)

    @needs(SITE_ADMIN, body=payloads.NewAccount, answer=payloads.Me, status=201)
    async def post(self, body: payloads.NewAccount) -> payloads.Me:
        account = await make_account(self, body, admin=False)
        async with self.services.database.read() as session:
            return await people.me(session, account)


@route("/api/admin/users/{user}")
class SiteUserHandler(ApiHandler):
    """One account. A closed one can do nothing: it is signed out everywhere, and its tokens do not count."""

    @needs(SITE_ADMIN, body=payloads.ChangeSiteUser, answer=payloads.SiteUser)
    async def patch(self, body: payloads.ChangeSiteUser, user: str) -> payloads.SiteUser:
        if user == self.person.user:
            # So that there is always somebody who manages the site.
            reason = "You cannot change your own account here. Ask another admin."
            raise Refusal("own_account", reason, 409)
        ended: Iterable[str] = ()
        async with self.services.database.begin() as session:
            now = datetime.now(UTC)
            await people.manage_account(session, user, now, admin=body.admin, disabled=body.disabled)
            changed = await people.site_user(session, user)
            if changed is None:
                raise NotFound
            await on_record(
                session,
                self.person.user,
                "account changed",
                user,
                name=changed.name,
                admin=body.admin,
                closed=body.disabled,
            )
            if body.disabled:
                signed_out = await credentials.end_sessions(session, UserId(user))
                ended = [*signed_out, *await credentials.tokens_of_account(session, user)]
        for credential in ended:
            await self.services.sessions.credential_ended(credential)
        return changed


@route("/api/admin/users/{user}/password-link")
class PasswordLinkHandler(ApiHandler):
    """A link with which somebody who forgot their password chooses a new one."""

    @needs(SITE_ADMIN, answer=payloads.MadePasswordLink, status=201)
    async def post(self, user: str) -> payloads.MadePasswordLink:
        async with self.services.database.begin() as session:
            found = await people.site_user(session, user)
            if found is None:
                raise NotFound
            if found.disabled_at is not None:
                raise Refusal("closed", "This account is closed. Open it again first.", 409)
            secret, until = await people.add_password_link(session, user, datetime.now(UTC))
            await on_record(session, self.person.user, "password link made", user, name=found.name)
        return payloads.MadePasswordLink(password_url(self.services.config, secret), until)
