"""What a project's environment is at this moment, as people see it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from collab.ids import ProjectId
from collab.wire import PackageChange
from kernel_manager.environment.declared import Declared, parse, read_declared
from kernel_manager.environment.installed import Distribution, needed_by
from kernel_manager.environment.lines import Line
from server import payloads
from server.db.engine import Database
from server.db.repositories import environments as rows
from server.db.repositories import people
from server.db.repositories.environments import JobRow, StateRow
from server.environments.jobs import shown
from server.environments.plans import versions_in
from server.environments.service import Environments


async def described(
    environments: Environments, database: Database, project: ProjectId
) -> payloads.Environment:
    """Return everything that the panel shows."""
    places, files = environments.places, environments.places.files(project)
    async with database.read() as session:
        states = await rows.states(session, project)
        last = await rows.last_job(session, project)
        authors = {row.by for row in states if row.by} | ({last.by} if last and last.by else set())
        users = await people.users(session, authors)
    declared = await asyncio.to_thread(read_declared, files)
    home = places.home(project)
    packages: dict[str, Distribution] = {}
    newest = states[0] if states else None
    if places.is_at_hand(project) if newest is None else home.is_whole(newest.folder):
        packages = await environments.installed(places.in_use(project))
    pythons = await environments.pythons()
    python = newest.python if newest is not None else sys.version.split()[0]
    base = newest.base if newest is not None else places.base_packages
    return payloads.Environment(
        python=payloads.EnvironmentPython(python, [each.minor for each in pythons]),
        lock=_lock(declared, newest, files),
        declared=[_declared(line, packages) for line in declared.all],
        problems=list(declared.problems),
        packages=_packages(packages, declared, base),
        size=sum(each.size for each in packages.values()),
        history=[
            _state(row, users, is_current=row is newest, kept=home.is_whole(row.folder)) for row in states
        ],
        job=await told(environments, last, users),
        fixed=environments.fixed,
    )


async def told(
    environments: Environments, last: JobRow | None, users: dict[str, payloads.User]
) -> payloads.Job | None:
    """Return the job that goes on, or the last one."""
    if last is None:
        return None
    running = environments.running(last.project)
    row = running.row if running is not None else last
    return shown(row, users.get(row.by or ""), running or environments.live(row.id))


def _lock(declared: Declared, newest: StateRow | None, files: Path) -> Literal["none", "fresh", "stale"]:
    """Say whether what is installed is what requirements.txt asks for."""
    if newest is None or newest.requirements is None:
        return "stale" if declared.all else "none"
    then = parse(newest.requirements, files)
    is_same = set(then.asked) == set(declared.asked) and not declared.problems
    return "fresh" if is_same else "stale"


def _declared(line: Line, packages: dict[str, Distribution]) -> payloads.DeclaredLine:
    found = packages.get(line.name or "")
    return payloads.DeclaredLine(line.text, line.kind.value, line.name, found.version if found else None)


def _packages(
    packages: dict[str, Distribution], declared: Declared, base: Sequence[str]
) -> list[payloads.Package]:
    users = needed_by(packages)
    names = {line.name for line in declared.all}
    return [
        payloads.Package(
            name=each.name,
            version=each.version,
            size=each.size,
            summary=each.summary,
            origin="declared" if each.name in names else "base" if each.name in base else "needed",
            needed_by=users[each.name],
        )
        for each in packages.values()
    ]


def _state(
    row: StateRow, users: dict[str, payloads.User], *, is_current: bool, kept: bool
) -> payloads.EnvironmentState:
    return payloads.EnvironmentState(
        id=row.id,
        kind=row.kind,
        title=row.title,
        python=row.python,
        by=users.get(row.by or ""),
        created_at=row.created_at,
        changes=[PackageChange(*change) for change in row.changes],
        packages=len(versions_in(row.lock)),
        current=is_current,
        kept=kept,
    )
