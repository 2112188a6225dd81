"""What only a site admin sees: all accounts."""

from __future__ import annotations

from server import payloads
from server.db.repositories import people
from server.handlers.auth import make_account
from server.handlers.base import SITE_ADMIN, ApiHandler, needs, route


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
