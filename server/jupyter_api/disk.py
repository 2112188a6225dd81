"""A project's files in Jupyter's words: read, written, moved and deleted through `server.files`.

What Jupyter hides (names that begin with a dot) stays hidden, and so do links, pipes and devices. Writing
needs FILES. A checkpoint is a copy in `.ipynb_checkpoints` beside the file, where Jupyter's own
programs keep it.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
import mimetypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from tornado.web import HTTPError

from collab.ipynb import Unreadable, file_bytes, modern
from collab.roles import Capability
from server.files import bin, changing, uploads
from server.files.beneath import Entry
from server.files.home import Home, in_words, make_folder
from server.files.listing import list_folder
from server.files.part import files_of
from server.files.paths import Path, existing_path, new_path
from server.files.times import time_of
from server.files.uploads import Condition, Receiver
from server.jupyter_api.place import Place
from server.refusals import NotFound, Refusal

T = TypeVar("T")
Model = dict[str, Any]

CHECKPOINTS, CHECKPOINT = ".ipynb_checkpoints", "checkpoint"
MOST_ENTRIES = 10_000
LARGEST_IN_CHUNKS = 2 * 1024**3
LAST_CHUNK = -1


@dataclass(frozen=True, slots=True)
class Written:
    """What is about to be written, and whether more of it follows."""

    content: bytes
    chunk: int | None


class Disk:
    """The files of one project, for one request."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._files = files_of(place.services)

    async def entry(self, path: str) -> Entry | None:
        """Return the file or folder at a path; None for anything else."""
        try:
            names = _path(path)
            found = await self._do(lambda home: changing.entry_at(home, names))
        except NotFound:
            return None
        return found if found.kind in ("file", "folder") else None

    async def folder(self, path: str) -> Sequence[Model]:
        """Return models, without content, of what a folder holds."""
        names = _path(path)
        found = await self._do(lambda home: _listed(home, names))
        shown = [each for each in found if each.kind in ("file", "folder") and _is_shown(each.name)]
        return [self.model((*names, each.name), each) for each in shown]

    def model(self, path: Path, entry: Entry) -> Model:
        """Return what Jupyter is told of a file or folder, without its content."""
        changed, is_folder = time_of(entry.changed_ns), entry.kind == "folder"
        return {
            "name": path[-1] if path else "",
            "path": "/".join(path),
            "type": "directory" if is_folder else "notebook" if entry.name.endswith(".ipynb") else "file",
            "writable": Capability.FILES in self._place.rights,
            "created": changed,
            "last_modified": changed,
            "mimetype": None,
            "content": None,
            "format": None,
            "size": None if is_folder else entry.size_bytes,
            "hash": None,
            "hash_algorithm": None,
        }

    async def read(
        self,
        path: str,
        entry: Entry | None,
        kind: str | None,
        format: str | None,
        *,
        content: bool,
        wants_hash: bool,
    ) -> Model:
        """Return the file of an entry, with its content and hash where they are wanted."""
        if entry is None:
            raise NotFound
        names = _path(path)
        model = self.model(names, entry)
        if kind == "file":
            model["type"] = "file"
        if not content and not wants_hash:
            return model
        most = self._place.services.config.max_import_bytes
        raw = await self._do(lambda home: _content(home, names, most))
        if wants_hash:
            model |= {"hash": hashlib.sha256(raw).hexdigest(), "hash_algorithm": "sha256"}
        if content and model["type"] == "notebook":
            try:
                model |= {"content": await asyncio.to_thread(modern, raw, most), "format": "json"}
            except Unreadable as failure:
                raise HTTPError(400, "%s", failure.reason) from None
        elif content:
            model |= _as_content(raw, format, names[-1])
        return model

    async def save(self, path: str, model: Model) -> Model:
        """Write a file, or make a folder; returns its model without content."""
        self._place.demand(Capability.FILES)
        names = new_path(path.strip("/"))
        above = await self.entry("/".join(names[:-1]))
        if above is None or above.kind != "folder":
            raise HTTPError(404, "No such directory: %s", "/".join(names[:-1]))
        if model.get("type") == "directory":
            if await self.entry(path) is None:
                await self._do(lambda home: make_folder(home, names))
        else:
            written = await asyncio.to_thread(_from_model, model)
            if not await self._write(names, written):
                now = datetime.now(UTC).timestamp()
                return self.model(names, Entry(names[-1], "file", 0, int(now * 1e9), ""))
        entry = await self.entry(path)
        if entry is None:
            raise NotFound
        return self.model(names, entry)

    async def rename(self, path: str, target: str) -> None:
        """Move a file or folder; nothing that is there is overwritten."""
        self._place.demand(Capability.FILES)
        before, after = _path(path), new_path(target.strip("/"))
        await self._do(lambda home: changing.rename(home, before, after))
        await self._place.services.file_moved(self._place.project, before, after)

    async def delete(self, path: str) -> None:
        """Move a file or folder into the bin of the project's files."""
        self._place.demand(Capability.FILES)
        names, by = _path(path), self._place.identity.user
        if not names:
            raise HTTPError(400, "The project's own folder cannot be deleted.")
        await self._do(lambda home: bin.throw_away(home, names, by, datetime.now(UTC)))

    # Checkpoints

    async def checkpoints(self, path: str) -> list[Model]:
        """Return the checkpoint of a file, if it has one."""
        if await self.entry(path) is None:
            raise NotFound
        kept = _kept(_path(path))
        found = await self._do(lambda home: changing.entry_or_none(home, kept))
        return [] if found is None else [{"id": CHECKPOINT, "last_modified": time_of(found.changed_ns)}]

    async def _demand_writing(self, path: str) -> None:
        if await self.entry(path) is None:
            raise HTTPError(404, "No such file: %s", path)
        self._place.demand(Capability.FILES)

    async def keep(self, path: str) -> Model:
        """Keep a file as it is now."""
        await self._demand_writing(path)
        await self._copy(_path(path), _kept(_path(path)))
        return (await self.checkpoints(path))[0]

    async def restore(self, path: str) -> None:
        """Write back what was kept of a file."""
        await self._demand_writing(path)
        await self._copy(_kept(_path(path)), _path(path))

    async def forget(self, path: str) -> None:
        """Delete what was kept of a file."""
        await self._demand_writing(path)
        kept, by = _kept(_path(path)), self._place.identity.user
        await self._do(lambda home: bin.throw_away(home, kept, by, datetime.now(UTC)))

    async def _copy(self, source: Path, target: Path) -> None:
        most = self._place.services.config.max_import_bytes
        raw = await self._do(lambda home: _content(home, source, most))
        await self._write(target, Written(raw, None))

    async def _write(self, path: Path, written: Written) -> bool:
        """Write a file, or a part of it; says whether it is whole now."""
        by, quotas = self._place.identity.user, self._files.quotas

        def done(home: Home) -> bool:
            size, now = len(written.content), datetime.now(UTC)
            quotas.check(home, size)
            whole = uploads.upload_for(path, size if written.chunk is None else LARGEST_IN_CHUNKS, by, now)
            upload = uploads.apart(whole) if written.chunk is None else whole
            start = 0 if written.chunk in (None, 1) else uploads.arrived(home, upload)
            receiver = Receiver(home, upload, start)
            try:
                receiver.write(written.content)
                if written.chunk not in (None, LAST_CHUNK):
                    return False
                receiver.finish(None, Condition())
            except BaseException:
                uploads.cancel(home, upload.id)
                raise
            finally:
                receiver.close()
            quotas.note(home, size)
            return True

        return await self._do(done)

    async def _do(self, work: Callable[[Home], T]) -> T:
        """Do something with the disk in a thread; what the disk refuses becomes an answer."""
        home = await self._files.home(self._place.project)

        def told() -> T:
            with in_words():
                home.prepare()
                return work(home)

        return await asyncio.to_thread(told)


def _listed(home: Home, path: Path) -> list[Entry]:
    part = list_folder(home.files, path)
    found = part.entries
    while part.next is not None and len(found) < MOST_ENTRIES:
        part = list_folder(home.files, path, after=part.next)
        found += part.entries
    return found


def _is_shown(name: str) -> bool:
    """Whether a name can be told in JSON, and is none that Jupyter hides."""
    return not name.startswith(".") and name.isprintable()


def _content(home: Home, path: Path, most_bytes: int) -> bytes:
    opened = changing.open_file(home, path)
    try:
        if opened.entry.size_bytes > most_bytes:
            reason = f"The file is larger than {most_bytes / 2**20:.0f} MiB. Download it from its page."
            raise Refusal("too_large", reason, 413)
        return opened.read(0, most_bytes)
    finally:
        opened.close()


def _path(path: str) -> Path:
    """Return a path as programs write it, with or without slashes around it."""
    return existing_path(path.strip("/"))


def _kept(path: Path) -> Path:
    """Return where the checkpoint of a file is."""
    if not path:
        raise NotFound
    stem, dot, ending = path[-1].rpartition(".")
    name = f"{stem}-checkpoint.{ending}" if dot else f"{path[-1]}-checkpoint"
    return (*path[:-1], CHECKPOINTS, name)


def _as_content(raw: bytes, format: str | None, name: str) -> Model:
    """Return a file's content as text, where it is text or has to be, else in base64."""
    kind = mimetypes.guess_type(name)[0]
    if format != "base64":
        try:
            return {"content": raw.decode(), "format": "text", "mimetype": kind or "text/plain"}
        except UnicodeDecodeError:
            if format == "text":
                raise HTTPError(400, "%s is not UTF-8 encoded", name) from None
    coded = base64.encodebytes(raw).decode()
    return {"content": coded, "format": "base64", "mimetype": kind or "application/octet-stream"}


def _from_model(model: Model) -> Written:
    """Return what a program wants written; raises a `Refusal`."""
    content, format, chunk = model.get("content"), model.get("format"), model.get("chunk")
    if chunk is not None and (not isinstance(chunk, int) or isinstance(chunk, bool)):
        raise Refusal("bad_body", "`chunk` must be a number.")
    if model.get("type") == "notebook":
        try:
            raw = json.dumps(content, ensure_ascii=False).encode(errors="surrogatepass")
            return Written(file_bytes(modern(raw), with_outputs=True), None)
        except Unreadable as failure:
            raise Refusal(failure.code, failure.reason) from None
    if not isinstance(content, str) or format not in ("text", "base64"):
        raise Refusal("bad_body", "Send the file's `content` as text, with `format` text or base64.")
    try:
        raw = content.encode() if format == "text" else base64.b64decode(content)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise Refusal("bad_body", f"The content is no {format}.") from None
    return Written(raw, chunk)
