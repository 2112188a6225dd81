"""Reads the code of one project with jedi, in a process that is shut in as a kernel is."""

from __future__ import annotations

from typing import Any, Literal

from kernel_manager.analysis.worker import LONGEST_WORK_S, NoAnswer, Seat, Worker

PROGRAM = "analyse.py"
ANSWER_LIMIT_S = 15.0
"""Longer than this nobody waits."""

Kind = Literal["prepare", "complete", "explain", "signatures", "define"]


class Analyst:
    """Answers one question after the other. The process starts with the first one."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self._worker = Worker(seat, PROGRAM)

    async def ask(self, kind: Kind, code: str, line: int, column: int, *, name: str) -> dict[str, Any]:
        """Return the answer of `guest/analyse.py`; `name` tells one notebook's code from another's.

        Raises `NoAnswer`. What takes long is read to its end all the same: the next question finds it read.
        """
        path = f"{self.seat.project}/{name}.py"
        question = {"kind": kind, "code": code, "line": line, "column": column, "path": path}
        limit_s = LONGEST_WORK_S if kind == "prepare" else ANSWER_LIMIT_S
        answer = await self._worker.put(question, limit_s)
        if "failed" in answer:
            raise NoAnswer(f"{answer['failed']} while looking for the answer to {kind}")
        return answer

    async def close(self) -> None:
        """End the process."""
        await self._worker.close()
