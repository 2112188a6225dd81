"""SQL as a row of tokens: enough to find where a statement ends and where a value stands, in each dialect.

What a string, a comment, a dollar quote or a quoted name holds is text and nothing else. No token is dropped:
put together again they are the text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Syntax:
    """What differs between dialects. `quote` is how names are quoted: what opens, what closes."""

    quote: tuple[str, str] = ('"', '"')
    backslashes: bool = False
    """A backslash escapes in every string; else only in those that begin with E, where there are such."""
    escape_strings: bool = False
    double_quoted_strings: bool = False
    backticks: bool = False
    brackets: bool = False
    dollars: bool = False
    hashes: bool = False
    slashes: bool = False
    nested_comments: bool = False
    spaced_dashes: bool = False
    """`--` begins a comment only before a space."""
    triple: bool = False


@dataclass(frozen=True)
class Token:
    """A piece of the text from `at` on. Kinds: word, name (quoted), string, comment, value, end, other."""

    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        """The word in capitals; empty for anything else."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def expression(self) -> str:
        """What stands between the braces of a value."""
        return self.text[2:-2].strip()


_WORD = re.compile(r"[^\W\d][\w$]*")
_DOLLAR = re.compile(r"\$(?:[^\W\d]\w*)?\$")
_OTHER = re.compile(r"\d[\w.]*|\s+|.", re.DOTALL)


class Unclosed(Exception):
    """`{{` is never closed by an expression of Python; `at` is where it stands."""

    def __init__(self, at: int) -> None:
        super().__init__("{{ has no }} that ends a Python expression")
        self.at = at


def tokens(text: str, syntax: Syntax) -> Iterator[Token]:
    """Yield the tokens of a text. Raises `Unclosed`. A string that never ends goes to the end."""
    at = 0
    while at < len(text):
        kind, end = _next(text, at, syntax)
        yield Token(kind, text[at:end], at)
        at = end


def _next(text: str, at: int, syntax: Syntax) -> tuple[str, int]:
    char, pair = text[at], text[at : at + 2]
    if pair == "{{":
        return "value", _value_end(text, at)
    comment = _comment_end(text, at, pair, syntax)
    if comment is not None:
        return "comment", comment
    if char == "'" or (char == '"' and syntax.double_quoted_strings):
        return "string", _string_end(text, at, char, syntax.backslashes, triple=syntax.triple)
    if char == '"':
        return "name", _quoted_end(text, at, '"')
    if char == "`" and syntax.backticks:
        return "name", _quoted_end(text, at, "`")
    if char == "[" and syntax.brackets:
        return "name", _quoted_end(text, at, "]")
    if char == "$" and syntax.dollars and (found := _DOLLAR.match(text, at)):
        close = text.find(found[0], found.end())
        return "string", len(text) if close < 0 else close + len(found[0])
    if char == ";":
        return "end", at + 1
    if word := _WORD.match(text, at):
        is_escaping = syntax.escape_strings and word[0] in "eE" and text[word.end() : word.end() + 1] == "'"
        if is_escaping and len(word[0]) == 1:
            return "string", _string_end(text, word.end(), "'", backslashes=True)
        return "word", word.end()
    other = _OTHER.match(text, at)
    assert other is not None
    return "other", other.end()


def _comment_end(text: str, at: int, pair: str, syntax: Syntax) -> int | None:
    if pair == "/*":
        return _block_end(text, at, nested=syntax.nested_comments)
    is_line = pair == "--" and not (syntax.spaced_dashes and text[at + 2 : at + 3].strip())
    if is_line or (text[at] == "#" and syntax.hashes) or (pair == "//" and syntax.slashes):
        end = text.find("\n", at)
        return len(text) if end < 0 else end
    return None


def _block_end(text: str, at: int, *, nested: bool) -> int:
    depth, at = 1, at + 2
    while at < len(text):
        pair = text[at : at + 2]
        if pair == "*/":
            depth, at = depth - 1, at + 2
            if not depth:
                return at
        elif pair == "/*" and nested:
            depth, at = depth + 1, at + 2
        else:
            at += 1
    return len(text)


def _string_end(text: str, at: int, quote: str, backslashes: bool, triple: bool = False) -> int:
    if triple and text.startswith(quote * 3, at):
        quote = quote * 3
    at += len(quote)
    while at < len(text):
        if backslashes and text[at] == "\\":
            at += 2
        elif text.startswith(quote, at):
            at += len(quote)
            if len(quote) == 3 or not text.startswith(quote, at):
                return at
            at += len(quote)
        else:
            at += 1
    return len(text)


def _quoted_end(text: str, at: int, close: str) -> int:
    at += 1
    while (at := text.find(close, at)) >= 0:
        if not text.startswith(close, at + 1):
            return at + 1
        at += 2
    return len(text)


def _value_end(text: str, at: int) -> int:
    """Return where a value ends: at the first `}}` with which what stands inside is Python."""
    close = at + 2
    while (close := text.find("}}", close)) >= 0:
        try:
            ast.parse(text[at + 2 : close].strip(), mode="eval")
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            close += 1
        else:
            return close + 2
    raise Unclosed(at)


Statement = tuple[Token, ...]

_ROUTINES = frozenset({"TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE"})
_NOT_BLOCKS = frozenset({"IF", "LOOP", "WHILE", "REPEAT", "FOR"})


def statements(text: str, syntax: Syntax) -> list[Statement]:
    """Return the statements of a text, without the `;` between them and without empty ones."""
    found: list[Statement] = []
    current: list[Token] = []
    words: list[str] = []
    depth, before = 0, ""
    for token in tokens(text, syntax):
        if token.kind == "end" and depth <= 0:
            found.append(tuple(current))
            current, words, depth, before = [], [], 0, ""
            continue
        current.append(token)
        word = token.word
        if not word:
            continue
        if len(words) < 12:
            words.append(word)
        is_routine = words[0] == "CREATE" and bool(_ROUTINES & set(words[:8]))
        if is_routine and (word == "BEGIN" or (word == "CASE" and before != "END")):
            depth += 1
        elif is_routine and before == "END" and word in _NOT_BLOCKS:
            depth += 1  # END IF closes what was never counted
        elif is_routine and word == "END":
            depth -= 1
        before = word
    found.append(tuple(current))
    return [each for each in map(_trimmed, found) if each]


def _trimmed(statement: Statement) -> Statement:
    """Drop what comes before the first and after the last token that counts."""
    counted = [
        index
        for index, token in enumerate(statement)
        if token.kind != "comment" and not (token.kind == "other" and token.text.isspace())
    ]
    return statement[counted[0] : counted[-1] + 1] if counted else ()


def words_of(statement: Statement) -> list[str]:
    """Return the bare words of a statement in capitals."""
    return [token.word for token in statement if token.word]


def names_of(statement: Statement) -> set[str]:
    """Return every name of a statement, bare or quoted, in small letters and without quotes."""
    found = set()
    for token in statement:
        if token.kind == "word":
            found.add(token.text.lower())
        elif token.kind == "name":
            found.add(token.text[1:-1].lower())
    return found


def place_in(text: str, at: int) -> tuple[int, int]:
    """Return line and column of an offset, both from 1."""
    at = max(0, min(at, len(text)))
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1
