"""Comments on the cells of a notebook."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from collab.comments import MAX_BODY, MAX_QUOTE
from server.payloads.common import Body
from server.payloads.people import User

CommentText = Annotated[str, Meta(min_length=1, max_length=MAX_BODY)]
Mentions = Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=50)]


class CommentMessage(msgspec.Struct, frozen=True):
    """One message. `mentions` are ids of members; one that was deleted under others has no body."""

    id: str
    by: User
    at: datetime
    body: str
    mentions: list[str]
    edited_at: datetime | None
    deleted: bool


class CommentThread(msgspec.Struct, frozen=True):
    """A thread on a cell, or on a stretch of its text: `anchor` says where, `quote` what it was."""

    id: str
    cell: str
    cell_deleted: bool
    quote: str
    anchor: dict[str, Any] | None
    resolved: bool
    resolved_by: str | None
    resolved_at: datetime | None
    messages: list[CommentMessage]


class CommentRange(Body, frozen=True):
    """A stretch of a cell's text: the words, and where they began, in UTF-16 units."""

    quote: Annotated[str, Meta(min_length=1, max_length=MAX_QUOTE)]
    start: Annotated[int, Meta(ge=0)] = 0


class NewReply(Body, frozen=True):
    """What somebody says. `mentions` are ids of members of the project."""

    body: CommentText
    mentions: Mentions | None = None


class NewComment(Body, frozen=True):
    """The first message of a thread on `cell`."""

    cell: str
    body: CommentText
    mentions: Mentions | None = None
    range: CommentRange | None = None


class ChangeThread(Body, frozen=True):
    resolved: bool


class CommentsRead(Body, frozen=True):
    """Up to when somebody has read the comments of a notebook."""

    at: datetime


class CommentsReading(msgspec.Struct, frozen=True):
    """Up to when the person has read the comments; null for somebody who never did."""

    at: datetime | None
