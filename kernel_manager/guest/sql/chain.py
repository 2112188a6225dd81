"""Queries that build on each other: a name of an earlier result stands for its whole query, not for its rows.

That holds within one database. What was bound when the earlier query ran is bound again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .text import Statement, Syntax, Token, names_of

MOST_QUERIES = 200


@dataclass(frozen=True)
class Known:
    """An earlier result: where it was asked, what, with which values, and the table that it became."""

    connection: str | None
    statement: Statement
    values: Mapping[int, Any]
    """By the place of each value in that statement."""
    frame: Any
    is_partial: bool


class Queries:
    """The earlier results of one kernel, by name."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}

    def remember(self, name: str, known: Known) -> None:
        """Keep a result; the last one of a name counts."""
        self._known.pop(name, None)
        self._known[name] = known
        while len(self._known) > MOST_QUERIES:
            del self._known[next(iter(self._known))]

    def forget(self, name: str) -> None:
        """This name holds no single query any more."""
        self._known.pop(name, None)

    def is_partial(self, name: str, value: Any) -> bool:
        """Say whether a variable holds the first rows of a query only."""
        known = self._known.get(name)
        return known is not None and known.frame is value and known.is_partial

    def used_by(
        self, statement: Statement, connection: str | None, own: str | None, namespace: Mapping[str, Any]
    ) -> dict[str, Known]:
        """Return the earlier results that a query names, in the order in which they were made.

        One whose variable is something else by now does not count, nor does the query's own name.
        """
        names = names_of(statement)
        return {
            name: known
            for name, known in self._known.items()
            if name.lower() in names
            and name != own
            and known.connection == connection
            and namespace.get(name) is known.frame
        }


def chained(
    statement: Statement, used: Mapping[str, Known], syntax: Syntax
) -> tuple[Statement, dict[int, Any]]:
    """Return a query with earlier ones before it, and the values of those by their places.

    Tokens that are not the cell's own get places below 0, so that nobody takes them for places in the cell.
    """
    opening, closing = syntax.quote
    place = -1
    parts: list[Token] = []
    values: dict[int, Any] = {}

    def add(kind: str, text: str) -> None:
        nonlocal place
        parts.append(Token(kind, text, place))
        place -= 1

    first = statement[0].word == "WITH"
    rest = list(statement[1:]) if first else list(statement)
    add("word", "WITH")
    if first:
        following = next((t for t in rest if t.kind != "comment" and not t.text.isspace()), None)
        if following is not None and following.word == "RECURSIVE":
            rest = rest[rest.index(following) + 1 :]
            add("other", " ")
            add("word", "RECURSIVE")
    for number, (name, known) in enumerate(used.items()):
        add("other", ", " if number else " ")
        add("name", f"{opening}{name.replace(closing, closing * 2)}{closing}")
        add("other", " AS (")
        for token in known.statement:
            if token.kind == "value":
                values[place] = known.values[token.at]
            add(token.kind, token.text)
        add("other", "\n)")
    add("other", "," if first else " ")
    return (*parts, *rest), values
