"""Whose questions about code are answered, and in which order."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kernel_manager.analysis.worker import MOST_WAITING, NoAnswer, Seat, Worker
from kernel_manager.isolation_probe import Standing


class Slow(Worker):
    """Answers when it is let."""

    def __init__(self, folder: Path) -> None:
        super().__init__(Seat(sys.executable, folder, folder, Standing(works=False)), "analyse.py")
        self.read: list[int] = []
        self.let = asyncio.Event()

    async def _exchange(self, question: Mapping[str, Any]) -> dict[str, Any]:
        if self._is_closed:
            raise NoAnswer("the worker was closed")
        self.read.append(question["n"])
        await self.let.wait()
        return {"n": question["n"]}

    def asked(self, n: int) -> asyncio.Task[dict[str, Any]]:
        return asyncio.create_task(self.put({"kind": "complete", "n": n}, 5))


async def test_a_question_that_nobody_waits_for_takes_no_place(tmp_path: Path) -> None:
    worker = Slow(tmp_path)
    questions = [worker.asked(n) for n in range(MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(NoAnswer, match="many"):
        await worker.asked(98)
    for each in questions[1:]:
        each.cancel()
    await asyncio.wait(questions[1:])
    last = worker.asked(99)
    worker.let.set()
    assert await last == {"n": 99}
    assert await questions[0] == {"n": 0}
    assert worker.read == [0, 99]


async def test_what_is_being_read_is_read_to_its_end(tmp_path: Path) -> None:
    worker = Slow(tmp_path)
    first = worker.asked(0)
    await asyncio.sleep(0.01)
    first.cancel()
    second = worker.asked(1)
    await asyncio.sleep(0.01)
    assert worker.read == [0]
    worker.let.set()
    assert await second == {"n": 1}


async def test_whoever_waits_is_told_when_the_worker_is_closed(tmp_path: Path) -> None:
    worker = Slow(tmp_path)
    questions = [worker.asked(0), worker.asked(1)]
    await asyncio.sleep(0.01)
    await worker.close()
    for each in questions:
        with pytest.raises(NoAnswer):
            await each
