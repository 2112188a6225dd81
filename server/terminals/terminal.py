"""One terminal: a shell, what it showed last, and the people at it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from collab.ids import ProjectId, UserId
from collab.roles import Capability, Rights
from kernel_manager.terminals.backlog import Backlog
from kernel_manager.terminals.shell import Shell
from server.identity import Identity
from server.tasks import Tasks

NEEDS = frozenset({Capability.RUN, Capability.FILES})

TURN_BYTES = 64 * 1024
PACE_S = 0.01
"""Between two turns of a shell that prints without end: others on the loop have theirs."""
MOST_BEHIND_BYTES = 1024 * 1024
"""While a reader is so far behind, the shell waits; one that stays so is sent away."""
PATIENCE_S = 10.0
MOST_TYPED_BYTES = 1024 * 1024
LARGEST = 500
NO_ONE = UserId("")


class Seat(Protocol):
    """A socket at a terminal."""

    @property
    def user(self) -> UserId: ...

    @property
    def name(self) -> str: ...

    @property
    def pending_bytes(self) -> int: ...

    def show(self, data: bytes) -> None:
        """Send what the terminal shows."""

    def tell(self, terminal: Terminal) -> None:
        """Send who is here and who types."""

    def over(self, reason: str) -> None:
        """Say that the terminal has ended, and close."""

    def too_slow(self) -> None:
        """Close: it does not read."""

    async def drained(self) -> None:
        """Return when everything has left."""


@dataclass(frozen=True, slots=True)
class Size:
    columns: int = 80
    rows: int = 24


class Terminal:
    """A shell of one person, open to that person alone or to all who may run and write files here.

    It follows its owner's rights: who may run no more leaves no shell behind.
    """

    def __init__(
        self,
        terminal_id: str,
        number: int,
        project: ProjectId,
        owner: Identity,
        shell: Shell,
        tasks: Tasks,
        on_end: Callable[[Terminal], None],
        *,
        is_shared: bool,
    ) -> None:
        self.id = terminal_id
        self.number = number
        self.project = project
        self.person = owner
        self.is_shared = is_shared
        self.began = datetime.now(UTC)
        self.seats: dict[Seat, Size] = {}
        self.typist = ""
        self._typist_user = NO_ONE
        self._shell = shell
        self._tasks = tasks
        self._backlog = Backlog()
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._moved_at = self._loop.time()
        self._typed = bytearray()
        self._size = Size()
        self.has_ended = False
        self._loop.add_reader(shell.terminal, self._read)

    def may_open(self, user: UserId) -> bool:
        """Whether this is a person's own terminal, or one for all."""
        return self.is_shared or user == self.person.user

    def rights_changed(self, rights: Rights) -> None:
        """The owner's rights have changed."""
        if not rights >= NEEDS:
            self.end(f"{self.person.display_name} may not run code here any more.")

    @property
    def is_working(self) -> bool:
        """Whether a program runs in it."""
        return not self.has_ended and self._shell.is_working

    def idle_s(self) -> float:
        """Return for how long nobody has typed and no program has run."""
        now = self._loop.time()
        if self.is_working:
            self._moved_at = now
        return now - self._moved_at

    # People

    def sit(self, seat: Seat, size: Size) -> None:
        """Let somebody see it; what it showed last comes first."""
        self.seats[seat] = size
        seat.show(self._backlog.replay())
        self._fit()
        self._tell()

    def leave(self, seat: Seat) -> None:
        """Somebody is gone; the shell goes on."""
        if self.seats.pop(seat, None) is not None and not self.has_ended:
            self._fit()
            self._tell()

    def resized(self, seat: Seat, size: Size) -> None:
        """Somebody's view has another size. All see the same, so the smallest counts."""
        if seat in self.seats:
            self.seats[seat] = size
            self._fit()

    def typed(self, seat: Seat, data: bytes) -> None:
        """Pass on what somebody typed, and say who it is."""
        if self.has_ended or len(self._typed) + len(data) > MOST_TYPED_BYTES:
            return
        self._moved_at = self._loop.time()
        if self._typist_user != seat.user:
            self._typist_user, self.typist = seat.user, seat.name
            self._tell()
        self._typed += data
        self._write()

    def end(self, reason: str) -> None:
        """End the shell and all it started."""
        if self.has_ended:
            return
        self.has_ended = True
        self._loop.remove_reader(self._shell.terminal)
        self._loop.remove_writer(self._shell.terminal)
        for seat in list(self.seats):
            seat.over(reason)
        self.seats.clear()
        self._on_end(self)

    def bury(self) -> None:
        """Wait until the shell is gone; to be called in a thread, after `end`."""
        self._shell.end()

    # The shell

    def _read(self) -> None:
        data, has_ended = self._available()
        if not data:
            if has_ended:
                self.end("The shell has ended.")
            return
        self._backlog.add(data)
        for seat in list(self.seats):
            seat.show(data)
        if any(seat.pending_bytes > MOST_BEHIND_BYTES for seat in self.seats):
            self._loop.remove_reader(self._shell.terminal)
            self._tasks.start("wait for a terminal's readers", self._wait_for_readers())
        elif len(data) >= TURN_BYTES // 2:
            self._loop.remove_reader(self._shell.terminal)
            self._loop.call_later(PACE_S, self._go_on)

    def _available(self) -> tuple[bytes, bool]:
        """Return what the shell has put out, up to a turn's worth, and whether that was the last of it."""
        data = bytearray()
        while len(data) < TURN_BYTES:
            try:
                part = os.read(self._shell.terminal, TURN_BYTES)
            except BlockingIOError:
                return bytes(data), False
            except OSError:  # the last program has closed it
                part = b""
            if not part:
                return bytes(data), True
            data += part
        return bytes(data), False

    def _go_on(self) -> None:
        if not self.has_ended:
            self._loop.add_reader(self._shell.terminal, self._read)

    async def _wait_for_readers(self) -> None:
        behind = [seat for seat in self.seats if seat.pending_bytes > MOST_BEHIND_BYTES]
        for seat in behind:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await seat.drained()
            except TimeoutError:
                seat.too_slow()
                self.leave(seat)
        self._go_on()

    def _write(self) -> None:
        try:
            del self._typed[: os.write(self._shell.terminal, self._typed)]
        except BlockingIOError:
            pass
        except OSError:  # it has just ended, which reading tells
            self._typed.clear()
        if self._typed:
            self._loop.add_writer(self._shell.terminal, self._write)
        else:
            self._loop.remove_writer(self._shell.terminal)

    def _fit(self) -> None:
        if not self.seats:
            return
        columns = min(size.columns for size in self.seats.values())
        rows = min(size.rows for size in self.seats.values())
        size = Size(max(2, min(columns, LARGEST)), max(2, min(rows, LARGEST)))
        if size != self._size:
            self._size = size
            self._shell.resize(size.columns, size.rows)
            self._tell()

    @property
    def size(self) -> Size:
        """How large the terminal is for the programs in it."""
        return self._size

    def _tell(self) -> None:
        for seat in list(self.seats):
            seat.tell(self)
