"""A server whose kernels are Slurm jobs: killed in mid-cell, queued behind others, and losing a node."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from collab.ids import new_id
from collab.wire import StreamOutput
from tests.faults.test_kill import LINES, LOG, PROGRAM, page_of
from tests.support import slurm
from tests.support.live import LiveServer, Script, chromium, sign_in
from tests.support.sites import need

pytestmark = [pytest.mark.faults, pytest.mark.kernel]

KILLS = 3
LOST_WITHIN_S = 15.0

GPUS = {
    "id": "a100", "label": "Two A100", "engine": "slurm", "gpus": 2, "gpu_type": "a100", "memory_mib": 300,
    "options": {"partition": "gpu-a100"},
}  # fmt: skip


@pytest.fixture
def cluster() -> Iterator[slurm.Cluster]:
    need(slurm.missing())
    with slurm.cluster() as running:
        yield running


@pytest.fixture
def live(cluster: slurm.Cluster, tmp_path: Path) -> Iterator[LiveServer]:
    (tmp_path / "commonbook.toml").write_text(
        f'[engines.slurm]\nnetwork = "127.0.0.0/8"\nconf = "{cluster.conf}"\npoll_s = 0.5\n'
    )
    server = LiveServer(tmp_path)
    server.start()
    yield server
    server.stop()


def on_gpus(live: LiveServer) -> tuple[Script, str]:
    """Make an admin, and a project whose kernels take both GPUs."""
    ada = live.person("ada", admin=True)
    ada("POST", "/api/admin/hardware", GPUS)
    project = ada.project()
    ada("PUT", f"/api/projects/{project}/hardware", {"class": "a100"})
    return ada, project


def cancel_in_a_browser(live: LiveServer, notebook: str) -> None:
    """See a queued start as people do: its reason, what is free, and the way out."""
    with chromium() as browser:
        page = sign_in(browser, live.url, "ada").open(f"/n/{notebook}")
        page.locator(".kernel-chip").click()
        panel = page.get_by_role("dialog", name=re.compile("^Machine:"))
        waits = panel.get_by_text(re.compile("Waiting for 2 A100.*place 1 in the queue"))
        expect(waits).to_be_visible(timeout=60_000)
        expect(panel.get_by_role("listitem")).to_contain_text("none free", timeout=60_000)
        panel.get_by_role("button", name="Cancel", exact=True).click()
        expect(panel).to_contain_text("Stopped by ada.", timeout=60_000)


async def test_kills_of_the_server_cost_a_slurm_kernel_nothing(live: LiveServer, tmp_path: Path) -> None:
    ada, project = on_gpus(live)
    log = tmp_path / "projects" / project / "files" / LOG
    notebook = ada.notebook(project, PROGRAM)
    [cell] = (found["id"] for found in ada("GET", f"/api/notebooks/{notebook}")["cells"])
    for number in range(KILLS):
        command = new_id()
        async with page_of(ada, notebook) as page:
            await page.order("run", id=command, cell_id=cell)
            await page.until(lambda: (e := page.entry(cell)) and e.state == "running" and e.outputs)
            live.kill()
        live.start()
        async with page_of(ada, notebook) as page:
            run = (await page.order("run", id=command, cell_id=cell))["value"]["run"]
            await page.until(lambda: (e := page.entry(cell)) and e.run == run and e.state == "done")  # noqa: B023
            entry = page.entry(cell)
            assert entry is not None
            [stream] = entry.outputs
            assert isinstance(stream, StreamOutput)
            lines = "".join(f"line {line}\n" for line in range(LINES))
            assert stream.text == f"{lines}total {number + 1}\n"
    assert log.read_text().splitlines() == [str(number + 1) for number in range(KILLS)]
    async with page_of(ada, notebook) as page:
        await page.order("stop")
        await page.until(lambda: page.kernel() == "none")


async def test_a_queued_kernel_says_why_survives_a_kill_and_can_be_stopped(
    live: LiveServer, cluster: slurm.Cluster
) -> None:
    ada, project = on_gpus(live)
    first, second = ada.notebook(project, "1"), ada.notebook(project, "2")
    async with page_of(ada, first) as page:
        await page.order("start")
        await page.until(lambda: page.kernel() == "idle")
    async with page_of(ada, second) as page:
        await page.order("start")
        await page.until(lambda: "Waiting for 2 A100" in (page.runtime_view.kernel().progress or ""))
        assert "place 1 in the queue." in (page.runtime_view.kernel().progress or "")
        live.kill()
    live.start()
    await asyncio.to_thread(cancel_in_a_browser, live, second)
    cluster.wait_for(
        lambda: cluster.command("squeue", "-h", "-t", "PD").strip() == "", "the queue to be empty"
    )
    async with page_of(ada, first) as page:
        await page.order("stop")
        await page.until(lambda: page.kernel() == "none")


async def test_a_lost_node_is_said_in_the_notebook_within_fifteen_seconds(
    live: LiveServer, cluster: slurm.Cluster
) -> None:
    ada, project = on_gpus(live)
    notebook = ada.notebook(project, "print('here', flush=True)\nimport time\ntime.sleep(100)")
    [cell] = (found["id"] for found in ada("GET", f"/api/notebooks/{notebook}")["cells"])
    async with page_of(ada, notebook) as page:
        await page.order("run", cell_id=cell)
        await page.until(lambda: (e := page.entry(cell)) and e.outputs)
        began = time.monotonic()
        cluster.kill_node("gpu1")
        await page.until(lambda: page.kernel() == "dead")
        assert time.monotonic() - began < LOST_WITHIN_S
        death = page.runtime_view.kernel().death
        assert death is not None
        assert (death.cause, death.cell) == ("hardware_lost", cell)
        assert "gone" in death.reason
        entry = page.entry(cell)
        assert entry is not None
        assert entry.state == "lost"
