"""Every route of the server, collected and checked. A route that declares nothing stops the start."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from collab.roles import Capability
from server.handlers.base import DOORS, needs_of

HANDLER_MODULES = (
    "server.handlers.analysis",
    "server.handlers.health",
    "server.handlers.auth",
    "server.handlers.editor",
    "server.handlers.passwords",
    "server.handlers.providers",
    "server.handlers.tokens",
    "server.handlers.admin",
    "server.handlers.admin_audit",
    "server.handlers.admin_hardware",
    "server.handlers.admin_kernels",
    "server.handlers.connections",
    "server.handlers.databases",
    "server.handlers.inputs",
    "server.handlers.groups",
    "server.handlers.hardware",
    "server.handlers.jupyter",
    "server.handlers.jupyter_sign_in",
    "server.handlers.projects",
    "server.handlers.people",
    "server.handlers.links",
    "server.handlers.git",
    "server.handlers.pages",
    "server.handlers.notebook_files",
    "server.handlers.notebooks",
    "server.handlers.runs",
    "server.handlers.kernels",
    "server.handlers.variables",
    "server.handlers.frames",
    "server.handlers.comments",
    "server.handlers.environments",
    "server.handlers.files",
    "server.handlers.file_folders",
    "server.handlers.outputs",
    "server.handlers.pictures",
    "server.handlers.package_requests",
    "server.handlers.packages",
    "server.handlers.search",
    "server.handlers.socket",
    "server.handlers.stores",
    "server.handlers.versions",
    "server.handlers.terminals",
    "server.handlers.texts",
    "server.handlers.widgets",
)
"""Every module with routes. Adding a subject means adding its module here."""


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
    """Return every route, checked: each method declares its needs, each right has a door to ask at.

    Handlers of two subjects may share a pattern (a list here, making a new
    one there), as long as no method is in both.
    """
    found: dict[str, list[Route]] = {}
    for name in modules:
        for route in _routes_in(importlib.import_module(name)):
            _check(route)
            found.setdefault(route.pattern, []).append(route)
    return [_merged(pattern, same) for pattern, same in found.items()]


def _merged(pattern: str, same: list[Route]) -> Route:
    if len(same) == 1:
        return same[0]
    methods = [method for route in same for method in route.methods]
    if len(methods) != len(set(methods)):
        raise Undeclared(f"Two handlers take the same method of {pattern}.")
    return Route(pattern, type("Shared", tuple(route.handler for route in same), {}))


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
