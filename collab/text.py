"""A typed view of the document of a text file: one text, whose lines end with a line feed."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, Final

from pycrdt import Doc, Text

from collab.ids import ClientId
from collab.source import changed_span

MOST_COMPARED: Final = 4_000_000
"""Pairs of lines that are compared one with another: a second. What is larger counts as rewritten."""


class TextDocument:
    """The text of one document, at the root `text`."""

    def __init__(self, doc: Doc[Any]) -> None:
        self.doc = doc
        self._text: Text = doc.get("text", type=Text)

    def __str__(self) -> str:
        return str(self._text)

    def rewrite(self, text: str) -> None:
        """Turn the text into `text`, touching only what differs: carets and edits beside it stay."""
        before = str(self._text)
        with self.doc.transaction():
            for start, end, new in reversed(list(_spans(before, text))):
                if end > start:
                    del self._text[start:end]
                if new:
                    self._text.insert(start, new)


def merged_in(state: bytes, text: str, server_id: ClientId) -> tuple[bytes, bytes]:
    """Return what turns the text of `state` into `text`, as an update, and the state after it.

    The update fits any later state of the same history, and changes there what it changes here: so somebody's
    edits and a file's come together. `server_id` must have written nothing that `state` lacks.
    """
    doc: Doc[Any] = Doc(client_id=server_id)
    doc["text"] = Text()
    doc.apply_update(state)
    known = doc.get_state()
    TextDocument(doc).rewrite(text)
    return doc.get_update(known), doc.get_update()


def text_in(state: bytes) -> str:
    """Return the text of a state."""
    doc: Doc[Any] = Doc()
    doc["text"] = Text()
    doc.apply_update(state)
    return str(doc["text"])


def _spans(before: str, after: str) -> Iterator[tuple[int, int, str]]:
    """Return what to replace, as offsets in UTF-8 bytes, in the order of the text."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    olds, news = old[head : len(old) - tail], new[head : len(new) - tail]
    hunks = [(0, len(olds), 0, len(news))]
    if len(olds) * len(news) <= MOST_COMPARED:
        matcher = SequenceMatcher(None, olds, news, autojunk=False)
        hunks = [(i, j, k, m) for kind, i, j, k, m in matcher.get_opcodes() if kind != "equal"]
    offset, at = sum(len(line.encode()) for line in old[:head]), 0
    for start, end, first, last in hunks:
        offset += sum(len(line.encode()) for line in olds[at:start])
        at = start
        gone, come = "".join(olds[start:end]).encode(), "".join(news[first:last]).encode()
        from_, to, upto = changed_span(gone, come)
        if to > from_ or upto > from_:
            yield offset + from_, offset + to, come[from_:upto].decode()
