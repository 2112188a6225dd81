"""What the guest inside a kernel is asked to do, and what it tells: a question and its answer, by id."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from collab.ids import new_id
from kernel_manager.reports import Finished, Message
from server.sessions.backend import Link

MESSAGE = "commonbook"

Function = Literal["save", "restore", "survey"]


class CallFailed(Exception):
    """The guest did not do it; the text is for the person who asked."""


class Progress(msgspec.Struct):
    """How far the guest is. It comes from a kernel, so it is read, not believed."""

    done: int
    of: int
    name: str

    @property
    def words(self) -> str:
        return f"{self.done + 1} of {self.of} ({self.name[:80]})"


@dataclass(slots=True)
class _Open:
    answer: asyncio.Future[dict[str, Any]]
    on_progress: Callable[[str], None]
    result: dict[str, Any] | None = None


class Calls:
    """The open questions of one notebook to its kernel."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}

    async def ask(
        self,
        link: Link | None,
        function: Function,
        arguments: Mapping[str, Any],
        limit_s: float,
        on_progress: Callable[[str], None] = lambda words: None,
    ) -> dict[str, Any]:
        """Have the guest do something and return what came of it; raises `CallFailed`."""
        if link is None:
            raise CallFailed("The kernel is out of reach.")
        msg_id = new_id()
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._open[msg_id] = _Open(answer, on_progress)
        link.call(msg_id, function, msgspec.json.encode(arguments).decode())
        try:
            async with asyncio.timeout(limit_s):
                return await answer
        except TimeoutError:
            raise CallFailed(f"The kernel did not answer within {limit_s:.0f} seconds.") from None
        finally:
            del self._open[msg_id]

    def took(self, report: Message | Finished) -> bool:
        """Take in a word of the guest; False if it belongs to no question."""
        call = self._open.get(report.msg_id)
        if call is None:
            return False
        if isinstance(report, Finished):
            self._finish(call, report)
        elif report.msg_type == MESSAGE:
            self._told(call, report.content)
        return True

    def fail_all(self) -> None:
        """Give up on every question: the kernel is gone."""
        for call in self._open.values():
            if not call.answer.done():
                call.answer.set_exception(CallFailed("The kernel has ended."))

    def _told(self, call: _Open, content: Mapping[str, Any]) -> None:
        if isinstance(result := content.get("result"), dict):
            call.result = result
            return
        with suppress(msgspec.ValidationError):  # a kernel may say anything
            call.on_progress(msgspec.convert(content.get("progress"), Progress).words)

    def _finish(self, call: _Open, report: Finished) -> None:
        if call.answer.done():
            return
        if call.result is not None:
            call.answer.set_result(call.result)
        else:
            why = f"{report.ename}: {report.evalue}" if report.ename else "It was interrupted"
            call.answer.set_exception(CallFailed(f"{why[:200]}."))
