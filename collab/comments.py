"""The comments document: threads on cells and outputs, written by the server alone."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import msgspec
from pycrdt import Doc, Map


class CommentsDocument:
    """A typed view of one comments document."""

    def __init__(self, doc: Doc[Any]) -> None:
        self.doc = doc
        self._threads: Map[Any] = doc.get("threads", type=Map)

    def transaction(self) -> AbstractContextManager[Any]:
        """Join several changes into one update."""
        return self.doc.transaction()

    def threads(self) -> dict[str, dict[str, Any]]:
        """Return every thread by its id."""
        return msgspec.json.decode(str(self._threads), type=dict[str, dict[str, Any]])
