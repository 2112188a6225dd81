"""One run as the runtime document holds it: a single value, a third of what a Y type of its fields takes.

A notebook has hundreds of runs and everybody loads them all on joining. So
times are milliseconds, the hash is short, a person's name stands once in the
document under `people`, and what says nothing is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from collab.wire import RunState

HASH_DIGITS = 16
"""Of a cell's text; enough to tell whether it is another text than the one that ran."""

_TIMES = ("queued", "started", "ended", "moved_at")


def stamp(moment: datetime) -> str:
    """Return a time as the documents hold it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class RunFields(msgspec.Struct, frozen=True):
    """A run without its outputs. Times are RFC 3339 text.

    `moved_by` is the name of whoever moved one of its widgets last, and `moved_at` when.
    """

    run: str
    by: str
    by_name: str
    state: RunState
    count: int | None = None
    source_hash: str = ""
    queued: str | None = None
    started: str | None = None
    ended: str | None = None
    stale: bool = False
    suggestion: str | None = None
    moved_by: str | None = None
    moved_at: str | None = None


def packed(run: RunFields) -> dict[str, Any]:
    """Return the value that stands under `run` in a cell's entry."""
    fields = {
        "run": run.run,
        "by": run.by,
        "state": run.state,
        "count": run.count,
        "hash": run.source_hash[:HASH_DIGITS],
        **{name: _milliseconds(getattr(run, name)) for name in _TIMES},
        "stale": run.stale,
        "suggestion": run.suggestion,
        "moved_by": run.moved_by,
    }
    return {name: value for name, value in fields.items() if not _is_empty(value)}


def unpacked(entry: Mapping[str, Any], name_of: Callable[[str], Any]) -> RunFields:
    """Return the run of an entry, also of one that an earlier version wrote, field by field."""
    value = entry.get("run")
    if not isinstance(value, dict):
        known = RunFields.__struct_fields__
        old = {name: field for name, field in entry.items() if name in known}
        return RunFields(**{"by": "", "by_name": ""} | old | {"count": _whole(old.get("count"))})
    by = value.get("by", "")
    return RunFields(
        run=value["run"],
        by=by,
        by_name=name_of(by) or "",
        state=value["state"],
        count=_whole(value.get("count")),
        source_hash=value.get("hash", ""),
        **{name: _stamped(value.get(name)) for name in _TIMES},
        stale=value.get("stale", False),
        suggestion=value.get("suggestion"),
        moved_by=value.get("moved_by"),
    )


def _is_empty(value: object) -> bool:
    return value is None or value is False or value == ""


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _milliseconds(text: str | None) -> int | None:
    return None if text is None else round(datetime.fromisoformat(text).timestamp() * 1000)


def _stamped(milliseconds: float | None) -> str | None:
    if milliseconds is None:
        return None
    moment = datetime.fromtimestamp(round(milliseconds) / 1000, UTC)
    return stamp(moment)
