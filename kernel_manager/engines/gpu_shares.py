"""Which GPUs of one machine each of its kernels holds: a file in the kernel's folder, true while it lives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kernel_manager.engines.base import Availability, EngineRefused
from kernel_manager.engines.processes import birth
from kernel_manager.engines.room import never
from kernel_manager.gpus import Gpu, NoFreeGpu, assign
from kernel_manager.hardware import HardwareClass
from kernel_manager.supervisor.spec import read_json, write_json

HELD = "gpus.json"


def choose(root: Path, hardware: HardwareClass, found: Sequence[Gpu]) -> list[str]:
    """Return the ids of free GPUs for a kernel of the class; raises `EngineRefused`."""
    try:
        return assign(hardware.gpus, hardware.gpu_type, found, taken(root))
    except NoFreeGpu as error:
        raise EngineRefused(str(error)) from error


def hold(handle: Mapping[str, Any], ids: Sequence[str]) -> None:
    """Put on record that the kernel of `handle` has these GPUs."""
    held = {"ids": list(ids), "pid": handle["pid"], "birth": handle["birth"]}
    write_json(Path(handle["dir"]) / HELD, held)


def taken(root: Path) -> set[str]:
    """Return the ids of the GPUs that living kernels below `root` hold."""
    found: set[str] = set()
    for path in root.glob(f"*/{HELD}"):
        held = read_json(path)
        if held is not None and held["birth"] is not None and birth(held["pid"]) == held["birth"]:
            found.update(held["ids"])
    return found


def fewer(room: Availability, root: Path, hardware: HardwareClass, found: Sequence[Gpu]) -> Availability:
    """Return `room`, or less where the GPUs that the class wants are fewer."""
    kind = (hardware.gpu_type or "").lower()
    ids = {gpu.uuid for gpu in found if kind in gpu.name.lower()}
    total, free = len(ids) // hardware.gpus, len(ids - taken(root)) // hardware.gpus
    if room.free is not None and room.free <= free:
        return room
    wanted = f"{hardware.gpus} GPU{'' if hardware.gpus == 1 else 's'}"
    wanted += f" of type {hardware.gpu_type}" if hardware.gpu_type else ""
    if total == 0:
        return never(f"This needs {wanted}, and the machine has {len(ids) or 'none'}.")
    return Availability(
        free, total, reason="" if free else f"Other kernels hold the GPUs; this needs {wanted}."
    )
