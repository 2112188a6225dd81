"""Trying a connection: what can be said of it, and who tries which kind.

Whoever tries a kind adds itself to `TESTERS`, as `module:function`. It is given the services, the project
and the opened connection, and returns what came of it; it has `TEST_LIMIT_S` at most.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from collab.ids import ProjectId
from kernel_manager.redaction import Redactor
from server.connections.kinds import DATABASES
from server.connections.service import Opened
from server.refusals import Refusal
from server.services import Services

Outcome = Literal[
    "ok",
    "unknown_host",
    "private_host",
    "refused",
    "timeout",
    "tls",
    "authentication",
    "not_found",
    "no_driver",
    "failed",
]

TEST_LIMIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a test found; `reason` is a sentence for the person who asked."""

    outcome: Outcome
    reason: str


Tester = Callable[[Services, ProjectId, Opened], Awaitable[Verdict]]

TESTERS: Mapping[str, str] = {
    **dict.fromkeys(("s3", "gcs"), "server.stores.store:tried"),
    **dict.fromkeys(DATABASES, "server.databases.part:tried"),
}


def tester_of(kind: str) -> Tester | None:
    """Return who tries connections of a kind."""
    named = TESTERS.get(kind)
    if named is None:
        return None
    module, _, function = named.partition(":")
    return cast(Tester, getattr(importlib.import_module(module), function))


async def tried(services: Services, project: ProjectId, opened: Opened, tester: Tester) -> Verdict:
    """Try a connection within the limit; secrets are taken out of what is said."""
    try:
        async with asyncio.timeout(TEST_LIMIT_S):
            found = await tester(services, project, opened)
    except TimeoutError:
        reason = f"Nothing answered within {TEST_LIMIT_S:.0f} seconds. Check host, port and firewall."
        found = Verdict("timeout", reason)
    except Refusal as refusal:
        outcome: Outcome = "failed"
        if refusal.code == "unknown_host":
            outcome = "unknown_host"
        elif refusal.code == "private_host":
            outcome = "private_host"
        found = Verdict(outcome, refusal.reason)
    return Verdict(found.outcome, Redactor(opened.secrets).text(found.reason)[:1000])
