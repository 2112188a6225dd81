"""Work of a library that hears no interrupt: done in a thread, while the main one waits for either."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from typing import Any

LOOK_UP_S = 0.2
STOP_S = 10.0
"""How long a library may take to stop. After that the thread is left to itself."""


def beside(work: Callable[[], Any], stop: Callable[[], None]) -> Any:
    """Return what `work` returns, or raise what it raises. An interrupt calls `stop` until it ends."""
    done: list[tuple[Any, BaseException | None]] = []
    # An interrupt inside `Thread.join` makes Python take the thread for ended; an event does not lie.
    has_ended = Event()

    def run() -> None:
        try:
            done.append((work(), None))
        except BaseException as failure:  # noqa: BLE001 - raised again, where somebody waits for it
            done.append((None, failure))
        finally:
            has_ended.set()

    worker = Thread(target=run, daemon=True)
    try:
        worker.start()
        while not has_ended.wait(LOOK_UP_S):
            pass
    except KeyboardInterrupt:
        end = monotonic() + STOP_S
        while worker.ident is not None and not has_ended.is_set() and monotonic() < end:
            stop()  # again and again: the work may not have begun yet
            has_ended.wait(LOOK_UP_S)
        raise
    value, failure = done[0]
    if failure is not None:
        raise failure
    return value
