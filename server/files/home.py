"""Where the files of one project are, and as whom they are written.

The bin and the uploads on their way lie beside the project's folder, on the same disk and out of reach of its
kernels: what comes into the project, or goes, does so in one step.
"""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path as Folder

from server.files.beneath import is_there, opened_folder
from server.files.paths import Path, check_name
from server.refusals import NotFound, Refusal

FILE_MODE, FOLDER_MODE = 0o644, 0o755


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one project. `uid` is its system user; None where kernels run as the server does."""

    place: Folder
    uid: int | None = None

    @property
    def files(self) -> Folder:
        """What kernels see."""
        return self.place / "files"

    @property
    def bin(self) -> Folder:
        return self.place / "bin"

    @property
    def uploads(self) -> Folder:
        return self.place / "uploads"

    def prepare(self) -> None:
        """Make the folders that are missing."""
        if not self.files.exists():
            self.files.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.uid is not None:
                os.chown(self.files, self.uid, self.uid, follow_symlinks=False)
        for folder in (self.bin, self.uploads):
            folder.mkdir(mode=0o700, exist_ok=True)

    def give(self, descriptor: int, mode: int) -> None:
        """Give what was just made to the project's user."""
        give(descriptor, mode, self.uid)


def give(descriptor: int, mode: int, uid: int | None) -> None:
    """Give what was just made its mode, and to a project's user where there is one."""
    os.fchmod(descriptor, mode)
    if uid is not None:
        os.fchown(descriptor, uid, uid)


def make_folder(home: Home, path: Path) -> None:
    """Make a folder and those above that are missing. `FileExistsError` where the last name is taken."""
    home.prepare()
    for length in range(1, len(path) + 1):
        with opened_folder(home.files, path[: length - 1]) as above:
            name = path[length - 1]
            if not is_there(name, above):
                check_name(name)
            try:
                os.mkdir(name, FOLDER_MODE, dir_fd=above)
            except FileExistsError:
                if length == len(path):
                    raise
                continue
            with opened_folder(above, (name,)) as made:
                home.give(made, FOLDER_MODE)


def ensure_folder(home: Home, path: Path) -> None:
    """Make a folder where it is missing."""
    if not path:
        home.prepare()
        return
    try:
        make_folder(home, path)
    except FileExistsError:
        with opened_folder(home.files, path):
            pass


def remove_tree(place: Folder) -> None:
    """Delete something for good, however deep it is. `rm` follows no link and needs no stack for it."""
    subprocess.run(  # noqa: S603 - a path of our own making
        ["/bin/rm", "-rf", "--one-file-system", "--", str(place)], check=False
    )


def sync_folder(descriptor: int) -> None:
    """Have a change of names on disk. Some file systems take no such order for a folder."""
    try:
        os.fsync(descriptor)
    except OSError as failure:
        if failure.errno not in {errno.EINVAL, errno.EBADF}:
            raise


@contextmanager
def in_words() -> Iterator[None]:
    """Turn what the disk refuses into an answer. A full disk is none of these: it stays a failure."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound from None
    except FileExistsError:
        raise Refusal(
            "exists", "There is something of that name already. Choose another name.", 409
        ) from None
    except IsADirectoryError:
        raise not_a_file() from None
    except OSError as failure:
        match failure.errno:
            case errno.ELOOP | errno.ENAMETOOLONG:
                raise NotFound from None
            case errno.EINVAL | errno.ENXIO:
                raise not_a_file() from None
            case errno.EACCES | errno.EPERM:
                reason = "The server may not touch this; a cell made it so. Change its mode in a cell."
                raise Refusal("not_permitted", reason, 409) from None
        raise


def not_a_file() -> Refusal:
    """The refusal of a link, a pipe, a device, or a folder where a file is meant."""
    reason = "This is no plain file: a folder, a link, a pipe or a device. The server reads plain files only."
    return Refusal("not_a_file", reason, 409)
