"""Gives every project's folder a system user of its own, so that the system itself keeps projects apart.

The users have no name and no account. A folder's user follows from its path and is written down, so that it
stays the same and no two folders share one. Only a server that is root can start kernels as somebody else.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

FIRST = 1_900_000_000
COUNT = 1_000_000
"""The usual range: above what systems give to people, services and containers."""

REGISTER = "users.json"


class Owners:
    """The users of one server's folders, written down in `home`."""

    def __init__(self, home: Path, *, first: int = FIRST, count: int = COUNT) -> None:
        self._file = home / REGISTER
        self._first = first
        self._count = count

    def of(self, folder: Path) -> int:
        """Return the user of `folder`, the same at every call and in every process."""
        name = str(folder.resolve())
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            text = file.read()
            known: dict[str, int] = json.loads(text) if text else {}
            if name not in known:
                known[name] = pick(name, set(known.values()), self._first, self._count)
                file.truncate(0)  # in place: others may wait for the lock on this very file
                file.write(json.dumps(known))
            return known[name]


def pick(name: str, taken: set[int], first: int, count: int) -> int:
    """Return a free user id for `name`: where its hash points, or the next one after it.

    By the hash, so that two servers on one machine will hardly give the same one away.
    """
    at = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % count
    for step in range(count):
        user = first + (at + step) % count
        if user not in taken:
            return user
    raise OverflowError(f"All {count} system users for projects are taken.")


def make_own(folder: Path, uid: int | None) -> None:
    """Make a private folder of `uid`, or of the caller; anew where somebody else owns it.

    For caches: what lies in one is trusted as code would be.
    """
    with suppress(FileNotFoundError):
        if folder.stat().st_uid != (os.geteuid() if uid is None else uid):
            shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if uid is not None:
        os.chown(folder, uid, uid)
