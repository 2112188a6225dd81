"""Looks into a database for people without a kernel: a test, what is in it, the first rows of a table.

Runs as `guest/look.py`, once for each question: a connection with its secrets comes in on standard input, and
goes nowhere else.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from . import doors
from .catalogue import VERSIONS, catalogue_of, first_rows
from .connect import open_session
from .results import table
from .session import LOOPBACK, Details, Fault, MissingDriver, Session

LONGEST_SENTENCE = 1000
STATEMENT_S = 15

ONLY_READS = frozenset({"postgresql", "mysql", "sqlite", "duckdb", "clickhouse"})
"""Kinds whose session can be made to read only: whoever looks needs no other."""

BY_PROXY = frozenset({"snowflake", "bigquery"})
"""Kinds that are reached over https, at several hosts of their makers."""


def answer(asked: dict[str, Any], folder: str) -> dict[str, Any]:
    """Return what came of a question, as JSON: `outcome` is `ok`, or `reason` says what is in the way."""
    told = asked["connection"]
    door = _door(asked, told["fields"])
    details = Details(
        told["id"],
        told["kind"],
        told["name"],
        told["fields"],
        told["kind"] in ONLY_READS,
        None if door is None else door.port,
    )
    try:
        return {"outcome": "ok", **_looked(asked, details, folder)}
    except MissingDriver as missing:
        return {"outcome": "no_driver", "reason": _ended(str(missing))}
    except Fault as fault:
        failure = fault if door is None or door.failure is None else _of_door(door.failure, details)
        return {"outcome": failure.outcome, "reason": _ended(str(failure))}
    except Exception as failure:  # noqa: BLE001 - a driver may raise anything where something else answers
        said = f"{type(failure).__name__}: {failure}"
        return {"outcome": "failed", "reason": _ended(f"The driver failed ({said})")}


def _looked(asked: dict[str, Any], details: Details, folder: str) -> dict[str, Any]:
    session = open_session(details, folder)
    try:
        _hurry(details.kind, session)
        match asked["look"]:
            case "schema":
                return {"schema": catalogue_of(details.kind, session, details.fields).told()}
            case "rows":
                return {"frame": _rows(details.kind, session, asked["schema"], asked["table"])}
        outcome = session.run(VERSIONS[details.kind], (), 1, "SELECT")
        rows = outcome.rows if outcome.frame is None else outcome.frame.values.tolist()
        return {"version": str(rows[0][0])[:100] if rows else ""}
    finally:
        with suppress(Exception):
            session.close()


def _rows(kind: str, session: Session, schema: str, name: str) -> dict[str, Any]:
    from ..frames.bundle import bundle_of
    from ..frames.engines import engine_of

    engine = engine_of(table(first_rows(kind, session, schema, name)))
    assert engine is not None
    return bundle_of(engine, "", None)


def _hurry(kind: str, session: Session) -> None:
    """Have the database itself give up what takes too long."""
    limits = {
        "postgresql": [f"SET statement_timeout = '{STATEMENT_S}s'"],
        # MariaDB and MySQL have a variable each.
        "mysql": [
            f"SET SESSION max_statement_time = {STATEMENT_S}",
            f"SET SESSION max_execution_time = {STATEMENT_S * 1000}",
        ],
    }
    for text in limits.get(kind, ()):
        with suppress(Fault):
            session.run(text, (), 0, "SET")


def _door(asked: dict[str, Any], fields: dict[str, Any]) -> doors.Door | None:
    gate = asked["gate"]
    if asked["connection"]["kind"] in BY_PROXY and gate is not None:
        for name in ("http_proxy", "https_proxy"):
            os.environ[name] = os.environ[name.upper()] = f"http://{LOOPBACK}:{gate}"
    if not asked["addresses"]:
        return None
    dial = doors.directly if gate is None else doors.through(gate)
    return doors.Door(asked["addresses"], int(fields["port"]), dial)


def _of_door(failure: OSError, details: Details) -> Fault:
    from .failures import explained, reason_of

    reason = reason_of(failure)
    return explained("no_way" if reason == "failed" else reason, details, str(failure))


def _ended(said: str) -> str:
    return f"{said.strip().rstrip('.!')[:LONGEST_SENTENCE]}."
