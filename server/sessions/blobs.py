"""Large outputs and attachments as files named by their SHA-256: DATA/blobs/ab/abcd…"""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

from collab.ids import NotebookId, new_id
from server.db.engine import Database
from server.db.repositories import blobs as rows
from server.db.repositories.blobs import RecordedBlob


class BlobStore:
    """All blobs of one server. A blob is on disk before it is on record."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._folder = folder
        self._database = database
        self._lock = threading.Lock()

    async def put(self, notebook: NotebookId, content: bytes, mime: str) -> str:
        """Keep `content` for `notebook` and return its name."""
        sha256 = await asyncio.to_thread(self._write, content)
        blob = RecordedBlob(sha256, len(content), mime[:200])
        async with self._database.begin() as session:
            await rows.add(session, notebook, blob, datetime.now(UTC))
        return sha256

    async def get(self, notebook: NotebookId, sha256: str) -> tuple[RecordedBlob, bytes] | None:
        """Return a blob that `notebook` holds."""
        async with self._database.read() as session:
            blob = await rows.find(session, notebook, sha256)
        if blob is None:
            return None
        return blob, await asyncio.to_thread(self._path(sha256).read_bytes)

    async def held(self, notebook: NotebookId) -> frozenset[str]:
        """Return the names of all blobs that `notebook` holds."""
        async with self._database.read() as session:
            return await rows.held(session, notebook)

    def read(self, sha256: str) -> bytes | None:
        """Return a blob, which the caller's notebook must have `held`; blocks on the disk."""
        try:
            return self._path(sha256).read_bytes()
        except FileNotFoundError:
            return None

    def remove_unknown(self, known: frozenset[str], before: datetime) -> None:
        """Remove files whose names are not `known` and that nobody wrote since `before`; blocks."""
        for path in self._folder.glob("??/*"):
            if path.name not in known:
                with self._lock:
                    if path.stat().st_mtime < before.timestamp():
                        path.unlink()

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _write(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        with self._lock:
            is_there = path.exists()
            if is_there:
                os.utime(path)  # it is wanted again
        if not is_there:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"{sha256}.{new_id()}")
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        return sha256
