"""A hand on a file of a project: it tells where the file is after somebody gave it another name or folder."""

from __future__ import annotations

import os
from pathlib import Path as Folder

from server.files.beneath import opened_folder
from server.files.home import Home
from server.files.paths import Path, existing_path
from server.refusals import NotFound


class Hold:
    """Holds one file at a time, without reading it. Linux alone knows where a file went."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._descriptor: int | None = None

    def take(self, path: Path) -> None:
        """Hold what is at a path instead of what was held."""
        self.let_go()
        try:
            with opened_folder(self._home.files, path[:-1]) as above:
                self._descriptor = os.open(path[-1], os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
        except OSError:
            pass  # it went away just now

    def let_go(self) -> None:
        """Hold nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def path(self) -> Path | None:
        """Return where in the project the file is now; None where it is nowhere in it."""
        place = self._place()
        root = self._home.files.resolve()
        if place is None or not place.is_relative_to(root):
            return None
        try:
            return existing_path(str(place.relative_to(root)))
        except NotFound:
            return None

    def is_in_bin(self) -> bool:
        """Say whether somebody deleted it, or a folder that it is in."""
        place = self._place()
        return place is not None and place.is_relative_to(self._home.bin.resolve())

    def _place(self) -> Folder | None:
        if self._descriptor is None:
            return None
        try:
            place = os.readlink(f"/proc/self/fd/{self._descriptor}")
            is_there = os.path.samestat(os.lstat(place), os.fstat(self._descriptor))
        except OSError:
            return None
        return Folder(place) if is_there else None
