"""Questions to the agent in a kernel. They go to a subshell of its own, so it answers while a cell runs.

Nothing here counts as work: no question is journaled, keeps a kernel from being idle, or belongs to a cell.
A question that was answered just when the connection broke is asked again, so what is asked must be harmless
to repeat.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from kernel_manager.supervisor.session import Incoming
from kernel_manager.supervisor.wire import Ask, Told, decode_json

FEATURE = "commonbook agent"
"""How a kernel says in its `supported_features` that it has an agent."""

PREFIX = "agent-"
"""How the ids of these requests begin: whatever the kernel says with such a parent belongs to no cell."""

INFO = "kernel_info_request"
"""What was said in the handshake already, so a kernel that is busy answers it too."""

SHELL_QUESTIONS = frozenset(
    {"complete_request", "inspect_request", "is_complete_request", "comm_info_request"}
)
"""Questions of Jupyter's own that any kernel knows, asked in its main shell, so behind what runs."""

SUBSHELL_AFTER_S = 0.2
"""How long after its start a kernel gets the agent's subshell unasked: it would delay a first cell."""

ANSWER_BYTES = 64 * 1024 * 1024
"""A longer answer is refused."""


class Send(Protocol):
    """Sends a request to the kernel."""

    def __call__(
        self,
        channel: str,
        msg_type: str,
        msg_id: str,
        content: Mapping[str, Any],
        subshell: str | None = None,
    ) -> None: ...


class _Created(msgspec.Struct):
    subshell_id: str = ""


class _Reply(msgspec.Struct):
    status: str = ""
    content: msgspec.Raw = msgspec.Raw(b"{}")
    reason: str = ""
    ename: str = ""


class Asking:
    """The open questions to one kernel. `told` hears the answers."""

    def __init__(self, send: Send, told: Callable[[Told], None]) -> None:
        self._send = send
        self._told = told
        self._open: dict[str, tuple[Ask, float, asyncio.TimerHandle]] = {}
        """By message id: the question, until when it waits, and what ends the waiting."""
        self._sent: set[str] = set()
        """Those that the main shell has."""
        self._has_agent: bool | None = None
        self._info = b"{}"
        self._subshell: str | None = None
        self._creating: str | None = None
        self._soon: asyncio.TimerHandle | None = None
        self._made = 0

    def begin(self, features: list[str], info: bytes = b"{}") -> None:
        """The kernel answers: the first question, or a moment, makes the agent's subshell."""
        self._info = info
        self._has_agent = FEATURE in features
        if self._has_agent:
            self._soon = asyncio.get_running_loop().call_later(SUBSHELL_AFTER_S, self._make_sure)

    def ask(self, ask: Ask) -> None:
        """Pass a question on, now or as soon as there is a subshell."""
        if self._has_agent is not None and ask.operation == INFO:
            self._told(Told(ask.id, "ok", self._info))
            return
        is_plain = ask.operation in SHELL_QUESTIONS
        if not self._has_agent and (self._has_agent is None or not is_plain):
            refusal = refused_start(ask) if self._has_agent is None else no_agent(ask)
            self._told(refusal)
            return
        msg_id = PREFIX + ask.id
        if msg_id in self._open:
            return  # asked again after a reconnect, and not answered yet
        forget = asyncio.get_running_loop().call_later(ask.limit_s, self._forget, msg_id)
        self._open[msg_id] = ask, time.monotonic() + ask.limit_s, forget
        self._put(msg_id)

    def hears(self, channel: str, message: Incoming) -> bool:
        """Take in a message if it belongs to a question; False if it is for others."""
        if not message.parent.startswith(PREFIX):
            return False
        if channel == "control" and message.parent == self._creating:
            self._creating = None
            self._subshell = _read(message.content, _Created).subshell_id or None
            for msg_id in self._open:
                self._put(msg_id)
        elif channel == "shell" and message.parent in self._open:
            self._answered(message)
        return True

    def over(self) -> None:
        """The kernel is gone: nobody answers any more."""
        if self._soon is not None:
            self._soon.cancel()
        for ask, _, forget in self._open.values():
            forget.cancel()
            self._told(gone(ask))
        self._open.clear()
        self._sent.clear()
        self._has_agent = None

    def _forget(self, msg_id: str) -> None:
        self._open.pop(msg_id, None)
        self._sent.discard(msg_id)

    def _put(self, msg_id: str) -> None:
        ask, until, _ = self._open[msg_id]
        if ask.operation in SHELL_QUESTIONS:
            if msg_id not in self._sent:
                self._sent.add(msg_id)
                self._send("shell", ask.operation, msg_id, decode_json(ask.arguments.encode()))
            return
        if self._subshell is None:
            self._make_sure()
            return
        question = {
            "operation": ask.operation,
            "arguments": msgspec.Raw(ask.arguments.encode()),
            "until": until,
        }
        self._send("shell", "agent_request", msg_id, question, self._subshell)

    def _make_sure(self) -> None:
        if self._subshell is not None or self._creating is not None:
            return
        self._made += 1
        self._creating = f"{PREFIX}subshell-{self._made}"
        self._send("control", "create_subshell_request", self._creating, {})

    def _answered(self, message: Incoming) -> None:
        is_plain = message.parent in self._sent
        reply = _read(message.content, _Reply)
        if reply.ename == "UnknownSubshellError" and not is_plain:  # the person's code has deleted it
            self._subshell = None
            self._put(message.parent)
            return
        ask, _, forget = self._open.pop(message.parent)
        forget.cancel()
        self._sent.discard(message.parent)
        size = len(message.content) + sum(map(len, message.buffers))
        if size > ANSWER_BYTES:
            self._told(Told(ask.id, "refused", reason="The answer is too large. Ask for less at a time."))
        elif is_plain:
            self._told(Told(ask.id, "ok", message.content, message.buffers))
        elif reply.status == "ok":
            self._told(Told(ask.id, "ok", bytes(reply.content), message.buffers))
        elif reply.status == "refused":
            self._told(Told(ask.id, "refused", reason=reply.reason))
        else:
            self._told(Told(ask.id, "refused", reason=f"The kernel could not do it ({reply.reason[:200]})."))


def gone(ask: Ask) -> Told:
    """Return that there is no kernel to ask."""
    return Told(ask.id, "gone", reason="The kernel has ended.")


def refused_start(ask: Ask) -> Told:
    """Return that the kernel is not there yet."""
    return Told(ask.id, "gone", reason="The kernel is not ready yet.")


def no_agent(ask: Ask) -> Told:
    """Return that this kernel cannot be asked."""
    reason = "This kernel cannot show its variables. It needs Python with ipykernel 7 or newer."
    return Told(ask.id, "none", reason=reason)


def _read(content: bytes, kind: type[Any]) -> Any:
    """Return a message's content as `kind`, with what is missing or wrong left at its default."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        return msgspec.convert(decode_json(content), kind)
    except msgspec.ValidationError:
        return kind()
