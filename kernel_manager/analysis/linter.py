"""Marks and formatting of a notebook's code by ruff, which runs as an analyst does and gets only text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from ruff import find_ruff_bin  # type: ignore[import-untyped]

from kernel_manager.analysis.worker import NoAnswer, Seat, Worker

PROGRAM = "lint.py"
RUFF = "/run/ruff"
ANSWER_LIMIT_S = 15.0


class LintCell(msgspec.Struct, frozen=True):
    """A cell to read. `python` is its text without what is no Python; `gives` are names from elsewhere."""

    id: str
    source: str
    python: str
    gives: list[str] = []


class Linter:
    """Checks and formats the notebooks of one project."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self._worker: Worker | None = None

    async def check(self, cells: Sequence[LintCell]) -> dict[str, Any]:
        """Return the marks of all cells; raises `NoAnswer`."""
        return await self._ask("check", cells)

    async def format(self, cells: Sequence[LintCell]) -> dict[str, Any]:
        """Return the texts that change, and the cells that do not parse; raises `NoAnswer`."""
        return await self._ask("format", cells)

    async def close(self) -> None:
        """End the process."""
        if self._worker is not None:
            await self._worker.close()

    async def _ask(self, kind: str, cells: Sequence[LintCell]) -> dict[str, Any]:
        if self._worker is None:
            self._worker = Worker(self.seat, PROGRAM, [(_ruff(), RUFF)])
        question = {"kind": kind, "cells": [msgspec.to_builtins(cell) for cell in cells]}
        answer = await self._worker.put(question, ANSWER_LIMIT_S)
        if "failed" in answer:
            raise NoAnswer(f"ruff failed: {answer['failed']}")
        return answer


def _ruff() -> str:
    try:
        return str(find_ruff_bin())
    except FileNotFoundError as missing:
        raise NoAnswer("the program ruff is not installed") from missing
