"""What a project imports, declares and lacks."""

from __future__ import annotations

import msgspec


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
