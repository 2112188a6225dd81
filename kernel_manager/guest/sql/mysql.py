"""MySQL and MariaDB by PyMySQL. The driver escapes the parameters by the rules of the connection."""

from __future__ import annotations

import io
import re
import select
import socket
import ssl
from collections.abc import Sequence
from typing import Any

from .binding import FORMAT
from .failures import SOCKETS, explained, lost, reason_in, reason_of
from .session import (
    CONNECT_S,
    LOOPBACK,
    READS,
    Details,
    Fault,
    MissingDriver,
    Outcome,
    authority,
    bounded,
    driver,
)
from .text import Syntax

SYNTAX = Syntax(
    quote=("`", "`"),
    backslashes=True,
    double_quoted_strings=True,
    backticks=True,
    hashes=True,
    spaced_dashes=True,
)
ER_PARSE_ERROR = 1064
REFUSALS = {
    **dict.fromkeys((1044, 1045, 1130, 1251, 1698, 1820, 1862, 3118, 4151), "authentication"),
    1049: "not_found",
    2026: "no_tls",
    3159: "tls_demanded",
}
"""What the server's numbers stand for where a connection is refused."""
LOST = ((1184,), (2006,), (2013,))
LOOK_UP_MS = 200
_NEAR = re.compile(r"near '(.*)' at line (\d+)", re.DOTALL)


class Wakeful(io.RawIOBase):
    """Reads a socket and looks up every now and then: an interrupt may have reached another thread."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        pending = getattr(self._sock, "pending", None)
        while not (pending is not None and pending()) and not self._poll.poll(LOOK_UP_MS):
            pass
        return int(self._sock.recv_into(buffer))


class MysqlSession:
    """One connection. With `read_only` every statement runs in a transaction that only reads."""

    syntax = SYNTAX
    style = FORMAT

    def __init__(self, details: Details) -> None:
        self._pymysql = driver("pymysql", "A MySQL connection")
        self._details = details
        self._read_only = details.read_only
        try:
            self._connection = self._connected()
            if details.text("tls") != "off" and not isinstance(self._connection._sock, ssl.SSLSocket):
                self.close()
                raise explained("no_tls", details, "")
            self._connection._rfile = io.BufferedReader(Wakeful(self._connection._sock))
            if self._read_only:
                self._plain("SET SESSION TRANSACTION READ ONLY")
        except (self._pymysql.MySQLError, OSError) as failure:
            raise explained(_reason(failure), details, words_of_failure(failure)) from None

    def _connected(self) -> Any:
        """Return a new connection, which has to greet in time."""
        door = self._details.door
        connection = self._pymysql.connect(
            **arguments(self._details), read_timeout=CONNECT_S, defer_connect=True
        )
        try:
            connection.connect(
                None if door is None else socket.create_connection((LOOPBACK, door), CONNECT_S)
            )
        except RuntimeError:
            # The server wants a way to sign in for which the driver needs one more package.
            raise MissingDriver(
                "No module named 'cryptography'. This MySQL server's way to sign in needs it.",
                name="cryptography",
            ) from None
        connection._read_timeout = None
        connection._sock.settimeout(None)
        return connection

    def run(self, text: str, params: Sequence[Any], limit: int, first: str) -> Outcome:
        streams = bool(limit) and first in READS
        cursor = self._connection.cursor(
            self._pymysql.cursors.SSCursor if streams else self._pymysql.cursors.Cursor
        )
        try:
            if self._read_only:
                self._plain("START TRANSACTION READ ONLY")
            cursor.execute(text, tuple(params) or None)
            outcome = self._outcome(cursor, limit, first)
            if outcome.is_partial and streams:
                self._stop()
            self._drain(cursor)
            if self._read_only:
                self._plain("ROLLBACK")
        except KeyboardInterrupt:
            self._stop()
            self.close()
            raise
        except self._pymysql.MySQLError as failure:
            if failure.args[:1] in LOST or not self._connection.open:
                self.close()
                raise lost(words_of_failure(failure)) from None
            raise _fault(failure) from None
        return outcome

    def _outcome(self, cursor: Any, limit: int, first: str) -> Outcome:
        if cursor.description is None:
            is_change = first in ("INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "WITH")
            return Outcome(changed=cursor.rowcount if is_change else None)
        columns = tuple(column[0] for column in cursor.description)
        rows, is_partial = bounded(cursor, limit)
        return Outcome(columns, rows, is_partial=is_partial)

    def _drain(self, cursor: Any) -> None:
        """Read what was on its way when the server stopped."""
        try:
            cursor.close()
        except self._pymysql.MySQLError as failure:
            if failure.args[:1] not in ((1317,), (1969,), (3024,)):
                raise

    def _stop(self) -> None:
        """Have the server stop what this connection does, by another one."""
        try:
            other = self._connected()
            try:
                with other.cursor() as cursor:
                    cursor.execute(f"KILL QUERY {int(self._connection.thread_id())}")
            finally:
                other.close()
        except (self._pymysql.MySQLError, OSError):
            self.close()  # a server that hears nothing notices at least that

    def _plain(self, text: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(text)

    def is_open(self) -> bool:
        try:
            self._connection.ping(reconnect=False)
        except (self._pymysql.MySQLError, OSError):
            return False
        return True

    def close(self) -> None:
        if self._connection.open:
            self._connection._force_close()


def arguments(details: Details) -> dict[str, Any]:
    """Return what the driver is told. No file of settings is read, and no file is sent to a server."""
    told: dict[str, Any] = {
        "host": details.text("host"),
        "port": int(details.text("port", "3306")),
        "user": details.text("user"),
        "password": details.text("password"),
        "database": details.text("database") or None,
        "connect_timeout": CONNECT_S,
        "charset": "utf8mb4",
        "autocommit": True,
        "local_infile": False,
    }
    mode = details.text("tls", "verify")
    if mode == "off":
        told["ssl_disabled"] = True
    elif mode == "verify":
        told["ssl"] = {
            "ca": authority(details),
            "check_hostname": True,
            "verify_mode": "required",
        }
    else:
        told["ssl"] = {"check_hostname": False, "verify_mode": "none"}
    return told


def _reason(failure: Any) -> str:
    known = REFUSALS.get(failure.args[0] if failure.args else 0, "failed")
    if known != "failed":
        return known
    reason = reason_of(getattr(failure, "original_exception", None) or failure)
    if reason == "failed":
        reason = reason_in(words_of_failure(failure), SOCKETS)
    return "closed" if reason == "failed" and failure.args[:1] in LOST else reason


def words_of_failure(failure: Any) -> str:
    """Return the server's sentence without its number."""
    said = failure.args[1] if len(failure.args) > 1 else str(failure)
    return " ".join(str(said).split())


def _fault(failure: Any) -> Fault:
    said = words_of_failure(failure)
    found = _NEAR.search(said)
    if failure.args[:1] == (ER_PARSE_ERROR,) and found:
        where = f" near {found[1][:80]!r}" if found[1] else " at its end"
        return Fault(f"The syntax of this is wrong{where}", line=int(found[2]), near=found[1])
    return Fault(said)
