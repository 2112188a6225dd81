"""Interrupts as Stop sends them, to the process of the tests itself."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

FIRST_S = 0.3
AGAIN_S = 5.0
"""Python drops an interrupt that comes inside a finalizer."""


@contextmanager
def interrupted() -> Iterator[None]:
    """Interrupt what runs within, after a moment, and once more where that was not heard."""
    is_over = threading.Event()

    def send() -> None:
        wait_s = FIRST_S
        while not is_over.wait(wait_s):
            os.kill(os.getpid(), signal.SIGINT)
            wait_s = AGAIN_S

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        is_over.set()
        sender.join()
