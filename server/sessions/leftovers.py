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
from server.db.repositories import notebooks
from server.sessions.blobs import BlobStore

GRACE = timedelta(days=1)
FIRST_AFTER_S = 60.0
EVERY_S = 3600.0


async def remove_for_ever(database: Database, blobs: BlobStore, streams: Path) -> None:
    """Once an hour, clear away what is left over."""
    await asyncio.sleep(FIRST_AFTER_S)
    while True:
        await remove(database, blobs, streams, datetime.now(UTC))
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


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()
