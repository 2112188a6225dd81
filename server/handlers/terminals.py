"""Terminals of a project: opened, listed, ended, and the socket of each."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from collab.hub import CLOSE_GONE, CLOSE_RIGHTS, CLOSE_VIOLATION
from collab.ids import ProjectId, UserId
from collab.roles import Capability, Rights
from server import payloads
from server.handlers.base import ApiHandler, ApiSocket, Guarded, needs, route, socket_needs
from server.payloads import User
from server.refusals import Forbidden
from server.sending import FrameSender
from server.sessions.registry import Sessions
from server.terminals.part import terminals_of
from server.terminals.service import MOST_IN_PROJECT, Terminals
from server.terminals.terminal import LARGEST, NEEDS, Size, Terminal

CLOSE_TOO_SLOW = 4408


@route("/api/projects/{project}/terminals")
class TerminalListHandler(ApiHandler):
    """The terminals that a person may open. They need FILES and RUN."""

    @needs(Capability.FILES, answer=payloads.TerminalList)
    async def get(self) -> payloads.TerminalList:
        terminals = _terminals(self)
        found = terminals.of(self.opened_project.id, self.person.user)
        return payloads.TerminalList(
            [_state(each) for each in found],
            terminals.idle_s,
            MOST_IN_PROJECT,
            await terminals.are_sandboxed(),
        )

    @needs(Capability.FILES, body=payloads.NewTerminal, answer=payloads.TerminalState, status=201)
    async def post(self, body: payloads.NewTerminal) -> payloads.TerminalState:
        terminals, project = _terminals(self), self.opened_project.id
        return _state(await terminals.open(project, self.person, is_shared=body.shared))


@route("/api/projects/{project}/terminals/{terminal}")
class TerminalHandler(ApiHandler):
    """One terminal."""

    @needs(Capability.FILES)
    async def delete(self, terminal: str) -> None:
        found = _terminals(self).get(self.opened_project.id, self.person.user, terminal)
        found.end(f"{self.person.display_name} has closed this terminal.")


@route("/api/projects/{project}/terminals/{terminal}/socket")
@socket_needs(Capability.FILES)
class TerminalSocket(ApiSocket):
    """A person at a terminal: bytes are what is typed and shown, texts are JSON about it."""

    def initialize(self) -> None:
        self._terminal: Terminal | None = None
        self._sender: FrameSender | None = None
        self._may_type = False

    async def prepare(self) -> None:
        await super().prepare()
        self._found = _terminals(self).get(
            self.opened_project.id, self.person.user, self.path_kwargs["terminal"] or ""
        )

    async def open(self, *args: str, **kwargs: str) -> None:
        websocket = self.ws_connection
        if websocket is None or websocket.stream is None:
            return  # gone already
        self.set_nodelay(True)
        self._sender = FrameSender(websocket.stream, self)
        self._terminal = self._found
        await self._sessions.follow(self)
        if self.is_closing():
            return
        if self._found.has_ended:
            self.over("The terminal has ended.")
        else:
            self._found.sit(self, Size())

    def on_message(self, message: str | bytes) -> None:
        if self._terminal is None or not self._may_type:
            return
        if isinstance(message, bytes):
            self._terminal.typed(self, message)
            return
        try:
            asked = msgspec.json.decode(message, type=_Resize)
        except (msgspec.DecodeError, UnicodeError):
            self.close(CLOSE_VIOLATION, "Send what is typed as bytes, and sizes as JSON.")
            return
        self._terminal.resized(self, Size(asked.columns, asked.rows))

    def on_close(self) -> None:
        self._sessions.followers.discard(self)
        if self._sender is not None:
            self._sender.closed()
        if self._terminal is not None:
            self._terminal.leave(self)

    def is_closing(self) -> bool:
        """Say whether either side has begun to close the websocket."""
        return self.ws_connection is None or self.ws_connection.is_closing()

    # As a follower of rights

    @property
    def project(self) -> ProjectId:
        return self.opened_project.id

    def rights_changed(self, rights: Rights) -> None:
        """Stop at once where the person may not type here any more: also what is on its way."""
        self._may_type = rights >= NEEDS
        if not self._may_type:
            self.close(CLOSE_RIGHTS, "You may no longer use terminals here.")

    # As a seat at the terminal

    @property
    def user(self) -> UserId:
        return self.person.user

    @property
    def name(self) -> str:
        return self.person.display_name

    @property
    def pending_bytes(self) -> int:
        return self._sender.pending_bytes if self._sender is not None else 0

    async def drained(self) -> None:
        if self._sender is not None:
            await self._sender.drained()

    def show(self, data: bytes) -> None:
        if self._sender is not None:
            self._sender.send(data)

    def tell(self, terminal: Terminal) -> None:
        self._say(
            people=_names(terminal),
            typist=terminal.typist,
            columns=terminal.size.columns,
            rows=terminal.size.rows,
        )

    def over(self, reason: str) -> None:
        self._say(ended=reason)
        self.close(CLOSE_GONE, reason[:100])

    def too_slow(self) -> None:
        self.close(CLOSE_TOO_SLOW, "The connection is too slow for what this terminal shows.")

    def _say(self, **words: Any) -> None:
        if self._sender is not None:
            self._sender.send(msgspec.json.encode(words), is_text=True)

    @property
    def _sessions(self) -> Sessions:
        return cast(Sessions, self.services.sessions)


class _Resize(msgspec.Struct):
    columns: int = msgspec.field(default=80)
    rows: int = msgspec.field(default=24)

    def __post_init__(self) -> None:
        if not (1 <= self.columns <= LARGEST and 1 <= self.rows <= LARGEST):
            raise ValueError("no size")


def _terminals(handler: Guarded) -> Terminals:
    """Return the terminals, for somebody who may run as well: the route has asked for FILES alone."""
    if not handler.opened_project.rights >= NEEDS:
        raise Forbidden("A terminal needs the rights FILES and RUN; ask an admin of the project.")
    return terminals_of(handler.services)


def _state(terminal: Terminal) -> payloads.TerminalState:
    who = terminal.person
    return payloads.TerminalState(
        terminal.id,
        terminal.number,
        terminal.is_shared,
        User(who.user, who.name, who.display_name, who.color),
        terminal.began,
        terminal.is_working,
        _names(terminal),
    )


def _names(terminal: Terminal) -> list[str]:
    return sorted({seat.name for seat in terminal.seats})
