"""How much room one machine has for kernels of a class: a pure sum, and the reading of this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass

from kernel_manager.engines.base import Availability
from kernel_manager.hardware import HardwareClass


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine has in all, and how much memory nobody uses now."""

    cpus: int
    memory_mib: int
    free_mib: int


def room(hardware: HardwareClass, machine: Machine) -> Availability:
    """Return how many kernels of a class fit by memory; CPUs are shared, so they limit none."""
    if hardware.cpus is not None and hardware.cpus > machine.cpus:
        return never(f"The machine has {_count(machine.cpus, 'CPU')} only.")
    wanted = hardware.memory_mib
    if wanted is None:
        return Availability()
    total, free = machine.memory_mib // wanted, machine.free_mib // wanted
    if total == 0:
        return never(f"The machine has {_gib(machine.memory_mib)} of memory only.")
    if free == 0:
        return Availability(0, total, reason=f"{_gib(machine.free_mib)} of memory is free at the moment.")
    return Availability(free, total)


def never(reason: str) -> Availability:
    """Return that nothing here is large enough."""
    return Availability(0, 0, reason=reason, fits=False)


def this_machine() -> Machine:
    """Read what this machine has."""
    import psutil  # a server that nobody asks for machines starts without it

    memory = psutil.virtual_memory()
    mib = 1024 * 1024
    return Machine(os.cpu_count() or 1, memory.total // mib, memory.available // mib)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _gib(mib: int) -> str:
    return f"{mib / 1024:.1f} GiB"
