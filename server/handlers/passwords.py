"""A new password, by a link that a site admin made."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from server import payloads
from server.config import Config
from server.db.repositories import credentials, people
from server.handlers.auth import AccountHandler
from server.handlers.base import PUBLIC, needs, route
from server.limits import attempt
from server.refusals import Refusal


def password_url(config: Config, secret: str) -> str:
    """Return the address at which a new password is chosen; no log holds what stands behind `#`."""
    return f"{config.public_url}/password#{secret}"


@route("/api/password")
class PasswordHandler(AccountHandler):
    """Choosing a new password: the account is signed out everywhere, and in here."""

    @needs(PUBLIC, body=payloads.NewPassword, answer=payloads.Me)
    async def post(self, body: payloads.NewPassword) -> payloads.Me:
        limits = self.services.limits.secrets
        attempt([(limits, self.client_address)], time.monotonic())
        password_hash = await self.services.passwords.hash(body.password)
        async with self.services.database.begin() as session:
            account = await people.use_password_link(session, body.code, datetime.now(UTC))
            if account is None:
                reason = "This link was used, or is too old. Ask an admin of this server for a new one."
                raise Refusal("no_password_link", reason, 403)
            await people.change_account(session, account, display_name=None, password_hash=password_hash)
            ended = await credentials.end_sessions(session, account)
        limits.forgive(self.client_address)
        for credential in ended:
            await self.services.sessions.credential_ended(credential)
        return await self.sign_in_as(account)
