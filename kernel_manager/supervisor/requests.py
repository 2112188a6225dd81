"""Which requests a kernel has, and when each of them is over. Pure: no sockets, no clock.

A request is over only when its shell reply **and** its idle status have arrived: the two travel on different
sockets, and output may still follow the reply.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from kernel_manager.supervisor.wire import FinishedBody


class Reply(msgspec.Struct):
    """What a supervisor reads in an `execute_reply`."""

    status: str = "error"
    execution_count: int | None = None
    ename: str | None = None
    evalue: str | None = None
    payload: list[dict[str, object]] = []
    user_expressions: dict[str, object] = {}


@dataclass(slots=True)
class _Open:
    reply: Reply | None = None
    started: bool = False
    idle: bool = False


@dataclass(slots=True)
class Requests:
    """The requests of one supervisor; a restart of its kernel closes those that are open."""

    _seen: set[str] = field(default_factory=set)
    _open: dict[str, _Open] = field(default_factory=dict)
    _last: str = ""

    def admit(self, msg_id: str, *, has_reply: bool = True) -> bool:
        """Note a request; False if it came before, and must not run again.

        One without a reply is over when its idle status has arrived, and nothing tells when it begins.
        """
        if msg_id in self._seen:
            return False
        self._seen.add(msg_id)
        self._open[msg_id] = _Open() if has_reply else _Open(Reply("ok"), started=True)
        return True

    def owner_of(self, parent: str) -> str:
        """Return the request to which a message with this parent belongs.

        A message whose parent is none of ours (a thread outside any cell) goes to the last one that ran.
        """
        return parent if parent in self._seen else self._last

    def started(self, msg_id: str) -> bool:
        """Note that the kernel runs the request's code; False if the request is not ours."""
        if msg_id not in self._seen:
            return False
        self._last = msg_id
        if msg_id in self._open:
            self._open[msg_id].started = True
        return True

    def replied(self, msg_id: str, reply: Reply, at: float) -> FinishedBody | None:
        """Note the shell reply; returns the end of the request if that was the last thing missing."""
        request = self._open.get(msg_id)
        if request is None:
            return None
        request.reply = reply
        return self._close(msg_id, request, at)

    def idle(self, msg_id: str, at: float) -> FinishedBody | None:
        """Note the idle status; returns the end of the request if that was the last thing missing."""
        request = self._open.get(msg_id)
        if request is None:
            return None
        request.idle = True
        return self._close(msg_id, request, at)

    def waits_for_reply(self, msg_id: str) -> bool:
        """Is the kernel idle again after the request, and the reply still missing?"""
        request = self._open.get(msg_id)
        return request is not None and request.idle and request.reply is None

    def give_up_reply(self, msg_id: str, at: float) -> FinishedBody | None:
        """Close a request whose reply will not come.

        ipykernel sends none when an interrupt meets the few lines of its own around the person's code.
        """
        if not self.waits_for_reply(msg_id):
            return None
        del self._open[msg_id]
        return FinishedBody(msg_id, "error", at, None, "KeyboardInterrupt", "")

    def abort_all(self, at: float) -> list[FinishedBody]:
        """Close every open request, because its kernel was replaced."""
        aborted = [FinishedBody(msg_id, "aborted", at) for msg_id in self._open]
        self._open.clear()
        return aborted

    def forget_open(self) -> None:
        """Close every open request without a word: the death report speaks for them."""
        self._open.clear()

    @property
    def waiting_to_start(self) -> bool:
        """Is a request with the kernel whose code does not run yet? An interrupt would miss it."""
        return bool(self._open) and not any(request.started for request in self._open.values())

    @property
    def count_open(self) -> int:
        """How many requests the kernel has taken and not finished, by this count and nobody else's."""
        return len(self._open)

    @property
    def running(self) -> str | None:
        """Return the request whose code runs now."""
        return self._last if self._last in self._open else None

    @property
    def any_open(self) -> bool:
        """Is a request with the kernel?"""
        return bool(self._open)

    def _close(self, msg_id: str, request: _Open, at: float) -> FinishedBody | None:
        reply = request.reply
        if reply is None or not request.idle:
            return None
        del self._open[msg_id]
        match reply.status:
            case "ok":
                return FinishedBody(
                    msg_id,
                    "ok",
                    at,
                    reply.execution_count,
                    payload=tuple(reply.payload),
                    expressions=reply.user_expressions,
                )
            case "abort" | "aborted":
                return FinishedBody(msg_id, "aborted", at, reply.execution_count)
            case _:
                return FinishedBody(
                    msg_id,
                    "error",
                    at,
                    reply.execution_count,
                    reply.ename,
                    reply.evalue,
                    tuple(reply.payload),
                )
