"""A notebook's code as one text, and positions in it."""

from __future__ import annotations

import pytest

from kernel_manager.analysis.code import Position, code_of, position_of


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("", 0, Position(1, 0)),
        ("ab\ncd", 4, Position(2, 1)),
        ("ab\n", 3, Position(2, 0)),
        ("x = '😀'\ny", 10, Position(2, 1)),
        ("'😀'.up", 7, Position(1, 6)),
        ("ab", 99, Position(1, 2)),
        ("\ud800x", 2, Position(1, 2)),
    ],
)
def test_offsets_of_browsers_become_lines_and_characters(text: str, offset: int, expected: Position) -> None:
    assert position_of(text, offset) == expected


def test_the_cells_above_count_and_lines_lead_back_to_their_cells() -> None:
    above = [("one", "import os\n%pip install x\n"), ("two", "!ls\nb = 2")]
    code = code_of(above, "three", "os.pa", 5)
    lines = code.text.split("\n")
    assert lines[0] == "import os"
    assert lines[code.position.line - 1] == "os.pa"
    assert "pip" not in code.text
    assert "ls" not in code.text
    assert lines.index("b = 2") == 4
    assert [code.cell_at(line) for line in (1, 3, 4, 5, 6)] == [
        ("one", 1),
        ("one", 3),
        ("two", 1),
        ("two", 2),
        ("three", 1),
    ]


def test_data_in_a_cell_is_not_read_but_keeps_its_lines() -> None:
    code = code_of([("data", "x = '''\n" + "a" * 600_000 + "\n'''")], "here", "y.", 2)
    assert len(code.text) < 20
    assert code.position == Position(4, 2)
