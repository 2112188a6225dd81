"""The files of a project by their paths: read, listed, written, moved, deleted.

A file always leaves as an attachment that no browser takes for a page. An upload streams to the disk as it
arrives, whole or in parts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

import msgspec
from tornado.http1connection import HTTP1Connection
from tornado.iostream import StreamClosedError

from collab.roles import Capability
from server import payloads
from server.files import archive, bin, changing, uploads
from server.files.beneath import Entry
from server.files.home import Home
from server.files.listing import MOST, list_folder
from server.files.paths import Path, as_text, check_name, disposition, existing_path, new_path
from server.files.requests import Part, condition_of, digest_of, part_of
from server.files.uploads import Receiver, Upload
from server.handlers.base import needs, route
from server.handlers.file_answers import FilesHandler, told_entry, told_listing
from server.handlers.outputs import PICTURES, picture_of
from server.refusals import NotFound, Refusal

PIECE_BYTES = 256 * 1024
BUFFER_BYTES = 1024 * 1024
DROPPED_BYTES = 16 * 1024 * 1024
"""A refused upload is read to its end up to this size, so that its sender sees the sentence."""

SLOWEST_BYTES_PER_S = 16 * 1024
BODY_TIMEOUT_S = 120.0


class ReadingHandler(FilesHandler):
    """Hands out files, folders and archives."""

    _mark: str | None = None

    def compute_etag(self) -> str | None:
        return self._mark

    async def hand_out(self, path: Path) -> None:
        """Answer with a file's content, a folder's entries, or with `?format=zip` its archive."""
        home = await self.home()
        if self.get_query_argument("format", None) == "zip":
            await self._send_archive(home, path)
            return
        entry = await self.of_disk(self._look, home, path)
        if entry is None or entry.kind == "folder":
            self.write_json(await self._list(home, path))
        else:
            await self._send_file(home, path)

    def write_json(self, answer: msgspec.Struct, status: int = 200) -> None:
        """Send a struct and end."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.finish(msgspec.json.encode(answer))

    def _look(self, home: Home, path: Path) -> Entry | None:
        """Return what is at a path; None for the project's own folder, which may not be there yet."""
        return changing.entry_at(home, path) if path else None

    async def _list(self, home: Home, path: Path) -> payloads.FolderListing:
        text, after = self.get_query_argument("limit", str(MOST)), self.get_query_argument("cursor", None)
        if not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= MOST):
            raise Refusal("bad_query", f"`limit` must be a number from 1 to {MOST}.")

        def listed() -> payloads.FolderListing:
            if not path:
                home.prepare()
            return told_listing(path, list_folder(home.files, path, limit=int(text), after=after))

        return await self.of_disk(listed)

    async def _send_file(self, home: Home, path: Path) -> None:
        opened = await self.of_disk(changing.open_file, home, path)
        try:
            size, self._mark = opened.entry.size_bytes, f'"{opened.entry.mark}"'
            self.set_header("Etag", self._mark)
            self.set_header("Accept-Ranges", "bytes")
            self.set_header("Content-Disposition", disposition(path[-1]))
            if self.check_etag_header():
                self.set_status(304)
                return
            condition = self.request.headers.get("If-Range")
            asked = self.request.headers.get("Range") if condition in {None, self._mark} else None
            try:
                part = changing.parse_range(asked, size)
            except Refusal:
                self.set_header("Content-Range", f"bytes */{size}")
                raise
            start, end = part or (0, size)
            head = await asyncio.to_thread(opened.read, 0, 16)
            kind = picture_of(head)
            self.set_header("Content-Type", kind if kind in PICTURES else "application/octet-stream")
            self.set_header("Content-Length", str(end - start))
            if part is not None:
                self.set_status(206)
                self.set_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
            if self.request.method == "HEAD":
                return
            while start < end:
                piece = await asyncio.to_thread(opened.read, start, min(PIECE_BYTES, end - start))
                if not piece:  # it was cut short meanwhile: a broken connection tells that it is not whole
                    cast(HTTP1Connection, self.request.connection).close()
                    return
                start += len(piece)
                self.write(piece)
                await self.flush()
        except StreamClosedError:
            return
        finally:
            opened.close()

    async def _send_archive(self, home: Home, path: Path) -> None:
        plan = await self.of_disk(archive.plan, home.files, path)
        self.set_header("Content-Type", "application/zip")
        name = archive.archive_name(self.opened_project.name, path)
        self.set_header("Content-Disposition", disposition(name))
        if self.request.method == "HEAD":
            return
        pieces = archive.pack(home.files, path, plan)
        try:
            while (piece := await asyncio.to_thread(_next, pieces)) is not None:
                if piece:
                    self.write(piece)
                    await self.flush()
        except StreamClosedError:
            return
        except OSError:
            cast(HTTP1Connection, self.request.connection).close()


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)


@route("/api/projects/{project}/files")
class RootHandler(ReadingHandler):
    """What lies in a project's folder, 1,000 entries at most; `cursor` gives the following part."""

    @needs(Capability.READ, answer=payloads.FolderListing)
    async def get(self) -> payloads.FolderListing | None:
        await self.hand_out(())
        if not self._finished:
            self.finish()
        return None


@route("/api/projects/{project}/files/{path:.*}")
class FileHandler(ReadingHandler):
    """A file or folder. Ranges and ETags as usual in HTTP; `?format=zip` gives a folder as an archive.

    PUT takes the file itself as its body. With `Content-Range: bytes 0-99/1000` it is a part, and with
    `bytes */1000` and no body the question how far an upload has come.
    """

    def initialize(self) -> None:
        super().initialize()
        self._upload: Upload | None = None
        self._receiver: Receiver | None = None
        self._part: Part | None = None
        self._failure: OSError | None = None
        self._waiting = bytearray()
        self._is_writing = self._is_gone = False
        self._home: Home | None = None

    @needs(Capability.READ, media="*/*")
    async def get(self, path: str) -> None:
        await self.hand_out(existing_path(path))

    @needs(Capability.READ, media="*/*")
    async def head(self, path: str) -> None:
        await self.hand_out(existing_path(path))

    async def prepare(self) -> None:
        await super().prepare()
        if self.request.method == "PUT" and self.refusal is None:
            try:
                await self._begin()
            except Refusal as refusal:
                self.refuse_later(refusal, DROPPED_BYTES)

    async def _begin(self) -> None:
        """Make ready to take the body: check its place, its conditions and the room for it."""
        headers = self.request.headers
        path = new_path(self.path_kwargs["path"])
        length = headers.get("Content-Length", "")
        if not length.isdecimal():
            raise Refusal("length_required", "Say how long the file is, with Content-Length.", 411)
        if headers.get("Content-Encoding", "identity").lower() != "identity":
            raise Refusal("not_plain", "Send the file as it is, without Content-Encoding.", 415)
        part = self._part = part_of(headers.get("Content-Range"), int(length))
        digest, condition = digest_of(headers.get("Content-Digest")), condition_of(headers)
        digest_of(headers.get("Repr-Digest"))
        home = self._home = await self.home()
        now, by = datetime.now(UTC), self.person.user
        upload = uploads.upload_for(path, int(length) if part is None else part.size, by, now)
        if part is None:
            upload = uploads.apart(upload)

        def checked() -> int:
            here = uploads.arrived(home, upload) if part is not None else 0
            condition.check(changing.entry_or_none(home, path))
            self.files.quotas.check(home, upload.size_bytes - here)
            return here

        here = await self.of_disk(checked)
        self._upload = upload
        start = 0 if part is None else part.start
        if start is None and here == upload.size_bytes:
            start = here  # all of it is here, and only its place was refused
        if start is None:
            return
        connection = cast(HTTP1Connection, self.request.connection)
        connection.set_body_timeout(BODY_TIMEOUT_S + int(length) / SLOWEST_BYTES_PER_S)
        self._receiver = await self.of_disk(lambda: Receiver(home, upload, start, sha256=digest))

    async def data_received(self, chunk: bytes) -> None:  # type: ignore[override]
        if self._part is None and self._upload is None:
            super().data_received(chunk)
            return
        if self._receiver is None or self._failure is not None or self.refusal is not None:
            return
        self._waiting += chunk
        if len(self._waiting) >= BUFFER_BYTES:
            await self._write()

    async def _write(self) -> None:
        """Hand on what waits. A failure is kept for the answer, and the rest of the body dropped."""
        assert self._receiver is not None
        part, self._waiting = bytes(self._waiting), bytearray()
        self._is_writing = True
        try:
            await asyncio.to_thread(self._receiver.write, part)
        except Refusal as refusal:
            self.refusal = refusal
        except OSError as failure:
            self._failure = failure
        finally:
            self._is_writing = False
            if self._is_gone:
                self._let_go()

    @needs(Capability.FILES, answer=payloads.FileEntry, streams=True)
    async def put(self, path: str) -> payloads.FileEntry | None:
        upload, receiver, home = self._upload, self._receiver, self._home
        assert upload is not None
        assert home is not None
        if receiver is None:
            await self._tell(home, upload)
            return None
        if self._waiting:
            await self._write()
        if self.refusal is not None:
            raise self.refusal
        if self._failure is not None:
            raise self._failure
        await self.of_disk(receiver.check)
        if receiver.offset < upload.size_bytes:
            await self._tell(home, upload)
            return None
        whole, condition = (
            digest_of(self.request.headers.get("Repr-Digest")),
            condition_of(self.request.headers),
        )
        entry, was_there = await self.of_disk(receiver.finish, whole, condition)
        self.files.quotas.note(home, entry.size_bytes)
        self.write_json(told_entry(upload.path, entry), 200 if was_there else 201)
        return None

    async def _tell(self, home: Home, upload: Upload) -> None:
        """Answer how far an upload has come."""
        self.write_json(told_upload(upload, await self.of_disk(uploads.arrived, home, upload)), 202)

    def on_connection_close(self) -> None:
        """Keep what has arrived of an upload in parts, for whoever goes on; forget half a file."""
        super().on_connection_close()
        self._is_gone = True
        if not self._is_writing:
            self._let_go()

    def on_finish(self) -> None:
        self._let_go()

    def _let_go(self) -> None:
        if self._receiver is None:
            return
        receiver, self._receiver = self._receiver, None
        receiver.close()
        if self._part is None and self._home is not None and self._upload is not None:
            uploads.cancel(self._home, self._upload.id)

    @needs(Capability.FILES, body=payloads.MoveFile, answer=payloads.FileEntry)
    async def patch(self, body: payloads.MoveFile, path: str) -> payloads.FileEntry:
        """Rename or move; nothing that is there is overwritten."""
        source = existing_path(path)
        if not source or (body.path is None) == (body.name is None):
            raise Refusal("bad_body", "Give either a new `path` or a new `name`.")
        if body.name is not None:
            check_name(body.name)
            target = (*source[:-1], body.name)
        else:
            target = new_path(body.path or "")
        entry = await self.of_disk(changing.rename, await self.home(), source, target)
        await self.services.file_moved(self.opened_project.id, source, target)
        return told_entry(target, entry)

    @needs(Capability.FILES, answer=payloads.DeletedFile)
    async def delete(self, path: str) -> payloads.DeletedFile:
        """Move into the bin of the project's files, with what people have just written."""
        source = existing_path(path)
        if not source:
            raise NotFound
        condition, home = condition_of(self.request.headers), await self.home()

        def thrown() -> tuple[str, bin.Note]:
            if condition.marks is not None:
                condition.check(changing.entry_at(home, source))
            return bin.throw_away(home, source, self.person.user, datetime.now(UTC))

        await self.services.settle_files(self.opened_project.id)
        item, note = await self.of_disk(thrown)
        await self.services.settle_files(self.opened_project.id)
        return told_deleted(item, note)


def told_upload(upload: Upload, offset: int) -> payloads.FileUpload:
    """Return an upload as the API tells it."""
    return payloads.FileUpload(
        upload.id, as_text(upload.path), upload.address, offset, upload.size_bytes, upload.begun_at
    )


def told_deleted(item: str, note: bin.Note) -> payloads.DeletedFile:
    """Return something in the bin as the API tells it."""
    path = note.path
    return payloads.DeletedFile(
        item, as_text(path[-1:]), as_text(path), note.kind, note.size_bytes, note.by, note.deleted_at
    )
