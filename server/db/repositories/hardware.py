"""The catalogue of hardware classes, and the class that each project has chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import ProjectId
from kernel_manager.catalogue import Listed
from kernel_manager.hardware import HardwareClass
from server.db.tables import Hardware, Kernel, Project
from server.refusals import NotFound, Refusal

_FIELDS = tuple(each.name for each in fields(HardwareClass))


async def catalogue(session: AsyncSession) -> list[Listed]:
    """Return all classes in the admin's order."""
    rows = await session.scalars(select(Hardware).order_by(Hardware.position, Hardware.id))
    return [_listed(row) for row in rows]


async def one(session: AsyncSession, hardware: str) -> Listed:
    """Return one class; raises `NotFound`."""
    row = await session.get(Hardware, hardware, populate_existing=True)
    if row is None:
        raise NotFound
    return _listed(row)


async def add(session: AsyncSession, listed: Listed, now: datetime) -> None:
    """Put a class behind the others; raises a `Refusal` when its id is taken."""
    last = await session.scalar(select(func.max(Hardware.position)))
    row = Hardware(
        **_values(listed), position=0 if last is None else last + 1, created_at=now, changed_at=now
    )
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError:
        reason = f"There is a class {listed.hardware.id} already. Choose another id, or change that one."
        raise Refusal("taken", reason, 409) from None


async def change(session: AsyncSession, listed: Listed, now: datetime) -> None:
    """Write a class anew in its place; raises `NotFound`."""
    values = _values(listed)
    done = await session.execute(
        update(Hardware).where(Hardware.id == values.pop("id")).values(**values, changed_at=now)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        raise NotFound


async def remove(session: AsyncSession, hardware: str) -> None:
    """Take a class out of the catalogue; its kernels go on. Raises `NotFound`."""
    done = await session.execute(delete(Hardware).where(Hardware.id == hardware))
    if not done.rowcount:  # type: ignore[attr-defined]
        raise NotFound


async def arrange(session: AsyncSession, order: Sequence[str]) -> None:
    """Bring the classes into `order`, which must name each of them once."""
    known = set(await session.scalars(select(Hardware.id)))
    if known != set(order) or len(order) != len(known):
        raise Refusal("bad_order", "The order must name every class once. Load the list again.", 409)
    for position, hardware in enumerate(order):
        await session.execute(update(Hardware).where(Hardware.id == hardware).values(position=position))


async def living(session: AsyncSession) -> Mapping[str, int]:
    """Return how many kernels of each class live."""
    query = select(Kernel.hardware, func.count().label("kernels")).where(Kernel.ended_at.is_(None))
    rows = await session.execute(query.group_by(Kernel.hardware))
    return {row.hardware: row.kernels for row in rows}


async def living_of(
    session: AsyncSession, user: str, *, before: str | None = None, besides: str | None = None
) -> Mapping[str, int]:
    """Return how many living kernels of each class `user` has started.

    Only those ordered `before` another kernel, whose id says when that was;
    and none of the notebook `besides`.
    """
    query = select(Kernel.hardware, func.count().label("kernels"))
    query = query.where(Kernel.ended_at.is_(None), Kernel.started_by == user)
    if before is not None:
        query = query.where(Kernel.id < before)
    if besides is not None:
        query = query.where(Kernel.notebook_id != besides)
    rows = await session.execute(query.group_by(Kernel.hardware))
    return {row.hardware: row.kernels for row in rows}


async def chosen(session: AsyncSession, project: ProjectId) -> str | None:
    """Return the class that the next kernels of `project` get, if one was chosen."""
    return await session.scalar(select(Project.hardware).where(Project.id == project))


async def choose(session: AsyncSession, project: ProjectId, hardware: str | None) -> None:
    """Set the class that the next kernels of `project` get."""
    await session.execute(update(Project).where(Project.id == project).values(hardware=hardware))


def _listed(row: Hardware) -> Listed:
    values: dict[str, Any] = {name: getattr(row, name) for name in _FIELDS}
    values |= {name: tuple(values[name]) for name in ("users", "groups")}
    return Listed(HardwareClass(**values), row.enabled)


def _values(listed: Listed) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(listed.hardware, name) for name in _FIELDS}
    values |= {name: list(values[name]) for name in ("users", "groups")}
    return values | {"options": dict(listed.hardware.options), "enabled": listed.enabled}
