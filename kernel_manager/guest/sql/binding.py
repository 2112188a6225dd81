"""Values of Python in SQL: `{{ expression }}` becomes a parameter of the driver and never a part of the text.

The one exception is a name that the filter `identifier` quotes: `{{ column | identifier }}`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .text import Statement, Syntax, Token

Evaluate = Callable[[Token, str], Any]
"""Returns what the expression of a value is worth in the kernel."""

MOST_VALUES = 10_000
"""Of one list; more belongs into a table."""

FILTER = "identifier"


class BadValue(Exception):
    """A value cannot go into the query; `at` is where it stands in the cell."""

    def __init__(self, sentence: str, at: int) -> None:
        super().__init__(sentence)
        self.at = at


@dataclass(frozen=True)
class Style:
    """How a driver marks a parameter, and what it makes of a `%` in the text.

    `sent` is how long the mark of number n is in what the server gets, where that differs.
    """

    mark: Callable[[int], str]
    doubles_percent: bool = False
    sent: Callable[[int], int] | None = None


QMARK = Style(lambda number: "?")
FORMAT = Style(lambda number: "%s", doubles_percent=True)
PSYCOPG = Style(lambda number: "%s", doubles_percent=True, sent=lambda number: len(f"${number}"))


@dataclass(frozen=True)
class Rendered:
    """What the driver gets: a text and its parameters."""

    text: str
    params: tuple[Any, ...]
    places: tuple[tuple[int, int], ...]
    """Where pieces begin in what the server sees, and where they stand in the cell."""

    def source_of(self, sent: int) -> int:
        """Return the place in the cell of an offset in what the server saw."""
        found = self.places[0] if self.places else (0, 0)
        for place in self.places:
            if place[0] > sent:
                break
            found = place
        return found[1] + (sent - found[0])


@dataclass(frozen=True)
class _Bound:
    """One value of a statement: parameters, or else a quoted text."""

    values: tuple[Any, ...] = ()
    is_list: bool = False
    text: str | None = None


def render(statement: Statement, evaluate: Evaluate, style: Style, syntax: Syntax) -> Rendered:
    """Return a statement as its driver takes it. Raises `BadValue`."""
    bound = {token.at: _bound(token, evaluate, syntax) for token in statement if token.kind == "value"}
    has_params = any(each.values for each in bound.values())
    doubles = style.doubles_percent and has_params
    parts: list[str] = []
    params: list[Any] = []
    places: list[tuple[int, int]] = []
    sent = 0
    for index, token in enumerate(statement):
        places.append((sent, token.at))
        value = bound.get(token.at) if token.kind == "value" else None
        if value is None or value.text is not None:
            text = token.text if value is None or value.text is None else value.text
            parts.append(text.replace("%", "%%") if doubles else text)
            sent += len(text)
            continue
        marks = [style.mark(len(params) + number) for number in range(1, len(value.values) + 1)]
        params += value.values
        in_brackets = value.is_list and not _is_enclosed(statement, index)
        text = ", ".join(marks)
        parts.append(f"({text})" if in_brackets else text)
        first = len(params) - len(marks) + 1
        lengths = [style.sent(first + n) if style.sent else len(marks[n]) for n in range(len(marks))]
        sent += sum(lengths) + 2 * (len(marks) - 1) + 2 * in_brackets
    return Rendered("".join(parts), tuple(params), tuple(places))


def _bound(token: Token, evaluate: Evaluate, syntax: Syntax) -> _Bound:
    expression = token.expression
    if not expression:
        raise BadValue("{{ }} is empty. Write a Python expression between the braces.", token.at)
    plain, is_name = _without_filter(expression)
    try:
        value = evaluate(token, plain)
    except Exception as failure:  # noqa: BLE001 - a person's expression may raise anything
        said = f"{type(failure).__name__}: {failure}"[:300]
        raise BadValue(f"{{{{ {expression[:80]} }}}} cannot be worked out: {said}", token.at) from None
    if is_name:
        return _Bound(text=_quoted(value, expression, syntax, token.at))
    listed = _listed(value)
    if listed is None:
        return _Bound((_plain(value, expression, token.at),))
    if not listed:
        raise BadValue(
            f"{{{{ {expression[:80]} }}}} is an empty list, and SQL has no empty list to compare with.",
            token.at,
        )
    if len(listed) > MOST_VALUES:
        raise BadValue(
            f"{{{{ {expression[:80]} }}}} holds {len(listed):,} values, and {MOST_VALUES:,} is the most.",
            token.at,
        )
    return _Bound(tuple(_plain(each, expression, token.at) for each in listed), is_list=True)


def _without_filter(expression: str) -> tuple[str, bool]:
    tree = ast.parse(expression, mode="eval").body
    if (
        isinstance(tree, ast.BinOp)
        and isinstance(tree.op, ast.BitOr)
        and isinstance(tree.right, ast.Name)
        and tree.right.id == FILTER
    ):
        return ast.get_source_segment(expression, tree.left) or "", True
    return expression, False


def _quoted(value: Any, expression: str, syntax: Syntax, at: int) -> str:
    names = [value] if isinstance(value, str) else list(value) if isinstance(value, (list, tuple)) else []
    if not names or not all(isinstance(name, str) and name and "\0" not in name for name in names):
        raise BadValue(f"{{{{ {expression[:80]} }}}} needs a name, or a list of names, as text.", at)
    opening, closing = syntax.quote
    return ", ".join(f"{opening}{name.replace(closing, closing * 2)}{closing}" for name in names)


def _listed(value: Any) -> Sequence[Any] | None:
    """Return the values of something that is a list in SQL; None for a single value."""
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, (set, frozenset, range)) or type(value).__name__ in ("dict_keys", "dict_values"):
        return list(value)
    root = type(value).__module__.partition(".")[0]
    if root == "pandas" and hasattr(value, "tolist") and type(value).__name__ != "Timestamp":
        return list(value.tolist())
    if root == "polars" and type(value).__name__ == "Series":
        return list(value.to_list())
    if root == "numpy" and getattr(value, "ndim", 0) == 1:
        return list(value.tolist())
    return None


def _plain(value: Any, expression: str, at: int) -> Any:
    """Return a value as drivers know it: what is missing is None, numbers of numpy are Python's."""
    root, name = type(value).__module__.partition(".")[0], type(value).__name__
    if root == "pandas" and name in ("NAType", "NaTType"):
        return None
    if root == "pandas" and name in ("Timestamp", "Timedelta"):
        return value.to_pydatetime() if name == "Timestamp" else value.to_pytimedelta()
    if root == "numpy" and hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        value = value.item()
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, (dict, list, tuple, set)) or hasattr(value, "columns"):
        raise BadValue(
            f"{{{{ {expression[:80]} }}}} is {_article(name)}; give single values or a list of them.",
            at,
        )
    return value


def _article(name: str) -> str:
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"


def _is_enclosed(statement: Statement, index: int) -> bool:
    """Say whether a value stands in brackets, alone or between commas: `IN ({{ values }})`."""
    before = next((token.text for token in reversed(statement[:index]) if _counts(token)), "")
    after = next((token.text for token in statement[index + 1 :] if _counts(token)), "")
    return before in ("(", ",") and after in (")", ",")


def _counts(token: Token) -> bool:
    return token.kind != "comment" and not token.text.isspace()
