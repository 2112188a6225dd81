"""One line for each event, for people or as JSON. Nothing a stranger sends can forge a line or end one.

Never log secrets, sources or outputs; what looks like one of our secrets is
blotted out all the same.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

MAX_TEXT = 2000

_SECRET = re.compile(
    r"\bcb_[a-z0-9]{8,}_[A-Za-z0-9_-]{16,}|\b[il]-[A-Za-z0-9_-]{40,}|(?<=#)[A-Za-z0-9_-]{40,}"
)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def set_up(*, as_json: bool, level: int = logging.INFO) -> None:
    """Send all events of this process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else PlainLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if not as_json:
        # Access lines are for machines; people at a terminal want what happened.
        logging.getLogger("commonbook.http.access").setLevel(logging.WARNING)


def safe(text: str) -> str:
    """Return `text` on one line, of bounded length, without control characters and secrets."""
    short = text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}… ({len(text)} characters)"
    blotted = _SECRET.sub("[secret]", short)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in blotted)


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": safe(record.getMessage()),
            **{name: _value(value) for name, value in _extras(record).items()},
        }
        if record.exc_info:
            event["trace"] = safe(self.formatException(record.exc_info))
        return json.dumps(event)


class PlainLines(logging.Formatter):
    """A line for people; an exception follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        extras = " ".join(f"{name}={_value(value)}" for name, value in _extras(record).items())
        line = f"{at} {record.levelname.lower()} {safe(record.getMessage())} {extras}".rstrip()
        if record.exc_info:
            trace = self.formatException(record.exc_info).splitlines()
            line = "\n    ".join([line, *(safe(part) for part in trace)])
        return line


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _value(value: Any) -> Any:
    return value if isinstance(value, (int, float, bool)) or value is None else safe(str(value))
