"""One server for each data folder: two would each think they alone write its notebooks."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class FolderTaken(Exception):
    """Another server uses the data folder."""


class FolderLock:
    """Held from start to stop; the system lets go of it when the process dies."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, folder: Path) -> FolderLock:
        """Take the lock of `folder`; raises `FolderTaken` when another server holds it."""
        descriptor = os.open(folder / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise FolderTaken(
                f"Another server (process {owner or 'unknown'}) uses {folder}. "
                "Stop it, or give this one a folder of its own with --data."
            ) from None
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        return cls(descriptor)

    def release(self) -> None:
        """Let the next server in."""
        os.close(self._descriptor)
