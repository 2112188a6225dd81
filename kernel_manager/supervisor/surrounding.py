"""The environment variables that a server gave: handed to each kernel before anything runs in it.

They are kept in memory alone, so that a restarted kernel gets them again and no file ever holds them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import msgspec

from kernel_manager.supervisor import wire

OPERATION = "surroundings.set"
ID = "surroundings-{number}"

LIMIT_S = 8.0
"""A kernel that holds the interpreter for longer goes on without, and the server hears of it."""

NO_SURROUNDINGS = wire.Surround({}, {}, ())

log = logging.getLogger(__name__)


class Surrounding:
    """What the kernel is to have, and whether it has it."""

    def __init__(self) -> None:
        self._wanted = NO_SURROUNDINGS
        self._ask: Callable[[wire.Ask], None] | None = None
        """The way to the kernel that lives now."""
        self._has = NO_SURROUNDINGS
        self._answers: dict[str, asyncio.Future[str | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._number = 0
        self._is_beginning = False

    @property
    def is_under_way(self) -> bool:
        """Whether a kernel is just getting something: what is to run waits."""
        return self._is_beginning or bool(self._answers)

    def begin(self, ask: Callable[[wire.Ask], None], done: Callable[[], None]) -> None:
        """Give a kernel that just got ready what it is to have; `done` is called, whatever comes of it."""
        self._ask, self._has = ask, NO_SURROUNDINGS
        if self._wanted == self._has:
            done()
            return

        async def give() -> None:
            refusal = await self._give()
            if refusal is not None:
                log.warning("a kernel starts without its connections: %s", refusal)
            self._is_beginning = False
            done()

        self._is_beginning = True

        task = asyncio.get_running_loop().create_task(give())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def change(self, wanted: wire.Surround) -> str | None:
        """Have the kernel get something else from now on; returns a sentence where it could not take it."""
        self._wanted = wanted
        if self._ask is None:
            return None  # the next one gets it
        return await self._give()

    def hears(self, told: wire.Told) -> bool:
        """Take in an answer if it is to a question from here."""
        future = self._answers.get(told.id)
        if future is None:
            return told.id.startswith(ID.format(number=""))
        if not future.done():
            future.set_result(None if told.status == "ok" else told.reason)
        return True

    def over(self) -> None:
        """The kernel is gone."""
        self._ask = None
        for future in self._answers.values():
            if not future.done():
                future.set_result("The kernel has ended.")

    async def _give(self) -> str | None:
        wanted, ask = self._wanted, self._ask
        if ask is None or wanted == self._has:
            return None
        self._number += 1
        id = ID.format(number=self._number)
        future = self._answers[id] = asyncio.get_running_loop().create_future()
        arguments = msgspec.json.encode({"variables": wanted.variables, "files": wanted.files}).decode()
        ask(wire.Ask(id, OPERATION, arguments, LIMIT_S))
        try:
            async with asyncio.timeout(LIMIT_S):
                refusal: str | None = await future
        except TimeoutError:
            refusal = "The kernel does not answer."
        finally:
            del self._answers[id]
        if refusal is None and self._ask is ask:
            self._has = wanted
        return refusal
