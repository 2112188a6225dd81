"""The built frontend: the app's page, the frame for outputs, and their files."""

from __future__ import annotations

import asyncio
import mimetypes
from html import escape
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlencode

from server import security
from server.handlers.base import PUBLIC, ApiHandler, Needs, needs, route
from server.refusals import NotFound

FOR_EVER = "public, max-age=31536000, immutable"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))

NOT_PAGES = ("/api/", "/jupyter/", "/assets/")
"""Below these, scripts ask: an address that is unknown gets an error in JSON."""

NOT_BUILT = """The pages are not built yet.

This server runs from a source checkout without a built frontend. Run `make run`, or `npm ci` and
`npm run build` in the folder frontend, then reload this page. The API under /api works meanwhile.
"""


class FileHandler(ApiHandler):
    """What routes that send files of the frontend share."""

    async def send_file(self, name: str, *, compressed: bool = False) -> None:
        """Send the built file `name`; raises `NotFound` for whatever is not one."""
        root = self.services.static
        path = (root / name).resolve() if root is not None else None
        if root is None or path is None or not path.is_relative_to(root.resolve()) or not path.is_file():
            raise NotFound
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        text = kind.startswith("text/") or kind.endswith(("javascript", "json", "xml"))
        self.set_header("Content-Type", f"{kind}; charset=UTF-8" if text else kind)
        self.write(await asyncio.to_thread(self._choose(path, compressed=compressed).read_bytes))

    async def send_app(self) -> None:
        """Send the app's page. It holds no data: what it shows comes from the API, by the person's rights."""
        await self.send_file("index.html", compressed=True)
        policy = security.shell_policy(self.request.host or "", https=self.services.config.is_https)
        self.set_header("Content-Security-Policy", policy)
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Robots-Tag", "noindex")

    def _choose(self, path: Path, *, compressed: bool) -> Path:
        """Return the smallest form that the browser takes."""
        if compressed:
            self.set_header("Vary", "Accept-Encoding")
            offered = self.request.headers.get("Accept-Encoding", "")
            accepted = {part.partition(";")[0].strip() for part in offered.split(",")}
            for encoding, suffix in ENCODINGS:
                smaller = path.with_name(path.name + suffix)
                if encoding in accepted and smaller.is_file():
                    self.set_header("Content-Encoding", encoding)
                    return smaller
        return path


@route(
    "/",
    "/setup",
    "/login",
    "/join",
    "/link",
    "/password",
    "/account",
    "/search",
    r"/{page:(?:p|n|admin)(?:/[^/]+){0,110}}",
)
class PageHandler(FileHandler):
    """The addresses at which the app has something to show."""

    @needs(PUBLIC, media="text/html")
    async def get(self, page: str = "") -> None:
        if self.services.static is None:
            self.set_status(503)
            self.set_header("Content-Type", "text/plain; charset=UTF-8")
            self.write(NOT_BUILT)
            return
        await self.send_app()

    head = get


@route("/login/continue")
class ContinueHandler(ApiHandler):
    """Where a sign-in ends: at the page that was asked for, if it is one of ours."""

    @needs(PUBLIC, media="text/html")
    async def get(self) -> None:
        wanted = security.local_path(self.get_query_argument("next", "/"))
        if await self.identify() is None:
            wanted = f"/login?{urlencode({'next': wanted})}"
        self.set_status(303)
        self.set_header("Location", wanted)
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.write(f'<a href="{escape(wanted)}">Continue</a>')


@route("/output-frame.html")
class FrameHandler(FileHandler):
    """The page in which untrusted outputs live. It has no origin and reaches nothing."""

    policy: ClassVar[str] = security.FRAME_POLICY

    @needs(PUBLIC, media="text/html")
    async def get(self) -> None:
        self.set_header("Cache-Control", "no-cache")
        await self.send_file("output-frame.html", compressed=True)

    head = get


@route(r"/assets/{name:[A-Za-z0-9_][A-Za-z0-9._-]{0,200}(?:/[A-Za-z0-9_][A-Za-z0-9._-]{0,200}){0,3}}")
class AssetHandler(FileHandler):
    """Files named by their content. The output frame has no origin, so it needs the CORS header."""

    @needs(PUBLIC, media="application/octet-stream")
    async def get(self, name: str) -> None:
        self.set_header("Access-Control-Allow-Origin", "*")
        await self.send_file(f"assets/{name}", compressed=True)
        self.set_header("Cache-Control", FOR_EVER)

    head = get


@route(r"/{name:[A-Za-z0-9_-]{1,60}\.(?:svg|ico|png|txt|webmanifest)}")
class RootFileHandler(FileHandler):
    """Icons and the like, which browsers look for at the root."""

    @needs(PUBLIC, media="application/octet-stream")
    async def get(self, name: str) -> None:
        await self.send_file(name)
        self.set_header("Cache-Control", "public, max-age=3600")

    head = get


class NothingHere(FileHandler):
    """Answers every address that no route has: with an error, or with the page that says so to a person."""

    async def prepare(self) -> None:
        self.check_size(Needs(PUBLIC))

    async def _refuse(self) -> None:
        self._check_host()
        raise NotFound

    async def _show(self) -> None:
        self._check_host()
        wants_page = "text/html" in self.request.headers.get("Accept", "")
        if self.services.static is None or not wants_page or f"{self.request.path}/".startswith(NOT_PAGES):
            raise NotFound
        await self.send_app()
        self.set_status(404)

    get = head = _show
    post = put = patch = delete = options = _refuse
