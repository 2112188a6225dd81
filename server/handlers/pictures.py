"""Pictures that people put into text cells: kept as blobs, which the cell's attachments name."""

from __future__ import annotations

from collab.roles import Capability
from server import payloads
from server.handlers.base import ApiHandler, needs, route
from server.handlers.living import sessions_of
from server.handlers.outputs import picture_of
from server.refusals import Refusal

MOST_BYTES = 10 * 1024 * 1024


@route("/api/notebooks/{notebook}/pictures")
class PicturesHandler(ApiHandler):
    """Keeps a picture for a notebook; the page then names it in the cell, as an edit that can be undone."""

    @needs(Capability.EDIT, body=payloads.NewPicture, answer=payloads.Picture, imports=True, status=201)
    async def post(self, body: payloads.NewPicture) -> payloads.Picture:
        content = body.content
        if len(content) > MOST_BYTES:
            limit = MOST_BYTES // 2**20
            sentence = (
                f"The picture is larger than {limit} MiB. Make it smaller, or add it to the project's files."
            )
            raise Refusal("too_large", sentence, 413)
        mime = picture_of(content)
        if mime is None:
            sentence = "This is no picture that a text cell can hold. Use PNG, JPEG, GIF or WebP."
            raise Refusal("no_picture", sentence, 415)
        sha256 = await sessions_of(self).blobs.put(self.opened_notebook.id, content, mime)
        return payloads.Picture(sha256, len(content), mime)
