"""What a version keeps, how it differs from another moment, and that bringing it back is an edit."""

from __future__ import annotations

import random
from typing import Any

import pytest
from pycrdt import Doc, Map

from collab.source import CellContent, SourceDocument
from collab.versions import KeptCell, bring_back, compare, compare_lines, counts, kept_of, packed, unpacked


def document(*cells: tuple[str, str]) -> SourceDocument:
    doc: Doc[Any] = Doc()
    doc["meta"], doc["cells"] = Map(), Map()
    source = SourceDocument(doc, rng=random.Random(1))
    source.populate([CellContent(id, "code", text) for id, text in cells])
    return source


def texts(source: SourceDocument) -> list[tuple[str, str]]:
    return [(cell.id, cell.source) for cell in source.cells()]


def test_what_is_kept_comes_out_as_it_was() -> None:
    source = document(("a", "1"), ("b", "é😀"))
    source.set_meta("b", "tags", ["x", {"deep": 1}])
    kept = kept_of(source)
    assert unpacked(packed(kept)) == kept
    assert kept[1].meta == {"tags": ["x", {"deep": 1}]}


def test_a_version_comes_back_whole() -> None:
    source = document(("a", "1"), ("b", "2"), ("c", "3"))
    source.set_meta("a", "tags", ["old"])
    then = kept_of(source)
    source.set_source("a", "changed")
    source.set_meta("a", "tags", None)
    source.set_type("b", "markdown")
    source.delete("c", 1)
    source.move("b", None)
    source.insert("d", "code", "new", after="a")
    assert bring_back(source, then, 5) == 4
    assert kept_of(source) == then
    assert [(cell.id, cell.source) for cell in source.bin()] == [("d", "new")]


def test_bringing_back_can_itself_be_taken_back() -> None:
    source = document(("a", "1"), ("b", "2"))
    first = kept_of(source)
    source.set_source("a", "10")
    source.delete("b", 1)
    second = kept_of(source)
    bring_back(source, first, 2)
    bring_back(source, second, 3)
    assert kept_of(source) == second


def test_one_cell_comes_back_and_the_rest_stays() -> None:
    source = document(("a", "1"), ("b", "2"), ("c", "3"))
    then = kept_of(source)
    source.set_source("a", "10")
    source.delete("b", 1)
    source.insert("d", "code", "new")
    assert bring_back(source, then, 2, only={"b"}) == 1
    assert texts(source) == [("a", "10"), ("b", "2"), ("c", "3"), ("d", "new")]


def test_nothing_is_written_where_nothing_differs() -> None:
    source = document(("a", "1"), ("b", "2"))
    before = source.doc.get_state()
    assert bring_back(source, kept_of(source), 1) == 0
    assert source.doc.get_state() == before


def test_changes_are_told_in_the_order_of_the_newer_list() -> None:
    old = [KeptCell(id, "code", id) for id in "abcd"]
    new = [
        KeptCell("a", "code", "a"),
        KeptCell("d", "code", "d"),
        KeptCell("b", "code", "b!"),
        KeptCell("x", "code", "x"),
    ]
    told = [(change.cell, change.kind) for change in compare(old, new)]
    assert told == [("d", "moved"), ("b", "changed"), ("c", "removed"), ("x", "added")]
    found = counts(old, new)
    assert (found.added, found.removed, found.changed) == (1, 1, 1)


@pytest.mark.parametrize("size", [3, 5000])
def test_lines_of_both_texts_are_all_there(size: int) -> None:
    old = "\n".join(f"line {n}" for n in range(size))
    new = old.replace("line 1", "other", 1)
    parts = compare_lines(old, new)
    assert "\n".join(line for part in parts if part.kind != "new" for line in part.lines) == old
    assert "\n".join(line for part in parts if part.kind != "old" for line in part.lines) == new


def test_any_notebook_comes_back_from_any_other() -> None:
    rng = random.Random(7)
    for _ in range(40):
        source = document(*((f"c{n}", str(n)) for n in range(rng.randint(1, 8))))
        then = kept_of(source)
        for step in range(12):
            living = [cell.id for cell in source.cells()]
            kind = rng.choice(["set", "move", "delete", "insert"])
            if kind == "insert" or not living:
                source.insert(f"n{step}", "code", "n", after=rng.choice([None, *living]))
            elif kind == "set":
                source.set_source(rng.choice(living), f"v{step}")
            elif kind == "move":
                source.move(rng.choice(living), rng.choice([None, *living]))
            else:
                source.delete(rng.choice(living), step)
        bring_back(source, then, 99)
        assert kept_of(source) == then
