"""Jupyter Server's own handlers, given our managers. Imported late: that takes some seconds.

The route has checked Host, Origin, person and right before one of these is made, so none of Jupyter Server's
own doors is asked: no cookie, no token and no password of its own exists here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.auth.identity import User
from jupyter_server.services.api.handlers import IdentityHandler
from jupyter_server.services.contents.handlers import (
    CheckpointsHandler,
    ContentsHandler,
    ModifyCheckpointsHandler,
)
from jupyter_server.services.kernels.handlers import KernelActionHandler, KernelHandler, MainKernelHandler
from jupyter_server.services.kernelspecs.handlers import KernelSpecHandler, MainKernelSpecHandler
from jupyter_server.services.sessions.handlers import SessionHandler, SessionRootHandler
from tornado.httputil import HTTPServerRequest
from tornado.web import Application, HTTPError, RequestHandler

from collab.roles import Capability
from server import security, storage
from server.jupyter_api.contents import Contents
from server.jupyter_api.kernels import JupyterSessions, Kernels, Specs
from server.jupyter_api.place import Place
from server.refusals import Refusal

_NEEDED: Mapping[tuple[str, str], Capability] = {
    ("read", "contents"): Capability.READ,
    ("write", "contents"): Capability.EDIT,
    ("execute", "kernels"): Capability.RUN,
    ("read", "kernels"): Capability.READ,
    ("write", "kernels"): Capability.RUN,
    ("read", "kernelspecs"): Capability.READ,
    ("read", "sessions"): Capability.READ,
    ("write", "sessions"): Capability.RUN,
    ("read", "api"): Capability.READ,
}


class _Rights(Authorizer):
    """Answers Jupyter Server's own question of rights by the table of roles; what is in no row is refused."""

    async def is_authorized(self, handler: Any, user: User, action: str, resource: str) -> bool:
        needed = _NEEDED.get((action, resource))
        return needed is not None and needed in handler.place.rights


class _Person:
    """Stands in for Jupyter Server's identity provider."""

    updatable_fields: tuple[str, ...] = ()

    def identity_model(self, user: User) -> dict[str, Any]:
        return asdict(user)


class _Ours:
    """What Jupyter Server's handlers get here in place of their own surroundings."""

    place: Place
    given: dict[str, Any]

    def initialize(self, place: Place) -> None:
        self.place = place
        kernels = Kernels(place)
        self.given = {
            "base_url": f"/jupyter/{place.project}/",
            "authorizer": _Rights(),
            "identity_provider": _Person(),
            "kernel_manager": kernels,
            "kernel_spec_manager": Specs(place),
            "session_manager": JupyterSessions(place, kernels),
        }

    @property
    def settings(self) -> dict[str, Any]:
        return self.given

    @property
    def contents_manager(self) -> Contents:
        return Contents(place=self.place)

    async def prepare(self) -> None:
        who = self.place.identity
        initials = "".join(word[:1] for word in who.display_name.split()[:2]).upper()
        user = User(who.user, who.name, who.display_name, initials, None, None)
        self.current_user = self._jupyter_current_user = user

    def set_default_headers(self) -> None:
        handler: Any = self
        for name, value in security.COMMON_HEADERS.items():
            handler.set_header(name, value)
        handler.set_header("Content-Security-Policy", security.API_POLICY)
        handler.set_header("Cache-Control", "no-store")
        handler.clear_header("Server")

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        refusal = _refusal(kwargs)
        super().send_error(refusal.status if refusal else status_code, **kwargs)  # type: ignore[misc]

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer in both forms: Jupyter's, and that of our API."""
        handler: Any = self
        refusal, fault = _refusal(kwargs), (kwargs.get("exc_info") or (None, None))[1]
        if refusal is not None:
            code, reason = refusal.code, refusal.reason
        elif isinstance(fault, HTTPError) and status_code < 500:
            code, reason = "not_found" if status_code == 404 else "bad_request", str(fault.log_message or "")
        else:
            code, reason = "failed", "Something failed on the server. Try again; its log says what it was."
        handler.set_header("Content-Type", "application/json")
        handler.finish(json.dumps(told(code, reason)))

    async def _finish_error(self, code: int, message: str) -> None:
        """Answer what Jupyter Server says in plain text as every other error."""
        handler: Any = self
        handler.set_status(code)
        await handler.finish(json.dumps(told("not_found" if code == 404 else "bad_request", message)))

    def log_exception(self, typ: Any, value: Any, trace: Any) -> None:
        if not isinstance(value, Refusal) and _refusal({"exc_info": (typ, value, trace)}) is None:
            super().log_exception(typ, value, trace)  # type: ignore[misc]


def told(code: str, reason: str) -> dict[str, Any]:
    """Return an error as programs made for Jupyter read it, and as ours do."""
    return {"error": {"code": code, "reason": reason}, "message": reason, "reason": None}


def _refusal(kwargs: Mapping[str, Any]) -> Refusal | None:
    fault = (kwargs.get("exc_info") or (None, None))[1]
    if fault is not None and storage.is_away(fault):
        return storage.refusal()
    for each in (fault, getattr(fault, "__cause__", None)):  # some handlers wrap whatever they meet
        if isinstance(each, Refusal):
            return each
    return None


HANDLERS: dict[str, type[RequestHandler]] = {
    name: type(base.__name__, (_Ours, base), {})
    for name, base in {
        "me": IdentityHandler,
        "kernels": MainKernelHandler,
        "kernel": KernelHandler,
        "kernel action": KernelActionHandler,
        "kernelspecs": MainKernelSpecHandler,
        "kernelspec": KernelSpecHandler,
        "sessions": SessionRootHandler,
        "session": SessionHandler,
        "contents": ContentsHandler,
        "checkpoints": CheckpointsHandler,
        "checkpoint": ModifyCheckpointsHandler,
    }.items()
}


async def answer(
    name: str, application: Application, request: HTTPServerRequest, place: Place, path: Mapping[str, str]
) -> None:
    """Have Jupyter Server's handler `name` answer a request whose person may do this."""
    handler = HANDLERS[name](application, request, place=place)
    values = {key: value.encode() for key, value in path.items()}
    await handler._execute([], **values)
