"""Interrupts the running code at the right moment, and says so when it takes no notice.

A kernel that ignores an interrupt is not ended by itself: whoever asked may rather wait than lose variables.
After `STUBBORN_S` the cell says that it ignores the interrupt, and from then on the next one ends the kernel.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

from kernel_manager.supervisor.kernel import Kernel
from kernel_manager.supervisor.requests import Requests

EARLY_S = 2.0
"""How long an interrupt waits to hear that the code it is meant for begins, before it is sent."""

BEGIN_S = 0.05
"""How long the kernel takes from saying that code begins to being in it."""

STUBBORN_S = 10.0
"""How long code may take to notice an interrupt."""

IGNORED = (
    f"\nThis cell has not noticed the interrupt for {STUBBORN_S:.0f} seconds. It goes on, and may still stop "
    "by itself. Interrupt it once more to end the kernel, with its variables.\n"
)
ENDED = (
    f"The cell ignored an interrupt for {STUBBORN_S:.0f} seconds and was interrupted once more, which ended "
    "the kernel."
)


class Interrupts:
    """The interrupts of one supervisor. `say` puts a text under the cell of a request."""

    def __init__(
        self,
        requests: Requests,
        kernel_now: Callable[[], Kernel | None],
        say: Callable[[str, str], None],
        *,
        stubborn_s: float = STUBBORN_S,
    ) -> None:
        self._requests = requests
        self._kernel_now = kernel_now
        self._say = say
        self._stubborn_s = stubborn_s
        self._early: asyncio.TimerHandle | None = None
        self._began_at = float("-inf")
        self._patience: asyncio.TimerHandle | None = None
        self._ignored: str | None = None
        """The request that is known to ignore interrupts."""

    def ask(self) -> None:
        """Interrupt what runs, or what is about to."""
        kernel = self._kernel_now()
        if kernel is None or not kernel.is_ready:
            return
        running = self._requests.running
        if self._requests.waiting_to_start:
            # The kernel ignores SIGINT until the code runs: the interrupt would be lost.
            if self._early is None:
                self._interrupt_in(EARLY_S)
        elif running is not None and running == self._ignored:
            kernel.ended_by = ENDED
            kernel.process.send_signal(signal.SIGKILL)
        elif (beginning_s := self._began_at + BEGIN_S - asyncio.get_running_loop().time()) > 0:
            # It would strike the kernel itself, and the reply would never come.
            if self._early is None:
                self._interrupt_in(beginning_s)
        else:
            self._interrupt(kernel)

    def ignored_by(self, request: str) -> bool:
        """Whether the code of a request is known to take no notice: the next interrupt ends its kernel."""
        return request == self._ignored

    def begun(self) -> None:
        """The code of a request begins: an interrupt that came too early for it may go."""
        self._began_at = asyncio.get_running_loop().time()
        if self._early is not None:
            self._cancel_early()
            self._interrupt_in(BEGIN_S)

    def over(self) -> None:
        """What was interrupted has ended, one way or the other."""
        self._cancel_early()
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        self._ignored = None

    def _interrupt(self, kernel: Kernel) -> None:
        kernel.process.interrupt()
        running = self._requests.running
        if running is not None and self._patience is None:
            loop = asyncio.get_running_loop()
            self._patience = loop.call_later(self._stubborn_s, self._give_up, running)

    def _give_up(self, msg_id: str) -> None:
        self._patience = None
        if self._requests.running == msg_id:
            self._ignored = msg_id
            self._say(msg_id, IGNORED)

    def _interrupt_in(self, seconds: float) -> None:
        kernel = self._kernel_now()

        def interrupt() -> None:
            self._early = None
            if kernel is not None and kernel is self._kernel_now():
                self._interrupt(kernel)

        self._early = asyncio.get_running_loop().call_later(seconds, interrupt)

    def _cancel_early(self) -> None:
        if self._early is not None:
            self._early.cancel()
            self._early = None
