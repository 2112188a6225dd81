"""Three versions of a text into one, line by line. Pure."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import NamedTuple


class _Change(NamedTuple):
    """Lines `start:end` of the base give way to `lines`."""

    start: int
    end: int
    lines: tuple[str, ...]


def merge_lines(base: str, mine: str, theirs: str) -> str | None:
    """Return the text with the changes of both sides; None where they touch the same lines differently."""
    if mine == theirs or base == theirs:
        return mine
    if base == mine:
        return theirs
    lines = base.splitlines(keepends=True)
    ours, others = _changes(lines, mine), _changes(lines, theirs)
    merged: list[_Change] = []
    while ours or others:
        if not others or (ours and _is_before(ours[0], others[0])):
            merged.append(ours.pop(0))
        elif not ours or _is_before(others[0], ours[0]):
            merged.append(others.pop(0))
        elif ours[0] == others[0]:
            merged.append(ours.pop(0))
            others.pop(0)
        else:
            return None
    out: list[str] = []
    at = 0
    for change in merged:
        out += [*lines[at : change.start], *change.lines]
        at = change.end
    return "".join([*out, *lines[at:]])


def _changes(lines: list[str], text: str) -> list[_Change]:
    new = text.splitlines(keepends=True)
    matcher = SequenceMatcher(None, lines, new, autojunk=False)
    return [
        _Change(i1, i2, tuple(new[j1:j2])) for op, i1, i2, j1, j2 in matcher.get_opcodes() if op != "equal"
    ]


def _is_before(one: _Change, other: _Change) -> bool:
    """Whether a line that both left alone stands between the end of one change and the other."""
    return one.end < other.start
