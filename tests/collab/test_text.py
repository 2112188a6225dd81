"""The document of a text file: what may be written into it, and edits that come from a file."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc, Text

from collab.gate import MAX_FILE_BYTES, TEXT_FILE, Gate, GateRefusal
from collab.ids import ClientId
from collab.text import TextDocument, merged_in, text_in
from tests.support.updates import any_text, item, shared, string, update, value

ANN = 7
TEXTS = st.text(st.sampled_from("ab é😀\n\n\u2028\x0b"), max_size=60)


def document(text: str, client: int = 1) -> Doc[Any]:
    doc: Doc[Any] = Doc(client_id=client)
    doc["text"] = Text(text)
    return doc


@pytest.mark.parametrize(
    ("struct", "code"),
    [
        (string("x", root="text"), None),
        (string("x\r\n", root="text"), "schema"),
        (string("x", root="cells"), "unknown_root"),
        (string("x", root="text", key="a"), "schema"),
        (value(any_text("x"), root="text"), "content"),
        (shared(1, root="text"), "content"),
        (item(5, b"\x02{}", root="text"), "content"),
        (item(6, b"\x04bold\x04true", root="text"), "content"),
    ],
)
def test_a_text_file_holds_one_plain_text(struct: bytes, code: str | None) -> None:
    gate = Gate(document("begun").get_update(), TEXT_FILE)
    if code is None:
        gate.check(update(ANN, 0, struct), {ANN})
        return
    with pytest.raises(GateRefusal) as refused:
        gate.check(update(ANN, 0, struct), {ANN})
    assert refused.value.code == code
    gate.check(update(ANN, 0, string("after", root="text")), {ANN})


def test_a_text_file_does_not_grow_beyond_its_limit() -> None:
    gate = Gate(document("x" * MAX_FILE_BYTES).get_update(), TEXT_FILE)
    with pytest.raises(GateRefusal, match="larger than 2 MiB"):
        gate.check(update(ANN, 0, string("y", root="text")), {ANN})


@given(base=TEXTS, mine=TEXTS, theirs=TEXTS)
def test_an_edit_from_a_file_meets_the_edits_made_since(base: str, mine: str, theirs: str) -> None:
    doc = document(base)
    state = doc.get_update()
    TextDocument(doc).rewrite(mine)
    assert str(doc["text"]) == mine
    change, after = merged_in(state, theirs, ClientId(ANN))
    assert text_in(after) == theirs
    gate = Gate(doc.get_update(), TEXT_FILE)
    gate.learn(change)
    doc.apply_update(change)
    if mine == base:
        assert str(doc["text"]) == theirs
    if theirs == base:
        assert str(doc["text"]) == mine


def test_lines_that_both_changed_apart_come_together_without_a_word_lost() -> None:
    doc = document("one\ntwo\nthree\n")
    state = doc.get_update()
    TextDocument(doc).rewrite("one\n2\nthree\n")
    doc.apply_update(merged_in(state, "zero\none\ntwo\nthree\nfour\n", ClientId(ANN))[0])
    assert str(doc["text"]) == "zero\none\n2\nthree\nfour\n"


def test_what_was_deleted_here_and_written_into_there_stays_written() -> None:
    doc = document("one\ntwo\nthree\n")
    state = doc.get_update()
    TextDocument(doc).rewrite("")
    doc.apply_update(merged_in(state, "one\ntwo and more\nthree\n", ClientId(ANN))[0])
    assert str(doc["text"]) == " and more"
