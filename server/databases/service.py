"""Looks into databases for people, each time in a sandbox of the project, and remembers what it saw."""

from __future__ import annotations

import asyncio
import os
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast, get_args

import msgspec

from collab.ids import ProjectId, UserId
from kernel_manager.guest.sql.drivers import REQUIREMENTS
from kernel_manager.guest.sql.look import BY_PROXY
from kernel_manager.looking import NoAnswer, Seat, TookTooLong, look
from kernel_manager.networks import own_proxy
from kernel_manager.redaction import Redactor
from server import payloads
from server.connections import lending, reach
from server.connections.kinds import BY_ID
from server.connections.service import Opened
from server.connections.testing import TEST_LIMIT_S, Outcome, Verdict
from server.environments.part import environments_of
from server.isolation import Sandboxes
from server.refusals import Refusal
from server.services import Services

LOOK_LIMIT_S = 30.0
MOST_AT_ONCE = 4
REMEMBERED_S = 600.0
MOST_REMEMBERED = 50


class LookFailed(Refusal):
    """A database that cannot be looked into now."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(f"database_{outcome}", reason, 409)
        self.outcome: Outcome = outcome


@dataclass(frozen=True, slots=True)
class _Remembered:
    changed_at: datetime
    until: float
    schema: payloads.DatabaseSchema

    def is_good(self, changed_at: datetime) -> bool:
        return self.changed_at == changed_at and time.monotonic() < self.until


class Databases:
    """The databases of one server's connections."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._sandboxes = Sandboxes(services.config)
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()

    async def tried(self, project: ProjectId, opened: Opened) -> Verdict:
        """Say whether a database lets the connection in and answers a question."""
        try:
            answer = await self._look(project, opened, {"look": "test"}, TEST_LIMIT_S)
        except LookFailed as failure:
            return Verdict(failure.outcome, failure.reason)
        label = BY_ID[opened.kind].label
        version = _word(answer.get("version"))
        return Verdict("ok", f"{label} answers{f', version {version}' if version else ''}.")

    async def schema(
        self, project: ProjectId, connection: str, by: UserId, *, anew: bool
    ) -> payloads.DatabaseSchema:
        """Return what is in a database, as it was at most ten minutes ago; raises a `Refusal`."""
        row = await lending.known(self._services, project, by, connection)
        remembered = self._remembered.get(row.id)
        if not anew and remembered is not None and remembered.is_good(row.changed_at):
            return remembered.schema
        opened = await lending.opened(self._services, project, by, connection, use="schema")
        answer = await self._look(project, opened, {"look": "schema"}, LOOK_LIMIT_S)
        read: Any = answer.get("schema")
        schema = _converted(
            {**(read if isinstance(read, dict) else {}), "read_at": datetime.now(UTC)},
            payloads.DatabaseSchema,
        )
        self._remembered.pop(row.id, None)
        self._remembered[row.id] = _Remembered(row.changed_at, time.monotonic() + REMEMBERED_S, schema)
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return schema

    async def rows(
        self, project: ProjectId, connection: str, by: UserId, schema: str, table: str
    ) -> payloads.DatabaseRows:
        """Return the first rows of a table in the form in which tables are shown; raises a `Refusal`."""
        opened = await lending.opened(self._services, project, by, connection, use="rows")
        asked = {"look": "rows", "schema": schema, "table": table}
        answer = await self._look(project, opened, asked, LOOK_LIMIT_S)
        return payloads.DatabaseRows(cast(Any, answer.get("frame")))

    async def _look(
        self, project: ProjectId, opened: Opened, question: Mapping[str, Any], limit_s: float
    ) -> Mapping[str, Any]:
        """Return a good answer; raises `LookFailed` and `Unreachable`."""
        addresses: list[str] = []
        host, port = opened.fields.get("host"), opened.fields.get("port")
        if opened.kind not in BY_PROXY and isinstance(host, str) and isinstance(port, int):
            addresses = await reach.resolve(host, port, self._services.config.private_hosts)
        try:
            async with self._turns:
                seat = await self._seat(project)
                answer = await look(seat, lending.told(opened), addresses, question, limit_s)
        except TookTooLong as late:
            raise LookFailed("timeout", f"{late} Check host, port and firewall.") from None
        except NoAnswer as failure:
            raise LookFailed("failed", str(failure)) from None
        outcome = answer.get("outcome")
        if outcome == "ok":
            return answer
        reason = Redactor(opened.secrets).text(_word(answer.get("reason"), 1000))
        if outcome == "no_driver" and opened.kind in REQUIREMENTS:
            line, label = REQUIREMENTS[opened.kind], BY_ID[opened.kind].label
            reason = (
                f"The project's environment lacks {line}, which {label} needs. Install it, then try again."
            )
        raise LookFailed(cast(Outcome, outcome if outcome in get_args(Outcome) else "failed"), reason)

    async def _seat(self, project: ProjectId) -> Seat:
        config, places = self._services.config, environments_of(self._services).places
        python = config.kernel_python or str(places.in_use(project) / "bin" / "python")
        if not await asyncio.to_thread(os.path.exists, python):
            raise NoAnswer("The project's Python is not made yet. Run a cell, then try again.")
        files = places.files(project)
        standing, uid = await self._sandboxes.of(files)
        proxy, direct = own_proxy(os.environ)
        return Seat(python, files, standing, uid, config.allow_unsandboxed, proxy, direct)


def _word(value: object, longest: int = 100) -> str:
    return " ".join(value.split())[:longest] if isinstance(value, str) else ""


def _converted(value: object, shape: type[payloads.DatabaseSchema]) -> payloads.DatabaseSchema:
    """Read what a program of the project said; it may say anything."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        raise LookFailed(
            "failed", "What is in this database was told in a way that cannot be read."
        ) from None
