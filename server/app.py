"""The composition root: builds every object once, wires them, starts and stops them in order."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

from collab.roles import Capability
from server.handlers.base import DOORS, NothingHere, needs_of, regex_of
from server.services import Services

log = logging.getLogger("commonbook")

HANDLER_MODULES = (
    "server.handlers.health",
    "server.handlers.auth",
    "server.handlers.tokens",
    "server.handlers.admin",
    "server.handlers.projects",
    "server.handlers.people",
    "server.handlers.links",
    "server.handlers.pages",
)
"""Every module with routes. Adding a subject means adding its module here."""

PARTS: tuple[str, ...] = ()
"""Modules with an `async def join(services) -> None` that put their part into the services at start."""

HEADER_BYTES = 32 * 1024
BODY_TIMEOUT_S = 120.0
IDLE_TIMEOUT_S = 300.0
SOCKET_MESSAGE_BYTES = 1024 * 1024
PING_S = 20.0


class Undeclared(Exception):
    """A route that does not say what it needs. The server does not start with one."""


@dataclass(frozen=True, slots=True)
class Route:
    """One address pattern and the handler behind it."""

    pattern: str
    handler: type[RequestHandler]

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods it takes, in upper case."""
        return tuple(m for m in self.handler.SUPPORTED_METHODS if needs_of(self.handler, m) is not None)


def routes(modules: tuple[str, ...] = HANDLER_MODULES) -> list[Route]:
    """Return every route, checked: each method declares its needs, each right has a door to ask at."""
    found = [route for name in modules for route in _routes_in(importlib.import_module(name))]
    for route in found:
        _check(route)
    return found


def _routes_in(module: ModuleType) -> Iterator[Route]:
    for handler in vars(module).values():
        own = isinstance(handler, type) and handler.__module__ == module.__name__
        if own and issubclass(handler, RequestHandler):
            for pattern in getattr(handler, "patterns", ()):
                yield Route(pattern, handler)


def _check(route: Route) -> None:
    for method in route.handler.SUPPORTED_METHODS:
        declared = needs_of(route.handler, method)
        if declared is None:
            own = getattr(route.handler, method.lower()) is not getattr(RequestHandler, method.lower())
            is_socket = issubclass(route.handler, WebSocketHandler)
            if own and not (is_socket and method != "GET"):
                raise Undeclared(f"{method} {route.pattern} does not declare what it needs.")
            continue
        has_door = declared.door or any(f"{{{door}}}" in route.pattern for door in DOORS)
        if isinstance(declared.of, Capability) and not has_door:
            raise Undeclared(f"{method} {route.pattern} needs {declared.of} of nothing it names.")


def application(services: Services) -> Application:
    """Return the web application over `services`."""
    return Application(
        [(regex_of(route.pattern) + "$", route.handler) for route in routes()],
        default_handler_class=NothingHere,
        services=services,
        log_function=_log_request,
        websocket_ping_interval=PING_S,
        websocket_max_message_size=SOCKET_MESSAGE_BYTES,
    )


def _log_request(handler: RequestHandler) -> None:
    """One event for each answer. The query is left out: people paste secrets into addresses."""
    request = handler.request
    log.info(
        "request",
        extra={
            "method": request.method,
            "path": request.path,
            "status": handler.get_status(),
            "ms": round(1000 * request.request_time(), 1),
        },
    )
