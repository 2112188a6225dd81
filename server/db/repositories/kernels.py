"""Kernels that were placed: enough to find each again after the server was killed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import NotebookId, ProjectId
from server.db.tables import Kernel, Notebook, Project


@dataclass(frozen=True, slots=True)
class RecordedKernel:
    """A supervisor that was placed, or that was about to be (`handle` is None).

    `epoch` is the notebook's count of the kernel that is wanted now, and
    `first_epoch` of the one that this supervisor began with. `label` and
    `price_per_hour` are those of its class when it was ordered.
    """

    id: str
    notebook: NotebookId
    hardware: str
    engine: str
    token: str
    epoch: int
    first_epoch: int
    state: str
    acked_seq: int = 0
    handle: Mapping[str, Any] | None = None
    started_by: str | None = None
    label: str | None = None
    price_per_hour: float | None = None
    running_since: datetime | None = None
    kept_until: datetime | None = None
    kept_by: str | None = None
    advice: Any = None


@dataclass(frozen=True, slots=True)
class LivingKernel:
    """A living kernel with its notebook and project, for whoever looks after the whole site."""

    kernel: RecordedKernel
    created_at: datetime
    notebook_name: str
    project: ProjectId
    project_name: str


def intend(connection: Connection, kernel: RecordedKernel, now: datetime) -> None:
    """Put a kernel on record before it is placed, so that a crash in between leaks nothing."""
    connection.execute(
        insert(Kernel).values(
            id=kernel.id,
            notebook_id=kernel.notebook,
            hardware=kernel.hardware,
            engine=kernel.engine,
            token=kernel.token,
            handle=_packed(kernel.first_epoch, None),
            epoch=kernel.epoch,
            state=kernel.state,
            started_by=kernel.started_by,
            hardware_label=kernel.label,
            price_per_hour=kernel.price_per_hour,
            created_at=now,
        )
    )


def choose_engine(connection: Connection, kernel: str, engine: str) -> None:
    """Note who places the kernel, before it is placed."""
    _set(connection, kernel, engine=engine)


def placed(connection: Connection, kernel: RecordedKernel, handle: Mapping[str, Any]) -> None:
    """Note where the supervisor was put."""
    _set(connection, kernel.id, handle=_packed(kernel.first_epoch, handle))


def mark_running(connection: Connection, kernel: str, now: datetime) -> None:
    """Note since when the kernel has its machine; only the first time counts."""
    first = update(Kernel).where(Kernel.id == kernel, Kernel.running_since.is_(None))
    connection.execute(first.values(running_since=now))


async def next_fence(session: AsyncSession, kernel: str) -> int:
    """Return a number higher than any that attached to this kernel before."""
    await session.execute(update(Kernel).where(Kernel.id == kernel).values(fence=Kernel.fence + 1))
    fence = await session.scalar(select(Kernel.fence).where(Kernel.id == kernel))
    assert fence is not None
    return fence


def want_epoch(connection: Connection, kernel: str, epoch: int) -> None:
    """Note that the kernel is to be replaced by number `epoch`; what was advised was about the last one."""
    _set(connection, kernel, epoch=epoch, advice=None)


def mark_stopping(connection: Connection, kernel: str) -> None:
    """Note that the kernel is to end."""
    _set(connection, kernel, state="stopping")


def keep(connection: Connection, kernel: str, until: datetime | None, by: str) -> None:
    """Note until when somebody keeps the kernel from the idle stop; None for no longer."""
    _set(connection, kernel, kept_until=until, kept_by=by if until is not None else None)


def advise(connection: Connection, kernel: str, advice: Any) -> None:
    """Note what a restart of the kernel would bring, and what it was asked about that."""
    _set(connection, kernel, advice=advice)


def mark_acknowledged(connection: Connection, kernel: str, seq: int) -> None:
    """Note how much of the journal is safe here."""
    _set(connection, kernel, acked_seq=seq)


def mark_ended(connection: Connection, kernel: str, now: datetime) -> None:
    """Note that the kernel is no more."""
    _set(connection, kernel, state="ended", ended_at=now)


async def living(session: AsyncSession, notebook: NotebookId | None = None) -> Sequence[RecordedKernel]:
    """Return the kernels that have not ended, of one notebook or of all, the newest last."""
    query = select(Kernel).where(Kernel.ended_at.is_(None)).order_by(Kernel.created_at, Kernel.id)
    if notebook is not None:
        query = query.where(Kernel.notebook_id == notebook)
    return [_recorded(row) for row in await session.scalars(query)]


async def everywhere(
    session: AsyncSession, *, only: str | None = None, notebook: NotebookId | None = None
) -> list[LivingKernel]:
    """Return all kernels that live, or `only` one of them, or those of a notebook; the oldest first."""
    query = (
        select(Kernel, Notebook.name, Project.id, Project.name)
        .join(Notebook, Notebook.id == Kernel.notebook_id)
        .join(Project, Project.id == Notebook.project_id)
        .where(Kernel.ended_at.is_(None))
        .order_by(Kernel.created_at, Kernel.id)
    )
    if only is not None:
        query = query.where(Kernel.id == only)
    if notebook is not None:
        query = query.where(Kernel.notebook_id == notebook)
    return [
        LivingKernel(_recorded(kernel), kernel.created_at, name, ProjectId(project), project_name)
        for kernel, name, project, project_name in await session.execute(query)
    ]


async def project_of(session: AsyncSession, notebook: NotebookId) -> ProjectId:
    """Return the project whose files and environment the kernels of `notebook` use; raises `KeyError`."""
    found = await session.scalar(select(Notebook.project_id).where(Notebook.id == notebook))
    if found is None:
        raise KeyError(notebook)
    return ProjectId(found)


def _set(connection: Connection, kernel: str, **values: Any) -> None:
    connection.execute(update(Kernel).where(Kernel.id == kernel).values(**values))


def _packed(first_epoch: int, handle: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"first_epoch": first_epoch, "handle": None if handle is None else dict(handle)}


def _recorded(row: Kernel) -> RecordedKernel:
    packed: dict[str, Any] = row.handle or {}
    return RecordedKernel(
        row.id,
        NotebookId(row.notebook_id),
        row.hardware,
        row.engine,
        row.token,
        row.epoch,
        packed.get("first_epoch", row.epoch),
        row.state,
        row.acked_seq,
        packed.get("handle"),
        row.started_by,
        row.hardware_label,
        row.price_per_hour,
        row.running_since,
        row.kept_until,
        row.kept_by,
        row.advice,
    )
