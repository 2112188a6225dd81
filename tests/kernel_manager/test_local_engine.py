"""Supervisors as processes of this machine: placed, found again, ended, and never mistaken for another."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import stat
from pathlib import Path

import psutil
import pytest

from kernel_manager.engines.base import EngineRefused, NotReady
from kernel_manager.engines.local import LocalEngine
from kernel_manager.engines.processes import birth
from kernel_manager.reports import Ready
from tests.support.kernels import attached, placed, placement


@pytest.mark.kernel
async def test_a_placed_supervisor_runs_in_a_private_folder_and_is_found_again(tmp_path: Path) -> None:
    async with placed(tmp_path) as here:
        folder = Path(here.handle["dir"])
        modes = {name: stat.S_IMODE(os.stat(folder / name).st_mode) for name in os.listdir(folder)}
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
        assert [name for name, mode in modes.items() if mode & 0o077] == []
        assert "spec.json" not in modes
        later = LocalEngine(tmp_path / "kernels")
        assert await later.list("tests") == [here.handle]
        assert await later.list("somebody else") == []
        assert (await later.status(here.handle)).phase == "running"
        assert os.getsid(here.handle["pid"]) == here.handle["pid"]


@pytest.mark.kernel
async def test_a_kernel_name_is_placed_once(tmp_path: Path) -> None:
    async with placed(tmp_path) as here:
        with pytest.raises(EngineRefused, match="placed already"):
            await here.engine.submit(placement(tmp_path))


@pytest.mark.kernel
async def test_a_cancel_ends_the_kernel_and_leaves_nothing(tmp_path: Path) -> None:
    async with attached(tmp_path) as (client, reports, here):
        client.execute("a", "__import__('os').getpid()")
        await reports.first(Ready)
        await here.engine.cancel(here.handle)
        assert (await here.engine.status(here.handle)).phase == "ended"
        assert not (tmp_path / "kernels" / "kernel").exists()
        assert await reports.lost() == "gone"
        await here.engine.cancel(here.handle)
        assert await here.engine.list("tests") == []


@pytest.mark.kernel
async def test_a_supervisor_whose_folder_is_deleted_ends_itself_and_its_kernel(tmp_path: Path) -> None:
    async with attached(tmp_path) as (_, reports, here):
        await reports.first(Ready)
        supervisor = psutil.Process(here.handle["pid"])
        family = [supervisor, *supervisor.children(recursive=True)]
        assert len(family) > 1
        await asyncio.to_thread(shutil.rmtree, tmp_path / "kernels")
        _, alive = await asyncio.to_thread(psutil.wait_procs, family, timeout=30)
        assert alive == []
        assert await reports.lost() == "gone"


@pytest.mark.kernel
async def test_an_ignored_and_blocked_interrupt_is_not_inherited(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        async with attached(tmp_path) as (client, reports, _):
            await reports.first(Ready)
            client.execute("a", "import time\ntime.sleep(100)")
            await client.interrupt()
            assert (await reports.finished("a", limit_s=10)).ename == "KeyboardInterrupt"
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
        signal.signal(signal.SIGINT, before)


async def test_a_folder_that_cannot_be_made_is_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "kernels").write_text("a file")
    with pytest.raises(EngineRefused):
        await LocalEngine(tmp_path / "kernels").submit(placement(tmp_path))


async def test_another_process_with_the_same_id_is_not_ours(tmp_path: Path) -> None:
    handle = {"pid": os.getpid(), "birth": "another boot/1", "dir": str(tmp_path / "gone")}
    engine = LocalEngine(tmp_path)
    assert (await engine.status(handle)).phase == "ended"
    await engine.signal(handle, signal.SIGKILL)
    await engine.cancel(handle)


async def test_a_supervisor_that_does_not_answer_yet_is_not_ready(tmp_path: Path) -> None:
    handle = {"pid": os.getpid(), "birth": birth(os.getpid()), "dir": str(tmp_path)}
    engine = LocalEngine(tmp_path)
    assert (await engine.status(handle)).phase == "starting"
    with pytest.raises(NotReady):
        await engine.endpoint(handle)


async def test_a_process_that_ended_has_no_birth() -> None:
    process = await asyncio.create_subprocess_exec("true")
    assert birth(os.getpid()) == birth(os.getpid())
    await process.wait()
    assert birth(process.pid) is None
