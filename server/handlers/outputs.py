"""Large outputs and running text, handed out so that no browser takes them for a page."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from collab.ids import NotebookId
from collab.roles import Capability
from server import payloads
from server.handlers.base import ApiHandler, needs, route
from server.handlers.living import sessions_of
from server.refusals import NotFound, Refusal
from server.sessions.streams import read_ends, read_stream

MAX_RANGE_BYTES = 1024 * 1024
ENDS_BYTES = 4096
MAX_ENDS = 50
KEPT_BY_BROWSERS_S = 30 * 24 * 3600

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What a browser draws and cannot run."""

_STREAM_ID = re.compile("[A-Za-z0-9_-]{1,160}")

SVG_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


@route("/api/outputs/{sha256:[0-9a-f]{64}}")
class OutputHandler(ApiHandler):
    """One blob, for those who may read a notebook that holds it."""

    @needs(Capability.READ, door="notebook", media="*/*")
    async def get(self, sha256: str) -> None:
        found = await sessions_of(self).blobs.get(self.opened_notebook.id, sha256)
        if found is None:
            raise NotFound
        blob, content = found
        self.set_header("Cache-Control", f"private, immutable, max-age={KEPT_BY_BROWSERS_S}")
        kind = blob.mime if blob.mime in PICTURES else picture_of(content) or blob.mime
        if kind in PICTURES:
            self.set_header("Content-Type", kind)
        elif kind == "image/svg+xml":
            self.set_header("Content-Type", kind)
            self.set_header("Content-Security-Policy", SVG_POLICY)
        elif kind.startswith("text/") or kind.endswith("json"):
            self.set_header("Content-Type", "text/plain; charset=UTF-8")
        else:
            self.set_header("Content-Type", "application/octet-stream")
            self.set_header("Content-Disposition", "attachment")
        self.write(content)


@route("/api/notebooks/{notebook}/streams")
class StreamEndsHandler(ApiHandler):
    """How up to 50 texts begin and end, 4 KiB each; `ids` names their streams, with commas between."""

    @needs(Capability.READ, answer=payloads.StreamEnds)
    async def get(self) -> payloads.StreamEnds:
        ids = list(dict.fromkeys(self.get_query_argument("ids", "").split(",")))
        if len(ids) > MAX_ENDS or not all(_STREAM_ID.fullmatch(one) for one in ids):
            raise Refusal("bad_query", f"Name 1 to {MAX_ENDS} streams in `ids`, with commas between.")
        return await asyncio.to_thread(_ends, sessions_of(self).streams, self.opened_notebook.id, ids)


@route("/api/notebooks/{notebook}/streams/{stream:[A-Za-z0-9_-]{1,160}}")
class StreamHandler(ApiHandler):
    """A part of a stream's text: at most 1 MiB from `start` to `end`; `X-Total-Bytes` is all there is."""

    @needs(Capability.READ, media="text/plain")
    async def get(self, stream: str) -> None:
        start, end = self._number("start") or 0, self._number("end")
        part = await asyncio.to_thread(
            read_stream,
            sessions_of(self).streams,
            self.opened_notebook.id,
            stream,
            start,
            end,
            MAX_RANGE_BYTES,
        )
        if part is None:
            raise NotFound
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.set_header("X-Total-Bytes", str(part.total))
        self.write(part.content)

    def _number(self, name: str) -> int | None:
        text = self.get_query_argument(name, "")
        if text and not (text.isascii() and text.isdecimal() and len(text) <= 15):
            raise Refusal("bad_query", f"`{name}` must be a number of bytes.")
        return int(text) if text else None


def _ends(folder: Path, notebook: NotebookId, ids: list[str]) -> payloads.StreamEnds:
    found = ((one, read_ends(folder, notebook, one, ENDS_BYTES)) for one in ids)
    return payloads.StreamEnds(
        [payloads.LogEnds(one, ends.total, ends.head, ends.tail) for one, ends in found if ends is not None]
    )


def picture_of(content: bytes) -> str | None:
    """Return the kind of a picture by its first bytes, for blobs whose kind nobody wrote down."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None
