"""Hardware classes, the groups that may take them, and the kernels that run on them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server.payloads.common import Body
from server.payloads.people import User

Id = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,64}$")]
Ids = Annotated[list[Id], Meta(max_length=10_000)]
GroupName = Annotated[str, Meta(min_length=1, max_length=100)]


class Hardware(msgspec.Struct, frozen=True):
    """A class as one person sees it now.

    `free` of `total` kernels could start, `queue` wait before the next one, and
    `reason` is the engine's word for why none is free; null where it cannot
    tell. `why_not` says why this person cannot take it.
    """

    id: str
    label: str
    description: str
    cpus: float | None
    memory_mib: int | None
    gpus: int
    gpu_type: str | None
    internet: bool
    price_per_hour: float | None
    idle_after_s: int | None
    max_life_s: int | None
    free: int | None
    total: int | None
    queue: int
    reason: str
    can_take: bool
    why_not: str | None


class HardwareKernel(msgspec.Struct, frozen=True):
    """The living kernel of a notebook: its class when it was ordered, who started it, what it has cost.

    `running_since` is null until it has its machine. Without a price there is no cost.
    """

    hardware: str
    label: str
    started_by: User | None
    created_at: datetime
    running_since: datetime | None
    price_per_hour: float | None
    cost: float | None


class HardwareChoices(msgspec.Struct, frozen=True):
    """All classes of the site, and the one that the project's next kernel gets for this person.

    `chosen` is null where nobody has chosen; `usual` is then what is taken, and null if there is none.
    """

    items: list[Hardware]
    chosen: str | None
    usual: str | None
    kernel: HardwareKernel | None
    next: None = None


class ChooseHardware(Body, frozen=True):
    """The class that the next kernels of the project get, or null for the usual one."""

    hardware: Id | None = msgspec.field(name="class")


class ChosenHardware(msgspec.Struct, frozen=True):
    """What the next kernels of the project get."""

    hardware: str | None = msgspec.field(name="class")


class HardwareClass(msgspec.Struct, frozen=True):
    """A class as the admin of the site edits it. Null means without limit, or left to the engine.

    `users` and `groups` are ids; with both empty, everybody may take it. `living` counts its kernels now.
    `never` says why none can ever start: it is larger than anything its engine has.
    """

    id: str
    label: str
    engine: str
    description: str
    cpus: float | None
    memory_mib: int | None
    processes: int | None
    disk_mib: int | None
    gpus: int
    gpu_type: str | None
    internet: bool
    python: str | None
    price_per_hour: float | None
    users: list[str]
    groups: list[str]
    max_per_user: int | None
    idle_after_s: int | None
    max_life_s: int | None
    options: dict[str, Any]
    enabled: bool
    living: int
    never: str | None


class NewHardwareClass(Body, frozen=True):
    """A class to be made. What is left out has no limit."""

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
    users: Ids = []  # noqa: RUF012
    groups: Ids = []  # noqa: RUF012
    max_per_user: int | None = None
    idle_after_s: int | None = None
    max_life_s: int | None = None
    options: dict[str, Any] = {}  # noqa: RUF012
    enabled: bool = True


class ChangeHardwareClass(Body, frozen=True):
    """What is given changes; null takes a limit away."""

    label: str | UnsetType = UNSET
    engine: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    cpus: float | UnsetType | None = UNSET
    memory_mib: int | UnsetType | None = UNSET
    processes: int | UnsetType | None = UNSET
    disk_mib: int | UnsetType | None = UNSET
    gpus: int | UnsetType = UNSET
    gpu_type: str | UnsetType | None = UNSET
    internet: bool | UnsetType = UNSET
    python: str | UnsetType | None = UNSET
    price_per_hour: float | UnsetType | None = UNSET
    users: Ids | UnsetType = UNSET
    groups: Ids | UnsetType = UNSET
    max_per_user: int | UnsetType | None = UNSET
    idle_after_s: int | UnsetType | None = UNSET
    max_life_s: int | UnsetType | None = UNSET
    options: dict[str, Any] | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class HardwareEngine(msgspec.Struct, frozen=True):
    """An engine of this server, and the shape of each option that its classes take."""

    name: str
    options: dict[str, str]


class HardwareCatalogue(msgspec.Struct, frozen=True):
    """All classes in their order. While there are none, people get what the engines offer by themselves."""

    items: list[HardwareClass]
    offered: list[HardwareClass]
    engines: list[HardwareEngine]
    next: None = None


class ArrangeHardware(Body, frozen=True):
    """The ids of all classes in their new order."""

    order: Ids


class RemovedHardware(msgspec.Struct, frozen=True):
    """How many kernels of the removed class go on, and a sentence about them."""

    living: int
    note: str


class HardwareFile(Body, frozen=True):
    """A TOML file of classes. Without `apply`, nothing changes."""

    toml: Annotated[str, Meta(max_length=500_000)]
    apply: bool = False


class HardwareFault(msgspec.Struct, frozen=True):
    """What is wrong in a file: the line, the class and the field, as far as they are known."""

    line: int | None
    hardware: str | None = msgspec.field(name="class")
    field: str | None
    reason: str


class HardwareFaults(msgspec.Struct, frozen=True):
    """Everything that is wrong with a class; `never` is a warning as in `HardwareClass`."""

    faults: list[HardwareFault]
    never: str | None


class HardwareText(msgspec.Struct, frozen=True):
    """The catalogue as a TOML file."""

    toml: str


class FieldChange(msgspec.Struct, frozen=True):
    field: str
    before: str
    after: str


class HardwareChange(msgspec.Struct, frozen=True):
    """What an import does to one class."""

    id: str
    label: str
    kind: Literal["added", "changed", "unchanged"]
    fields: list[FieldChange]


class HardwareImport(msgspec.Struct, frozen=True):
    """What a file changes. With any fault, nothing of it is taken."""

    changes: list[HardwareChange]
    faults: list[HardwareFault]
    applied: bool


class SiteKernel(msgspec.Struct, frozen=True):
    """A living kernel, as the admin of the site sees it."""

    id: str
    notebook: str
    notebook_name: str
    project: str
    project_name: str
    started_by: User | None
    hardware: str
    label: str
    engine: str
    state: str
    created_at: datetime
    running_since: datetime | None
    cpu: float | None
    memory: int | None
    memory_limit: int | None
    price_per_hour: float | None
    cost: float | None
    because: str
    stops_at: datetime | None


class WarmKernel(msgspec.Struct, frozen=True):
    """A kernel that waits for its first notebook. Nobody has it, and it costs nobody anything."""

    id: str
    project: str
    project_name: str
    hardware: str
    label: str
    since: datetime
    is_ready: bool
    memory: int | None


class SiteKernels(msgspec.Struct, frozen=True):
    """All kernels that live, the oldest first; `warm` are those that wait for a notebook."""

    items: list[SiteKernel]
    warm: list[WarmKernel]
    next: None = None


class Group(msgspec.Struct, frozen=True):
    """People whom hardware classes can name at once."""

    id: str
    name: str
    members: list[User]


class Groups(msgspec.Struct, frozen=True):
    """All groups, by name."""

    items: list[Group]
    next: None = None


class NewGroup(Body, frozen=True):
    """`members` are ids of accounts."""

    name: GroupName
    members: Ids = []  # noqa: RUF012


class ChangeGroup(Body, frozen=True):
    """`members`, where given, are all that shall be in the group."""

    name: GroupName | None = None
    members: Ids | None = None
