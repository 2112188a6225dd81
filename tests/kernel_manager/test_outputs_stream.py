"""The log of a stream against a screen that is too simple to be wrong."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kernel_manager.outputs.stream import LINE_CHARACTERS, StreamLog

TEXT = st.text("ab \n\r\bé€😀\x1b[", max_size=60)
CUTS = st.lists(st.integers(0, 60), max_size=8)


def on_a_screen(text: str) -> str:
    """One character at a time: what the text looks like."""
    above, line, at = "", [], 0
    for character in text:
        if character == "\n":
            above, line, at = above + "".join(line) + "\n", [], 0
        elif character == "\r":
            at = 0
        elif character == "\b":
            if at:
                at -= 1
                del line[at]
        else:
            if at == LINE_CHARACTERS:
                above, line, at = above + "".join(line), [], 0
            line[at : at + 1] = [character]
            at += 1
    return above + "".join(line)


def logged(chunks: list[str], cap_bytes: int = 10_000_000) -> tuple[bytes, StreamLog]:
    log, held = StreamLog(cap_bytes), b""
    for chunk in chunks:
        offset, text = log.write(chunk)
        assert offset <= len(held)
        held = held[:offset] + text
        held.decode()
        assert len(held) == log.size
    last = log.close()
    if last is not None:
        held = held[: last[0]] + last[1]
    assert len(held) == log.size
    assert log.lines == len(held.decode().split("\n")) - (held.endswith(b"\n") or not held)
    return held, log


def cut(text: str, places: list[int]) -> list[str]:
    borders = [0, *sorted(place for place in places if place <= len(text)), len(text)]
    return [text[a:b] for a, b in pairwise(borders)]


@given(TEXT, CUTS)
@example("abc\rd\r\nx", [5])
@example("50%\b\b\b60%", [4])
@example("ab\r\r\n", [3])
def test_a_log_reads_like_the_screen_however_it_is_cut(text: str, places: list[int]) -> None:
    held, _ = logged(cut(text, places))

    assert held.decode() == on_a_screen(text)


@given(st.lists(st.one_of(TEXT, st.integers(LINE_CHARACTERS - 3, 3 * LINE_CHARACTERS)), max_size=5), CUTS)
def test_long_lines_are_settled_the_same_way_however_they_are_cut(
    parts: list[str | int], places: list[int]
) -> None:
    text = "".join(part if isinstance(part, str) else "x" * part for part in parts)
    cuts = [place * len(text) // 60 for place in places]

    held, _ = logged(cut(text, cuts))

    assert held.decode() == on_a_screen(text)


@given(st.lists(TEXT, min_size=20, max_size=60), CUTS)
def test_a_shortened_log_is_the_same_however_it_was_cut(parts: list[str], places: list[int]) -> None:
    text = "".join(parts)
    cuts = [place * len(text) // 60 for place in places]

    once, one = logged([text], cap_bytes=400)
    many, other = logged(cut(text, cuts), cap_bytes=400)

    assert many == once
    assert one.truncated == other.truncated
    assert one.size + one.truncated == len(on_a_screen(text).encode())


def test_a_progress_bar_is_one_line() -> None:
    held, log = logged([f"\r{percent:3}%|{'█' * (percent // 10):10}|" for percent in range(101)])

    assert held.decode() == "100%|██████████|"
    assert log.lines == 1


def test_only_the_last_line_is_sent_again() -> None:
    log = StreamLog(10_000_000)
    log.write("settled\n")
    log.write("10%")

    assert log.write("\r20%") == (len("settled\n"), b"20%")


def test_appending_sends_only_what_is_new() -> None:
    log = StreamLog(10_000_000)
    log.write("é")

    assert log.write("b") == (2, b"b")


def test_windows_line_ends_are_line_ends() -> None:
    assert logged(["a\r", "\nb\r\n"])[0] == b"a\nb\n"


def test_colours_stay() -> None:
    assert logged(["\x1b[31mred\x1b[0m\n"])[0] == b"\x1b[31mred\x1b[0m\n"


@given(st.text("aé€😀\n", min_size=1, max_size=128))
def test_a_short_log_is_told_whole(text: str) -> None:
    _, log = logged([text])

    assert log.short_text() == text


@pytest.mark.parametrize("shift", range(5))
def test_a_log_is_cut_on_borders_of_characters(shift: int) -> None:
    text = "x" * shift + "😀\n" * 500 + "y" * shift + "\n"

    held, log = logged([text[at : at + 50] for at in range(0, len(text), 50)], cap_bytes=400)

    assert log.truncated > 0
    assert held.decode().strip("xy\n😀") == ""
    assert 72 <= log.size <= 80
