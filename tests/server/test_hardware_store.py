"""The catalogue, groups and chosen classes in SQL: the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from collab.ids import NotebookId, ProjectId, UserId, new_id
from kernel_manager.catalogue import Listed
from kernel_manager.hardware import HardwareClass
from server.db.engine import Database
from server.db.migrate import migrate, upgrade
from server.db.repositories import groups, hardware, kernels, notebooks, people, projects
from server.db.repositories.kernels import RecordedKernel
from server.db.tables import Account
from server.refusals import NotFound, Refusal
from tests.server.test_store import KINDS, empty_database

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

BIG = HardwareClass(
    id="a100",
    label="One A100",
    engine="slurm",
    description="For training.",
    cpus=7.5,
    memory_mib=262_144,
    processes=4096,
    disk_mib=10_240,
    gpus=1,
    gpu_type="a100",
    internet=True,
    python="/opt/cuda/bin/python",
    price_per_hour=2.25,
    users=("u1", "u2"),
    groups=("g1",),
    max_per_user=2,
    idle_after_s=1800,
    max_life_s=86_400,
    options={"partition": "gpu", "extra": ["--qos=high"]},
)
SMALL = HardwareClass(id="small", label="Small", engine="local")


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with empty_database(request.param, tmp_path) as database:
        await migrate(database)
        yield database


async def person(database: Database, name: str) -> UserId:
    async with database.begin() as session:
        return await people.add_account(
            session,
            NOW,
            name=name,
            email=f"{name}@example.org",
            display_name=name.title(),
            password_hash=None,
            admin=False,
        )


async def notebook_of(database: Database, owner: UserId) -> tuple[ProjectId, NotebookId]:
    async with database.begin() as session:
        project = await projects.add(session, "P", owner, NOW)
        return project, await notebooks.add(session, project, "N", owner, NOW)


async def test_a_class_comes_back_whole(database: Database) -> None:
    async with database.begin() as session:
        await hardware.add(session, Listed(BIG), NOW)
        await hardware.add(session, Listed(SMALL, enabled=False), NOW)
    async with database.read() as session:
        assert await hardware.catalogue(session) == [Listed(BIG), Listed(SMALL, enabled=False)]
        assert await hardware.one(session, "a100") == Listed(BIG)


async def test_two_classes_cannot_have_one_id(database: Database) -> None:
    async with database.begin() as session:
        await hardware.add(session, Listed(SMALL), NOW)
        with pytest.raises(Refusal, match="already"):
            await hardware.add(session, Listed(SMALL), NOW)


async def test_a_class_changes_in_its_place_and_goes(database: Database) -> None:
    async with database.begin() as session:
        for each in (SMALL, BIG):
            await hardware.add(session, Listed(each), NOW)
        await hardware.change(
            session, Listed(HardwareClass(id="small", label="Tiny", engine="local"), enabled=False), NOW
        )
    async with database.begin() as session:
        assert [each.hardware.label for each in await hardware.catalogue(session)] == ["Tiny", "One A100"]
        await hardware.arrange(session, ["a100", "small"])
        assert [each.hardware.id for each in await hardware.catalogue(session)] == ["a100", "small"]
        for wrong in (["a100"], ["a100", "a100"], ["a100", "small", "other"]):
            with pytest.raises(Refusal, match="every class once"):
                await hardware.arrange(session, wrong)
        await hardware.remove(session, "a100")
        for gone in (hardware.remove(session, "a100"), hardware.one(session, "a100")):
            with pytest.raises(NotFound):
                await gone
        with pytest.raises(NotFound):
            await hardware.change(session, Listed(BIG), NOW)


async def test_living_kernels_are_counted_by_class_and_by_who_started_them(database: Database) -> None:
    ann, ben = await person(database, "ann"), await person(database, "ben")
    _, notebook = await notebook_of(database, ann)
    made = [
        RecordedKernel(
            new_id(), notebook, of, "local", "t", 1, 1, "living", started_by=who, label=of, price_per_hour=0.5
        )
        for of, who in (("small", ann), ("small", ann), ("small", ben), ("a100", ann))
    ]

    def record(connection: Connection) -> None:
        for kernel in made:
            kernels.intend(connection, kernel, NOW)
        kernels.mark_ended(connection, made[0].id, NOW)
        kernels.mark_running(connection, made[1].id, NOW)
        kernels.mark_running(connection, made[1].id, datetime.now(UTC))

    await database.write_plain(record)
    async with database.read() as session:
        assert await hardware.living(session) == {"small": 2, "a100": 1}
        assert await hardware.living_of(session, ann) == {"small": 1, "a100": 1}
        living = {kernel.id: kernel for kernel in await kernels.living(session)}
    found = living[made[1].id]
    assert (found.started_by, found.label, found.price_per_hour) == (ann, "small", 0.5)
    assert (found.running_since, living[made[2].id].running_since) == (NOW, None)


async def test_a_project_keeps_its_chosen_class(database: Database) -> None:
    project, _ = await notebook_of(database, await person(database, "ann"))
    async with database.begin() as session:
        assert await hardware.chosen(session, project) is None
        await hardware.choose(session, project, "a100")
        assert await hardware.chosen(session, project) == "a100"
        await hardware.choose(session, project, None)
        assert await hardware.chosen(session, project) is None


async def test_groups_hold_people_once_and_let_them_go_with_their_account(database: Database) -> None:
    ann, ben = await person(database, "ann"), await person(database, "ben")
    async with database.begin() as session:
        lab = await groups.add(session, "Lab", [ann, ben, ann], NOW)
        with pytest.raises(Refusal, match="that name already"):
            await groups.add(session, "LAB", [], NOW)
        other = await groups.add(session, "Other", [], NOW)
        with pytest.raises(Refusal, match="that name already"):
            await groups.rename(session, other, "lab")
        with pytest.raises(Refusal, match="no account"):
            await groups.set_members(session, other, [ann, "nobody"])
    async with database.begin() as session:
        assert [member.name for member in (await groups.one(session, lab)).members] == ["ann", "ben"]
        assert await groups.of_person(session, ben) == {lab}
        await groups.rename(session, lab, "The lab")
        await session.delete(await session.get_one(Account, ann))
    async with database.begin() as session:
        assert [group.name for group in await groups.all_groups(session)] == ["Other", "The lab"]
        assert [member.name for member in (await groups.one(session, lab)).members] == ["ben"]
        await groups.remove(session, lab)
        assert await groups.of_person(session, ben) == set()
        with pytest.raises(NotFound):
            await groups.remove(session, lab)


@pytest.mark.parametrize("kind", KINDS)
async def test_kernels_and_projects_of_the_first_version_are_kept(kind: str, tmp_path: Path) -> None:
    def old(connection: Connection) -> None:
        upgrade(connection, "0001")
        connection.execute(
            text("INSERT INTO project (id, name, created_at, updated_at) VALUES ('p', 'P', :now, :now)"),
            {"now": NOW.replace(tzinfo=None) if kind == "sqlite" else NOW},
        )

    async with empty_database(kind, tmp_path) as database:
        await database.write_plain(old)
        assert await migrate(database) is True
        async with database.read() as session:
            assert await hardware.chosen(session, ProjectId("p")) is None
            assert await hardware.catalogue(session) == []
