"""Hardware classes: the machine sizes that people choose from, and what each allows a kernel.

Pure. Where a class comes from (the catalogue, an engine) and who asks for it is
not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class HardwareClass:
    """One machine size. Whatever is None is not limited, or left to the engine.

    `memory_mib`, `cpus`, `processes` and `disk_mib` are what a kernel may use,
    with everything that it starts. `internet` lets it reach addresses outside;
    the server's own machine stays out of its reach either way. `python` names
    an interpreter for this class instead of the project's. `options` are the
    engine's own (a Slurm partition, an SSH host, an image).

    `users` and `groups` (ids) say who may take it; with both empty, everybody.
    """

    id: str
    label: str
    engine: str
    description: str = ""
    cpus: float | None = None
    memory_mib: int | None = None
    processes: int | None = None
    disk_mib: int | None = None
    gpus: int = 0
    gpu_type: str | None = None
    internet: bool = False
    python: str | None = None
    price_per_hour: float | None = None
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    max_per_user: int | None = None
    idle_after_s: int | None = None
    max_life_s: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_for_everybody(self) -> bool:
        """Whether nobody is named who may take it."""
        return not self.users and not self.groups
