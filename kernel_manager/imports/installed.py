"""Asks an interpreter what is installed for it, in a process of its own: never this one's importlib."""

from __future__ import annotations

import asyncio
import importlib.resources
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from kernel_manager.imports.resolve import Installed
from kernel_manager.imports.stdlib import PythonVersion

TIMEOUT_S = 30.0
LONGEST_ANSWER_BYTES = 32 * 1024 * 1024


class NotAnswered(Exception):
    """The interpreter could not say what is installed; the text says why."""


async def ask(
    python: Path, *, before: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> tuple[PythonVersion, Installed]:
    """Return an interpreter's version and what is installed for it; takes 0.1 to 1 s.

    `before` is what starts it inside a sandbox. Raises `NotAnswered`.
    """
    script = importlib.resources.files("kernel_manager.guest").joinpath("installed.py").read_text("utf-8")
    try:
        process = await asyncio.create_subprocess_exec(
            *before,
            str(python),
            *("-I", "-c", script),
            env=dict(environment or {}),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as failure:
        raise NotAnswered(f"{python} could not start: {failure.strerror}.") from failure
    try:
        answer, _ = await asyncio.wait_for(process.communicate(), TIMEOUT_S)
    except TimeoutError:
        raise NotAnswered(f"{python} did not say what is installed within {TIMEOUT_S:.0f} s.") from None
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode != 0 or len(answer) > LONGEST_ANSWER_BYTES:
        raise NotAnswered(f"{python} did not say what is installed: is it a Python from 3.8 on?")
    return read_answer(answer)


def read_answer(answer: bytes) -> tuple[PythonVersion, Installed]:
    """Return what `guest/installed.py` printed; it ran among a person's packages and may say anything."""
    try:
        told = json.loads(answer)
        major, minor = told["python"]
        tops = {str(top): tuple(map(str, owners)) for top, owners in told["tops"].items()}
        portions = {str(package): str(owner) for package, owner in told["portions"].items()}
        versions = {str(name): str(version) for name, version in told["versions"].items()}
        return (int(major), int(minor)), Installed(tops, portions, versions)
    except (ValueError, KeyError, TypeError, AttributeError) as failure:
        raise NotAnswered("The interpreter's answer about its packages could not be read.") from failure
