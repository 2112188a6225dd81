"""What code before the caret asks of living values: which of them, and its attributes or its keys. Pure.

Only names, attributes and literal subscripts are followed; whatever would have to be called is not known.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Literal

import msgspec

LONGEST = 4_000
"""Of more than this before the caret only the last whole lines are read: that takes some milliseconds."""
MOST_STEPS = 8

Wanted = Literal["names", "attributes", "keys", "columns"]
Step = tuple[Literal["attribute", "item"], str | int]


@dataclass(frozen=True, slots=True)
class LiveQuestion:
    """Whose names are wanted. `path` is empty for the names of the notebook itself.

    `columns`: in a call or in `.loc`, where only the columns of a table would fit. `quote` is what the string
    around the caret was opened with, empty outside of one.
    """

    wanted: Wanted
    root: str
    path: tuple[Step, ...]
    typed: str
    quote: str


class LiveName(msgspec.Struct, frozen=True):
    """A name that a living value has, as the agent in a kernel tells of it."""

    name: str
    kind: str
    detail: str = ""


_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\f]+|\\\n)
  | (?P<comment>\#[^\n]*)
  | (?P<line>\n)
  | (?P<string>(?P<prefix>[rbuftRBUFT]{0,2})(?P<quote>'''|\"\"\"|'|\"))
  | (?P<name>[^\W\d]\w*)
  | (?P<number>\d[\w.]*)
  | (?P<operator>.)
    """,
    re.VERBOSE,
)
_OPENERS, _CLOSERS = "([{", ")]}"
_LOCATORS = ("loc", "at")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    opener: int
    """The index of the bracket that a closing one closes; -1 for all others."""


def question_in(before: str) -> LiveQuestion | None:
    """Return what the text before a caret asks of living values; None if nothing."""
    if len(before) > LONGEST:
        before = before[-LONGEST:].partition("\n")[2]
    tokens: list[_Token] = []
    openers: list[int] = []
    at = 0
    while at < len(before):
        found = _TOKEN.match(before, at)
        if found is None:
            return None
        at, kind = found.end(), str(found.lastgroup)
        if found["quote"] is not None:
            end = _end_of_string(before, at, found["quote"], "r" in found["prefix"].lower())
            if end is None:
                return _in_string(tokens, openers, found["prefix"], found["quote"], before[at:])
            tokens.append(_Token("string", before[found.start() : end], -1))
            at = end
        elif kind == "comment":
            if at == len(before):
                return None
        elif kind == "line":
            if not openers:
                tokens.append(_Token("line", "", -1))
        elif kind == "operator" and found[0] in _OPENERS:
            openers.append(len(tokens))
            tokens.append(_Token("operator", found[0], -1))
        elif kind == "operator" and found[0] in _CLOSERS:
            tokens.append(_Token("operator", found[0], openers.pop() if openers else -1))
        elif kind != "space":
            tokens.append(_Token(kind, found[0], -1))
    ends_in_name = bool(tokens) and tokens[-1].kind == "name" and before.endswith(tokens[-1].text)
    typed = tokens.pop().text if ends_in_name else ""
    if tokens and tokens[-1].text == "." and (typed or before.endswith(".")):
        chain = _chain(tokens, len(tokens) - 2)
        return None if chain is None else LiveQuestion("attributes", *chain, typed, "")
    return LiveQuestion("names", "", (), typed, "") if typed else None


def _end_of_string(text: str, at: int, quote: str, is_raw: bool) -> int | None:
    """Return where the string ends that began before `at`; None if the caret is in it."""
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text.startswith(quote, at):
            return at + len(quote)
        elif text[at] == "\n" and len(quote) == 1:
            return at  # a string that nobody closed ends with its line
        else:
            at += 1
    return None


def _in_string(
    tokens: list[_Token], openers: list[int], prefix: str, quote: str, typed: str
) -> LiveQuestion | None:
    """Return what is asked in a string that is still open."""
    if prefix.lower() not in ("", "r", "u") or len(quote) != 1 or "\\" in typed or not openers:
        return None
    opener, is_list = openers[-1], False
    if tokens[opener].text == "[" and _chain(tokens, opener - 1) is None and len(openers) > 1:
        opener, is_list = openers[-2], True
    chain = _chain(tokens, opener - 1)
    if chain is None:
        return None
    root, path = chain
    if tokens[opener].text == "[":
        if path and path[-1] in [("attribute", each) for each in _LOCATORS]:
            return LiveQuestion("columns", root, path[:-1], typed, quote)
        is_first = opener == len(tokens) - 1
        wanted: Wanted = "keys" if is_first else "columns"
        return LiveQuestion(wanted, root, path, typed, quote) if is_first or is_list else None
    if tokens[opener].text == "(" and path and path[-1][0] == "attribute":
        return LiveQuestion("columns", root, path[:-1], typed, quote)
    return None


def _chain(tokens: list[_Token], last: int) -> tuple[str, tuple[Step, ...]] | None:
    """Return the name and the steps that end at the token `last`; None where a step is a computed one."""
    steps: list[Step] = []
    while last >= 0 and len(steps) <= MOST_STEPS:
        token = tokens[last]
        if token.text == "]" and token.opener >= 0:
            if last - token.opener != 2:
                return None
            key = _literal(tokens[last - 1])
            if key is None:
                return None
            steps.append(("item", key))
            last = token.opener - 1
        elif token.kind != "name":
            return None
        elif last > 0 and tokens[last - 1].text == ".":
            steps.append(("attribute", token.text))
            last -= 2
        else:
            return token.text, tuple(reversed(steps))
    return None


def _literal(token: _Token) -> str | int | None:
    if token.kind not in ("string", "number"):
        return None
    try:
        value = ast.literal_eval(token.text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if type(value) in (str, int) else None


def written(name: str, quote: str) -> str:
    """Return how a key is written inside a string that `quote` opens."""
    shown = {"\\": "\\\\", quote: f"\\{quote}", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "".join(
        shown.get(each) or (each if each.isprintable() or ord(each) > 0xFF else f"\\x{ord(each):02x}")
        for each in name
    )
