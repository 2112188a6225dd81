"""Folders of a project's files, what changed in them and what they take; the bin; uploads on their way."""

from __future__ import annotations

from collab.roles import Capability
from server import payloads
from server.files import bin, changing, uploads
from server.files.arriving import unpacked
from server.files.home import Home, in_words, make_folder
from server.files.listing import mark_of
from server.files.paths import existing_path, new_path
from server.files.usage import measure
from server.handlers.base import needs, route
from server.handlers.file_answers import FilesHandler, told_entry
from server.handlers.files import told_deleted, told_upload
from server.paging import newest_first, oldest_first, part
from server.refusals import NotFound, Refusal

MOST_MARKS = 100


@route("/api/projects/{project}/folders")
class FoldersHandler(FilesHandler):
    """Makes folders, also those above that are missing."""

    @needs(Capability.FILES, body=payloads.NewFolder, answer=payloads.FileEntry, status=201)
    async def post(self, body: payloads.NewFolder) -> payloads.FileEntry:
        path, home = new_path(body.path), await self.home()
        await self.of_disk(make_folder, home, path)
        return told_entry(path, await self.of_disk(changing.entry_at, home, path))


@route("/api/projects/{project}/folder-marks")
class FolderMarksHandler(FilesHandler):
    """Whether folders changed: one `folder` in the query for each that is asked about, 100 at most."""

    @needs(Capability.READ, answer=payloads.FolderMarks)
    async def get(self) -> payloads.FolderMarks:
        asked = list(dict.fromkeys(self.get_query_arguments("folder")))
        if len(asked) > MOST_MARKS:
            raise Refusal("bad_query", f"Ask about {MOST_MARKS} folders at most.")
        home = await self.home()

        def marked() -> list[payloads.FolderMark]:
            return [payloads.FolderMark(folder, _mark(home, folder)) for folder in asked]

        return payloads.FolderMarks(await self.of_disk(marked))


def _mark(home: Home, folder: str) -> str | None:
    try:
        return mark_of(home.files, existing_path(folder))
    except NotFound:
        return None


@route("/api/projects/{project}/files-usage")
class FilesUsageHandler(FilesHandler):
    """How much disk the files take, and how much they may."""

    @needs(Capability.READ, answer=payloads.FilesUsage)
    async def get(self) -> payloads.FilesUsage:
        home, quotas = await self.home(), self.files.quotas
        used = await self.of_disk(quotas.used, home)
        in_bin = await self.of_disk(measure, home.bin)
        return payloads.FilesUsage(used, in_bin, quotas.limit_bytes or None)


@route("/api/projects/{project}/deleted-files")
class BinHandler(FilesHandler):
    """The bin of the project's files, the latest first. DELETE empties it for good."""

    @needs(Capability.FILES, answer=payloads.Page[payloads.DeletedFile])
    async def get(self) -> payloads.Page[payloads.DeletedFile]:
        found = await self.of_disk(bin.items, await self.home())
        taken, following = part(found, lambda each: newest_first(each[1].deleted_at, each[0]), self.window)
        return payloads.Page([told_deleted(item, note) for item, note in taken], following)

    @needs(Capability.FILES)
    async def delete(self) -> None:
        home = await self.home()
        for item, _ in await self.of_disk(bin.items, home):
            await self.of_disk(bin.remove, home, item)
        await self.of_disk(lambda: self.files.quotas.used(home, anew=True))


@route("/api/projects/{project}/deleted-files/{item}")
class BinItemHandler(FilesHandler):
    """One thing in the bin: `{"deleted": false}` takes it out, DELETE removes it for good."""

    @needs(Capability.FILES, body=payloads.RestoreFile, answer=payloads.FileEntry)
    async def patch(self, body: payloads.RestoreFile, item: str) -> payloads.FileEntry:
        home = await self.home()
        path = await self.of_disk(bin.put_back, home, item)
        return told_entry(path, await self.of_disk(changing.entry_at, home, path))

    @needs(Capability.FILES)
    async def delete(self, item: str) -> None:
        home = await self.home()
        await self.of_disk(bin.note_of, home, item)
        await self.of_disk(bin.remove, home, item)
        await self.of_disk(lambda: self.files.quotas.used(home, anew=True))


@route("/api/projects/{project}/uploads")
class UploadsHandler(FilesHandler):
    """Your uploads in parts that are not whole yet, the oldest first."""

    @needs(Capability.FILES, answer=payloads.Page[payloads.FileUpload])
    async def get(self) -> payloads.Page[payloads.FileUpload]:
        home, mine = await self.home(), self.person.user

        def found() -> list[payloads.FileUpload]:
            waiting = [upload for upload in uploads.uploads_of(home) if upload.by == mine]
            return [told_upload(upload, uploads.arrived(home, upload)) for upload in waiting]

        taken, following = part(
            await self.of_disk(found), lambda each: oldest_first(each.begun_at, each.id), self.window
        )
        return payloads.Page(taken, following)


@route("/api/projects/{project}/uploads/{upload}")
class UploadHandler(FilesHandler):
    """One of your uploads in parts. DELETE forgets it and what has arrived."""

    @needs(Capability.FILES)
    async def delete(self, upload: str) -> None:
        home, mine = await self.home(), self.person.user

        def forgotten() -> None:
            for each in uploads.uploads_of(home):
                if each.id == upload and each.by == mine:
                    uploads.cancel(home, upload)
                    return
            raise NotFound

        await self.of_disk(forgotten)


@route("/api/projects/{project}/unpacked/{path:.*}")
class UnpackedHandler(FilesHandler):
    """Unpacks the archive at a path into a new folder beside it, whole or not at all."""

    @needs(Capability.FILES, answer=payloads.UnpackedArchive, status=201)
    async def post(self, path: str) -> payloads.UnpackedArchive:
        home = await self.home()
        with self.while_waited_for(), in_words():
            place, entry, told = await unpacked(home, existing_path(path), self.files.quotas)
        return payloads.UnpackedArchive(told_entry(place, entry), told.files, told.bytes)
