"""The comments document: threads on cells, written by the server alone.

A thread names its cell by id, and cells stay in the source document when they
are deleted. So nothing here is done when a cell goes or comes back: its
threads are hidden with it and seen with it. Knows no clients and no rights;
who may change whose words is asked by `may_change` and `may_delete`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from pycrdt import Array, Assoc, Doc, Map, Text

from collab import ids
from collab.roles import Capability, Rights

MAX_THREADS: Final = 1000
MAX_MESSAGES: Final = 300
MAX_BODY: Final = 10_000
MAX_QUOTE: Final = 500
MAX_DOCUMENT: Final = 4 * 1024**2
"""Characters of all threads together: everybody who opens the notebook loads them."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes, as others see them."""

    id: str
    name: str
    color: int


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message. Times are milliseconds since 1970; one that was deleted under others has no body."""

    id: str
    by: str
    by_name: str
    color: int
    at: int
    body: str
    mentions: list[str] = []
    edited_at: int | None = None
    is_deleted: bool = False


class Place(msgspec.Struct, frozen=True):
    """The ends of a stretch of a cell's text, as relative positions in JSON form."""

    start: dict[str, Any]
    end: dict[str, Any]


class Thread(msgspec.Struct, frozen=True):
    """A thread on a cell, or with `place` on a stretch of its text, which then read `quote`."""

    id: str
    cell: str
    messages: list[Message]
    quote: str = ""
    place: Place | None = None
    resolved_by: str | None = None
    resolved_name: str = ""
    resolved_at: int | None = None

    @property
    def is_resolved(self) -> bool:
        return self.resolved_at is not None


class NoSuchThread(KeyError):
    """There is no such thread, or no such message in it."""


class TooMany(Exception):
    """The document, or a thread, holds as much as it may."""


def may_change(message: Message, user: str) -> bool:
    """Say whether `user` may write other words into a message: their own only."""
    return message.by == user and not message.is_deleted


def may_delete(message: Message, user: str, rights: Rights) -> bool:
    """Say whether `user` may delete a message: their own, and with SHARE anybody's."""
    return not message.is_deleted and (message.by == user or Capability.SHARE in rights)


class CommentsDocument:
    """A typed view of one comments document. Each call is one transaction, or part of the one around it."""

    def __init__(self, doc: Doc[Any]) -> None:
        self.doc = doc
        self._threads: Map[Any] = doc.get("threads", type=Map)

    def transaction(self) -> AbstractContextManager[Any]:
        """Join several changes into one update."""
        return self.doc.transaction()

    # Reading

    def threads(self) -> dict[str, Thread]:
        """Return every thread by its id, the oldest first."""
        found = msgspec.json.decode(str(self._threads), type=dict[str, dict[str, Any]])
        return {thread: _read(thread, found[thread]) for thread in sorted(found)}

    def thread(self, thread: str) -> Thread:
        """Return one thread; raises `NoSuchThread`."""
        return _read(thread, msgspec.json.decode(str(self._demand(thread))))

    def message(self, thread: str, message: str) -> Message:
        """Return one message; raises `NoSuchThread`."""
        return self._find(thread, message)[1]

    # Writing

    def begin(
        self,
        cell: str,
        author: Author,
        body: str,
        at_ms: int,
        *,
        mentions: Sequence[str] = (),
        place: Place | None = None,
        quote: str = "",
    ) -> str:
        """Begin a thread and return its id; raises `TooMany`."""
        if len(self._threads) >= MAX_THREADS:
            raise TooMany(f"A notebook holds {MAX_THREADS} threads. Delete some that are settled.")
        self._demand_room(body)
        thread = ids.new_id()
        fields: dict[str, Any] = {"cell": cell, "msgs": Array([_message(author, body, at_ms, mentions)])}
        if place is not None:
            fields |= {"place": msgspec.json.encode(place).decode(), "quote": quote[:MAX_QUOTE]}
        with self.transaction():
            self._threads[thread] = Map(fields)
        return thread

    def reply(
        self, thread: str, author: Author, body: str, at_ms: int, *, mentions: Sequence[str] = ()
    ) -> str:
        """Add a message to a thread and return its id. One that was resolved is open again."""
        found = self._demand(thread)
        messages = found["msgs"]
        if len(messages) >= MAX_MESSAGES:
            raise TooMany(f"A thread holds {MAX_MESSAGES} messages. Begin another one.")
        self._demand_room(body)
        message = _message(author, body, at_ms, mentions)
        with self.transaction():
            messages.append(message)
            _reopen(found)
        return str(message["id"])

    def change(
        self, thread: str, message: str, body: str, at_ms: int, *, mentions: Sequence[str] = ()
    ) -> None:
        """Write other words into a message."""
        index, before = self._find(thread, message)
        self._demand_room(body)
        changed = msgspec.structs.replace(before, body=body, mentions=list(mentions), edited_at=at_ms)
        self._put(thread, index, changed)

    def delete(self, thread: str, message: str) -> None:
        """Delete a message. The first of several leaves its place; with the last one the thread goes."""
        index, before = self._find(thread, message)
        with self.transaction():
            if index == 0 and len(self._demand(thread)["msgs"]) > 1:
                gone = msgspec.structs.replace(before, body="", mentions=[], is_deleted=True)
                self._put(thread, index, gone)
                return
            del self._demand(thread)["msgs"][index]
            if all(left.is_deleted for left in self.thread(thread).messages):
                del self._threads[thread]

    def resolve(self, thread: str, author: Author | None, at_ms: int) -> None:
        """Mark a thread as settled by `author`, or with none as open again."""
        found = self._demand(thread)
        with self.transaction():
            _reopen(found)
            if author is not None:
                found["resolved"] = {"by": author.id, "by_name": author.name, "at": at_ms}

    # Private

    def _demand(self, thread: str) -> Map[Any]:
        found = self._threads.get(thread)
        if not isinstance(found, Map):
            raise NoSuchThread(thread)
        return found

    def _demand_room(self, body: str) -> None:
        if len(str(self._threads)) + len(body) > MAX_DOCUMENT:
            raise TooMany("The comments of this notebook are full. Delete threads that are settled.")

    def _find(self, thread: str, message: str) -> tuple[int, Message]:
        for index, found in enumerate(self.thread(thread).messages):
            if found.id == message:
                return index, found
        raise NoSuchThread(message)

    def _put(self, thread: str, index: int, message: Message) -> None:
        messages = self._demand(thread)["msgs"]
        with self.transaction():
            del messages[index]
            messages.insert(index, msgspec.to_builtins(message))


def place_of(text: Text, start: int, quote: str) -> Place | None:
    """Return where `quote` stands in `text`: at `start` (in UTF-16 units), else nearest to it, else None."""
    whole = str(text)
    wanted = len(whole.encode("utf-16-le")[: max(0, start) * 2].decode("utf-16-le", "ignore"))
    starts = [at for at in range(len(whole)) if whole.startswith(quote, at)] if quote else []
    if not starts:
        return None
    at = min(starts, key=lambda each: abs(each - wanted))
    first, last = len(whole[:at].encode()), len(whole[: at + len(quote)].encode())
    return Place(text.sticky_index(first).to_json(), text.sticky_index(last, Assoc.BEFORE).to_json())


def _message(author: Author, body: str, at_ms: int, mentions: Sequence[str]) -> dict[str, Any]:
    message = Message(ids.new_id(), author.id, author.name, author.color, at_ms, body, list(mentions))
    found: dict[str, Any] = msgspec.to_builtins(message)
    return found


def _reopen(thread: Map[Any]) -> None:
    if "resolved" in thread:
        del thread["resolved"]


def _read(thread: str, fields: dict[str, Any]) -> Thread:
    resolved = fields.get("resolved") or {}
    place = fields.get("place")
    return Thread(
        thread,
        str(fields["cell"]),
        [msgspec.convert(each, Message, strict=False) for each in fields["msgs"]],
        str(fields.get("quote", "")),
        None if place is None else msgspec.json.decode(place, type=Place),
        resolved.get("by"),
        str(resolved.get("by_name", "")),
        None if not resolved else int(resolved["at"]),
    )
