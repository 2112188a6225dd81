"""Which blobs a notebook refers to, in its outputs and its attachments."""

from __future__ import annotations

import re
from typing import Any

from pycrdt import Doc, Map

from collab.hub.living import living
from collab.ids import ClientId
from collab.store import Document, LoadedHistory
from collab.versions import unpacked

_NAME = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


def names_in(source: Doc[Any], runtime: Doc[Any]) -> frozenset[str]:
    """Return everything in the documents that may name a blob; cells in the bin count.

    What only looks like a name does no harm: it keeps nothing that is not there.
    """
    roots = ((source, "cells"), (source, "meta"), (runtime, "cells"), (runtime, "kernel"))
    texts = (str(doc.get(root, type=Map)) for doc, root in roots)
    return frozenset(name for text in texts for name in _NAME.findall(text))


def names_in_kept(content: bytes) -> frozenset[str]:
    """Return the same of a version's content."""
    return frozenset(_NAME.findall(str(unpacked(content))))


def names_in_stored(loaded: LoadedHistory) -> frozenset[str]:
    """Return the same of a notebook that nobody has open. Blocks for as long as loading takes."""
    source, runtime = (
        living(document, loaded.documents[document], ClientId(0))
        for document in (Document.SOURCE, Document.RUNTIME)
    )
    return names_in(source, runtime)
