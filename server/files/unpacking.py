"""Unpacks a ZIP or tar archive, in a process of its own with little memory, and takes nothing on trust.

An archive is taken whole or not at all: one member with a name that leads out, a link or a device, and none
of it comes into the project. It unpacks beside the project, and what it holds is counted as it is written,
for its own figures may lie. The caller moves the folder into its place in one step.
"""

from __future__ import annotations

import lzma
import os
import resource
import stat
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

import msgspec

from server.files.beneath import opened_folder
from server.files.home import FILE_MODE, FOLDER_MODE, give
from server.files.paths import LONGEST_PATH_BYTES, MOST_NAMES, Path, check_name, shown
from server.refusals import Refusal

MOST_FILES: Final = 20_000
MOST_BYTES: Final = 20 * 1000**3
TIMES: Final = 200
"""How many times its own size an archive may hold, beside the first 100 MB: more is a bomb."""
FREE_BYTES: Final = 100 * 1000**2
MEMORY_BYTES: Final = 1024**3
PIECE_BYTES: Final = 256 * 1024
ENDINGS: Final = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")


class Order(msgspec.Struct, frozen=True):
    """What to unpack: descriptors of the open archive and of the folder to fill."""

    archive: int
    folder: int
    is_zip: bool
    uid: int | None
    most_bytes: int


class Unpacked(msgspec.Struct, frozen=True, tag="unpacked"):
    """All of it is there."""

    files: int
    bytes: int


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Nothing of it is to be used."""

    code: str
    reason: str
    status: int


Told = Unpacked | Refused


@dataclass(frozen=True, slots=True)
class _Member:
    path: Path
    is_folder: bool
    mode: int
    content: IO[bytes] | None


def stem_of(name: str) -> str | None:
    """Return an archive's name without its ending; None for what is no archive."""
    lower = name.lower()
    ending = max((each for each in ENDINGS if lower.endswith(each)), key=len, default=None)
    return None if ending is None or len(name) == len(ending) else name[: -len(ending)]


def unpack(order: Order) -> Unpacked:
    """Fill the folder; raises a `Refusal` that names what stands in the way."""
    size = os.fstat(order.archive).st_size
    most_bytes = min(order.most_bytes, FREE_BYTES + TIMES * size)
    files = written = 0
    with os.fdopen(os.dup(order.archive), "rb") as archive:
        for member in _in_zip(archive) if order.is_zip else _in_tar(archive):
            files += 1
            if files > MOST_FILES:
                raise _too_many()
            if member.is_folder:
                _make(order, member.path)
            elif member.content is not None:
                written += _write(order, member, most_bytes - written)
    return Unpacked(files, written)


def _in_zip(archive: IO[bytes]) -> Iterator[_Member]:
    with zipfile.ZipFile(archive) as opened:
        if len(opened.infolist()) > MOST_FILES:
            raise _too_many()
        for info in opened.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
                raise _not_plain(info.filename)
            if info.flag_bits & 1:
                raise _refused("It asks for a password. Unpack it on your own machine.", "encrypted")
            path = _path_of(info.filename)
            if info.is_dir():
                yield _Member(path, is_folder=True, mode=FOLDER_MODE, content=None)
                continue
            with opened.open(info) as content:
                yield _Member(path, is_folder=False, mode=info.external_attr >> 16, content=content)


def _in_tar(archive: IO[bytes]) -> Iterator[_Member]:
    with tarfile.open(fileobj=archive, mode="r|*") as opened:
        for info in opened:
            if not info.isdir() and not info.isreg():
                raise _not_plain(info.name)
            if info.name in {".", "./"}:
                continue
            path = _path_of(info.name.removeprefix("./"))
            content = None if info.isdir() else opened.extractfile(info)
            yield _Member(path, is_folder=info.isdir(), mode=info.mode, content=content)


def _path_of(name: str) -> Path:
    """Return the names on the way to a member; refuses whatever leads out or cannot be read."""
    names = tuple(name.removesuffix("/").split("/"))
    is_long = len(os.fsencode(name)) > LONGEST_PATH_BYTES or len(names) > MOST_NAMES
    if is_long or any(each in {"", ".", ".."} for each in names):
        raise _refused(f"“{shown(name)[:200]}” in it leads out of the folder, or is too long.", "bad_name")
    for each in names:
        try:
            check_name(each)
        except Refusal as refusal:
            raise _refused(f"“{shown(each)[:200]}” in it: {refusal.reason}", "bad_name") from None
        except UnicodeError:
            raise _refused(f"“{shown(each)[:200]}” in it is no text.", "bad_name") from None
    return names


def _make(order: Order, path: Path) -> None:
    """Make a folder and those above it, one step after the other; a file that is in the way stays."""
    for length in range(1, len(path) + 1):
        with opened_folder(order.folder, path[: length - 1]) as above:
            try:
                os.mkdir(path[length - 1], FOLDER_MODE, dir_fd=above)
            except FileExistsError:
                continue
            with opened_folder(above, (path[length - 1],)) as made:
                give(made, FOLDER_MODE, order.uid)


def _write(order: Order, member: _Member, most_bytes: int) -> int:
    assert member.content is not None
    _make(order, member.path[:-1])
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with opened_folder(order.folder, member.path[:-1]) as above:
        descriptor = os.open(member.path[-1], flags, 0o600, dir_fd=above)
    with os.fdopen(descriptor, "wb") as file:
        give(descriptor, 0o755 if member.mode & 0o100 else FILE_MODE, order.uid)
        written = 0
        while piece := member.content.read(PIECE_BYTES):
            written += len(piece)
            if written > most_bytes:
                reason = "It holds too much for the project, or far more than an archive of its size should."
                raise _refused(reason, "too_large", 413)
            file.write(piece)
    return written


def _too_many() -> Refusal:
    return _refused(f"It holds more than {MOST_FILES:,} files.", "too_large", 413)


def _not_plain(name: str) -> Refusal:
    return _refused(
        f"“{shown(name)[:200]}” in it is a link, a device or something else that is no plain file.",
        "not_a_file",
    )


def _refused(why: str, code: str, status: int = 409) -> Refusal:
    return Refusal(code, f"The archive was not unpacked. {why}", status)


_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    UnicodeError,
    OverflowError,
)


def answer(order: Order) -> Told:
    """Unpack, and say in words what came of it."""
    try:
        return unpack(order)
    except Refusal as refusal:
        return Refused(refusal.code, refusal.reason, refusal.status)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        told = _refused("Two things in it have the same name.", "bad_name")
    except MemoryError:
        told = _refused("Reading it takes too much memory.", "too_large", 413)
    except (*_BROKEN, OSError) as failure:
        if isinstance(failure, OSError) and failure.errno is not None:
            told = _refused(f"The disk refused: {failure.strerror}.", "disk", 507)
        else:
            told = _refused("It is damaged, or not what its name says.", "bad_archive")
    return Refused(told.code, told.reason, told.status)


def main() -> None:
    """Answer the one order on the input."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    sys.stdout.buffer.write(msgspec.json.encode(answer(order)))


if __name__ == "__main__":
    main()
