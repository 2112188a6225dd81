"""The typed view of the source document: order, small edits, the bin, metadata."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Assoc, Doc, Map, StickyIndex

from collab.positions import MAX_LENGTH
from collab.source import END, CellContent, NoSuchCell, SourceDocument


def document(*texts: str) -> SourceDocument:
    source = SourceDocument(Doc(), rng=random.Random(1))
    source.populate([CellContent(f"cell-{index:08}", "code", text) for index, text in enumerate(texts)])
    return source


def texts(source: SourceDocument) -> list[str]:
    return [cell.source for cell in source.cells()]


def updates_of(source: SourceDocument) -> list[bytes]:
    updates: list[bytes] = []
    source.doc.observe(lambda event: updates.append(event.update))
    return updates


def test_an_imported_notebook_reads_back() -> None:
    source = SourceDocument(Doc())
    content = CellContent("intro-cell-1", "markdown", "# é 😀", {"tags": ["a"], "collapsed": True})
    source.populate([content], {"kernel": "python3", "lang": "python", "authors": [{"name": "Ada"}]})
    (cell,) = source.cells()
    assert (cell.id, cell.type, cell.source, cell.meta) == (
        "intro-cell-1",
        "markdown",
        "# é 😀",
        content.meta,
    )
    assert source.metadata() == {"kernel": "python3", "lang": "python", "authors": [{"name": "Ada"}]}
    assert source.doc["meta"]["schema"] == 1


@pytest.mark.parametrize("value", [None, True, 3, 1.5, "text", 2**60, [1, {"k": None}], {"json:x": []}])
@pytest.mark.parametrize("key", ["plain", "json:odd"])
def test_any_metadata_survives_the_packing(key: str, value: Any) -> None:
    source = SourceDocument(Doc())
    source.populate([CellContent("cell-00000000", "code", "", {key: value})], {key: value})
    assert source.cells()[0].meta == {key: value}
    assert source.metadata() == {key: value}


def test_metadata_that_is_not_json_after_all_is_shown_as_it_stands() -> None:
    source = document("a")
    source.doc["meta"]["json:bad"] = "{"
    assert source.metadata() == {"json:bad": "{"}


def test_setting_metadata_replaces_the_other_form_of_the_same_key() -> None:
    source = document("a")
    source.set_metadata("title", ["nested"])
    source.set_metadata("title", "plain")
    assert source.metadata() == {"title": "plain"}
    source.set_metadata("title", None)
    assert source.metadata() == {}


def test_a_notebook_is_populated_once() -> None:
    source = document("a")
    with pytest.raises(ValueError, match="already"):
        source.populate([])


def test_cells_are_inserted_at_the_top_in_the_middle_and_at_the_bottom() -> None:
    source = document("a", "b")
    source.insert(None, "code", "top", after=None)
    source.insert(None, "code", "middle", after="cell-00000000")
    source.insert(None, "markdown", "bottom", after=END)
    assert texts(source) == ["top", "a", "middle", "b", "bottom"]


def test_an_id_is_never_used_twice_not_even_after_its_cell_was_deleted() -> None:
    source = document("a")
    source.delete("cell-00000000", 5)
    with pytest.raises(ValueError, match="exists already"):
        source.insert("cell-00000000", "code", "")


def test_a_moved_cell_keeps_its_text_object() -> None:
    source = document("a", "b", "c")
    text = source.doc["cells"]["cell-00000000"]["source"]
    mark = text.sticky_index(1, Assoc.BEFORE)
    source.move("cell-00000000", "cell-00000002")
    assert texts(source) == ["b", "c", "a"]
    text.insert(0, "new ")
    assert StickyIndex.from_json(mark.to_json(), text).get_index() == 5
    source.move("cell-00000000", None)
    assert texts(source) == ["new a", "b", "c"]


def test_moving_a_cell_below_itself_changes_nothing() -> None:
    source = document("a", "b")
    updates = updates_of(source)
    source.move("cell-00000000", "cell-00000000")
    assert updates == []


def test_deleted_cells_wait_in_the_bin_and_come_back_to_their_place() -> None:
    source = document("a", "b", "c")
    source.delete("cell-00000001", 1_700_000_000_000)
    assert texts(source) == ["a", "c"]
    assert [(cell.source, cell.deleted_ms) for cell in source.bin()] == [("b", 1_700_000_000_000)]
    assert source.source_of("cell-00000001") is None
    assert source.cell("cell-00000001") is None
    source.restore("cell-00000001")
    assert texts(source) == ["a", "b", "c"]


ABSENT = "no-such-cell"


@pytest.mark.parametrize(
    "act",
    [
        lambda source: source.set_source(ABSENT, ""),
        lambda source: source.set_type(ABSENT, "raw"),
        lambda source: source.set_meta(ABSENT, "key", 1),
        lambda source: source.move("cell-00000000", ABSENT),
        lambda source: source.delete(ABSENT, 1),
        lambda source: source.restore(ABSENT),
        lambda source: source.insert(None, "code", "", after=ABSENT),
    ],
)
def test_a_cell_that_is_not_there_is_refused(act: Callable[[SourceDocument], object]) -> None:
    source = document("a")
    with pytest.raises(NoSuchCell):
        act(source)


@given(st.text(), st.text(), st.text(), st.text())
def test_setting_a_text_gives_that_text(shared: str, old: str, new: str, end: str) -> None:
    source = document(shared + old + end)
    source.set_source("cell-00000000", shared + new + end)
    assert source.source_of("cell-00000000") == shared + new + end


def test_setting_a_text_touches_only_what_differs() -> None:
    source = document("first line\nsecond line\nthird line\n")
    text = source.doc["cells"]["cell-00000000"]["source"]
    mark = text.sticky_index(len("first line\nsecond line\n"), Assoc.AFTER)
    updates = updates_of(source)
    source.set_source("cell-00000000", "first long line\nsecond line\nthird line\n")
    assert len(updates) == 1
    assert len(updates[0]) < 40
    assert StickyIndex.from_json(mark.to_json(), text).get_index() == len("first long line\nsecond line\n")


def test_setting_the_same_text_makes_no_update() -> None:
    source = document("same")
    updates = updates_of(source)
    source.set_source("cell-00000000", "same")
    source.set_type("cell-00000000", "code")
    assert updates == []


def test_several_changes_in_one_transaction_are_one_update() -> None:
    source = document("a", "b")
    updates = updates_of(source)
    with source.transaction():
        source.set_source("cell-00000000", "x")
        source.move("cell-00000001", None)
        source.insert(None, "code", "new")
    assert len(updates) == 1


@pytest.mark.parametrize("bad", ["z" * 70, "not a key", "", "a0"])
def test_long_bad_and_shared_places_are_spaced_again_in_the_same_order(bad: str) -> None:
    source = document("a", "b", "c")
    source.doc["cells"]["cell-00000001"]["pos"] = bad
    before = texts(source)
    assert source.respace()
    assert texts(source) == before
    assert all(len(cell.pos) <= MAX_LENGTH for cell in source.cells())
    assert not source.respace()


def test_a_cell_can_be_put_between_two_that_share_a_place() -> None:
    source = document("a", "b", "c")
    for cell_id in ("cell-00000000", "cell-00000001"):
        source.doc["cells"][cell_id]["pos"] = "a1"
    source.insert(None, "code", "between", after="cell-00000000")
    assert texts(source) == ["a", "between", "b", "c"]


def test_two_people_who_move_one_cell_leave_it_in_one_place() -> None:
    ours = document("a", "b", "c")
    theirs = SourceDocument(Doc())
    theirs.doc.apply_update(ours.doc.get_update())
    ours.move("cell-00000000", "cell-00000001")
    theirs.move("cell-00000000", "cell-00000002")
    ours.doc.apply_update(theirs.doc.get_update())
    theirs.doc.apply_update(ours.doc.get_update())
    assert texts(ours) == texts(theirs)
    assert sorted(texts(ours)) == ["a", "b", "c"]


def test_a_view_of_a_foreign_shape_does_not_break_the_list() -> None:
    source = document("a")
    source.doc["cells"]["empty-map-cell"] = Map({})
    assert [cell.id for cell in source.cells()] == ["empty-map-cell", "cell-00000000"]
