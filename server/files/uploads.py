"""Files on their way in: written beside the project, checked, and put in their place in one step.

What has arrived of an upload in parts stays when the connection breaks or the server dies; whoever goes on
asks how far it came. The file that was there before stays until the new one is whole and on disk.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
from datetime import datetime

import msgspec

from server.files.beneath import Entry, entry_of, look, move, opened_folder
from server.files.home import FILE_MODE, Home, ensure_folder, remove_tree, sync_folder
from server.files.paths import Path, address_of, existing_path, from_address
from server.refusals import Refusal

NOTE, PART = ".json", ".part"
_ID = re.compile("[0-9a-f]{32}")


class Upload(msgspec.Struct, frozen=True):
    """What is on its way: `address` is the place it is meant for, percent-encoded."""

    id: str
    address: str
    size_bytes: int
    by: str
    begun_at: datetime

    @property
    def path(self) -> Path:
        return existing_path(from_address(self.address))


def upload_for(path: Path, size_bytes: int, by: str, now: datetime) -> Upload:
    """Return the upload of this person to this place; the same one when they come again."""
    address = address_of(path)
    id = hashlib.sha256(f"{by}\0{address}\0{size_bytes}".encode()).hexdigest()[:32]
    return Upload(id, address, size_bytes, by, now)


def apart(upload: Upload) -> Upload:
    """Return an upload that nobody goes on with: the file comes in one request or not at all."""
    return msgspec.structs.replace(upload, id=secrets.token_hex(16))


def arrived(home: Home, upload: Upload) -> int:
    """Return how many bytes of an upload are here."""
    try:
        return (home.uploads / f"{upload.id}{PART}").stat().st_size
    except FileNotFoundError:
        return 0


def uploads_of(home: Home) -> list[Upload]:
    """Return what is on its way, the oldest first."""
    if not home.uploads.is_dir():
        return []
    found = []
    for name in os.listdir(home.uploads):
        if name.endswith(NOTE):
            try:
                found.append(msgspec.json.decode((home.uploads / name).read_bytes(), type=Upload))
            except (OSError, msgspec.DecodeError):
                continue
    return sorted(found, key=lambda upload: upload.begun_at)


def cancel(home: Home, id: str) -> None:
    """Forget an upload and what has arrived of it."""
    if _ID.fullmatch(id):
        for ending in (PART, NOTE):
            (home.uploads / f"{id}{ending}").unlink(missing_ok=True)


def sweep(home: Home, before: datetime) -> None:
    """Forget uploads with which nobody went on since `before`, and what a crash left of others' work here."""
    for name in os.listdir(home.uploads) if home.uploads.is_dir() else ():
        stem = name.partition(".")[0]
        newest = max(
            (place.stat().st_mtime for place in home.uploads.glob(f"{stem}.*")), default=before.timestamp()
        )
        if newest < before.timestamp():
            remove_tree(home.uploads / name)


class Receiver:
    """Takes the bytes of one request. Blocking: each call belongs into a thread, one after the other."""

    def __init__(self, home: Home, upload: Upload, start: int, *, sha256: bytes | None = None) -> None:
        """Go on with `upload` at `start`; raises a `Refusal` where it has come to another place."""
        home.prepare()
        self._home = home
        self._upload = upload
        self._start = self._at = start
        self._wanted, self._digest = sha256, hashlib.sha256()
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        if start == 0:
            note = home.uploads / f"{upload.id}{NOTE}"
            note.write_bytes(msgspec.json.encode(upload))
            flags |= os.O_TRUNC
        self._file = os.open(home.uploads / f"{upload.id}{PART}", flags, 0o600)
        here = os.fstat(self._file).st_size
        if here != start:
            os.close(self._file)
            raise Refusal("wrong_offset", f"{here} bytes of this upload are here. Go on from there.", 409)

    @property
    def offset(self) -> int:
        """How much has arrived."""
        return self._at

    def write(self, part: bytes) -> None:
        """Take some bytes; raises a `Refusal` where somebody else goes on with the same upload."""
        if self._at + len(part) > self._upload.size_bytes:
            raise Refusal("too_long", "More bytes came than were announced. Send the file anew.")
        if os.fstat(self._file).st_size != self._at:
            raise Refusal("upload_busy", "The same file is on its way from another window.", 409)
        self._digest.update(part)
        rest = memoryview(part)
        while rest:
            written = os.pwrite(self._file, rest, self._at)
            if written == 0:
                raise OSError(errno.EIO, "nothing was written")
            self._at += written
            rest = rest[written:]

    def check(self) -> None:
        """Compare what came with its digest, if there was one; takes it back where it differs."""
        if self._wanted is not None and self._digest.digest() != self._wanted:
            os.ftruncate(self._file, self._start)
            self._at = self._start
            raise Refusal("bad_digest", "The bytes changed on their way. Send this part again.")

    def close(self) -> None:
        """Let go; what has arrived stays for whoever goes on."""
        os.close(self._file)

    def finish(self, whole_sha256: bytes | None, condition: Condition) -> tuple[Entry, bool]:
        """Put the whole file in its place, safely on disk; returns it, and whether there was one before."""
        if whole_sha256 is not None and _sha256_of(self._file) != whole_sha256:
            cancel(self._home, self._upload.id)
            raise Refusal("bad_digest", "The file is not what its digest says. Send it anew.")
        path = self._upload.path
        ensure_folder(self._home, path[:-1])
        self._home.give(self._file, FILE_MODE)
        os.fsync(self._file)
        with opened_folder(self._home.files, path[:-1]) as above:
            before = _look(path[-1], above)
            condition.check(before)
            with opened_folder(self._home.uploads) as uploads:
                part = f"{self._upload.id}{PART}"
                if condition.must_be_new:
                    move(part, uploads, path[-1], above)
                else:
                    os.rename(part, path[-1], src_dir_fd=uploads, dst_dir_fd=above)
            sync_folder(above)
            cancel(self._home, self._upload.id)
            return entry_of(path[-1], os.fstat(self._file)), before is not None


class Condition(msgspec.Struct, frozen=True):
    """What has to hold for a write: If-Match with marks, If-None-Match with `*`."""

    marks: frozenset[str] | None = None
    must_be_new: bool = False

    def check(self, there: Entry | None) -> None:
        """Raise a `Refusal` where the file is not what the writer has seen."""
        if there is not None and self.must_be_new:
            raise Refusal("exists", "There is something of that name already. Choose another name.", 412)
        if there is not None and there.kind != "file":
            reason = "There is a folder or a link of that name. Choose another name."
            raise Refusal("not_a_file", reason, 409)
        if self.marks is None:
            return
        if there is None or (there.mark not in self.marks and "*" not in self.marks):
            reason = "The file has changed since you read it. Read it again, then decide what to keep."
            raise Refusal("changed", reason, 412)


def _look(name: str, folder: int) -> Entry | None:
    try:
        return look(name, folder)
    except FileNotFoundError:
        return None


def _sha256_of(file: int) -> bytes:
    digest, at = hashlib.sha256(), 0
    while part := os.pread(file, 1024 * 1024, at):
        digest.update(part)
        at += len(part)
    return digest.digest()
