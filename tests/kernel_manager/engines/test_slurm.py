"""Kernels on a real Slurm: queues, GPUs, and the deaths of its daemons and of a node."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kernel_manager.engines.base import Availability, EngineAway, EngineRefused, Handle
from kernel_manager.engines.slurm.commands import AWAY
from kernel_manager.engines.slurm.engine import SlurmEngine
from kernel_manager.hardware import HardwareClass
from kernel_manager.reports import Started
from tests.kernel_manager.engines.conftest import NETWORK, slurm_site
from tests.support import slurm
from tests.support.kernels import placement
from tests.support.sites import Site, cleared, living, need, processes_of, until_phase

pytestmark = pytest.mark.kernel

GPUS = HardwareClass(
    "gpu", "Two A100", "slurm", gpus=2, gpu_type="a100", memory_mib=200, options={"partition": "gpu-a100"}
)
LOST_WITHIN_S = 15.0


@pytest.fixture
def own_cluster() -> Iterator[slurm.Cluster]:
    """A cluster for one test that breaks it."""
    need(slurm.missing())
    with slurm.cluster() as running:
        yield running


@pytest.fixture
async def on_own(own_cluster: slurm.Cluster, tmp_path: Path) -> AsyncIterator[Site]:
    async with cleared(slurm_site(own_cluster, tmp_path)) as site:
        yield site


async def until_reason(site: Site, handle: Handle, *words: str) -> None:
    """Wait until the engine's reason holds these words."""
    async with asyncio.timeout(60):
        while True:
            reason = (await site.engine.status(handle)).reason
            if all(word in reason for word in words):
                return
            await asyncio.sleep(0.1)


async def test_a_kernel_sees_the_gpus_that_slurm_gave_it(on_slurm: Site) -> None:
    client, reports, _ = await on_slurm.attach(hardware=replace(GPUS, gpus=1))
    client.execute("a", "import os; print(os.environ.get('CUDA_VISIBLE_DEVICES'))")
    await reports.finished("a")
    assert reports.text("a") in ("0\n", "1\n")
    await client.close()


async def test_full_gpus_are_a_reason_and_a_place_and_a_queued_kernel_can_be_cancelled(
    on_slurm: Site,
) -> None:
    await on_slurm.reach(await on_slurm.submit("first", hardware=GPUS))
    second = await on_slurm.submit("second", hardware=GPUS)
    third = await on_slurm.submit("third", hardware=GPUS)
    await until_reason(on_slurm, third, "Waiting for 2 A100", "place 2 in the queue.")
    await until_reason(on_slurm, second, "Waiting for 2 A100: Resources, place 1 in the queue.")
    assert isinstance(on_slurm.engine, SlurmEngine)
    assert await on_slurm.engine.availability(GPUS) == Availability(0, 1, queue=2)
    assert (await on_slurm.engine.status(third)).phase == "queued"
    await on_slurm.engine.cancel(second)
    assert (await on_slurm.engine.status(second)).phase == "ended"
    assert "cancelled" in (await on_slurm.engine.status(second)).reason
    await on_slurm.engine.cancel(on_slurm.placed["first"])
    await on_slurm.reach(third)


async def test_what_slurm_refuses_is_said_in_its_words_and_leaves_nothing(on_slurm: Site) -> None:
    nowhere = replace(GPUS, options={"partition": "nowhere"})
    with pytest.raises(EngineRefused, match="Invalid partition name") as refused:
        await on_slurm.engine.submit(placement(on_slurm.work, hardware=nowhere))
    assert not isinstance(refused.value, EngineAway)
    with pytest.raises(EngineRefused, match="Slurm refused the kernel"):
        await on_slurm.engine.submit(placement(on_slurm.work, hardware=replace(GPUS, gpus=5)))
    assert list((on_slurm.work.parent / "kernels").iterdir()) == []


async def test_a_server_without_slurm_says_which_command_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    engine = SlurmEngine(tmp_path / "kernels", network=NETWORK, tls=False)
    with pytest.raises(EngineRefused, match="Slurm's command sbatch cannot be run"):
        await engine.submit(placement(tmp_path, hardware=GPUS))


async def test_a_network_that_a_node_is_not_in_ends_the_start_in_words(
    cluster: slurm.Cluster, tmp_path: Path
) -> None:
    site = slurm_site(cluster, tmp_path)
    site.engine = SlurmEngine(tmp_path / "kernels", network="203.0.113.0/24", conf=str(cluster.conf))
    async with cleared(site):
        handle = await site.submit()
        assert "failed" in await until_phase(site.engine, handle, "ended")


async def test_many_kernels_share_one_question(on_slurm: Site) -> None:
    handles = [await on_slurm.submit(f"k{number}", hardware=GPUS) for number in range(4)]
    engine = on_slurm.engine
    assert isinstance(engine, SlurmEngine)
    await engine.queue.look_now()
    engine.queue._every_s = 60
    await engine.queue.look_now()
    asked = engine.queue.asked
    await asyncio.gather(*(engine.status(handle) for handle in handles for _ in range(20)))
    assert engine.queue.asked == asked
    engine.queue._every_s = 0.2


@pytest.mark.slow
async def test_a_killed_controller_costs_nothing_and_its_silence_is_no_death(
    on_own: Site, own_cluster: slurm.Cluster
) -> None:
    client, reports, here = await on_own.attach()
    # What the controller's disk calls queued and a node calls running, the next controller ends.
    await until_phase(on_own.engine, await on_own.submit("gpus", hardware=GPUS), "running")
    queued = await on_own.submit("behind", hardware=GPUS)
    await until_phase(on_own.engine, queued, "queued")
    client.execute("a", "kept = 41")
    await reports.finished("a")
    own_cluster.until_saved("commonbook:tests", "behind")
    own_cluster.kill("slurmctld")
    await until_reason(on_own, here.handle, "does not answer")
    assert (await on_own.engine.status(here.handle)).phase == "running"
    waiting = await on_own.engine.status(queued)
    assert (waiting.phase, "keeps its place" in waiting.reason) == ("queued", True)
    assert isinstance(on_own.engine, SlurmEngine)
    assert await on_own.engine.availability(GPUS) == Availability(reason=AWAY)
    with pytest.raises(EngineAway):
        await on_own.engine.submit(placement(on_own.work, kernel_id="late", hardware=GPUS))
    with pytest.raises(EngineAway):
        await on_own.engine.list("tests")
    client.execute("b", "print(kept + 1)")
    await reports.finished("b")
    assert reports.text("b") == "42\n"

    own_cluster.start("slurmctld")
    own_cluster.until_answering()
    await until_reason(on_own, queued, "Waiting for 2 A100")
    assert (await on_own.engine.status(here.handle)).phase == "running"
    client.execute("c", "print(kept + 2)")
    await reports.finished("c")
    assert reports.losses == []
    await client.close()


async def test_a_restarted_node_daemon_leaves_its_kernels_alone(
    on_own: Site, own_cluster: slurm.Cluster
) -> None:
    nodes = replace(on_own.hardware, options={"nodelist": "cpu1"})
    client, reports, here = await on_own.attach(hardware=nodes)
    client.execute("a", "kept = 41")
    await reports.finished("a")
    own_cluster.stop("cpu1")
    own_cluster.start("cpu1")
    client.execute("b", "print(kept + 1)")
    await reports.finished("b")
    assert reports.text("b") == "42\n"
    assert (await on_own.engine.status(here.handle)).phase == "running"
    await client.close()
    await on_own.engine.cancel(here.handle)
    assert list(living(processes_of(here.handle))) == []


async def test_a_dead_node_is_noticed_while_slurm_still_says_that_it_runs(
    on_own: Site, own_cluster: slurm.Cluster
) -> None:
    nodes = replace(on_own.hardware, options={"nodelist": "cpu2"})
    client, reports, here = await on_own.attach(hardware=nodes)
    client.execute("a", "import time\ntime.sleep(100)")
    await reports.first(Started)
    began = time.monotonic()
    own_cluster.kill_node("cpu2")
    assert await reports.lost(LOST_WITHIN_S) == "gone"
    assert time.monotonic() - began < LOST_WITHIN_S
    assert (await on_own.engine.status(here.handle)).phase == "running", "Slurm has not noticed yet"
    await client.close()
    on_own.placed.clear()  # nothing is left to end, and Slurm would wait for the node to say so
