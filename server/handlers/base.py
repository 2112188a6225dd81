"""What every route shares: who may call it, what goes in, what comes out.

A handler method declares what it `@needs`; before it runs, `prepare` has
checked Host, Origin, the size, the person and the right, in this order, and
opened the project or notebook that the path names. A method without a
declaration stops the start of the server (`server.app`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, ClassVar, TypeVar, cast

import msgspec
from tornado.http1connection import HTTP1Connection
from tornado.web import HTTPError, RequestHandler, stream_request_body
from tornado.websocket import WebSocketHandler

from collab.roles import Capability
from server import security, storage
from server.access import OpenedJob, OpenedNotebook, OpenedProject, OpenedRun
from server.credentials import cookie_name, digest, parse_token
from server.db.repositories import credentials
from server.handlers import bodies
from server.handlers.declarations import (
    DOORS,
    PUBLIC,
    SIGNED_IN,
    SITE_ADMIN,
    VISITOR,
    Audience,
    Needs,
    needs,
    needs_of,
    regex_of,
    route,
    socket_needs,
)
from server.identity import Identity
from server.paging import Window, window_of
from server.payloads import ErrorBody, ErrorDetail
from server.refusals import Forbidden, NotFound, Refusal, SignInFirst
from server.services import Services

S = TypeVar("S", bound=msgspec.Struct)

__all__ = [
    "DOORS",
    "PUBLIC",
    "SIGNED_IN",
    "SITE_ADMIN",
    "VISITOR",
    "ApiHandler",
    "ApiSocket",
    "Audience",
    "Guarded",
    "Needs",
    "needs",
    "needs_of",
    "regex_of",
    "route",
    "socket_needs",
]

log = logging.getLogger("commonbook.http")

RIGHTS_LAST_S = 0.5
"""How long the answer of a check may be used within one request."""

DRAIN_BYTES = 1024**3
"""A body that was refused is read and dropped up to this size, so that the client sees the answer."""

MOST_STREAMED_BYTES = 2**50
"""What a request may be long whose body is a file; quotas and disks are smaller."""


class Guarded(RequestHandler):
    """Checks a request before its method runs. The base of API handlers and of sockets."""

    patterns: ClassVar[tuple[str, ...]] = ()
    policy: ClassVar[str] = security.API_POLICY

    token_schemes: ClassVar[frozenset[str]] = frozenset({"bearer"})
    """How an Authorization header may call a token."""

    identity: Identity | None = None
    _opened: OpenedProject | OpenedNotebook | OpenedRun | OpenedJob | None = None
    _checked_at = 0.0
    closes_early = False

    @property
    def services(self) -> Services:
        return cast(Services, self.application.settings["services"])

    @property
    def person(self) -> Identity:
        """Whoever makes the request, on routes that are not public."""
        if self.identity is None:
            raise SignInFirst
        return self.identity

    @property
    def opened_project(self) -> OpenedProject:
        """The project of the path, which `prepare` opened."""
        assert isinstance(self._opened, OpenedProject)
        return self._opened

    @property
    def opened_notebook(self) -> OpenedNotebook:
        """The notebook of the path or query, which `prepare` opened."""
        assert isinstance(self._opened, OpenedNotebook)
        return self._opened

    @property
    def opened_run(self) -> OpenedRun:
        """The run of the path, which `prepare` opened."""
        assert isinstance(self._opened, OpenedRun)
        return self._opened

    @property
    def opened_job(self) -> OpenedJob:
        """The job of the path, which `prepare` opened."""
        assert isinstance(self._opened, OpenedJob)
        return self._opened

    @property
    def window(self) -> Window:
        """The part of a list that is asked for."""
        return window_of(self.get_query_argument("limit", None), self.get_query_argument("cursor", None))

    def switch(self, name: str) -> bool:
        """Say whether the query turns `name` on; raises a `Refusal` for what is neither yes nor no."""
        match self.get_query_argument(name, "false").lower():
            case "true" | "1":
                return True
            case "false" | "0":
                return False
        raise Refusal("bad_query", f"`{name}` must be true or false.")

    @property
    def client_address(self) -> str:
        forwarded = self.request.headers.get_list("X-Forwarded-For")
        entries = [entry for line in forwarded for entry in line.split(",")]
        trusted = self.services.config.trusted_proxies
        return security.client_address(str(self.request.remote_ip), entries, trusted)

    @property
    def cookie_name(self) -> str:
        config = self.services.config
        return cookie_name(https=config.is_https, port=config.port)

    async def prepare(self) -> None:
        self._check_host()
        declared = needs_of(type(self), self.request.method or "")
        if declared is None:
            raise HTTPError(405)
        self._check_origin()
        self.check_size(declared)
        await self._check_right(declared)
        self._checked_at = time.monotonic()

    async def check_again(self) -> None:
        """Read the rights anew where the body took its time: they may have gone meanwhile."""
        declared = needs_of(type(self), self.request.method or "")
        if declared is not None and time.monotonic() - self._checked_at > RIGHTS_LAST_S:
            self.identity = None
            await self._check_right(declared)

    async def identify(self) -> Identity | None:
        """Return who makes the request, by token or by cookie; remembered for this request.

        Raises `SignInFirst` for an Authorization header that is no good, also
        where a good cookie is sent along.
        """
        if self.identity is None:
            header, cookie = self.authorization, self.session_secret
            now, config = datetime.now(UTC), self.services.config
            if header is not None:
                scheme, _, text = header.partition(" ")
                parts = parse_token(text.strip()) if scheme.lower() in self.token_schemes else None
                if parts is None:
                    raise SignInFirst
                self.identity = await credentials.identity_of_token(self.services.database, parts, now)
                if self.identity is None:
                    raise SignInFirst
            elif cookie is not None:
                self.identity = await credentials.identity_of_session(
                    self.services.database, digest(cookie), now, idle_days=config.session_idle_days
                )
        return self.identity

    @property
    def authorization(self) -> str | None:
        """What the request says to prove who makes it, as an `Authorization` header does."""
        return self.request.headers.get("Authorization")

    @property
    def session_secret(self) -> str | None:
        """The session cookie's value, if one is sent."""
        return self.get_cookie(self.cookie_name)

    def _check_host(self) -> None:
        if (self.request.host or "").lower() not in self.services.config.allowed_hosts:
            reason = "This server does not answer to that host name. Add it to `hosts` in its settings."
            raise Refusal("wrong_host", reason, 421)

    def _check_origin(self) -> None:
        headers = self.request.headers
        asked = security.Request(
            method=self.request.method or "",
            origin=headers.get("Origin"),
            fetch_site=headers.get("Sec-Fetch-Site"),
            carries_cookie=self.session_secret is not None,
            carries_token=self.authorization is not None,
            is_upgrade=isinstance(self, WebSocketHandler),
        )
        if security.may_be_forged(asked, self.services.config.allowed_origins):
            reason = "This request comes from another site's page. Open the page from here and try again."
            raise Refusal("wrong_origin", reason, 403)

    def check_size(self, declared: Needs) -> None:
        """Refuse a body that is too large before it arrives."""

    async def _check_right(self, declared: Needs) -> None:
        match declared.of:
            case Audience.PUBLIC:
                return
            case Audience() as audience:
                identity = await self._somebody()
                if audience is not VISITOR and identity.is_guest:
                    raise Forbidden("A guest by link cannot do this. Sign in with an account.")
                if audience is SITE_ADMIN and not identity.admin:
                    raise NotFound
            case Capability() as capability:
                identity = await self._somebody()
                await self._open_door(identity, capability, declared)

    async def _somebody(self) -> Identity:
        identity = await self.identify()
        if identity is None:
            raise SignInFirst
        return identity

    async def _open_door(self, identity: Identity, capability: Capability, declared: Needs) -> None:
        name = declared.door or next(name for name in self.path_kwargs if name in DOORS)
        other = declared.other_door
        if other is not None and self.get_query_argument(other, None) is not None:
            name = other
        thing = self.path_kwargs.get(name)
        if thing is None:
            thing = self.get_query_argument(name, "")
            if not re.fullmatch("[A-Za-z0-9_-]{1,64}", thing):
                instead = f", or which {other} with ?{other}=ID" if other is not None else ""
                raise Refusal("bad_query", f"Say which {name} with ?{name}=ID{instead}.")
        extra = {"also_deleted": True} if declared.also_deleted else {}
        self._opened = await DOORS[name](self.services.database, identity, thing, capability, **extra)

    # Errors: one shape, whatever went wrong

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in security.COMMON_HEADERS.items():
            self.set_header(name, value)
        self.set_header("Content-Security-Policy", self.policy)
        self.set_header("Cache-Control", "no-store")
        if self.services.config.is_https:
            self.set_header("Strict-Transport-Security", "max-age=31536000")

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if value is not None and not isinstance(value, (Refusal, HTTPError)):
            log.error("request failed", exc_info=value, extra={"path": self.request.path})

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        failure = _told(kwargs)
        super().send_error(failure.status if isinstance(failure, Refusal) else status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        failure = _told(kwargs)
        if isinstance(failure, Refusal):
            detail = ErrorDetail(failure.code, failure.reason)
            if failure.retry_after_s is not None:
                self.set_header("Retry-After", str(failure.retry_after_s))
        else:
            detail = _WORDS.get(status_code, _WORDS[500 if status_code >= 500 else 400])
        self.set_status(status_code, HTTPStatus(status_code).phrase)
        if status_code == 405:
            allowed = (m for m in self.SUPPORTED_METHODS if needs_of(type(self), m) is not None)
            self.set_header("Allow", ", ".join(allowed))
        if self.closes_early:
            self.set_header("Connection", "close")
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.finish(msgspec.json.encode(ErrorBody(detail)))


_WORDS = {
    400: ErrorDetail(
        "bad_request", "The server cannot read this request. Check it against /api/openapi.json."
    ),
    404: ErrorDetail(NotFound().code, NotFound().reason),
    405: ErrorDetail("bad_method", "This address does not take that method. See /api/openapi.json."),
    500: ErrorDetail("failed", "Something failed on the server. Try again; its log says what it was."),
}


def _told(kwargs: Mapping[str, Any]) -> BaseException | None:
    """Return what failed, as the client is told it."""
    failure: BaseException | None = (kwargs.get("exc_info") or (None, None, None))[1]
    return storage.refusal() if storage.is_away(failure) else failure


@stream_request_body
class ApiHandler(Guarded):
    """A route that takes and gives JSON."""

    def initialize(self) -> None:
        self._chunks: list[bytes] = []
        self._received = 0
        self._limit = bodies.SMALL_BYTES
        self._over_limit = bodies.too_large(self._limit)
        self.refusal: Refusal | None = None
        self._waited_for: asyncio.Task[object] | None = None

    @contextlib.contextmanager
    def while_waited_for(self) -> Iterator[None]:
        """Give up what is done within once nobody waits for the answer any more."""
        self._waited_for = asyncio.current_task()
        try:
            yield
        finally:
            self._waited_for = None

    def on_connection_close(self) -> None:
        super().on_connection_close()
        if self._waited_for is not None:
            self._waited_for.cancel()

    async def prepare(self) -> None:
        """Check; a refusal waits for the end of a short body, so that the connection can be used again.

        Tornado closes a connection whose request was answered before it had
        arrived. That is right for a long body, which nobody should send to the end.
        """
        try:
            await super().prepare()
        except Refusal as refusal:
            self.refuse_later(refusal, bodies.SMALL_BYTES)

    def refuse_later(self, refusal: Refusal, most_bytes: int) -> None:
        """Answer with `refusal` once a body of up to `most_bytes` has arrived; a longer one is cut off."""
        length = self.request.headers.get("Content-Length", "0")
        is_chunked = "Transfer-Encoding" in self.request.headers
        if is_chunked or not length.isdecimal() or int(length) > most_bytes:
            self.closes_early = True
            raise refusal
        self.refusal, self._limit = refusal, 0

    def check_size(self, declared: Needs) -> None:
        """Refuse a body that is too large; of a file, only once it has arrived and was dropped.

        So whoever may import sees the sentence, and not a connection that breaks while they send.
        """
        config = self.services.config
        if declared.streams:
            cast(HTTP1Connection, self.request.connection).set_max_body_size(MOST_STREAMED_BYTES)
            return
        if declared.body is not None:
            self._limit = config.max_body_bytes
            if declared.imports:
                self._limit = bodies.room_for_file(config.max_import_bytes)
                self._over_limit = bodies.file_too_large(config.max_import_bytes)
            else:
                self._over_limit = bodies.too_large(self._limit)
        cast(HTTP1Connection, self.request.connection).set_max_body_size(DRAIN_BYTES)
        length = self.request.headers.get("Content-Length", "0")
        if length.isdecimal() and int(length) > self._limit and not declared.imports:
            raise self._over_limit
        if declared.body is not None:
            bodies.check_headers(self.request.headers)

    def data_received(self, chunk: bytes) -> None:
        self._received += len(chunk)
        if self._received <= self._limit:
            self._chunks.append(chunk)
        else:
            self._chunks.clear()

    def read_body(self, shape: type[S]) -> S:
        """Return the body as `shape`; raises a `Refusal` with what is wrong about it."""
        if self._received > self._limit:
            raise self._over_limit
        return bodies.decode(b"".join(self._chunks), shape)

    def write_answer(self, answer: Any, declared: Needs) -> None:
        """Send what the method returned, with the declared status."""
        if self._finished:
            return
        if declared.media != "application/json":
            self.finish()
            return
        self.set_status(declared.status)
        if answer is None:
            self.set_status(204)
            self.finish()
        else:
            self.set_header("Content-Type", "application/json; charset=UTF-8")
            self.finish(msgspec.json.encode(answer))


class ApiSocket(Guarded, WebSocketHandler):
    """A websocket whose upgrade went through the same checks as any route."""

    def check_origin(self, origin: str) -> bool:
        return True  # `prepare` compared it with the exact list already
