"""When a cell is interrupted for its memory, and what a report makes of what a kernel left. Pure."""

from __future__ import annotations

import pytest

from kernel_manager.guest import sizes
from kernel_manager.reports import Variable
from kernel_manager.supervisor.guard import AGAIN_S, CLOSEST_S, EVERY_S, Guard
from kernel_manager.supervisor.remains import line_of, variables_of

WORDS = """\
Fatal Python error: Segmentation fault

Current thread 0x00007f (most recent call first):
  File "/usr/lib/python3.11/ctypes/__init__.py", line 517 in string_at
  File "/tmp/ipykernel_2/123.py", line 4 in crash
  File "/tmp/ipykernel_2/456.py", line 6 in <module>
  File "/env/IPython/core/interactiveshell.py", line 3577 in run_code
"""


def test_a_cell_is_interrupted_at_85_percent_once_until_it_had_time() -> None:
    guard = Guard(1000)
    assert guard.look(849, 0.0) != "interrupt"
    assert guard.look(850, 0.1) == "interrupt"
    assert guard.look(900, 0.2) != "interrupt"
    assert guard.look(900, 0.1 + AGAIN_S) == "interrupt"


def test_what_only_rests_above_the_share_may_be_saved_in_peace() -> None:
    guard = Guard(1000)
    assert guard.look(860, 0.0) == "interrupt"
    assert all(guard.look(870, second) != "interrupt" for second in range(1, 60))
    assert guard.look(890, 60.0) == "interrupt"


def test_a_cell_that_freed_its_memory_is_interrupted_anew() -> None:
    guard = Guard(1000)
    assert guard.look(860, 0.0) == "interrupt"
    assert guard.look(100, 0.1) == "calm"
    assert guard.look(860, 0.2) == "interrupt"


def test_the_line_is_asked_for_while_memory_grows_and_not_while_it_rests() -> None:
    guard = Guard(1000)
    assert guard.look(300, 0.0) == "calm"
    assert guard.look(500, 0.1) == "ask_where"
    assert guard.look(510, 1.0) == "calm"
    assert guard.look(600, 1.1) == "ask_where"


def test_the_line_is_that_of_the_cell_not_of_what_it_called() -> None:
    assert line_of(WORDS) == 6
    assert line_of("nonsense") is None
    assert line_of(WORDS + WORDS.replace("line 6", "line 9")) == 9


def test_variables_that_a_kernel_made_up_are_no_variables() -> None:
    assert variables_of(b'[["x", "list", 5]]') == (Variable("x", "list", 5),)
    for nonsense in (b"", b"{}", b"[1]", b'[["x", "y", "z"]]', b"[" * 100_000, b"\xff"):
        assert variables_of(nonsense) == ()


def test_only_types_that_answer_quickly_are_weighed() -> None:
    class Trap:
        def __len__(self) -> int:
            raise AssertionError

        def __getattribute__(self, name: str) -> object:
            raise KeyboardInterrupt

    held = {"small": b"x", "large": bytearray(2**21), "_hidden": bytearray(2**21), "trap": Trap()}
    assert [(name, kind) for name, kind, _ in sizes.largest(held)] == [("large", "bytearray")]


def test_what_grows_fast_is_looked_at_more_often_and_what_does_not_as_ever() -> None:
    guard = Guard(1000)
    assert guard.pause(400, 0.0) == EVERY_S
    assert guard.pause(450, 0.05) == EVERY_S  # 0.4 s from the share at which to interrupt
    assert guard.pause(650, 0.10) == pytest.approx(0.025)
    assert guard.pause(849, 0.15) == CLOSEST_S
    assert guard.pause(990, 0.16) == CLOSEST_S
    assert guard.pause(900, 0.17) == EVERY_S
    assert guard.pause(950, 0.17) == EVERY_S
