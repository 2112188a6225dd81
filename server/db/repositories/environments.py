"""The states of projects' environments and the jobs that made them. Both only ever grow at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import JobId, ProjectId
from server.db.tables import EnvironmentJob, EnvironmentState

SHOWN_STATES = 50
OPEN = ("queued", "running")


@dataclass(frozen=True, slots=True)
class StateRow:
    """One state of an environment; `changes` are triples of name, version before and version after."""

    id: str
    project: ProjectId
    folder: str
    by: str | None
    kind: str
    title: str
    python: str
    base: tuple[str, ...]
    built: tuple[str, ...]
    requirements: str | None
    lock: str
    changes: tuple[tuple[str, str | None, str | None], ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job, as it stands on record."""

    id: JobId
    project: ProjectId
    by: str | None
    kind: str
    title: str
    state: str
    code: str | None
    reason: str | None
    detail: str | None
    changes: tuple[tuple[str, str | None, str | None], ...]
    created_at: datetime
    ended_at: datetime | None


async def add_job(session: AsyncSession, job: JobRow) -> None:
    """Put a new job on record."""
    await session.execute(
        insert(EnvironmentJob).values(
            id=job.id,
            project_id=job.project,
            by=job.by,
            kind=job.kind,
            title=job.title,
            state=job.state,
            changes=[],
            created_at=job.created_at,
        )
    )


async def end_job(
    session: AsyncSession,
    job: JobId,
    state: str,
    now: datetime,
    *,
    code: str | None = None,
    reason: str | None = None,
    detail: str | None = None,
    changes: Sequence[tuple[str, str | None, str | None]] = (),
) -> None:
    """Put on record how a job ended."""
    values: dict[str, Any] = {"code": code, "reason": reason, "detail": detail, "changes": list(changes)}
    await session.execute(
        update(EnvironmentJob).where(EnvironmentJob.id == job).values(state=state, ended_at=now, **values)
    )


async def end_open_jobs(session: AsyncSession, now: datetime, code: str, reason: str) -> None:
    """End what an earlier server did not get to end."""
    await session.execute(
        update(EnvironmentJob)
        .where(EnvironmentJob.state.in_(OPEN))
        .values(state="failed", ended_at=now, code=code, reason=reason)
    )


async def project_of_job(session: AsyncSession, job: JobId) -> ProjectId | None:
    """Return the project of a job, or `None` where there is no such job."""
    found = await session.scalar(select(EnvironmentJob.project_id).where(EnvironmentJob.id == job))
    return None if found is None else ProjectId(found)


async def job(session: AsyncSession, job: JobId) -> JobRow:
    """Return a job that is on record."""
    row = (await session.execute(select(EnvironmentJob).where(EnvironmentJob.id == job))).scalar_one()
    return _job(row)


async def last_job(session: AsyncSession, project: ProjectId) -> JobRow | None:
    """Return the newest job of a project."""
    query = (
        select(EnvironmentJob)
        .where(EnvironmentJob.project_id == project)
        .order_by(EnvironmentJob.created_at.desc(), EnvironmentJob.id.desc())
        .limit(1)
    )
    row = (await session.execute(query)).scalar_one_or_none()
    return None if row is None else _job(row)


async def add_state(session: AsyncSession, state: StateRow) -> None:
    """Make `state` the one in use."""
    await session.execute(
        insert(EnvironmentState).values(
            id=state.id,
            project_id=state.project,
            folder=state.folder,
            by=state.by,
            kind=state.kind,
            title=state.title,
            python=state.python,
            base=list(state.base),
            built=list(state.built),
            requirements=state.requirements,
            lock=state.lock,
            changes=[list(change) for change in state.changes],
            created_at=state.created_at,
        )
    )


async def take_back_state(session: AsyncSession, state: str) -> None:
    """Remove a state that could not be put to use after all."""
    await session.execute(delete(EnvironmentState).where(EnvironmentState.id == state))


async def states(session: AsyncSession, project: ProjectId, limit: int = SHOWN_STATES) -> list[StateRow]:
    """Return the states of a project's environment, the one in use first."""
    query = (
        select(EnvironmentState)
        .where(EnvironmentState.project_id == project)
        .order_by(EnvironmentState.created_at.desc(), EnvironmentState.id.desc())
        .limit(limit)
    )
    return [_state(row) for row in await session.scalars(query)]


async def state(session: AsyncSession, project: ProjectId, state: str) -> StateRow | None:
    """Return one state of a project's environment."""
    query = select(EnvironmentState).where(
        EnvironmentState.project_id == project, EnvironmentState.id == state
    )
    row = (await session.execute(query)).scalar_one_or_none()
    return None if row is None else _state(row)


def _state(row: EnvironmentState) -> StateRow:
    return StateRow(
        row.id,
        ProjectId(row.project_id),
        row.folder,
        row.by,
        row.kind,
        row.title,
        row.python,
        tuple(row.base),
        tuple(row.built),
        row.requirements,
        row.lock,
        tuple((name, before, after) for name, before, after in row.changes),
        row.created_at,
    )


def _job(row: EnvironmentJob) -> JobRow:
    return JobRow(
        JobId(row.id),
        ProjectId(row.project_id),
        row.by,
        row.kind,
        row.title,
        row.state,
        row.code,
        row.reason,
        row.detail,
        tuple((name, before, after) for name, before, after in row.changes),
        row.created_at,
        row.ended_at,
    )
