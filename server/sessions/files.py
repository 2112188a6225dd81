"""Notebook files into and out of an open notebook, with the blobs and streams that belong to them."""

from __future__ import annotations

import asyncio
import json

from collab.hub import Room
from collab.ids import NotebookId, UserId
from collab.ipynb import Imported, export, populate
from collab.wire import BlobRef, DisplayOutput, StreamOutput
from server.sessions.actor import NotebookSession
from server.sessions.registry import Sessions
from server.sessions.streams import read_stream

_WHOLE = 2**31


async def fill(sessions: Sessions, notebook: NotebookId, room: Room, imported: Imported, by: UserId) -> None:
    """Fill an empty notebook with what a file held."""
    await store(sessions, notebook, imported)
    with room.edit(by):
        populate(room.source, room.runtime, imported)
    await room.flush()


async def store(sessions: Sessions, notebook: NotebookId, imported: Imported) -> None:
    """Keep the blobs and the texts that the outputs of a file refer to."""
    kinds = _kinds(imported)
    for name, content in imported.blobs.items():
        await sessions.blobs.put(notebook, content, kinds.get(name, "application/octet-stream"))
    folder = sessions.streams / notebook
    for stream, content in imported.streams.items():
        folder.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread((folder / stream).write_bytes, content)


async def exported(sessions: Sessions, session: NotebookSession) -> bytes:
    """Return the text of a notebook file, with the outputs of the last runs."""
    room, notebook = session.room, session.room.notebook
    held = await sessions.blobs.held(notebook)
    outputs = [output for entry in room.runtime.entries().values() for output in entry.outputs]
    logs = [o.id for o in outputs if isinstance(o, StreamOutput) and o.text is None]
    bundles = [o.data for o in outputs if isinstance(o, DisplayOutput)]
    names = held & {v.sha256 for data in bundles for v in data.values() if isinstance(v, BlobRef)}

    def fetch() -> tuple[dict[str, bytes], dict[str, bytes | None]]:
        parts = {log: read_stream(sessions.streams, notebook, log, 0, None, _WHOLE) for log in logs}
        texts = {log: part.content for log, part in parts.items() if part is not None}
        return texts, {name: sessions.blobs.read(name) for name in names}

    texts, contents = await asyncio.to_thread(fetch)

    def read_blob(name: str) -> bytes | None:
        """Read what this notebook holds: editors write attachments' names, and may name anything."""
        if name not in contents:
            contents[name] = sessions.blobs.read(name) if name in held else None
        return contents[name]

    file = export(room.source, room.runtime, read_blob, texts.get)
    return await asyncio.to_thread(lambda: (json.dumps(file, ensure_ascii=False, indent=1) + "\n").encode())


def _kinds(imported: Imported) -> dict[str, str]:
    """Return the MIME types of the blobs that outputs name."""
    outputs = [output for cell in imported.cells for output in cell.outputs]
    bundles = [output.data for output in outputs if isinstance(output, DisplayOutput)]
    values = [(mime, value) for data in bundles for mime, value in data.items()]
    return {value.sha256: mime for mime, value in values if isinstance(value, BlobRef)}
