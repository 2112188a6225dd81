"""One program's line to a notebook's kernel: what it may send, and what it hears.

The kernel is the notebook's own, with one queue. Code that a program sends waits there in its sender's name,
and its outputs go to whoever sent it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from collab import commands
from collab.ids import RunId, UserId
from collab.roles import Rights
from collab.session.decide import Refusal
from collab.session.state import Asker, CellEnded, Effect, Execute, Session, text_cell
from kernel_manager import reports as words
from kernel_manager.asking import AskFailed
from server import refusals
from server.identity import Identity
from server.jupyter_api.allowed import refusal
from server.jupyter_api.kernels import STATES
from server.jupyter_api.messages import Received
from server.jupyter_api.unheard import Told, Unheard
from server.sessions.actor import NotebookSession
from server.sessions.inbox import Reply
from server.sessions.registry import Sessions
from server.sessions.taps import Absent, Request, session_of
from server.tasks import Tasks

MOST_OPEN = 1000
"""Requests of one program that may wait."""

MOST_AWAY = 20
"""Programs of one person for which a notebook keeps what they miss; after a restart of the server, all."""

ANSWER_LIMIT_S = 60.0

log = logging.getLogger("commonbook.jupyter")


class Tell(Protocol):
    """Sends a message to the program; returns its bytes."""

    def __call__(
        self,
        channel: str,
        msg_type: str,
        parent: Mapping[str, Any],
        content: Mapping[str, Any],
        *,
        metadata: Mapping[str, Any] | None = None,
        buffers: Sequence[bytes] = (),
    ) -> int: ...


@dataclass(frozen=True, slots=True)
class Way:
    """The way to a program: `tell` sends to it, `ping` asks for a sign of life, `hang_up` ends it."""

    tell: Tell
    ping: Callable[[bytes], None]
    hang_up: Callable[[], None]


class Line:
    """The line of one program; `rights` are those of its person, now.

    `end` stops the kernel, or with True begins a new one; it may refuse. A program that lost its line gets
    what it may not have heard and what its requests brought meanwhile, once it is back under the name of
    `client`; where it gives none, whatever programs of its person miss.
    """

    def __init__(
        self,
        session: NotebookSession,
        sessions: Sessions,
        tasks: Tasks,
        identity: Identity,
        rights: Rights,
        way: Way,
        client: str,
        end: Callable[[bool], Awaitable[None]],
    ) -> None:
        self.rights = rights
        self._session = session
        self._sessions = sessions
        self._tasks = tasks
        self._identity = identity
        self._way = way
        self._end = end
        self.unheard = Unheard(way.ping)
        self._client = client
        self._sent: dict[str, Request] = {}
        self._count = 0
        for tap in list(session.taps):
            if isinstance(tap, Line) and tap.user == self.user and client and tap._client == client:
                tap.give_up()  # the program has noticed before us that its line is dead
        for tap in list(session.taps):
            if isinstance(tap, Absent) and tap.user == self.user and client in ("", session_of(tap.client)):
                self._take_over(tap)
        session.taps[self] = None

    @property
    def user(self) -> UserId:
        return self._identity.user

    def close(self) -> None:
        """Hear no more. What waits still runs: it was asked for, and its answers are kept for a while."""
        if self not in self._session.taps:
            return
        del self._session.taps[self]
        waiting = {msg_id: sent for msg_id, sent in self._sent.items() if sent.code is not None}
        unheard = self.unheard.left()
        headers = [*(sent.header for sent in waiting.values()), *(told.parent for told in unheard)]
        if headers:
            self._make_room()
            absent = Absent(
                self.user, self._name(headers[0]), waiting, self._session.taps, unheard, is_whole=False
            )
            absent.is_cut = self.unheard.is_cut

    def _make_room(self) -> None:
        """Where many of this person are away, keep nothing more for the one that left first."""
        taps = self._session.taps
        away = [tap for tap in taps if isinstance(tap, Absent) and tap.user == self.user and not tap.is_whole]
        if len(away) >= MOST_AWAY:
            away[0].leave()

    def give_up(self) -> None:
        """Let another line of the same program take over."""
        self.close()
        self._way.hang_up()

    def _take_over(self, absent: Absent) -> None:
        absent.leave()
        for told in absent.unheard:
            self._put(*told.parts)
        self._sent |= absent.requests
        if absent.is_whole:  # all comes again: what the program shows of it would show twice
            for sent in absent.requests.values():
                self._put("iopub", "clear_output", sent.header, {"wait": False})
        absent.tell(self)
        if absent.is_cut:
            for sent in absent.requests.values():
                lost = {
                    "name": "stderr",
                    "text": "Some outputs came while this program was away, and were too many.\n",
                }
                self._put("iopub", "stream", sent.header, lost)

    def _name(self, header: Mapping[str, Any]) -> str:
        """Return under which name a program is known, also to the next server."""
        session = header.get("session")
        return f"{self.user}:{self._client or (session if isinstance(session, str) else '')}"[:300]

    def _put(
        self,
        channel: str,
        msg_type: str,
        parent: Mapping[str, Any],
        content: Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
        buffers: Sequence[bytes] = (),
    ) -> None:
        """Send a message; one that answers the program is kept until it has surely heard it."""
        size = self._way.tell(channel, msg_type, parent, content, metadata=metadata, buffers=buffers)
        if parent:
            self.unheard.note(Told((channel, msg_type, parent, content, metadata, buffers), size))

    # From the program

    def receive(self, message: Received) -> None:
        """Take in a message of the program, or refuse it."""
        reason = refusal(message.channel, message.msg_type, message.content, self.rights)
        if reason is None and len(self._sent) >= MOST_OPEN:
            reason = f"{MOST_OPEN} requests wait already; wait for their answers."
        if reason is not None:
            self._refuse(message, reason)
            return
        match message.msg_type:
            case "execute_request":
                self._execute(message)
            case "interrupt_request":
                self._start("interrupt", self._interrupt(message))
            case "shutdown_request":
                self._start("end a kernel", self._shut_down(message))
            case "input_reply":
                self._start("answer input", self._answer_input(message))
            case "comm_open" | "comm_msg" | "comm_close":
                self._comm(message)
            case _:
                self._start("ask the kernel", self._ask(message))

    def _execute(self, message: Received) -> None:
        content = message.content
        code, expressions = content.get("code"), content.get("user_expressions") or {}
        is_plain = isinstance(expressions, dict) and all(isinstance(e, str) for e in expressions.values())
        if not isinstance(code, str) or not is_plain:
            self._refuse(message, "The request holds no code.")
            return
        silent = bool(content.get("silent", False))
        command = commands.RunText(
            code=code,
            client=self._name(message.header),
            request=message.msg_id,
            silent=silent,
            store_history=bool(content.get("store_history", True)) and not silent,
            allow_stdin=bool(content.get("allow_stdin", False)) and not silent,
            stop_on_error=bool(content.get("stop_on_error", True)),
            expressions=dict(expressions),
        )

        def answer(reply: Reply) -> None:
            if isinstance(reply, Refusal) and self._sent.pop(msg_id, None) is not None:
                self._refuse(message, str(reply))

        def asker() -> Asker:
            return Asker(self.user, self._identity.display_name, self.rights)

        command_id = f"{self._name(message.header)}:{message.msg_id}"
        run = self._sessions.run_of(self._session, self.user, command_id)
        msg_id = _msg_id(run)
        if msg_id in self._sent:
            return  # sent twice
        self._sent[msg_id] = Request(message.header, code, silent)
        self._sessions.post(self._session, self.user, command_id, command, asker, answer)

    async def _interrupt(self, message: Received) -> None:
        try:
            await self._command(commands.Interrupt())
        except Refusal as reason:
            if reason.code != "not_running":
                self._refuse(message, str(reason))
                return
        self._put("control", "interrupt_reply", message.header, {"status": "ok"})

    async def _shut_down(self, message: Received) -> None:
        restarts = message.content.get("restart") is True
        try:
            await self._end(restarts)
        except refusals.Refusal as reason:
            self._refuse(message, reason.reason)
            return
        self._put("control", "shutdown_reply", message.header, {"status": "ok", "restart": restarts})

    async def _answer_input(self, message: Received) -> None:
        running, text = self._session.state.running, message.content.get("value", "")
        if running is None or running.msg_id not in self._sent or not isinstance(text, str):
            return
        try:
            await self._command(commands.Answer(run=running.run, text=text))
        except Refusal:
            return  # somebody answered in the page

    def _comm(self, message: Received) -> None:
        link = self._session.link
        if link is None or self._session.state.kernel not in ("idle", "busy") or not link.takes_comms:
            return
        msg_id = f"{self._name(message.header)}:{message.msg_id}"
        self._sent[msg_id] = Request(message.header, None)
        self._busy(msg_id)
        content = msgspec.json.encode(message.content)
        link.comm(msg_id, message.msg_type, content, tuple(message.buffers))  # type: ignore[arg-type]

    async def _ask(self, message: Received) -> None:
        """Pass on a question that changes nothing; one about the kernel itself waits until there is one."""
        reply_type = message.msg_type.replace("_request", "_reply")
        session = self._session
        self._put("iopub", "status", message.header, {"execution_state": "busy"})
        while session.state.kernel in ("starting", "restarting", "reconnecting"):
            await session.changed()
        try:
            if session.link is None:
                raise AskFailed("There is no kernel. Start it first.")
            answer = await session.link.ask(message.msg_type, message.content, ANSWER_LIMIT_S)
            content = answer.content
        except AskFailed as failure:
            content = _failure("KernelAway", str(failure))
        self._put(message.channel, reply_type, message.header, content)
        self._put("iopub", "status", message.header, {"execution_state": "idle"})

    async def _command(self, command: commands.AnyCommand) -> None:
        await self._sessions.ask(self._session.room.notebook, self._identity, self.rights, command)

    def _refuse(self, message: Received, reason: str) -> None:
        """Answer as a kernel would that fails, so that no program waits for ever."""
        content, header = _failure("Refused", reason), message.header
        self._put("iopub", "status", header, {"execution_state": "busy"})
        if message.msg_type == "execute_request":
            self._put("iopub", "error", header, {k: v for k, v in content.items() if k != "status"})
            content["execution_count"] = self._count
        if message.msg_type == "history_request":
            content = {"status": "ok", "history": []}
        if message.msg_type.endswith("_request"):
            reply = message.msg_type.removesuffix("_request") + "_reply"
            self._put(message.channel, reply, header, content)
        self._put("iopub", "status", header, {"execution_state": "idle"})

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.start(name, work)

    # From the kernel

    def heard(self, report: words.Report) -> None:
        """Pass on what the kernel says of this program's requests."""
        msg_id = getattr(report, "msg_id", None)
        sent = self._sent.get(msg_id) if isinstance(msg_id, str) else None
        if sent is None:
            return
        match report:
            case words.Started(count=count):
                self._count = count or self._count
                asked = {"code": sent.code or "", "execution_count": self._count}
                self._put("iopub", "execute_input", sent.header, asked)
            case words.Message():
                self._put(
                    "iopub",
                    report.msg_type,
                    sent.header,
                    report.content,
                    metadata=report.metadata,
                    buffers=report.buffers,
                )
            case words.InputWanted():
                asked = {"prompt": report.prompt, "password": report.password}
                self._put("stdin", "input_request", sent.header, asked)
            case words.Finished():
                self._count = report.count or self._count
                self._finish(report.msg_id, _reply_of(report, self._count))
            case _:
                pass

    def stepped(self, before: Session, after: Session, effects: Sequence[Effect]) -> None:
        """Tell the program what became of its requests, and in what state the kernel is."""
        for effect in effects:
            match effect:
                case Execute(_, cell) if cell.msg_id in self._sent:
                    self._busy(cell.msg_id)
                case CellEnded() if effect.cell.msg_id in self._sent:
                    self._finish(effect.cell.msg_id, _end_of(effect, after, self._count))
                case _:
                    pass
        running = after.running or before.running
        is_own = running is not None and running.msg_id in self._sent
        if before.kernel != after.kernel and not is_own:
            self._put("iopub", "status", {}, {"execution_state": STATES[after.kernel]})

    def _busy(self, msg_id: str) -> None:
        sent = self._sent[msg_id]
        if not sent.is_busy:
            sent.is_busy = True
            self._put("iopub", "status", sent.header, {"execution_state": "busy"})

    def _finish(self, msg_id: str, reply: Mapping[str, Any]) -> None:
        self._busy(msg_id)
        sent = self._sent.pop(msg_id)
        if sent.code is not None:
            self._put("shell", "execute_reply", sent.header, reply)
        self._put("iopub", "status", sent.header, {"execution_state": "idle"})


def _msg_id(run: RunId) -> str:
    """Return the id under which a run of free text is with the kernel."""
    return f"{run}-{text_cell(run)}"


def _failure(name: str, reason: str) -> dict[str, Any]:
    return {"status": "error", "ename": name, "evalue": reason, "traceback": [f"{name}: {reason}"]}


def _reply_of(report: words.Finished, count: int) -> dict[str, Any]:
    if report.status == "ok":
        return {
            "status": "ok",
            "execution_count": count,
            "user_expressions": dict(report.expressions),
            "payload": list(report.payload),
        }
    if report.status == "aborted":
        return {"status": "aborted", "execution_count": count}
    failure = _failure(report.ename or "Error", report.evalue or "")
    return failure | {"execution_count": count, "user_expressions": {}, "payload": []}


def _end_of(ended: CellEnded, session: Session, count: int) -> dict[str, Any]:
    """Return the reply of a request that the kernel itself did not end."""
    match ended.state:
        case "done":
            return {"status": "ok", "execution_count": count, "user_expressions": {}, "payload": []}
        case "cancelled":
            return {"status": "aborted", "execution_count": count}
        case _:
            reason = session.death.reason if session.death is not None else "The kernel has ended."
            return _failure("KernelDied", reason) | {"execution_count": count}
