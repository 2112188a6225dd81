"""What a project imports, declares and lacks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.payloads.common import Body
from server.payloads.people import User


class ImportPlace(msgspec.Struct, frozen=True):
    """Where an import stands: a cell of a notebook, or a line of a file (`cell` and `number` are null)."""

    file: str
    cell: str | None
    number: int | None
    line: int


class DeclaredRequirement(msgspec.Struct, frozen=True):
    """One line of requirements.txt or of what it includes. `installed` is the version the kernels have."""

    name: str
    line: str
    file: str
    number: int
    installed: str | None
    used: bool


class NeededPackage(msgspec.Struct, frozen=True, rename={"import_": "import"}):
    """A distribution that imports ask for. `line` is what goes into requirements.txt.

    `evidence` is one of `installed`, `curated`, `namespace`, `ranked` and `unknown`, `confidence` 0 to 1.
    `import` is null where only an install line asks for it.
    """

    import_: str | None
    imports: list[str]
    distribution: str
    line: str
    evidence: str
    confidence: float
    alternatives: list[str]
    cells: list[ImportPlace]


class UnknownImport(msgspec.Struct, frozen=True, rename={"import_": "import"}):
    """An import that nobody can place. `looks_like` is a well-known name near it; nothing is proposed."""

    import_: str
    looks_like: str | None
    cells: list[ImportPlace]


class RequirementObjection(msgspec.Struct, frozen=True):
    """A line of requirements.txt that needs a person's hand, or an install line in a cell (no `number`)."""

    line: str
    file: str | None
    number: int | None
    reason: str


class ProjectRequirements(msgspec.Struct, frozen=True):
    """`missing` is what the kernels do not have; `undeclared` they have, and no requirements.txt says so.

    `guess` is the text of a requirements.txt, where the project has none. `python` and `installed` are null
    while no environment has been made; then `missing` is what is not declared.
    """

    declared: list[DeclaredRequirement]
    missing: list[NeededPackage]
    undeclared: list[NeededPackage]
    optional: list[NeededPackage]
    unknown: list[UnknownImport]
    local: list[str]
    objections: list[RequirementObjection]
    guess: str | None
    python: str | None
    complete: bool


class ImportOffer(msgspec.Struct, frozen=True):
    """What a module that could not be imported needs, if anybody knows.

    `missing` comes with the `line` to install; `installed` is there by now, since `installed_at` where that
    is known; `own` is a module of the project itself; of `unknown` ones `reason` says why none is proposed.
    """

    name: str
    state: Literal["missing", "installed", "own", "unknown"]
    distribution: str | None = None
    line: str | None = None
    evidence: str | None = None
    confidence: float = 0.0
    looks_like: str | None = None
    reason: str | None = None
    installed_at: datetime | None = None


class DeclarePackages(Body, frozen=True):
    """Lines for requirements.txt: names of packages, as they are proposed."""

    lines: Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(min_length=1, max_length=50)]


class AskForPackages(Body, frozen=True):
    """What somebody who may not install packages would like to have: one package a line."""

    lines: Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(min_length=1, max_length=20)]


class AnswerRequest(Body, frozen=True):
    """Installing answers by itself; this is the other answer."""

    state: Literal["declined"]


class PackageRequest(msgspec.Struct, frozen=True):
    """Somebody's wish for a package."""

    id: str
    line: str
    distribution: str
    by: User | None
    state: Literal["open", "installed", "declined"]
    created_at: datetime
    answered_by: User | None
    answered_at: datetime | None
