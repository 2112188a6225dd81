"""Three versions of a notebook into one, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.merging.cells import Piece, aligned
from collab.merging.lines import merge_lines
from collab.merging.notebooks import Merged, merge


def cells(*texts: str, prefix: str = "c", **outputs: str) -> list[Piece]:
    """Return cells whose ids are their first letters: the text `a=1` is the cell `ca`."""
    return [Piece(f"{prefix}{t[0]}", "code", t, {}, outputs.get(t[0], "")) for t in texts]


def told(merged: Merged, mine: list[Piece], theirs: list[Piece]) -> list[str]:
    """Return the texts of a merged notebook."""
    out = []
    for cell in merged.cells:
        if cell.mine is None:
            assert cell.theirs is not None
            out.append(theirs[cell.theirs].source)
        else:
            out.append(mine[cell.mine].source if cell.source is None else cell.source)
    return out


def merged_texts(
    base: list[Piece], mine: list[Piece], theirs: list[Piece], choices: Mapping[str, str] | None = None
) -> tuple[list[str], int]:
    found = merge(base, mine, theirs, choices)  # type: ignore[arg-type]
    return told(found, mine, theirs), len(found.conflicts)


def test_lines_of_both_sides_come_together() -> None:
    assert merge_lines("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n") == "A\nb\nC\n"


def test_the_same_line_changed_twice_is_a_conflict() -> None:
    assert merge_lines("a\nb\n", "A\nb\n", "B\nb\n") is None
    assert merge_lines("a\nb\n", "A\nb\n", "A\nb\n") == "A\nb\n"


@given(st.lists(st.sampled_from("abcd"), max_size=8), st.lists(st.sampled_from("abcd"), max_size=8))
def test_a_side_that_changed_nothing_has_no_say(base: list[str], other: list[str]) -> None:
    one, two = "\n".join(base), "\n".join(other)
    assert merge_lines(one, one, two) == two
    assert merge_lines(one, two, one) == two
    assert merge_lines(one, two, two) == two


def test_cells_of_both_sides_come_together() -> None:
    base = cells("a=1", "b=1", "c=1")
    mine = cells("a=2", "b=1", "c=1", "m=1")
    theirs = cells("a=1", "t=1", "b=1", "c=3")
    assert merged_texts(base, mine, theirs) == (["a=2", "t=1", "b=1", "c=3", "m=1"], 0)


def test_a_cell_that_they_deleted_goes_unless_it_was_changed_here() -> None:
    base, theirs = cells("a=1", "b=1"), cells("a=1")
    assert merged_texts(base, cells("a=1", "b=1"), theirs) == (["a=1"], 0)
    assert merged_texts(base, cells("a=1", "b=2"), theirs) == (["a=1", "b=2"], 1)
    assert merged_texts(base, cells("a=1", "b=2"), theirs, {"cb": "theirs"}) == (["a=1"], 0)


def test_a_cell_deleted_here_and_changed_there_is_asked_about() -> None:
    base, mine, theirs = cells("a=1", "b=1"), cells("a=1"), cells("a=1", "b=2")
    assert merged_texts(base, mine, theirs) == (["a=1"], 1)
    assert merged_texts(base, mine, theirs, {"cb": "theirs"}) == (["a=1", "b=2"], 0)


@pytest.mark.parametrize(
    ("choice", "texts"),
    [("mine", ["a=2", "b"]), ("theirs", ["a=3", "b"]), ("both", ["a=2", "a=3", "b"])],
)
def test_a_conflict_ends_as_somebody_chooses(choice: str, texts: list[str]) -> None:
    base, mine, theirs = cells("a=1", "b"), cells("a=2", "b"), cells("a=3", "b")
    assert merged_texts(base, mine, theirs) == (["a=2", "b"], 1)
    assert merged_texts(base, mine, theirs, {"ca": choice}) == (texts, 0)


def test_what_they_moved_moves_and_nothing_else() -> None:
    base = cells("a", "b", "c", "d")
    theirs = cells("a", "c", "d", "b")
    found = merge(base, base, theirs)
    assert told(found, base, theirs) == ["a", "c", "d", "b"]
    assert [cell.mine for cell in found.cells if cell.moved] == [1]


def test_outputs_follow_the_side_that_ran_the_cell() -> None:
    base = cells("a", "b")
    theirs = cells("a", "b", a="ran there")
    found = merge(base, cells("a", "b", b="ran here"), theirs)
    assert [cell.outputs for cell in found.cells] == [0, None]
    both = merge(base, cells("a=here", "b", a="ran here"), cells("a", "b", a="ran there"))
    assert [cell.outputs for cell in both.cells] == [None, None]


def test_cells_without_ids_are_found_by_their_text() -> None:
    base = [Piece("", "code", text, {}, "") for text in ("import os", "x = 1\ny = 2", "print(x)")]
    other = cells("import os", "new", "x = 1\ny = 3", "print(x)", prefix="id")
    assert aligned(base, other) == [0, None, 1, 2]


@given(st.data())
def test_merging_what_only_one_side_changed_gives_that_side(data: st.DataObject) -> None:
    names = st.lists(st.sampled_from("abcdef"), unique=True, max_size=6)
    base = cells(*data.draw(names))
    other = cells(*(f"{n}{data.draw(st.sampled_from(['', '!']))}" for n in data.draw(names)))
    texts = [piece.source for piece in other]
    assert merged_texts(base, base, other) == (texts, 0)
    assert merged_texts(base, other, base) == (texts, 0)
    assert merged_texts(base, other, other) == (texts, 0)
