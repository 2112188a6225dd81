"""Runs a cell of SQL: statement by statement, in the kernel's process, with its variables as parameters."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import perf_counter
from typing import Any

from ..agent import json
from ..frames.engines import is_frame
from . import connect
from .binding import BadValue, Rendered, render
from .chain import Known, Queries, chained
from .results import table
from .session import Details, Fault, MissingDriver, Session
from .show import Part, Report
from .text import Statement, Token, Unclosed, names_of, place_in, statements, words_of

FRAMES = "DataFrames"
LONGEST_SENTENCE = 1000


class SQLError(Exception):
    """A cell of SQL failed; one sentence is all that people see of it."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class Stopped(KeyboardInterrupt):
    """Somebody stopped the query, and the database has stopped it too."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


Stopped.__name__ = "KeyboardInterrupt"


class Runner:
    """The cells of SQL of one kernel. `ask` returns a connection's details from the server."""

    def __init__(self, shell: Any, ask: Callable[[str], Details]) -> None:
        self._shell = shell
        self._ask = ask
        self.folder = os.getcwd()
        self._sessions: dict[str | None, tuple[Details | None, Session]] = {}
        self._queries = Queries()

    def cell(self, line: str, text: str) -> Report:
        """Run a cell; `line` is what it is beside its text, as JSON."""
        told = json.loads(line.strip())
        connection, result, limit = told.get("connection"), told.get("result"), int(told.get("rows", 1000))
        try:
            return self._all(text, connection, result, limit)
        except (MissingDriver, SQLError):
            raise
        except KeyboardInterrupt:
            raise Stopped("The query was stopped, also in the database.") from None
        except Unclosed as failure:
            line_at, column = place_in(text, failure.at)
            raise SQLError(f"{failure} (line {line_at}, column {column}).") from None

    def _all(self, text: str, connection: str | None, result: str | None, limit: int) -> Report:
        details = None if connection is None else self._ask(connection)
        began = perf_counter()
        try:
            session = self._session(connection, details)
            listed = statements(text, session.syntax)
        except Fault as failure:
            raise SQLError(_sentence(failure)) from None
        report = Report(FRAMES if details is None else details.label, result)
        report.connecting_s = perf_counter() - began
        if not listed:
            raise SQLError("There is no SQL in this cell.")
        for number, statement in enumerate(listed, 1):
            is_only = len(listed) == 1
            report.parts.append(
                self._one(session, statement, text, connection, result if is_only else None, limit, report)
            )
            report.numbered = number > 1 or report.numbered
        self._keep(report, result, is_single=len(listed) == 1)
        return report

    def _one(
        self,
        session: Session,
        statement: Statement,
        text: str,
        connection: str | None,
        result: str | None,
        limit: int,
        report: Report,
    ) -> Part:
        words = words_of(statement)
        first = words[0] if words else ""
        namespace = self._shell.user_ns
        used = {}
        whole: Statement = statement
        values: dict[int, Any] = {}
        if connection is not None and first in ("SELECT", "WITH"):
            used = self._queries.used_by(statement, connection, result, namespace)
            if used:
                whole, values = chained(statement, used, session.syntax)
        registered = self._registered(session, statement, report) if connection is None else []

        def evaluate(token: Token, expression: str) -> Any:
            if token.at not in values:
                code = compile(expression, "<SQL value>", "eval")
                values[token.at] = eval(code, self._shell.user_global_ns, namespace)  # noqa: S307 - a cell's own code
            return values[token.at]

        rendered: Rendered | None = None
        began = perf_counter()
        try:
            rendered = render(whole, evaluate, session.style, session.syntax)
            began = perf_counter()
            outcome = session.run(rendered.text, rendered.params, limit, "WITH" if used else first)
        except BadValue as failure:
            line, column = place_in(text, failure.at)
            raise SQLError(f"{str(failure).rstrip('.')} (line {line}, column {column}).") from None
        except Fault as failure:
            raise SQLError(_placed(failure, statement, rendered, text)) from None
        finally:
            for name in registered:
                session.connection.unregister(name)  # type: ignore[attr-defined]
        took = perf_counter() - began
        report.uses += [name for name in used if name not in report.uses]
        known = (
            Known(connection, whole, values, None, outcome.is_partial)
            if first in ("SELECT", "WITH")
            else None
        )
        return Part(outcome, took, first, known)

    def _keep(self, report: Report, result: str | None, *, is_single: bool) -> None:
        """Make the last rows a table under the name of the result."""
        part = next((part for part in reversed(report.parts) if part.outcome.columns is not None), None)
        if part is None:
            return
        report.frame = table(part.outcome)
        report.shown = part
        if result is None:
            return
        self._shell.user_ns[result] = report.frame
        if is_single and part.known is not None:
            known = part.known
            self._queries.remember(
                result, Known(known.connection, known.statement, known.values, report.frame, known.is_partial)
            )
        else:
            self._queries.forget(result)

    def _registered(self, session: Any, statement: Statement, report: Report) -> list[str]:
        """Give DuckDB the tables that a statement names, for as long as it runs."""
        names = names_of(statement)
        found = []
        for name, value in list(self._shell.user_ns.items()):
            if (
                type(name) is not str
                or name.startswith("_")
                or name.lower() not in names
                or not is_frame(value)
            ):
                continue
            try:
                session.connection.register(name, _as_table(value))
            except Exception as failure:  # noqa: BLE001 - whatever DuckDB makes of a strange table
                sentence = " ".join(str(failure).partition("\n\nLINE ")[0].split())
                raise SQLError(f"{name} cannot be read by DuckDB: {sentence}"[:LONGEST_SENTENCE]) from None
            found.append(name)
            if self._queries.is_partial(name, value) and name not in report.partial:
                report.partial.append(name)
        return found

    def _session(self, connection: str | None, details: Details | None) -> Session:
        """Return an open connection, the last one if it still works and nothing about it changed."""
        known = self._sessions.pop(connection, None)
        if known is not None:
            if known[0] == details and known[1].is_open():
                self._sessions[connection] = known
                return known[1]
            known[1].close()
        session = connect.open_session(details, self.folder)
        self._sessions[connection] = details, session
        return session

    def frames(self) -> Session:
        """Return the database over the kernel's tables."""
        return self._session(None, None)


def _as_table(value: Any) -> Any:
    """Return what DuckDB can register: a series becomes a table of one column."""
    if type(value).__name__ == "Series":
        return value.to_frame(getattr(value, "name", None) or "value")
    return value


def _sentence(failure: Fault) -> str:
    said = str(failure).strip().rstrip(".!")[:LONGEST_SENTENCE]
    return f"{said}."


def _placed(failure: Fault, statement: Statement, rendered: Rendered | None, text: str) -> str:
    """Return what the database said, and where in the cell."""
    at = _place_of(failure, statement, rendered)
    said = _sentence(failure)
    if at is None:
        return said
    line, column = place_in(text, at[0])
    where = f"line {line}, column {column}" if at[1] else f"line {line}"
    return f"{said[:-1]} ({where})."


def _place_of(failure: Fault, statement: Statement, rendered: Rendered | None) -> tuple[int, bool] | None:
    """Return an offset in the cell, and whether its column means something."""
    start, end = statement[0].at, statement[-1].at + len(statement[-1].text)
    if failure.at is not None and rendered is not None:
        at = rendered.source_of(failure.at)
        return (at, True) if start <= at < end + 1 else None
    if failure.line is not None and rendered is not None:
        sent = _offset_of(rendered.text, failure.line, failure.column or 1)
        at = rendered.source_of(sent)
        is_exact = failure.column is not None
        return (at, is_exact) if start <= at < end + 1 else None
    if failure.near:
        places = [token.at for token in statement if token.text.strip("\"`[]'") == failure.near]
        return (places[0], True) if len(places) == 1 else None
    return None


def _offset_of(text: str, line: int, column: int) -> int:
    at = 0
    for _ in range(line - 1):
        found = text.find("\n", at)
        if found < 0:
            break
        at = found + 1
    return at + column - 1
