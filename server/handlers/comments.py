"""Comments: threads on cells. The server writes who said it and when, so nobody speaks for somebody else."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from collab.comments import (
    Author,
    CommentsDocument,
    Message,
    NoSuchThread,
    Place,
    Thread,
    TooMany,
    may_change,
    may_delete,
    place_of,
)
from collab.hub import Room
from collab.roles import Capability
from server import payloads
from server.db.repositories import comments as rows
from server.handlers.base import ApiHandler, needs, route
from server.handlers.living import edited, open_session
from server.limits import attempt
from server.refusals import Forbidden, Refusal


class CommentsBase(ApiHandler):
    """What the routes of comments share."""

    @property
    def author(self) -> Author:
        me = self.person
        return Author(me.user, me.display_name, me.color)

    async def room(self) -> Room:
        return (await open_session(self)).room

    async def mentioned(self, users: Sequence[str] | None) -> list[str]:
        async with self.services.database.read() as session:
            return await rows.members_among(session, self.opened_notebook.project_id, users or ())

    def count(self) -> None:
        attempt([(self.services.limits.comments, self.person.user)], time.monotonic())

    def told(self, room: Room, thread: str) -> payloads.CommentThread:
        return _told(room.comments.thread(thread), _living(room))

    def own(self, comments: CommentsDocument, thread: str, message: str) -> Message:
        found = comments.message(thread, message)
        if not may_change(found, self.person.user):
            raise Forbidden("You can change only what you wrote yourself.")
        return found


@route("/api/notebooks/{notebook}/comments")
class CommentsHandler(CommentsBase):
    """All threads of a notebook, the oldest first; those on cells in the bin too."""

    @needs(Capability.READ, answer=payloads.Page[payloads.CommentThread])
    async def get(self) -> payloads.Page[payloads.CommentThread]:
        room = await self.room()
        living = _living(room)
        return payloads.Page([_told(thread, living) for thread in room.comments.threads().values()])

    @needs(Capability.COMMENT, body=payloads.NewComment, answer=payloads.CommentThread, status=201)
    async def post(self, body: payloads.NewComment) -> payloads.CommentThread:
        text = _text(body.body)
        mentions = await self.mentioned(body.mentions)
        room = await self.room()
        if body.cell not in _living(room):
            raise Refusal("unknown_cell", "The notebook has no such cell; somebody may have deleted it.", 404)
        self.count()
        place, quote = _place(room, body)
        with _refusing():
            async with edited(self, room):
                thread = room.comments.begin(
                    body.cell, self.author, text, _now_ms(), mentions=mentions, place=place, quote=quote
                )
        return self.told(room, thread)


@route("/api/notebooks/{notebook}/comments/{thread}")
class CommentThreadHandler(CommentsBase):
    """One thread: read, answered, settled or opened again."""

    @needs(Capability.READ, answer=payloads.CommentThread)
    async def get(self, thread: str) -> payloads.CommentThread:
        room = await self.room()
        with _refusing():
            return self.told(room, thread)

    @needs(Capability.COMMENT, body=payloads.NewReply, answer=payloads.CommentThread, status=201)
    async def post(self, body: payloads.NewReply, thread: str) -> payloads.CommentThread:
        text, mentions = _text(body.body), await self.mentioned(body.mentions)
        room = await self.room()
        self.count()
        with _refusing():
            async with edited(self, room):
                room.comments.reply(thread, self.author, text, _now_ms(), mentions=mentions)
            return self.told(room, thread)

    @needs(Capability.COMMENT, body=payloads.ChangeThread, answer=payloads.CommentThread)
    async def patch(self, body: payloads.ChangeThread, thread: str) -> payloads.CommentThread:
        room = await self.room()
        with _refusing():
            async with edited(self, room):
                room.comments.resolve(thread, self.author if body.resolved else None, _now_ms())
            return self.told(room, thread)


@route("/api/notebooks/{notebook}/comments/{thread}/messages/{message}")
class CommentMessageHandler(CommentsBase):
    """One message: its author may change it; its author, and whoever may share the project, may delete it."""

    @needs(Capability.COMMENT, body=payloads.NewReply, answer=payloads.CommentThread)
    async def patch(self, body: payloads.NewReply, thread: str, message: str) -> payloads.CommentThread:
        text, mentions = _text(body.body), await self.mentioned(body.mentions)
        room = await self.room()
        with _refusing():
            self.own(room.comments, thread, message)
            async with edited(self, room):
                room.comments.change(thread, message, text, _now_ms(), mentions=mentions)
            return self.told(room, thread)

    @needs(Capability.COMMENT)
    async def delete(self, thread: str, message: str) -> None:
        room = await self.room()
        with _refusing():
            found = room.comments.message(thread, message)
            if not may_delete(found, self.person.user, self.opened_notebook.rights):
                raise Forbidden("You can delete only what you wrote yourself.")
            async with edited(self, room):
                room.comments.delete(thread, message)


@route("/api/notebooks/{notebook}/comments-read")
class CommentsReadHandler(ApiHandler):
    """Up to when one has read. Of a guest nothing is kept."""

    @needs(Capability.READ, answer=payloads.CommentsReading)
    async def get(self) -> payloads.CommentsReading:
        async with self.services.database.read() as session:
            found = await rows.read_until(session, self.opened_notebook.id, self.person.user)
        return payloads.CommentsReading(found)

    @needs(Capability.READ, body=payloads.CommentsRead)
    async def put(self, body: payloads.CommentsRead) -> None:
        if self.person.is_guest:
            return
        if body.at.tzinfo is None:
            raise Refusal("bad_body", "Give the time with its zone, as in `2030-01-31T12:00:00Z`.")
        at = min(body.at.astimezone(UTC), datetime.now(UTC))
        async with self.services.database.begin() as session:
            await rows.note_read(session, self.opened_notebook.id, self.person.user, at)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except NoSuchThread:
        raise Refusal("unknown_comment", "This comment is gone; somebody deleted it.", 404) from None
    except TooMany as failure:
        raise Refusal("too_many_comments", str(failure), 409) from None


def _text(body: str) -> str:
    text = body.strip()
    if not text:
        raise Refusal("bad_body", "Write something first.")
    return text


def _place(room: Room, body: payloads.NewComment) -> tuple[Place | None, str]:
    if body.range is None:
        return None, ""
    text = room.source.text_of(body.cell)
    place = None if text is None else place_of(text, body.range.start, body.range.quote)
    if place is None:
        raise Refusal("text_changed", "That text is not in the cell any more. Select it again.", 409)
    return place, body.range.quote


def _living(room: Room) -> frozenset[str]:
    return frozenset(cell.id for cell in room.source.cells())


def _now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)


def _told(thread: Thread, living: frozenset[str]) -> payloads.CommentThread:
    return payloads.CommentThread(
        thread.id,
        thread.cell,
        thread.cell not in living,
        thread.quote,
        None if thread.place is None else {"start": thread.place.start, "end": thread.place.end},
        thread.is_resolved,
        thread.resolved_name or None,
        _moment(thread.resolved_at),
        [_message(message) for message in thread.messages],
    )


def _message(message: Message) -> payloads.CommentMessage:
    by = payloads.User(message.by, message.by_name, message.by_name, message.color)
    at = datetime.fromtimestamp(message.at / 1000, UTC)
    return payloads.CommentMessage(
        message.id, by, at, message.body, message.mentions, _moment(message.edited_at), message.is_deleted
    )
