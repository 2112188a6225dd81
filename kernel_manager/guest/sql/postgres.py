"""PostgreSQL by psycopg 3. Parameters go to the server apart from the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .binding import PSYCOPG
from .failures import SOCKETS, explained, lost, reason_in
from .session import CONNECT_S, LOOPBACK, Details, Fault, MissingDriver, Outcome, authority, driver
from .text import Syntax

SYNTAX = Syntax(escape_strings=True, dollars=True, nested_comments=True)
CURSOR = "commonbook_result"
DECLARE = f"DECLARE {CURSOR} NO SCROLL CURSOR FOR "

REFUSALS = (
    ("tls_demanded", r"no pg_hba\.conf entry.*no encryption"),
    (
        "authentication",
        r"authentication failed|no password supplied|role .* does not exist|no pg_hba\.conf entry"
        "|not permitted to log in|permission denied for database|no matching .*authentication",
    ),
    ("not_found", "database .* does not exist"),
    ("no_tls", "does not support SSL"),
    ("unknown_host", "could not translate host name|failed to resolve host"),
    ("certificate", "certificate"),
    ("closed", "closed the connection unexpectedly|invalid response|expected authentication request"),
    *SOCKETS,
)
"""What the driver says where a connection is refused; a server whose language is another one is quoted."""

TLS_MODES = {"off": "disable", "require": "require", "verify": "verify-full"}


class PostgresSession:
    """One connection, every statement in a transaction of its own unless the cell begins one.

    With `read_only` each transaction is begun read-only and has seen a query, after which the server allows
    nobody to make it another; and each text goes to the server as one prepared statement.
    """

    syntax = SYNTAX
    style = PSYCOPG

    def __init__(self, details: Details) -> None:
        try:
            self._psycopg = driver("psycopg", "A PostgreSQL connection")
        except MissingDriver:
            raise
        except ImportError:
            # psycopg is there without its C library.
            raise MissingDriver(
                "No module named 'psycopg_binary'. A PostgreSQL connection needs it.", name="psycopg_binary"
            ) from None
        self._read_only = details.read_only
        try:
            self._connection = self._psycopg.connect(**arguments(details), autocommit=True)
        except self._psycopg.Error as failure:
            said = str(failure)
            raise explained(reason_in(said, REFUSALS), details, _connect_words(said)) from None

    def run(self, text: str, params: Sequence[Any], limit: int, first: str) -> Outcome:
        idle = self._psycopg.pq.TransactionStatus.IDLE
        is_own = self._connection.info.transaction_status == idle
        may_end = first in ("COMMIT", "END", "ROLLBACK", "ABORT")
        streams = bool(limit) and first in ("SELECT", "VALUES", "TABLE", "WITH") and self._only_reads(text)
        begins = is_own and (self._read_only or streams) and not may_end
        with self._connection.cursor() as cursor:
            try:
                if begins and self._read_only:
                    cursor.execute("BEGIN READ ONLY")
                    cursor.execute("SELECT 1")
                elif begins:
                    cursor.execute("BEGIN")
                if streams:
                    return self._streamed(cursor, text, params, limit)
                outcome = self._whole(cursor, text, params, limit)
            except self._psycopg.Error as failure:
                if self._connection.closed:
                    raise lost(failure.diag.message_primary or str(failure)) from None
                shift = len(DECLARE) if streams else 0
                raise self._fault(failure, shift) from None
            finally:
                self._settle(ends=begins)
        return outcome

    def _streamed(self, cursor: Any, text: str, params: Sequence[Any], limit: int) -> Outcome:
        cursor.execute(DECLARE + text, params or None, prepare=True)
        cursor.execute(f"FETCH FORWARD {limit + 1} FROM {CURSOR}")
        columns = tuple(column.name for column in cursor.description or ())
        rows = cursor.fetchall()
        cursor.execute(f"CLOSE {CURSOR}")
        return Outcome(columns, rows[:limit], is_partial=len(rows) > limit)

    def _whole(self, cursor: Any, text: str, params: Sequence[Any], limit: int) -> Outcome:
        cursor.execute(text, params or None, prepare=self._read_only or None)
        if cursor.description is None:
            counts = cursor.statusmessage and cursor.statusmessage[-1:].isdigit()
            return Outcome(changed=cursor.rowcount if counts and cursor.rowcount >= 0 else None)
        columns = tuple(column.name for column in cursor.description)
        rows = cursor.fetchall()
        is_partial = bool(limit) and len(rows) > limit
        return Outcome(columns, rows[:limit] if limit else rows, is_partial=is_partial)

    def _only_reads(self, text: str) -> bool:
        """Say whether a cursor may be declared for a text: nothing in it writes a table."""
        from .text import tokens, words_of

        words = set(words_of(tuple(tokens(text, SYNTAX))))
        return not words & {"INTO", "INSERT", "UPDATE", "DELETE", "MERGE"}

    def _settle(self, *, ends: bool) -> None:
        """End what was begun here, and a transaction in which something failed."""
        status, statuses = self._connection.info.transaction_status, self._psycopg.pq.TransactionStatus
        if status == statuses.INERROR:
            self._connection.rollback()
        elif ends and status == statuses.INTRANS:
            self._connection.commit()

    def _fault(self, failure: Any, shift: int) -> Fault:
        said = failure.diag
        sentence = said.message_primary or " ".join(str(failure).split()) or type(failure).__name__
        if said.message_hint:
            sentence = f"{sentence}. {said.message_hint}"
        place = said.statement_position
        at = int(place) - 1 - shift if place and place.isdigit() and int(place) > shift else None
        return Fault(f"{sentence[:1].upper()}{sentence[1:]}", at=at)

    def is_open(self) -> bool:
        if self._connection.closed:
            return False
        if self._connection.info.transaction_status == self._psycopg.pq.TransactionStatus.IDLE:
            try:
                self._connection.execute("SELECT 1")
            except self._psycopg.Error:
                return False
        return not self._connection.closed

    def close(self) -> None:
        self._connection.close()


def arguments(details: Details) -> dict[str, Any]:
    """Return what the driver is told; nothing of it comes from the environment or from files."""
    mode = TLS_MODES.get(details.text("tls"), "verify-full")
    told: dict[str, Any] = {
        "host": details.text("host"),
        "port": int(details.text("port", "5432")),
        "dbname": details.text("database") or "postgres",
        "user": details.text("user"),
        "connect_timeout": CONNECT_S,
        "application_name": "Commonbook",
        "sslmode": mode,
        "gssencmode": "disable",
    }
    if details.door is not None:
        told |= {"hostaddr": LOOPBACK, "port": details.door}
    if details.text("password"):
        told["password"] = details.text("password")
    if mode == "verify-full":
        told["sslrootcert"] = authority(details) or "system"
    return told


def _connect_words(said: str) -> str:
    """Return the driver's words on one line, the last attempt's only, without what all of them begin with."""
    lines = [line.strip() for line in said.strip().splitlines() if line.strip()]
    told = [
        line
        for line in lines
        if not line.startswith(("Is the server", "Multiple connection", "- ", "This prob", "before or"))
    ]
    if not told:
        return "The database did not answer."
    return re.sub(r"^(connection failed: )?(connection to server at .*? failed: )?(FATAL: *)?", "", told[-1])
