"""Lists in parts.

A cursor names the last item that was given by its place in the list's own
order, so that what comes or goes meanwhile neither repeats nor hides others.
Knows nothing of what is listed; no database and no request.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

import msgspec

from server.refusals import Refusal

T = TypeVar("T")

MOST = 200
"""How many items one part of a list holds at most, and unless fewer are asked for."""

_EPOCH = datetime.fromtimestamp(0, UTC)


class Place(NamedTuple):
    """Where an item stands: lists are in ascending order of their places."""

    order: int
    id: str


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a list that is asked for: at most `limit` items behind the place `after`."""

    limit: int = MOST
    after: Place | None = None


def oldest_first(moment: datetime, id: str) -> Place:
    """Return the place of an item in a list by age."""
    return Place((moment - _EPOCH) // timedelta(microseconds=1), id)


def newest_first(moment: datetime, id: str) -> Place:
    """Return the place of an item in a list that begins with the latest."""
    return Place(-oldest_first(moment, id).order, id)


def moment_of(place: Place) -> datetime:
    """Return the moment of a place by `newest_first`; raises a `Refusal` for none of its."""
    try:
        return _EPOCH - timedelta(microseconds=place.order)
    except OverflowError:
        raise _bad_cursor() from None


def part(items: Iterable[T], place: Callable[[T], Place], window: Window) -> tuple[list[T], str | None]:
    """Return the items within `window`, in order, and the cursor of the next part if there is one."""
    behind = sorted((item for item in items if window.after is None or place(item) > window.after), key=place)
    taken = behind[: window.limit]
    return taken, cursor_of(place(taken[-1])) if len(behind) > len(taken) else None


def cursor_of(place: Place) -> str:
    """Return the cursor of what comes behind `place`."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def window_of(limit: str | None, cursor: str | None) -> Window:
    """Return the part that `?limit=` and `?cursor=` ask for; raises a `Refusal` for what is neither."""
    if limit is not None and (not re.fullmatch("[0-9]{1,3}", limit) or not 1 <= int(limit) <= MOST):
        raise Refusal("bad_query", f"`limit` must be a number from 1 to {MOST}.")
    return Window(MOST if limit is None else int(limit), None if cursor is None else _place_of(cursor))


def _place_of(cursor: str) -> Place:
    wrong = _bad_cursor()
    if not re.fullmatch("[A-Za-z0-9_-]{1,200}", cursor):
        raise wrong
    try:
        place = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=Place)
    except ValueError:  # also base64's and msgspec's own errors
        raise wrong from None
    if not re.fullmatch("[A-Za-z0-9_-]{1,64}", place.id):
        raise wrong
    return place


def _bad_cursor() -> Refusal:
    return Refusal("bad_query", "`cursor` must be the `next` of an earlier part of this list.")
