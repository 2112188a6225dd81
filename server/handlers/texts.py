"""Text files that people edit together: which can be, and the socket of each (docs/protocol.md)."""

from __future__ import annotations

import os

from collab.hub import CLOSE_GONE, LiveRoom, RoomClosed
from collab.ids import ProjectId
from collab.roles import Capability, Rights
from server import payloads
from server.files.home import in_words
from server.files.paths import address_of, as_text, existing_path
from server.handlers.base import needs, route, socket_needs
from server.handlers.file_answers import FilesHandler
from server.handlers.socket import CLOSE_TRY_AGAIN, RoomSocket
from server.refusals import NotFound, Refusal
from server.texts.part import texts_of


@route("/api/projects/{project}/texts/{path:.*}")
class TextHandler(FilesHandler):
    """A text file that can be edited together, or why it cannot. `id` names its history."""

    @needs(Capability.READ, answer=payloads.TextFile)
    async def get(self, path: str) -> payloads.TextFile:
        place = existing_path(path)
        with in_words():
            text = await texts_of(self.services).find(self.opened_project.id, place)
        return payloads.TextFile(text, as_text(place[-1:]), as_text(place), address_of(place))


@route("/api/projects/{project}/text-socket/{path:.*}")
@socket_needs(Capability.READ)
class TextSocket(RoomSocket):
    """Joins the room of a text file; with its `id` as `?text=` also once it moved. Writing needs FILES."""

    room: LiveRoom | None = None

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        return os.fsdecode(value) if name == "path" else super().decode_argument(value, name)

    async def enter(self) -> None:
        texts, project = texts_of(self.services), self.opened_project
        try:
            with in_words():
                place = existing_path(self.path_kwargs["path"] or "")
                self.room, self.connection = await texts.connect(
                    project.id,
                    place,
                    self.person,
                    project.rights,
                    self.end,
                    known=self.get_query_argument("text", None),
                )
        except NotFound:
            self.close(CLOSE_GONE, "The file is not here: it was deleted, moved or renamed.")
        except Refusal as refusal:
            self.end.close(CLOSE_GONE, refusal.reason)
        except RoomClosed:
            self.close(CLOSE_TRY_AGAIN, "The file is just closing; open it again.")
        else:
            await self.sessions.follow(self)
            if self.is_closing():
                self.sessions.followers.discard(self)

    def on_close(self) -> None:
        if self.room is not None:
            self.sessions.followers.discard(self)
        super().on_close()

    # As a follower of rights

    @property
    def project(self) -> ProjectId:
        return self.opened_project.id

    def rights_changed(self, rights: Rights) -> None:
        if self.room is not None:
            self.room.set_rights(self.person.user, rights)
