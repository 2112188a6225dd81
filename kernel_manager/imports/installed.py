"""Asks an interpreter what is installed for it, in a process of its own: never this one's importlib."""

from __future__ import annotations

import asyncio
import importlib.resources
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from kernel_manager.imports.resolve import Installed
from kernel_manager.imports.stdlib import PythonVersion

TIMEOUT_S = 30.0
LONGEST_ANSWER_BYTES = 32 * 1024 * 1024


class NotAnswered(Exception):
    """The interpreter could not say what is installed; the text says why."""


async def ask(python: Path) -> tuple[PythonVersion, Installed]:
    """Return an interpreter's version and what is installed for it, in 0.1 to 1 s. Raises `NotAnswered`.

    Starting an interpreter runs what its environment tells it to run: ask one that is trusted.
    """
    return await _answer([str(python), "-I", "-c", _script()], str(python))


async def ask_folder(environment: Path) -> tuple[PythonVersion, Installed]:
    """Return the same of an environment that anybody may have written to, by reading its metadata.

    Nothing of it is run: an interpreter like this process's reads, without packages. Raises `NotAnswered`.
    """
    place = site_packages(environment)
    if place is None:
        raise NotAnswered(f"{environment} is no Python environment.")
    _, installed = await _answer([sys.executable, "-I", "-S", "-c", _script(), str(place)], str(environment))
    major, _, minor = place.parent.name.removeprefix("python").partition(".")
    return (int(major), int(minor)), installed


def site_packages(environment: Path) -> Path | None:
    """Return the folder that an environment's packages lie in."""
    found = [
        place
        for place in environment.glob("lib/python3.*/site-packages")
        if place.parent.name.removeprefix("python3.").isdecimal()
    ]
    return max(found, default=None)


def _script() -> str:
    return importlib.resources.files("kernel_manager.guest").joinpath("installed.py").read_text("utf-8")


async def _answer(command: Sequence[str], who: str) -> tuple[PythonVersion, Installed]:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            env={},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as failure:
        raise NotAnswered(f"{who} could not start: {failure.strerror}.") from failure
    assert process.stdout is not None
    answer = bytearray()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            while chunk := await process.stdout.read(65536):
                answer += chunk
                if len(answer) > LONGEST_ANSWER_BYTES:
                    raise NotAnswered(f"{who} says more about its packages than can be true.")
            await process.wait()
    except TimeoutError:
        raise NotAnswered(f"{who} did not say what is installed within {TIMEOUT_S:.0f} s.") from None
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode != 0:
        raise NotAnswered(f"{who} did not say what is installed: is it a Python from 3.8 on?")
    return read_answer(bytes(answer))


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
