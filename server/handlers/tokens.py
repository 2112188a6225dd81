"""API tokens: secrets for scripts, which act with what their maker may do at that moment."""

from __future__ import annotations

from datetime import UTC, datetime

from server import payloads
from server.db.repositories import credentials
from server.handlers.base import SIGNED_IN, ApiHandler, needs, route
from server.names import clean_name
from server.refusals import Forbidden, NotFound


@route("/api/tokens")
class TokensHandler(ApiHandler):
    """The person's own tokens."""

    @needs(SIGNED_IN, answer=payloads.Page[payloads.Token])
    async def get(self) -> payloads.Page[payloads.Token]:
        async with self.services.database.read() as session:
            return await credentials.tokens_of(session, self.person.user, self.window)

    @needs(SIGNED_IN, body=payloads.NewToken, answer=payloads.MadeToken, status=201)
    async def post(self, body: payloads.NewToken) -> payloads.MadeToken:
        if self.person.kind == "token":
            raise Forbidden(
                "A token cannot make tokens, or one that leaked would never end. Sign in instead."
            )
        name, now = clean_name(body.name), datetime.now(UTC)
        async with self.services.database.begin() as session:
            return await credentials.add_token(session, self.person.user, name, now, body.expires_days)


@route("/api/tokens/{token}")
class TokenHandler(ApiHandler):
    """One token."""

    @needs(SIGNED_IN)
    async def delete(self, token: str) -> None:
        async with self.services.database.begin() as session:
            found = await credentials.end_token(session, self.person.user, token)
        if not found:
            raise NotFound
        await self.services.sessions.credential_ended(token)
