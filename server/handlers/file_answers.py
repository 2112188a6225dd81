"""What the routes of files have in common: how paths arrive, and how what is found is told."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TypeVar

from server import payloads
from server.files.beneath import Entry
from server.files.home import Home, in_words
from server.files.listing import Listing
from server.files.part import Files, files_of
from server.files.paths import Path, address_of, as_text, shown
from server.files.times import time_of
from server.handlers.base import ApiHandler

T = TypeVar("T")


class FilesHandler(ApiHandler):
    """A route about the files of the project in its path."""

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """Return a part of the address; a path may hold any bytes."""
        return os.fsdecode(value) if name == "path" else super().decode_argument(value, name)

    @property
    def files(self) -> Files:
        return files_of(self.services)

    async def home(self) -> Home:
        """Return where the project's files are."""
        return await self.files.home(self.opened_project.id)

    async def of_disk(self, work: Callable[..., T], *arguments: object) -> T:
        """Do something with the disk in a thread; what the disk refuses becomes an answer."""

        def told() -> T:
            with in_words():
                return work(*arguments)

        return await asyncio.to_thread(told)


def told_entry(path: Path, entry: Entry) -> payloads.FileEntry:
    """Return an entry as the API tells it; `path` is its own."""
    return payloads.FileEntry(
        shown(path[-1]) if path else "",
        as_text(path),
        address_of(path),
        entry.kind,
        entry.size_bytes if entry.kind == "file" else 0,
        time_of(entry.changed_ns),
        f'"{entry.mark}"',
    )


def told_listing(path: Path, listing: Listing) -> payloads.FolderListing:
    """Return a part of a folder as the API tells it."""
    items = [told_entry((*path, entry.name), entry) for entry in listing.entries]
    return payloads.FolderListing(as_text(path), items, listing.total, listing.mark, listing.next)
