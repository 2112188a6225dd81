"""Kernels of this machine get GPUs of their own, and give them back by ending."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kernel_manager.client import reach
from kernel_manager.engines.base import Availability, EngineRefused, Handle
from kernel_manager.engines.local import LocalEngine
from kernel_manager.gpus import Gpu, discover
from kernel_manager.hardware import HardwareClass
from kernel_manager.reports import Ready
from tests.support.kernels import Placed, Reports, placement
from tests.support.nvml import FakeNvml

ONE_A100 = HardwareClass("gpu", "One A100", "local", gpus=1, gpu_type="A100")
DRIVER = FakeNvml({"uuid": "GPU-a"}, {"uuid": "GPU-b"}, {"uuid": "GPU-t", "name": "NVIDIA T4"})


def devices() -> Sequence[Gpu]:
    return discover(DRIVER)


def engine(folder: Path) -> LocalEngine:
    return LocalEngine(folder / "kernels", gpus=devices)


@pytest.mark.kernel
async def test_kernels_at_the_same_time_get_different_gpus_and_then_there_is_none(tmp_path: Path) -> None:
    here = engine(tmp_path)
    wanted = [replace(placement(tmp_path), kernel_id=name, hardware=ONE_A100) for name in ("one", "two")]
    handles = await asyncio.gather(*(here.submit(each) for each in wanted))
    try:
        assert await here.availability(ONE_A100) == Availability(
            0, 2, reason="Other kernels hold the GPUs; this needs 1 GPU of type A100."
        )
        with pytest.raises(EngineRefused, match="0 of 2 are free here"):
            await engine(tmp_path).submit(replace(placement(tmp_path), kernel_id="three", hardware=ONE_A100))
        seen = {await visible_in(here, handle) for handle in handles}
        assert seen == {"GPU-a", "GPU-b"}
    finally:
        await asyncio.gather(*(here.cancel(handle) for handle in handles))
    assert (await here.availability(ONE_A100)).free == 2


async def test_a_class_with_gpus_that_the_machine_lacks_is_refused_in_words(tmp_path: Path) -> None:
    here = engine(tmp_path)
    hardware = replace(ONE_A100, gpus=4)
    with pytest.raises(EngineRefused, match="needs 4 GPUs of type A100; 2 of 2 are free"):
        await here.submit(replace(placement(tmp_path), hardware=hardware))
    assert (
        await here.availability(hardware)
    ).reason == "This needs 4 GPUs of type A100, and the machine has 2."
    assert not (tmp_path / "kernels" / "kernel").exists()


async def visible_in(here: LocalEngine, handle: Handle) -> str:
    """Return what a kernel finds in CUDA_VISIBLE_DEVICES."""
    reports = Reports()
    client = await Placed(here, handle, await reach(here, handle)).attach(reports)
    try:
        await reports.first(Ready)
        client.execute("look", "print(__import__('os').environ['CUDA_VISIBLE_DEVICES'])")
        await reports.finished("look")
        return reports.text("look").strip()
    finally:
        await client.close()
