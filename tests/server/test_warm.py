"""Kernels that wait for a notebook: whose they may become, when they end, and what a crash leaves of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collab.ids import NotebookId, ProjectId, UserId
from kernel_manager.client import SupervisorLost
from kernel_manager.engines.base import Handle, Placement, Status
from kernel_manager.engines.room import Machine
from kernel_manager.prewarmed import IDLE_S
from server.db.repositories import kernels
from server.db.repositories.kernels import RecordedKernel
from server.sessions import warm as warm_module
from server.sessions.backend import Progress, Supervised
from server.sessions.machines import Machines
from server.sessions.warm import PAUSE_AFTER_FAILURE_S, REFILL_AFTER_S, WarmKernels
from tests.support.backend import FakeKernel
from tests.support.engines import FakeEngine
from tests.support.server import Client
from tests.support.socket_page import Page
from tests.support.world import World

SMALL = {"id": "local-small", "label": "Small", "engine": "local", "memory_mib": 256}


@dataclass
class Site:
    """A server whose warm kernels are names on an engine without processes."""

    world: World
    engine: FakeEngine
    backend: Supervised
    warm: WarmKernels
    states: Path
    project: ProjectId
    machine: list[Machine]

    async def look(self, later_s: float = 0.0) -> list[str]:
        """Look at what there should be, and return what waits then."""
        await self.warm.look(asyncio.get_running_loop().time() + later_s)
        return [each.id for each in self.warm.waiting]

    async def cleared(self) -> list[str]:
        """Return what was ended, once anything is and no end is on its way."""
        async with asyncio.timeout(30):
            while True:
                if self.engine.cancelled and len(self.engine.placed) == len(self.warm.waiting):
                    return self.engine.cancelled
                await asyncio.sleep(0)

    def expect(self, who: Client, project: ProjectId | None = None) -> None:
        self.warm.expect(project or self.project, who.user)

    def use(self, state: str) -> None:
        """Put another state of the environment to use."""
        (self.states / state / "bin").mkdir(parents=True, exist_ok=True)
        (self.states / "current").unlink(missing_ok=True)
        (self.states / "current").symlink_to(self.states / state)


@pytest.fixture
def site(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(warm_module, "reach", never)
    services, engine = world.server.services, FakeEngine("local")
    machines = Machines(services.database, {"local": engine})

    async def python_of(project: ProjectId, progress: Progress) -> str:
        return str(tmp_path / "states" / "current" / "bin" / "python")

    backend = Supervised(
        {"local": engine},
        owner="site",
        folder_of=lambda project: tmp_path / project,
        python_of=python_of,
        class_of=machines.class_of,
    )
    machine = [Machine(2, 8000, 6000)]
    warm = WarmKernels(
        backend,
        machines,
        services.database,
        services.tasks,
        each=1,
        most=2,
        has_python=lambda _: True,
        machine=lambda: machine[0],
    )
    world.sessions.warm, world.sessions.machines = warm, machines
    here = Site(world, engine, backend, warm, tmp_path / "states", ProjectId(world.project), machine)
    here.use("first")
    return here


async def never(*_: object) -> None:
    """A supervisor that takes its time to answer."""
    await asyncio.Event().wait()


async def test_a_notebook_puts_the_kernel_on_record_that_waited_and_nothing_else_is_placed(
    site: Site,
) -> None:
    world = site.world
    site.expect(world.ada)
    (waiting,) = await site.look()
    token = site.engine.placed[waiting].token
    world.backend.kernels[waiting] = FakeKernel(waiting)
    notebook = (await world.ada.post(f"/api/projects/{world.project}/notebooks", {"name": "N"})).json["id"]
    page = await Page.open(world.ada, notebook)
    await world.ada.post(f"/api/notebooks/{notebook}/kernel", {"action": "start"})
    await page.until(lambda: page.kernel() == "idle")
    async with world.server.services.database.read() as session:
        (row,) = await kernels.living(session, notebook)
    assert (row.id, row.token, row.handle) == (waiting, token, {"dir": f"/local/{waiting}"})
    assert list(world.backend.kernels) == [waiting], "nothing was placed"
    assert not site.warm.waiting
    await page.close()


async def test_a_kernel_is_taken_once_and_never_by_another_project(site: Site) -> None:
    site.expect(site.world.ada)
    await site.look()
    assert await site.warm.take(ProjectId("another"), "local-small") is None
    assert await site.warm.take(site.project, "another") is None
    taken = await asyncio.gather(*(site.warm.take(site.project, "local-small") for _ in range(3)))
    assert [one is not None for one in taken].count(True) == 1
    assert site.engine.cancelled == []


async def test_one_that_is_just_being_placed_is_nobodys_yet(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = asyncio.Event(), asyncio.Event()
    really = site.engine.submit

    async def slowly(placement: Placement) -> Handle:
        begun.set()
        await go.wait()
        return await really(placement)

    monkeypatch.setattr(site.engine, "submit", slowly)
    site.expect(site.world.ada)
    looking = asyncio.ensure_future(site.look())
    await begun.wait()
    assert await site.warm.take(site.project, "local-small") is None
    go.set()
    assert len(await looking) == 1
    assert await site.warm.take(site.project, "local-small") is not None


async def test_it_is_placed_as_the_next_kernel_of_the_project_would_be(site: Site) -> None:
    site.expect(site.world.ada)
    (waiting,) = await site.look()
    placed = site.engine.placed[waiting]
    anew = await site.backend.placement(waiting, placed.token, "local-small", site.project, lambda _: None)
    assert placed == anew


async def test_whoever_takes_one_has_the_machine_alone_for_a_moment(site: Site) -> None:
    site.expect(site.world.ada)
    await site.look()
    await site.warm.take(site.project, "local-small")
    assert await site.look() == []
    assert len(await site.look(REFILL_AFTER_S + 1)) == 1


@pytest.mark.parametrize("change", ["environment", "limits", "machine is gone", "process is gone"])
async def test_one_that_is_not_as_a_kernel_placed_now_would_be_is_ended_and_never_taken(
    site: Site, change: str
) -> None:
    root = await site.world.server.person("root", admin=True)
    assert (await root.post("/api/admin/hardware", SMALL)).status == 201
    site.expect(site.world.ada)
    (old,) = await site.look()
    match change:
        case "environment":
            site.use("second")
        case "limits":
            await root.patch("/api/admin/hardware/local-small", {"memory_mib": 512})
        case "machine is gone":
            await root.delete("/api/admin/hardware/local-small")
            await root.post("/api/admin/hardware", SMALL | {"id": "local-other"})
        case _:
            site.engine.statuses = [Status("ended"), Status("running")]
    assert await site.warm.take(site.project, "local-small") is None
    assert await site.cleared() == [old]


async def test_a_look_replaces_what_no_longer_fits(site: Site) -> None:
    site.expect(site.world.ada)
    (old,) = await site.look()
    site.use("second")
    (new,) = await site.look()
    assert new != old
    assert await site.cleared() == [old]


async def test_nobody_at_work_nothing_warm(site: Site) -> None:
    assert await site.look() == []
    site.expect(site.world.ada)
    assert len(await site.look()) == 1
    assert await site.look(IDLE_S + 1) == []


async def test_gpus_and_machines_that_the_person_may_not_take_are_not_held(site: Site) -> None:
    root = await site.world.server.person("root", admin=True)
    gpus = {"id": "g", "label": "GPU", "engine": "local", "gpus": 1}
    await root.post("/api/admin/hardware", gpus)
    site.expect(site.world.ada)
    assert await site.look() == []
    await root.patch("/api/admin/hardware/g", {"gpus": 0, "users": [root.user]})
    assert await site.look() == []
    await root.patch("/api/admin/hardware/g", {"users": []})
    assert len(await site.look()) == 1


async def test_where_memory_is_short_or_a_kernel_would_not_fit_none_is_warmed(site: Site) -> None:
    root = await site.world.server.person("root", admin=True)
    await root.post("/api/admin/hardware", SMALL | {"memory_mib": 7000})
    site.expect(site.world.ada)
    assert await site.look() == []
    await root.patch("/api/admin/hardware/local-small", {"memory_mib": 256})
    assert len(await site.look()) == 1
    site.machine[0] = Machine(2, 8000, 100)
    assert await site.look() == []


async def test_what_fails_is_not_tried_again_and_again(site: Site) -> None:
    site.expect(site.world.ada)
    site.engine.refuse = "No."
    assert await site.look() == []
    site.engine.refuse = None
    assert await site.look(60) == []
    site.expect(site.world.ada)
    assert len(await site.look(PAUSE_AFTER_FAILURE_S + 1)) == 1


async def test_one_that_dies_while_it_waits_is_cleared_away(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dead(*_: object) -> None:
        raise SupervisorLost("gone")

    monkeypatch.setattr(warm_module, "reach", dead)
    site.expect(site.world.ada)
    (dying,) = await site.look()
    assert await site.cleared() == [dying]


async def test_the_admin_sees_it_as_nobodys_and_ends_it(site: Site) -> None:
    root, world = await site.world.server.person("root", admin=True), site.world
    site.expect(world.ada)
    (waiting,) = await site.look()
    told = (await root.get("/api/admin/kernels")).json
    assert told["items"] == []
    (seen,) = told["warm"]
    assert (seen["id"], seen["project_name"], seen["label"]) == (waiting, "Research", "Small on local")
    assert (await world.ada.delete(f"/api/admin/kernels/{waiting}")).status in (403, 404)
    assert (await root.delete(f"/api/admin/kernels/{waiting}")).status == 204
    assert await site.cleared() == [waiting]
    assert await site.look(60) == [], "an admin's word counts for a while"


async def test_a_deleted_project_and_a_server_that_stops_end_theirs(site: Site) -> None:
    other = await site.world.server.project(site.world.ada, "Other")
    site.expect(site.world.ada)
    site.expect(site.world.ada, other)
    (first, second) = await site.look()
    mine = {each.project: each.id for each in site.warm.waiting}
    await site.world.ada.delete(f"/api/projects/{site.world.project}")
    assert await site.cleared() == [mine[site.project]]
    await site.warm.close()
    assert sorted(site.engine.cancelled) == sorted([first, second])
    site.expect(site.world.ada, other)
    assert await site.look() == []


async def test_a_new_server_ends_what_a_killed_one_kept_warm_and_nothing_on_record(site: Site) -> None:
    services = site.world.server.services
    site.expect(site.world.ada)
    (left,) = await site.look()
    row = RecordedKernel("mine", NotebookId(site.world.notebook), "h", "local", "t", 1, 1, "living")
    await services.database.write_plain(lambda c: kernels.intend(c, row, datetime.now(UTC)))
    placed = site.engine.placed[left]
    site.engine.placed["mine"] = placed
    after = WarmKernels(
        site.backend,
        Machines(services.database, {}),
        services.database,
        services.tasks,
        each=0,
        most=0,
        has_python=lambda _: True,
    )
    await after.tend()
    assert site.engine.cancelled == [left]
    after.expect(site.project, UserId("u"))
    assert not after.waiting, "0 turns it off"


async def test_whoever_opens_a_notebook_and_may_run_is_expected_to(site: Site) -> None:
    world = site.world
    viewer = await Page.open(world.people["viewer"], world.notebook)
    editor = await Page.open(world.people["editor"], world.notebook)
    assert await site.look() == []
    executor = await Page.open(world.people["executor"], world.notebook)
    assert len(await site.look()) == 1
    for page in (viewer, editor, executor):
        await page.close()
