"""What hears an open notebook's kernel beside the notebook itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from collab.ids import UserId
from collab.session.state import Effect, QueuedCell, Session
from kernel_manager.reports import Message, Report

KEPT_S = 600.0
"""How long a program may be away before nobody keeps for it what its requests bring."""

MOST_KEPT_BYTES = 16 * 1024 * 1024


class Tap(Protocol):
    """Hears all words of the kernel, in order, and all steps of the session. It must not wait."""

    def heard(self, report: Report) -> None:
        """The kernel said something; the session has not dealt with it yet."""

    def stepped(self, before: Session, after: Session, effects: Sequence[Effect]) -> None:
        """The session went on; it is shown, on record and acted on."""


@dataclass(slots=True)
class Request:
    """A request of a program that the kernel has or that waits for it. `code` is None where it has none."""

    header: Mapping[str, Any]
    code: str | None
    silent: bool = False
    is_busy: bool = False


Taps = dict[Tap, None]
"""Whoever taps, in the order in which they came."""


class Absent:
    """Keeps for a program that is away what its requests bring, until it comes back and `tell` is called.

    `unheard`: what was sent to it before and it may not have got. `is_whole`: what is kept begins with the
    first output, as after a restart of the server.
    """

    def __init__(
        self,
        user: UserId,
        client: str,
        requests: dict[str, Request],
        taps: Taps,
        unheard: Sequence[Any] = (),
        *,
        is_whole: bool,
    ) -> None:
        self.user = user
        self.client = client
        self.requests = requests
        self.unheard = unheard
        self.is_whole = is_whole
        self.is_cut = False
        self._kept: list[Callable[[Tap], None]] = []
        self._bytes = 0
        self._taps = taps
        taps[self] = None
        self._timer = asyncio.get_running_loop().call_later(KEPT_S, self.leave)

    def leave(self) -> None:
        """Keep nothing more."""
        self._timer.cancel()
        self._taps.pop(self, None)

    def tell(self, tap: Tap) -> None:
        """Let somebody hear all that is kept."""
        for each in self._kept:
            each(tap)

    def heard(self, report: Report) -> None:
        if getattr(report, "msg_id", None) not in self.requests:
            return
        if isinstance(report, Message):
            self._bytes += len(msgspec.json.encode(report.content)) + sum(map(len, report.buffers))
            if self._bytes > MOST_KEPT_BYTES:
                self.is_cut = True
                return
        self._kept.append(lambda tap: tap.heard(report))

    def stepped(self, before: Session, after: Session, effects: Sequence[Effect]) -> None:
        own = [each for each in effects if _msg_id_of(each) in self.requests]
        if own:
            self._kept.append(lambda tap: tap.stepped(after, after, own))


def absent_of(queue: Sequence[QueuedCell], taps: Taps) -> None:
    """Keep what waits or runs for programs that were there before this server, each on its own."""
    for cell in queue:
        if cell.text is not None and cell.text.request:
            session = session_of(cell.text.client)
            header = {"msg_id": cell.text.request, "msg_type": "execute_request", "session": session}
            request = Request(header, cell.source, cell.text.silent)
            Absent(cell.by, cell.text.client, {cell.msg_id: request}, taps, is_whole=True)


def session_of(client: str) -> str:
    """Return the program's own name out of that under which it is known, which begins with its person."""
    return client.partition(":")[2]


def _msg_id_of(effect: Effect) -> str | None:
    cell = getattr(effect, "cell", None)
    return cell.msg_id if isinstance(cell, QueuedCell) else None
