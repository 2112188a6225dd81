"""A page that edits a text file over a real websocket."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import quote

from pycrdt import Doc

from collab.roles import Capability
from collab.store import Document
from collab.text import TextDocument
from tests.support import server
from tests.support.socket_page import Page


class TextPage(Page):
    """One open text file in one browser."""

    documents: ClassVar[tuple[Document, ...]] = (Document.SOURCE,)
    writes: ClassVar[Capability] = Capability.FILES

    @classmethod
    async def visit(cls, browser: server.Client, project: str, path: str, query: str = "") -> TextPage:
        """Open the socket and wait until the text is there, or why it is not."""
        url = f"{browser.base.replace('http', 'ws')}/api/projects/{project}/text-socket/{quote(path)}{query}"
        ws = await browser.http.ws_connect(url, origin=browser.base, max_msg_size=0)
        page = cls(browser.name, ws)
        await page.until(lambda: (page._synced and page.text) or page.closed)
        return page

    def _be(self, doc: Doc[Any]) -> None:
        super()._be(doc)
        self.view = TextDocument(doc)

    def _declare(self, doc: Doc[Any]) -> None:
        TextDocument(doc)

    @property
    def text(self) -> str:
        return str(self.view)

    def seen(self) -> str:
        return f"{self.text[:2000]!r}, closed {self.closed}, {self.messages[-3:]}"

    def type(self, text: str, at: int) -> None:
        """Insert a text at an offset in UTF-8 bytes."""
        self.doc["text"].insert(at, text)
