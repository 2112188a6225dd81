"""How many kernels of a class fit into a machine, and why none does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel_manager.engines.base import Availability, TellsAvailability
from kernel_manager.engines.local import LocalEngine
from kernel_manager.engines.room import Machine, never, room
from kernel_manager.hardware import HardwareClass

MACHINE = Machine(cpus=4, memory_mib=16_384, free_mib=5_000)


def of(**limits: float) -> HardwareClass:
    return HardwareClass(id="c", label="C", engine="local", **limits)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hardware", "expected"),
    [
        (of(), Availability()),
        (of(cpus=4), Availability()),
        (of(cpus=4.5), never("The machine has 4 CPUs only.")),
        (of(memory_mib=2_000), Availability(2, 8)),
        (of(memory_mib=5_000), Availability(1, 3)),
        (of(memory_mib=6_000), Availability(0, 2, reason="4.9 GiB of memory is free at the moment.")),
        (of(memory_mib=20_000), never("The machine has 16.0 GiB of memory only.")),
    ],
)
def test_what_fits_is_counted_by_memory(hardware: HardwareClass, expected: Availability) -> None:
    assert room(hardware, MACHINE) == expected


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_what_is_free_fits_and_is_never_more_than_all(wanted: int, total: int, used: int) -> None:
    free = max(total - used, 0)
    found = room(of(memory_mib=wanted), Machine(1, total, free))
    assert found.free is not None
    assert found.total is not None
    assert found.free <= found.total
    assert found.free * wanted <= free
    assert (found.free == 0) == bool(found.reason)


async def test_this_machine_tells_what_is_free(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path)
    assert isinstance(engine, TellsAvailability)
    assert await engine.availability(of()) == Availability()
    assert (await engine.availability(of(memory_mib=2**40))).total == 0
