"""The requirements.txt that notebooks and files need, line by line with its reasons.

Only what they import themselves, what they install by hand in the author's own words, nothing of the project,
and nothing that nobody knows: that is listed apart, for a person to look at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name

from kernel_manager.imports.cells import CellImports
from kernel_manager.imports.lines import Refused, Wanted, objection_to_name, pinned
from kernel_manager.imports.lookalikes import look_alike
from kernel_manager.imports.project import OwnModules
from kernel_manager.imports.resolve import (
    NOTHING_INSTALLED,
    Evidence,
    Installed,
    Resolution,
    is_namespace,
    resolve,
)
from kernel_manager.imports.stdlib import PythonVersion
from kernel_manager.imports.table import curated, is_listed
from kernel_manager.imports.walk import Import

TOOLS = frozenset(
    {"pip", "setuptools", "wheel", "uv", "ipykernel", "ipython", "jupyter", "jupyterlab", "notebook"}
)
"""What an install line in a notebook brings up to date, and no requirement of it."""


@dataclass(frozen=True)
class Source:
    """One cell or file, and what it imports."""

    file: str
    """Relative to the project, or a notebook's name."""
    found: CellImports
    cell: str | None = None
    """The cell's id, where it has one."""
    number: int | None = None
    """The cell's place in the notebook, counted from 1."""


@dataclass(frozen=True)
class Place:
    """Where an import or an install line stands."""

    file: str
    cell: str | None
    number: int | None
    line: int


@dataclass(frozen=True)
class Need:
    """A distribution that is needed, and why."""

    distribution: str
    line: str
    """As it goes into requirements.txt."""
    imports: tuple[str, ...]
    """The names that are imported; empty where only an install line asks for it."""
    evidence: Evidence
    confidence: float
    alternatives: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Unknown:
    """An import that nobody can place."""

    name: str
    looks_like: str | None
    may_be_offered: bool
    """False for what is no distribution at all: google.colab, a spaCy model."""
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Guess:
    """What a project needs."""

    needs: tuple[Need, ...]
    optional: tuple[Need, ...]
    """Imported only where the text also says what to do without."""
    unknown: tuple[Unknown, ...]
    local: tuple[str, ...]
    """Imports that are the project's own modules."""
    refused: tuple[Refused, ...]
    """What install lines ask for that may not be suggested."""

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(need.line for need in self.needs)


@dataclass
class _Gathered:
    resolution: Resolution
    is_optional: bool = True
    names: dict[str, None] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)


def guess(
    sources: Sequence[Source],
    own: OwnModules,
    python: PythonVersion | None = None,
    installed: Installed = NOTHING_INSTALLED,
    pin: str = "~=",
) -> Guess:
    """Return what the sources need on a kernel with this Python.

    `installed` gives versions, and what the environment itself says of its modules; `pin` is the style of
    versions where the author wrote none.
    """
    wanted, refused, asked_at = _asked_for(sources)
    known: dict[str, _Gathered] = {}
    unknown: dict[str, _Gathered] = {}
    local: set[str] = set()
    modules_of = _own_modules(sources, own)
    answers: dict[str, Resolution] = {}

    def stands_in(each: Import, modules: frozenset[str]) -> bool:
        """Whether it is what is left: all that was tried before it is missing."""
        there = (Evidence.STDLIB, Evidence.INSTALLED)
        return bool(each.instead_of) and not any(
            top in modules or resolve(top, python, installed).evidence in there for top in each.instead_of
        )

    for source in sources:
        modules = modules_of[source.file]
        for each in source.found.imports:
            if each.top in modules:
                local.add(each.top)
                continue
            resolution = answers.get(each.name)
            if resolution is None:
                resolution = _with_author(resolve(each.name, python, installed), wanted)
                answers[each.name] = resolution
            if resolution.evidence is Evidence.STDLIB or (
                resolution.evidence is Evidence.INSTALLED and resolution.distribution is None
            ):
                continue
            shown = _shown_name(resolution)
            if resolution.distribution is None:
                place, key = unknown, shown
            elif resolution.is_offered:
                place, key = known, resolution.distribution
            else:
                continue  # the notebook's own machinery
            gathered = place.get(key) or place.setdefault(key, _Gathered(resolution))
            gathered.is_optional &= each.is_optional and not stands_in(each, modules)
            gathered.names[shown] = None
            gathered.places.append(Place(source.file, source.cell, source.number, each.line))
    needs = [
        _need(name, each, wanted, installed, pin) for name, each in known.items() if not each.is_optional
    ]
    optional = [_need(name, each, wanted, installed, pin) for name, each in known.items() if each.is_optional]
    needs += [
        Need(name, each.text, (), *_evidence_of_name(name), (), asked_at[name])
        for name, each in wanted.items()
        if name not in known
    ]
    return Guess(
        tuple(sorted(needs, key=lambda need: need.distribution)),
        tuple(sorted(optional, key=lambda need: need.distribution)),
        tuple(
            Unknown(name, each.resolution.looks_like, each.resolution.is_offered, tuple(each.places))
            for name, each in sorted(unknown.items())
        ),
        tuple(sorted(local)),
        tuple(refused),
    )


def _asked_for(
    sources: Iterable[Source],
) -> tuple[dict[str, Wanted], list[Refused], dict[str, tuple[Place, ...]]]:
    """Return what install lines ask for, the last word of an author counting; and what is refused of it."""
    wanted: dict[str, Wanted] = {}
    refused: list[Refused] = []
    places: dict[str, tuple[Place, ...]] = {}
    for source in sources:
        for install in source.found.installs:
            refused += install.refused
            for each in install.wanted:
                if each.name in TOOLS:
                    continue
                why = objection_to_name(each.name)
                if why is not None and (each.name in curated().refused or look_alike(each.name) is not None):
                    refused.append(Refused(each.text, why))
                    continue
                if each.has_version or each.name not in wanted or not wanted[each.name].has_version:
                    wanted[each.name] = each
                place = Place(source.file, source.cell, source.number, install.line)
                places[each.name] = (*places.get(each.name, ()), place)
    return wanted, refused, places


def _with_author(found: Resolution, wanted: dict[str, Wanted]) -> Resolution:
    """Let the author's own install line decide between builds of one module, and name what nobody knows."""
    if found.distribution in wanted:
        return found
    chosen = next((each for each in found.alternatives if each in wanted), None)
    if chosen is None and found.evidence is Evidence.UNKNOWN and found.is_offered:
        own = canonicalize_name(found.name.partition(".")[0])
        chosen = own if own in wanted else None
    if chosen is None:
        return found
    others = tuple(each for each in (found.distribution, *found.alternatives) if each and each != chosen)
    return Resolution(found.name, chosen, found.evidence, max(found.confidence, 0.9), others)


def _need(name: str, gathered: _Gathered, wanted: dict[str, Wanted], installed: Installed, pin: str) -> Need:
    author = wanted.get(name)
    line = author.text if author else pinned(name, installed.versions.get(name), pin)
    if author and not author.has_version and ";" not in author.text and "[" not in author.text:
        line = pinned(author.text, installed.versions.get(name), pin)
    found = gathered.resolution
    return Need(
        name,
        line,
        tuple(gathered.names),
        found.evidence,
        found.confidence,
        found.alternatives,
        tuple(gathered.places),
    )


def _own_modules(sources: Iterable[Source], own: OwnModules) -> dict[str, frozenset[str]]:
    """Return what each file finds among the project's modules, and those it writes with `%%writefile`."""
    added: dict[str, list[str]] = {}
    written: dict[str, set[str]] = {}
    for source in sources:
        added.setdefault(source.file, []).extend(path for path in source.found.paths if path != "?")
        written.setdefault(source.file, set()).update([source.found.writes] if source.found.writes else [])
    return {file: own.importable_from(file, paths) | written[file] for file, paths in added.items()}


def _shown_name(found: Resolution) -> str:
    """Return as much of the dotted name as tells distributions apart."""
    parts = found.name.split(".")
    if not is_namespace(parts[0]):
        return parts[0]
    return ".".join(parts[:3] if found.is_offered else parts[:2])


def _evidence_of_name(name: str) -> tuple[Evidence, float]:
    return (Evidence.RANKED, 0.95) if is_listed(name) else (Evidence.UNKNOWN, 0.5)
