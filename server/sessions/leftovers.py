"""Removes files that nothing refers to: streams and blobs of notebooks gone for good, crumbs of crashes.

A blob goes only after a day without a reference, so what is just being
written, on disk before it is on record, is safe.
"""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from server.db.engine import Database
from server.db.repositories import blobs as rows
from server.db.repositories import notebooks, variables
from server.sessions.blobs import BlobStore
from server.sessions.shelf import PLACE, remove_files

GRACE = timedelta(days=1)
FIRST_AFTER_S = 60.0
EVERY_S = 3600.0


async def remove_for_ever(database: Database, blobs: BlobStore, streams: Path, projects: Path) -> None:
    """Once an hour, clear away what is left over."""
    await asyncio.sleep(FIRST_AFTER_S)
    while True:
        await remove(database, blobs, streams, datetime.now(UTC))
        await remove_variables(database, projects, datetime.now(UTC))
        await asyncio.sleep(EVERY_S)


async def remove(database: Database, blobs: BlobStore, streams: Path, now: datetime) -> None:
    """Clear away what is left over."""
    folders = await asyncio.to_thread(_names, streams)  # before the rows are read: a row comes first
    async with database.begin() as session:
        gone = folders - await notebooks.existing(session, folders)
        await rows.forget_unheld(session, now - GRACE)
        known = await rows.names(session)
    for notebook in gone:
        await asyncio.to_thread(shutil.rmtree, streams / notebook, ignore_errors=True)
    await asyncio.to_thread(blobs.remove_unknown, known, now - GRACE)


async def remove_variables(database: Database, projects: Path, now: datetime) -> None:
    """Delete saved variables whose time is over, and files of sets that are on no record, after a day."""
    on_disk = await asyncio.to_thread(_saved_sets, projects, now - GRACE)
    async with database.read() as session:
        over = await variables.expired(session, now)
        known = await variables.ids(session)
    for saved, project in over:
        await asyncio.to_thread(remove_files, projects / project / "files", [saved])
    if over:
        expired = [saved for saved, _ in over]
        await database.write_plain(lambda connection: variables.remove(connection, expired))
    for folder, saved in on_disk:
        if saved not in known:
            await asyncio.to_thread(remove_files, folder, [saved])


def _saved_sets(projects: Path, before: datetime) -> list[tuple[Path, str]]:
    """Return the folders of saved variables that are older than `before`, as project's files and set."""
    found = []
    for path in projects.glob(f"*/files/{PLACE}/*"):
        try:
            is_old = path.lstat().st_mtime < before.timestamp()
        except OSError:
            continue  # somebody else was quicker
        if is_old:
            found.append((path.parents[2], path.name))
    return found


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()
