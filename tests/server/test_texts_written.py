"""How a text file is written: what nobody edited stays byte for byte."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.texts.written import read


@given(
    lines=st.lists(
        st.tuples(st.sampled_from(["a", "é", ""]), st.sampled_from(["\n", "\r\n", "\r"])), max_size=8
    ),
    last=st.sampled_from(["", "end"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
)
def test_a_file_that_nobody_edited_is_written_as_it_was(
    lines: list[tuple[str, str]], last: str, encoding: str
) -> None:
    raw = ("".join(map("".join, lines)) + last).encode(encoding)
    found = read(raw)
    assert "\r" not in found.text
    assert found.encode(found.text) == raw


def test_a_new_line_ends_as_most_do_and_the_others_keep_their_ends() -> None:
    found = read(b"a\r\nb\nc\r\nd")
    assert found.encode("a\nnew\nb\nc\nd\n") == b"a\r\nnew\r\nb\nc\r\nd\r\n"
    assert read("é".encode("latin-1")).encode("é€") == "é€".encode()
