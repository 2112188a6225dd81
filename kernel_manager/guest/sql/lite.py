"""SQLite files of the project, by the module of Python's own library."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from .binding import QMARK
from .duck import inside, no_file
from .session import Details, Fault, Outcome, bounded, driver
from .text import Syntax

SYNTAX = Syntax(backticks=True, brackets=True)
STEPS = 20_000
"""So many steps of its machine run between two looks for an interrupt: about a millisecond."""

LOCK_S = 10.0


class LiteSession:
    """One open file. With `read_only` the file is opened so, and no other can be attached."""

    syntax = SYNTAX
    style = QMARK

    def __init__(self, details: Details, folder: str) -> None:
        self._sqlite: Any = driver("sqlite3", "A SQLite connection")
        path = inside(folder, details.text("path"))
        if not os.path.isfile(path) and details.read_only:
            raise no_file(details)
        mode = "ro" if details.read_only else "rwc"
        try:
            self._connection = self._sqlite.connect(
                f"file:{quote(path)}?mode={mode}", uri=True, timeout=LOCK_S, isolation_level=None
            )
            self._connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        except self._sqlite.Error as failure:
            if "not a database" in str(failure):
                raise Fault(f"{details.text('path')} is no file of SQLite") from None
            raise Fault(f"{details.text('path')} cannot be opened: {failure}") from None
        self._connection.set_progress_handler(lambda: 0, STEPS)
        self._connection.set_authorizer(self._authorizer(folder, read_only=details.read_only))

    def _authorizer(self, folder: str, *, read_only: bool) -> Any:
        attach, yes, no = 24, 0, 1  # SQLITE_ATTACH, SQLITE_OK, SQLITE_DENY

        def allows(action: int, first: str | None, *_: object) -> int:
            if action != attach:
                return yes
            if read_only or first is None or first.startswith("file:"):
                return no
            try:
                inside(folder, first)
            except Fault:
                return yes if first in ("", ":memory:") else no
            return yes

        return allows

    def run(self, text: str, params: Sequence[Any], limit: int, first: str) -> Outcome:
        try:
            before = self._connection.total_changes
            cursor = self._connection.execute(text, tuple(params))
            if cursor.description is None:
                changes = self._connection.total_changes - before
                is_change = first in ("INSERT", "UPDATE", "DELETE", "REPLACE", "WITH")
                return Outcome(changed=changes if is_change else None)
            columns = tuple(column[0] for column in cursor.description)
            rows, is_partial = bounded(cursor, limit)
            cursor.close()
            return Outcome(columns, rows, is_partial=is_partial)
        except self._sqlite.OperationalError as failure:
            if str(failure) == "interrupted":
                raise KeyboardInterrupt from None
            raise _fault(failure) from None
        except (self._sqlite.Error, self._sqlite.Warning) as failure:
            raise _fault(failure) from None

    def is_open(self) -> bool:
        return True

    def close(self) -> None:
        self._connection.close()


_NEAR = re.compile(r'near "(.*?)": syntax error|no such column: (\S+)|no such table: (\S+)')


def _fault(failure: Exception) -> Fault:
    found = _NEAR.search(str(failure))
    said = str(failure)
    if "not authorized" in said:
        said = "this connection attaches no other database"
    return Fault(
        f"{said[:1].upper()}{said[1:]}", near=next(filter(None, found.groups()), "") if found else ""
    )
