"""How the person wants the editor."""

from __future__ import annotations

from server import payloads
from server.db.repositories import editor
from server.handlers.base import SIGNED_IN, ApiHandler, needs, route


@route("/api/me/editor")
class EditorChoicesHandler(ApiHandler):
    """The same in every browser."""

    @needs(SIGNED_IN, answer=payloads.EditorChoices)
    async def get(self) -> payloads.EditorChoices:
        async with self.services.database.read() as session:
            return await editor.choices_of(session, self.person.user)

    @needs(SIGNED_IN, body=payloads.EditorChoices, answer=payloads.EditorChoices)
    async def put(self, body: payloads.EditorChoices) -> payloads.EditorChoices:
        async with self.services.database.begin() as session:
            await editor.choose(session, self.person.user, body)
        return body
