"""The server's end of questions to the agent in a kernel: sent, asked again after a reconnect, answered."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from kernel_manager.supervisor import wire


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent says."""

    content: Mapping[str, Any]
    buffers: tuple[bytes, ...] = ()


class AskFailed(Exception):
    """There is no answer; the text is a sentence for the person who asked."""


class KernelGone(AskFailed):
    """There is no kernel, or it ended before it answered."""


class NoAgent(AskFailed):
    """The kernel has no agent: another language, an old ipykernel, or a kernel of an earlier version."""


class NoAnswer(AskFailed):
    """No answer came in time: a call holds Python's lock, or the kernel is out of reach."""


class AskRefused(AskFailed):
    """The agent says no, and why."""


class Asks:
    """The open questions of one client. `send` passes a question on if there is a connection."""

    def __init__(self, send: Callable[[wire.Ask], None]) -> None:
        self._send = send
        self._open: dict[str, tuple[wire.Ask, asyncio.Future[Answer]]] = {}

    async def ask(self, operation: str, arguments: Mapping[str, Any], limit_s: float) -> Answer:
        """Ask and return the answer; raises `AskFailed`."""
        question = wire.Ask(secrets.token_hex(8), operation, msgspec.json.encode(arguments).decode(), limit_s)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._open[question.id] = question, answer
        self._send(question)
        try:
            async with asyncio.timeout(limit_s):
                return await answer
        except TimeoutError:
            raise NoAnswer(f"The kernel did not answer within {limit_s:g} seconds.") from None
        finally:
            del self._open[question.id]

    def again(self) -> None:
        """Ask what is still open: the connection is a new one."""
        for question, _ in self._open.values():
            self._send(question)

    def told(self, told: wire.Told) -> None:
        """Take in an answer. One that nobody waits for any more is dropped."""
        _, answer = self._open.get(told.id, (None, None))
        if answer is None or answer.done():
            return
        match told.status:
            case "ok":
                answer.set_result(Answer(wire.decode_json(told.content), told.buffers))
            case "gone":
                answer.set_exception(KernelGone(told.reason))
            case "none":
                answer.set_exception(NoAgent(told.reason))
            case "refused":
                answer.set_exception(AskRefused(told.reason))

    def fail_all(self) -> None:
        """Give up on every question: there is nobody to ask."""
        for _, answer in self._open.values():
            if not answer.done():
                answer.set_exception(KernelGone("The kernel is gone."))
