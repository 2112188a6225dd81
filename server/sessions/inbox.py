"""What waits for a notebook's actor. Commands of people go before the words of the kernel.

So a cell that prints without end never holds up its own stop. The order within
each of the two is kept.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from collab.commands import AnyCommand
from collab.ids import RunId, UserId
from collab.session.decide import Refusal
from collab.session.reports import Report as SessionReport
from collab.session.state import Asker, CellText
from kernel_manager.reports import Report
from server.db.repositories.kernels import RecordedKernel

Reply = dict[str, Any] | Refusal
Answer = Callable[[Reply], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A person's command, with the texts of the cells at the moment it came."""

    key: tuple[str, str]
    command: AnyCommand
    asker: Callable[[], Asker]
    run: RunId
    cells: tuple[CellText, ...]
    answer: Answer

    @property
    def user(self) -> UserId:
        return UserId(self.key[0])


@dataclass(frozen=True, slots=True)
class Heard:
    """A word of a kernel."""

    kernel: RecordedKernel
    report: Report


Word = Heard | SessionReport


class Inbox:
    """Two queues and one bell."""

    def __init__(self) -> None:
        self.commands: deque[Asked] = deque()
        self.words: deque[Word] = deque()
        self._bell = asyncio.Event()

    @property
    def is_empty(self) -> bool:
        return not self.commands and not self.words

    def ask(self, asked: Asked) -> None:
        self.commands.append(asked)
        self._bell.set()

    def tell(self, word: Word) -> None:
        self.words.append(word)
        self._bell.set()

    def ring(self) -> None:
        """Wake the actor without a word, because time has passed."""
        self._bell.set()

    async def wait(self) -> None:
        """Return when something is to be done."""
        await self._bell.wait()
        self._bell.clear()
