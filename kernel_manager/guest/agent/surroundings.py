"""Environment variables that the server hands to a living kernel, instead of those it is started with.

So they stand on no command line and in no file. What the person's code has changed since is left alone, and
what is given no longer goes. A value that programs want as a file becomes one in memory, for this kernel's
processes alone: it ends with the kernel.
"""

from __future__ import annotations

import os
from os import environ
from typing import Any

from .operations import Operation, Reply


class Surroundings:
    """What the server has given to this kernel so far."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}
        self._files: dict[str, tuple[str, str, int]] = {}
        """By variable: the text, its path, and the descriptor that keeps it."""

    def set(self, shell: Any, arguments: dict[str, Any]) -> Reply:
        """Make the environment hold `variables`, and the paths of `files`, of all that was ever given."""
        wanted = dict(arguments["variables"])
        for name, text in arguments["files"].items():
            wanted[name] = self._file(name, text)
        for name in set(self._files) - set(arguments["files"]):
            self._forget(name)
        for name, value in self._given.items():
            if name not in wanted and environ.get(name) == value:
                del environ[name]
        changed = 0
        for name, value in wanted.items():
            if name not in self._given or environ.get(name) == self._given[name]:
                changed += environ.get(name) != value
                environ[name] = value
        self._given = wanted
        return Reply({"changed": changed})

    def _file(self, name: str, text: str) -> str:
        known = self._files.get(name)
        if known is not None and known[0] == text:
            return known[1]
        self._forget(name)
        if hasattr(os, "memfd_create"):
            descriptor = os.memfd_create(name)
            path = f"/proc/{os.getpid()}/fd/{descriptor}"
        else:
            import tempfile

            descriptor, path = tempfile.mkstemp()
        os.fchmod(descriptor, 0o600)
        os.write(descriptor, text.encode())
        self._files[name] = text, path, descriptor
        return path

    def _forget(self, name: str) -> None:
        known = self._files.pop(name, None)
        if known is not None:
            os.close(known[2])


def operations() -> dict[str, Operation]:
    """Return what the agent can be asked."""
    return {"surroundings.set": Surroundings().set}
