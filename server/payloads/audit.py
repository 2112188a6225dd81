"""What was done on this server, as its admins read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from server.payloads.people import User


class AuditProject(msgspec.Struct, frozen=True):
    """A project that something was done in; `name` is null for one that is gone."""

    id: str
    name: str | None


class AuditEntry(msgspec.Struct, frozen=True):
    """One thing that was done: when, by whom (null for the server itself), to what thing called `name`.

    `detail` says what is special to the action, such as `for`, the use of a secret; never a secret itself.
    """

    at: datetime
    by: User | None
    action: str
    project: AuditProject | None
    thing: str | None
    name: str
    detail: dict[str, Any]
