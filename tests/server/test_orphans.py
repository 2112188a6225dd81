"""Kernels that an engine runs and no row knows: reported, given a grace, ended; nobody else's are touched."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from collab.ids import NotebookId
from kernel_manager.hardware import HardwareClass
from server.db.repositories import kernels
from server.db.repositories.kernels import RecordedKernel
from server.sessions.orphans import GRACE_S, Orphans
from server.sessions.part import owner_of
from tests.support.engines import FakeEngine
from tests.support.kernels import placement
from tests.support.world import World


async def place(engine: FakeEngine, name: str, owner: str = "site") -> None:
    hardware = HardwareClass("small", "Small", engine.name)
    await engine.submit(placement(Path("/"), kernel_id=name, owner=owner, hardware=hardware))


async def test_an_orphan_is_ended_after_a_grace_and_another_sites_kernel_is_left_alone(world: World) -> None:
    engine = FakeEngine("there")
    await place(engine, "orphan")
    await place(engine, "theirs", owner="another site")
    orphans = Orphans(world.server.services.database, {"there": engine}, "site")
    await orphans.look(0)
    await orphans.look(GRACE_S - 1)
    assert engine.cancelled == []
    await orphans.look(GRACE_S)
    assert engine.cancelled == ["orphan"]
    assert list(engine.placed) == ["theirs"]
    await orphans.look(2 * GRACE_S)
    assert engine.cancelled == ["orphan"]


async def test_a_kernel_on_record_is_no_orphan_and_one_that_ended_is(world: World) -> None:
    database, engine = world.server.services.database, FakeEngine("there")
    row = RecordedKernel("k1", NotebookId(world.notebook), "small", "there", "token", 1, 1, "living")
    now = datetime.now(UTC)
    await database.write_plain(lambda connection: kernels.intend(connection, row, now))
    await place(engine, "k1")
    orphans = Orphans(database, {"there": engine}, "site")
    await orphans.look(0)
    await orphans.look(2 * GRACE_S)
    assert engine.cancelled == []
    await database.write_plain(lambda connection: kernels.mark_ended(connection, "k1", now))
    await orphans.look(3 * GRACE_S)
    await orphans.look(4 * GRACE_S)
    assert engine.cancelled == ["k1"]


async def test_an_engine_that_is_silent_keeps_its_kernels_and_holds_up_no_other(world: World) -> None:
    silent, other = FakeEngine("silent", away=2), FakeEngine("other")
    await place(silent, "a")
    await place(other, "b")
    orphans = Orphans(world.server.services.database, {"silent": silent, "other": other}, "site")
    await orphans.look(0)
    await orphans.look(GRACE_S)
    assert (silent.cancelled, other.cancelled) == ([], ["b"])
    await orphans.look(2 * GRACE_S)
    assert silent.cancelled == [], "its grace begins when it is first seen"
    await orphans.look(3 * GRACE_S)
    assert silent.cancelled == ["a"]


async def test_a_site_has_one_name_for_all_its_starts(world: World) -> None:
    database = world.server.services.database
    assert await owner_of(database) == await owner_of(database)
    assert (await owner_of(database)).startswith("commonbook-")
