"""What a starting server does with the kernels of an earlier one: many at a time, but not all at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection

from collab.ids import NotebookId, ProjectId
from server.db.repositories import kernels, notebooks
from server.db.repositories.kernels import RecordedKernel
from server.sessions.registry import Sessions
from server.sessions.resuming import AT_ONCE, resume_all
from tests.support.backend import FakeKernel
from tests.support.world import World

KERNELS = 200


async def leave(world: World, count: int) -> list[NotebookId]:
    """Put notebooks on record whose kernels live, as a killed server leaves them."""
    now, database = datetime.now(UTC), world.server.services.database
    async with database.begin() as session:
        project = ProjectId(world.project)
        made = [await notebooks.add(session, project, f"N{n}", world.ada.user, now) for n in range(count)]

    def write(connection: Connection) -> None:
        for notebook in made:
            kernel = RecordedKernel(notebook, notebook, "local", "fake", "token", 1, 1, "living")
            kernels.intend(connection, kernel, now)
            kernels.placed(connection, kernel, {"kernel_id": notebook})

    await database.write_plain(write)
    for notebook in made:
        world.backend.kernels[notebook] = FakeKernel(notebook)
    return made


@pytest.mark.slow
async def test_two_hundred_kernels_are_attached_to_again_some_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = await leave(world, KERNELS)
    sessions, now, most = world.sessions, 0, 0
    really_open = Sessions._open

    async def counted(self: Sessions, notebook: NotebookId) -> object:
        nonlocal now, most
        now += 1
        most = max(most, now)
        try:
            return await really_open(self, notebook)
        finally:
            now -= 1

    monkeypatch.setattr(Sessions, "_open", counted)
    await resume_all(world.server.services.database, sessions.get, sessions.notebook_deleted)
    assert 1 < most <= AT_ONCE
    async with asyncio.timeout(30):
        for notebook in left:
            session = await sessions.get(notebook)
            while session.state.kernel != "idle":
                await session.changed()
    assert all(world.backend.kernels[notebook].reader is not None for notebook in left)
    assert all(world.backend.kernels[notebook].ran == [] for notebook in left)


async def test_a_notebook_that_cannot_be_opened_holds_up_no_other(world: World) -> None:
    broken, *others = await leave(world, 4)
    resumed = []

    async def resume(notebook: NotebookId) -> None:
        if notebook == broken:
            raise ValueError("it is broken")
        resumed.append(notebook)

    await resume_all(world.server.services.database, resume, world.sessions.notebook_deleted)
    assert sorted(resumed) == sorted(others)


async def test_while_the_database_is_away_it_is_tried_again(world: World) -> None:
    await leave(world, 2)

    async def resume(notebook: NotebookId) -> None:
        raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        await resume_all(world.server.services.database, resume, world.sessions.notebook_deleted)
