"""What a handler method declares: who may call it, what goes in, what comes out, and at which address."""

from __future__ import annotations

import functools
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from collab.roles import Capability
from server import access
from server.access import OpenedJob, OpenedNotebook, OpenedProject, OpenedRun

if TYPE_CHECKING:
    from server.handlers.base import ApiHandler

H = TypeVar("H", bound=type[RequestHandler])


class Audience(Enum):
    """Who may call a route that belongs to no project."""

    PUBLIC = "public"
    VISITOR = "visitor"
    SIGNED_IN = "signed in"
    SITE_ADMIN = "site admin"


PUBLIC = Audience.PUBLIC
VISITOR = Audience.VISITOR
"""An account, or a guest by a share link."""
SIGNED_IN = Audience.SIGNED_IN
SITE_ADMIN = Audience.SITE_ADMIN


@dataclass(frozen=True, slots=True)
class Needs:
    """One method's declaration.

    `door` names the path or query parameter that `of` is asked at;
    `other_door` is a query parameter that may be given in its place.
    """

    of: Capability | Audience
    body: type[msgspec.Struct] | None = None
    answer: Any = None
    status: int = 200
    door: str | None = None
    media: str = "application/json"
    imports: bool = False
    also_deleted: bool = False
    other_door: str | None = None
    streams: bool = False


def needs(
    of: Capability | Audience,
    *,
    body: type[msgspec.Struct] | None = None,
    answer: Any = None,
    status: int | None = None,
    door: str | None = None,
    media: str = "application/json",
    imports: bool = False,
    also_deleted: bool = False,
    other_door: str | None = None,
    streams: bool = False,
) -> Callable[[Callable[..., Awaitable[Any]]], Callable[..., Awaitable[None]]]:
    """Declare what a handler method needs, takes and answers.

    The method receives the decoded `body`, if it declares one, and the path
    parameters other than the door's (the opened thing is on `self`). It
    returns a struct, or `None` for 204. With another `media` it writes its
    answer itself. `imports` allows files up to `max_import_bytes`;
    `also_deleted` opens what is in the bin. With `streams` the body is a file
    of any kind and length, which the handler takes as it comes.
    """

    def decorate(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[None]]:
        code = status or (200 if answer is not None or media != "application/json" else 204)

        @functools.wraps(method)
        async def call(self: ApiHandler, **path: str) -> None:
            if self.refusal is not None:
                raise self.refusal
            await self.check_again()
            rest = {name: value for name, value in path.items() if name not in DOORS}
            taken = [self.read_body(body)] if body is not None else []
            self.write_answer(await method(self, *taken, **rest), call.needs)  # type: ignore[attr-defined]

        call.needs = Needs(  # type: ignore[attr-defined]
            of, body, answer, code, door, media, imports, also_deleted, other_door, streams
        )
        return call

    return decorate


def socket_needs(of: Capability) -> Callable[[H], H]:
    """Declare what opening a websocket needs; for a class, since its GET is tornado's own."""

    def decorate(handler: H) -> H:
        handler.socket_needs = Needs(of, status=101)  # type: ignore[attr-defined]
        return handler

    return decorate


def route(*patterns: str) -> Callable[[H], H]:
    """Give a handler its paths. `{name}` stands for an id, `{name:regex}` for something else."""

    def decorate(handler: H) -> H:
        handler.patterns = patterns  # type: ignore[attr-defined]
        return handler

    return decorate


def regex_of(pattern: str) -> str:
    """Return the regular expression of a route's pattern."""
    return re.sub(
        r"\{(\w+)(?::((?:[^{}]|\{[^{}]*\})+))?\}",
        lambda found: f"(?P<{found[1]}>{found[2] or '[A-Za-z0-9_-]{1,64}'})",
        pattern,
    )


def needs_of(handler: type[RequestHandler], method: str) -> Needs | None:
    """Return the declaration of one method of a handler."""
    if issubclass(handler, WebSocketHandler):
        return getattr(handler, "socket_needs", None) if method.upper() == "GET" else None
    return getattr(getattr(handler, method.lower(), None), "needs", None)


DOORS: dict[str, Callable[..., Awaitable[OpenedProject | OpenedNotebook | OpenedRun | OpenedJob]]] = {
    "project": access.open_project,
    "notebook": access.open_notebook,
    "run": access.open_run,
    "job": access.open_job,
}
