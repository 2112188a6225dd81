"""DuckDB: over the tables in the kernel, and over its files in the project."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from .beside import beside
from .binding import QMARK
from .session import Details, Fault, Outcome, bounded, driver
from .text import Syntax

SYNTAX = Syntax(escape_strings=True, dollars=True, nested_comments=True)
CHUNK_ROWS = 2048

_PLACE = re.compile(r"\n\nLINE (\d+): (.*)\n( *)\^", re.DOTALL)


class DuckSession:
    """One connection to DuckDB. SQL reaches the folder `folder` and no other file, and no network."""

    syntax = SYNTAX
    style = QMARK

    def __init__(self, duckdb: Any, connection: Any) -> None:
        self._duckdb = duckdb
        self.connection = connection

    @classmethod
    def over_frames(cls, folder: str) -> DuckSession:
        """Return a database in memory, for the tables of the kernel."""
        duckdb = driver("duckdb", "SQL over DataFrames")
        session = cls(duckdb, duckdb.connect(":memory:"))
        session._shut_in(folder)
        return session

    @classmethod
    def of_file(cls, details: Details, folder: str) -> DuckSession:
        """Open a file of the project."""
        duckdb = driver("duckdb", "A DuckDB connection")
        path = inside(folder, details.text("path"))
        if not os.path.isfile(path) and details.read_only:
            raise no_file(details)
        try:
            connection = duckdb.connect(path, read_only=details.read_only)
        except duckdb.Error as failure:
            raise _refusal(failure, details) from None
        session = cls(duckdb, connection)
        try:
            session._shut_in(None if details.read_only else folder)
        except duckdb.Error as failure:
            # The file is open in this kernel already, and shut in.
            if "lock" not in str(failure):
                raise Fault(_sentence(failure)) from None
        return session

    def _shut_in(self, folder: str | None) -> None:
        run = self.connection.execute
        run("SELECT 1").fetchall()
        scratch = os.path.join(tempfile.gettempdir(), "duckdb")
        run(f"SET temp_directory={_literal(scratch)}")
        if folder is not None:
            run(f"SET allowed_directories=[{_literal(folder.rstrip('/') + '/')}]")
        run("SET enable_external_access=false")
        run("SET lock_configuration=true")

    def run(self, text: str, params: Sequence[Any], limit: int, first: str) -> Outcome:
        # DuckDB looks for an interrupt itself, but now and then in vain.
        outcome: Outcome = beside(lambda: self._run(text, params, limit), self.connection.interrupt)
        return outcome

    def _run(self, text: str, params: Sequence[Any], limit: int) -> Outcome:
        duckdb = self._duckdb
        try:
            parsed = self.connection.extract_statements(text)
            if len(parsed) != 1:
                raise Fault("This is more than one statement, or none.")
            cursor = self.connection.execute(parsed[0], list(params) or None)
            kinds = {kind.name for kind in parsed[0].expected_result_type}
            if kinds == {"NOTHING"}:
                return Outcome()
            columns = tuple(column[0] for column in cursor.description or ())
            if "CHANGED_ROWS" in kinds and columns in (("Count",), ("Success",)):
                rows = cursor.fetchall()
                is_count = parsed[0].type.name in ("INSERT", "UPDATE", "DELETE", "MERGE_INTO", "COPY")
                return Outcome(changed=int(rows[0][0]) if is_count and rows else None)
            outcome = self._fetched(cursor, columns, limit)
            if outcome.is_partial and hasattr(cursor, "abort"):
                cursor.abort()  # newer versions do nothing else before the rest was fetched
            return outcome
        except duckdb.InterruptException:
            raise KeyboardInterrupt from None
        except duckdb.Error as failure:
            self._roll_back()
            raise _fault(failure) from None

    def _fetched(self, cursor: Any, columns: tuple[str, ...], limit: int) -> Outcome:
        try:
            import pandas  # type: ignore[import-untyped,unused-ignore]
        except ImportError:
            rows, is_partial = bounded(cursor, limit)
            return Outcome(columns, rows, is_partial=is_partial)
        if not limit:
            return Outcome(columns, frame=cursor.df())
        parts, count = [], 0
        while count <= limit:
            part = cursor.fetch_df_chunk(max(1, (limit - count) // CHUNK_ROWS))
            parts.append(part)
            count += len(part)
            if not len(part):
                break
        full = [part for part in parts if len(part)] or parts[:1]
        frame = full[0] if len(full) == 1 else pandas.concat(full, ignore_index=True)
        return Outcome(columns, frame=frame.iloc[:limit], is_partial=count > limit)

    def _roll_back(self) -> None:
        with suppress(self._duckdb.Error):  # there may be no transaction
            self.connection.execute("ROLLBACK")

    def is_open(self) -> bool:
        return True

    def close(self) -> None:
        self.connection.close()


def inside(folder: str, path: str) -> str:
    """Return the path of a file of the project; raises `Fault` for one that lies elsewhere."""
    root = os.path.realpath(folder)
    found = os.path.realpath(os.path.join(root, path))
    if not path or os.path.commonpath([root, found]) != root or found == root:
        raise Fault("The file of this connection does not lie in the project.")
    return found


def no_file(details: Details) -> Fault:
    """Return the fault of a file that is not there."""
    return Fault(
        f"There is no file {details.text('path')} in the project. Upload it, or check how it is written",
        outcome="not_found",
    )


def _refusal(failure: Exception, details: Details) -> Fault:
    said = _sentence(failure)
    path = details.text("path")
    if "lock" in said.lower():
        return Fault(f"A kernel has {path} open, and DuckDB lets one process in at a time. Stop that kernel")
    if "not a valid DuckDB" in said:
        return Fault(f"{path} is no file of DuckDB")
    return Fault(said)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _sentence(failure: Exception) -> str:
    return str(failure).partition("\n\nLINE ")[0].strip()


def _fault(failure: Exception) -> Fault:
    said = str(failure)
    place = _PLACE.search(said)
    sentence = " ".join(_sentence(failure).split())
    if place is None:
        return Fault(sentence)
    shown = place[2].split("\n", 1)[0]
    column = None
    if not shown.startswith("..."):
        column = len(place[3]) - len(f"LINE {place[1]}: ") + 1
    return Fault(sentence, line=int(place[1]), column=column)
