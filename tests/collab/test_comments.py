"""Threads on cells: who says what, what is settled, what deleting leaves, and places in changing text."""

from __future__ import annotations

import pytest
from pycrdt import Doc, Map, StickyIndex, Text

from collab import comments
from collab.comments import Author, CommentsDocument, NoSuchThread, TooMany, may_change, may_delete, place_of
from collab.roles import Role, capabilities_of

ADA, BOB = Author("u1", "Ada", 1), Author("u2", "Bob", 2)


@pytest.fixture
def document() -> CommentsDocument:
    doc: Doc[object] = Doc()
    doc["threads"] = Map()
    return CommentsDocument(doc)


def test_a_thread_keeps_its_messages_in_order_with_their_authors(document: CommentsDocument) -> None:
    thread = document.begin("c1", ADA, "Why 3?", 1_764_000_000_001, mentions=["u2"])
    document.reply(thread, BOB, "Because.", 1_764_000_000_002)
    found = document.threads()[thread]
    assert found.cell == "c1"
    assert [(m.by_name, m.body, m.at, m.mentions) for m in found.messages] == [
        ("Ada", "Why 3?", 1_764_000_000_001, ["u2"]),
        ("Bob", "Because.", 1_764_000_000_002, []),
    ]


def test_an_answer_opens_what_was_settled(document: CommentsDocument) -> None:
    thread = document.begin("c1", ADA, "a", 1)
    document.resolve(thread, BOB, 2)
    settled = document.thread(thread)
    assert (settled.is_resolved, settled.resolved_name, settled.resolved_at) == (True, "Bob", 2)
    document.reply(thread, ADA, "b", 3)
    assert not document.thread(thread).is_resolved


def test_the_first_message_leaves_its_place_while_others_hang_on_it(document: CommentsDocument) -> None:
    thread = document.begin("c1", ADA, "a", 1)
    reply = document.reply(thread, BOB, "b", 2)
    first = document.thread(thread).messages[0]
    document.delete(thread, first.id)
    left = document.thread(thread).messages
    assert [(m.body, m.is_deleted) for m in left] == [("", True), ("b", False)]
    document.delete(thread, reply)
    with pytest.raises(NoSuchThread):
        document.thread(thread)


def test_a_changed_message_says_so_and_keeps_its_place(document: CommentsDocument) -> None:
    thread = document.begin("c1", ADA, "a", 1)
    document.reply(thread, BOB, "b", 2)
    first = document.thread(thread).messages[0]
    document.change(thread, first.id, "better", 3)
    assert [(m.body, m.edited_at) for m in document.thread(thread).messages] == [("better", 3), ("b", None)]


def test_whose_words_one_may_change_and_delete(document: CommentsDocument) -> None:
    thread = document.begin("c1", ADA, "a", 1)
    (message,) = document.thread(thread).messages
    executor, admin = capabilities_of(Role.EXECUTOR), capabilities_of(Role.ADMIN)
    assert [may_change(message, user) for user in ("u1", "u2")] == [True, False]
    assert [may_delete(message, user, executor) for user in ("u1", "u2")] == [True, False]
    assert may_delete(message, "u2", admin)


def test_a_notebook_holds_no_more_than_it_may(
    document: CommentsDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comments, "MAX_MESSAGES", 2)
    monkeypatch.setattr(comments, "MAX_DOCUMENT", 2000)
    thread = document.begin("c1", ADA, "a", 1)
    document.reply(thread, BOB, "b", 2)
    with pytest.raises(TooMany):
        document.reply(thread, BOB, "c", 3)
    with pytest.raises(TooMany):
        document.begin("c1", ADA, "x" * 2000, 4)


@pytest.mark.parametrize("start", [3, 0, 900])
def test_a_place_follows_its_words_through_edits(start: int) -> None:
    doc: Doc[object] = Doc()
    text = doc.get("text", type=Text)
    text += "é😀 mean of it"
    place = place_of(text, start, "mean")
    assert place is not None
    text.insert(0, "before ")
    text += " and after"
    ends = [StickyIndex.from_json(each, text).get_index() for each in (place.start, place.end)]
    assert str(text).encode()[ends[0] : ends[1]].decode() == "mean"


def test_the_nearest_of_equal_words_is_meant() -> None:
    doc: Doc[object] = Doc()
    text = doc.get("text", type=Text)
    text += "ab ab ab"
    place = place_of(text, 4, "ab")
    assert place is not None
    assert StickyIndex.from_json(place.start, text).get_index() == 3
    assert place_of(text, 0, "nowhere") is None
    assert place_of(text, 0, "") is None
