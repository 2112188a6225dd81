"""What a person asks of a table: filters, sorting, search. Read from JSON, checked, and never trusted.

Pure. The same shapes go over HTTP and to the code generator.
"""

from __future__ import annotations

import datetime
import decimal
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
TEXTUAL = ("contains", "not contains", "starts", "ends", "regex")
OPERATIONS = (*COMPARISONS, "between", *TEXTUAL, "in", "not in", "missing", "present")

MOST_CONDITIONS = 50
MOST_VALUES = 1000
LONGEST_TEXT = 1000


class BadView(ValueError):
    """The text says what is wrong with a view."""


@dataclass(frozen=True)
class Condition:
    """One filter on the column at a position. Values are text, as people write them."""

    column: int
    operation: str
    values: tuple[str, ...] = ()
    match_case: bool = False


@dataclass(frozen=True)
class View:
    """Which rows of a table, in which order. Column positions below 0 are levels of the index."""

    sort: tuple[tuple[int, bool], ...] = ()
    filters: tuple[Condition, ...] = ()
    search: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether it is the whole table as it stands."""
        return not (self.sort or self.filters or self.search)


def read_view(given: Any, columns: int, levels: int) -> View:
    """Return a view of a table with so many columns and index levels; raises `BadView`."""
    given = {} if given is None else given
    if not isinstance(given, Mapping):
        raise BadView("A view is an object.")

    def at(value: Any) -> int:
        if type(value) is not int or not -levels <= value < columns:
            raise BadView("There is no such column. Load the table again.")
        return value

    sort = tuple((at(each.get("column")), each.get("descending") is True) for each in _list(given, "sort"))
    if len({column for column, _ in sort}) != len(sort):
        raise BadView("Each column sorts once.")
    filters = tuple(_condition(each, at(each.get("column"))) for each in _list(given, "filters"))
    search = given.get("search", "")
    if not isinstance(search, str) or len(search) > LONGEST_TEXT:
        raise BadView("The searched text is too long.")
    return View(sort, filters, search.strip())


def _list(given: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found = given.get(name, ())
    if not isinstance(found, list | tuple) or len(found) > MOST_CONDITIONS:
        raise BadView(f"At most {MOST_CONDITIONS} entries of {name}.")
    if not all(isinstance(each, Mapping) for each in found):
        raise BadView(f"Each entry of {name} is an object.")
    return found


def _condition(given: Mapping[str, Any], column: int) -> Condition:
    operation = given.get("operation")
    if operation not in OPERATIONS:
        raise BadView("There is no such filter.")
    values = given.get("values", ())
    if not isinstance(values, list | tuple) or len(values) > MOST_VALUES:
        raise BadView(f"A filter takes at most {MOST_VALUES} values.")
    texts = tuple("" if value is None else str(value) for value in values)
    if any(len(text) > LONGEST_TEXT for text in texts):
        raise BadView("A value of a filter is too long.")
    least = {"between": 2, "missing": 0, "present": 0}.get(operation, 1)
    if len(texts) < least:
        raise BadView("This filter needs a value.")
    if operation == "regex":
        check_pattern(texts[0])
    return Condition(column, operation, texts, given.get("match_case") is True)


def check_pattern(pattern: str) -> None:
    """Refuse what is no regular expression."""
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as failure:
        raise BadView(f"This is not a regular expression: {failure}.") from None


def text_pattern(condition: Condition) -> str:
    """Return the expression that a text fits, or for `not contains` must not, as RE2 and Rust read it."""
    wanted, flag = condition.values[0], "" if condition.match_case else "(?i)"
    match condition.operation:
        case "starts":
            return f"{flag}^{_literal(wanted)}"
        case "ends":
            return f"{flag}{_literal(wanted)}$"
        case "regex":
            return flag + wanted
        case _:
            return flag + _literal(wanted)


def _literal(text: str) -> str:
    """Return a text as an expression that matches just it."""
    return "".join(
        f"\\{each}" if each.isascii() and not (each.isalnum() or each == " ") else each for each in text
    )


def number_of(text: str) -> int | float:
    """Return a number as a person writes it; raises `BadView`."""
    digits = cleaned(text)
    try:
        return int(digits)
    except ValueError:
        pass
    try:
        found = float(digits)
    except ValueError:
        raise BadView(f"{text[:40]!r} is not a number.") from None
    if math.isnan(found):
        raise BadView("Use the filter on missing values to find NaN.")
    return found


def decimal_of(text: str) -> decimal.Decimal:
    """Return a decimal as a person writes it, without an exponent, which not every library reads."""
    number = number_of(text)
    if not math.isfinite(number):
        raise BadView("Decimals are finite. Use the filters on missing values, or compare with a number.")
    return decimal.Decimal(f"{decimal.Decimal(cleaned(text)):f}")


def cleaned(text: str) -> str:
    """Return a number without what people put between its digits."""
    return text.strip().replace(" ", "").replace("_", "").replace("\u2009", "")


def boolean_of(text: str) -> bool:
    """Return True or False as a person writes it; raises `BadView`."""
    lowered = text.strip().lower()
    if lowered in ("true", "yes", "1"):
        return True
    if lowered in ("false", "no", "0"):
        return False
    raise BadView(f"{text[:40]!r} is neither true nor false.")


def span_of(text: str) -> tuple[str, str] | None:
    """Return the first moment that a part of a date means, and the first after it; None for other text.

    A part is a month, a day, a minute or a second: `2024-03` means all of March.
    """
    found = _PART.fullmatch(text.strip())
    if found is None:
        return None
    year, month, *rest = (None if part is None else int(part) for part in found.groups())
    try:
        assert year is not None
        assert month is not None
        day, hour, minute, second = rest
        start = datetime.datetime(year, month, day or 1, hour or 0, minute or 0, second or 0)  # noqa: DTZ001
        if day is None:
            end = (start + datetime.timedelta(days=31)).replace(day=1)
        else:
            unit = "days" if hour is None else "minutes" if second is None else "seconds"
            end = start + datetime.timedelta(**{unit: 1})
    except (ValueError, OverflowError):
        return None
    return start.isoformat(" "), end.isoformat(" ")


def within(column: int, span: tuple[str, str]) -> tuple[Condition, Condition]:
    """Return the two conditions that hold in a span of time."""
    return Condition(column, ">=", span[:1]), Condition(column, "<", span[1:])


_PART = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?)?")


def wall_clock(text: str, zone: str | None) -> datetime.datetime:
    """Return a moment as clocks show it in a zone; one without an offset is in that zone already.

    Where the zone is None an offset is passed over. Raises `ValueError`.
    """
    moment = datetime.datetime.fromisoformat(text.strip())
    if zone and moment.tzinfo is not None:
        moment = moment.astimezone(ZoneInfo(zone))
    return moment.replace(tzinfo=None)


def seconds_of(text: str) -> float:
    """Return a duration as `1 days 02:03:04`, `02:03:04` or seconds; raises `ValueError`."""
    days, _, rest = text.strip().rpartition(" days ") if " days " in text else ("0", "", text.strip())
    parts = [float(part) for part in rest.split(":")]
    if len(parts) not in (1, 3):
        raise ValueError(text)
    seconds = parts[0] if len(parts) == 1 else parts[0] * 3600 + parts[1] * 60 + parts[2]
    return abs(float(days)) * 86400 * (-1 if days.startswith("-") else 1) + seconds
