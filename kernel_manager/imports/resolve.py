"""From the name in an `import` to the distribution that brings it, with the evidence for it.

The order is what makes it right: what the kernel's environment has, what is known by hand, the rule of
namespaces, the ranked table, pipreqs' mapping where it names something ranked; else the answer is *unknown*,
and nothing is offered. Nobody is asked over the network: an unlisted name may be a secret, or a trap.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from packaging.utils import canonicalize_name

from kernel_manager.imports.lookalikes import look_alike
from kernel_manager.imports.stdlib import PythonVersion, own_version, stdlib_of
from kernel_manager.imports.table import curated, pipreqs_mapping, ranked

LONGEST_NAME = 200
"""Longer names are nobody's; Python takes them, no index does."""
DEEPEST = 6
"""How many parts of a dotted name tell one distribution from another."""

SPACY_MODEL = re.compile(r"[a-z]{2,3}_(core|dep|ent|sent|pipeline)_\w+_(sm|md|lg|trf)")
"""Installed by `spacy download`, not from an index."""
API_VERSION = re.compile(r"_v\d+\w*$")

FOR_GONE = {
    "distutils": "setuptools",
    "asyncore": "pyasyncore",
    "asynchat": "pyasynchat",
    "audioop": "audioop-lts",
    "cgi": "legacy-cgi",
    "cgitb": "legacy-cgi",
}
"""What brings modules back that newer Pythons dropped."""


class Evidence(StrEnum):
    """Why an answer is believed."""

    STDLIB = "stdlib"
    INSTALLED = "installed"
    CURATED = "curated"
    NAMESPACE = "namespace"
    RANKED = "ranked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Resolution:
    """What an import name means."""

    name: str
    distribution: str | None
    """Canonical; None for the standard library, the unknown, and installed modules of no distribution."""
    evidence: Evidence
    confidence: float
    """0 to 1: how often answers of this kind were right."""
    alternatives: tuple[str, ...] = ()
    """Other distributions that bring the same module."""
    looks_like: str | None = None
    """The distribution that an unknown name may have meant."""
    is_offered: bool = True
    """Whether it may be proposed; what belongs to the notebook itself is not."""


@dataclass(frozen=True)
class Installed:
    """What an environment has, as its own interpreter told."""

    tops: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Top-level module to the distributions that ship it; none for a module without metadata."""
    portions: Mapping[str, str] = field(default_factory=dict)
    """Dotted packages below a top that several distributions share, to the one that ships them."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Canonical name of a distribution to its version."""


NOTHING_INSTALLED = Installed()


def resolve(
    name: str, python: PythonVersion | None = None, installed: Installed = NOTHING_INSTALLED
) -> Resolution:
    """Return what the dotted `name` means on a kernel with this Python and this environment."""
    top = name.partition(".")[0]
    if len(name) > LONGEST_NAME or not all(part.isidentifier() for part in name.split(".")):
        return _unknown(name[:LONGEST_NAME], is_offered=False)
    if top in stdlib_of(python or own_version()):
        return Resolution(name, None, Evidence.STDLIB, 1.0)
    is_offered = not (set(_prefixes(name)) & curated().never or SPACY_MODEL.fullmatch(top))
    found = _installed(name, installed) or (_listed(name) if top.isascii() else None)
    if found is None or (found.distribution is None and found.evidence is not Evidence.INSTALLED):
        return _unknown(name, is_offered=is_offered)
    if not is_offered:
        return Resolution(found.name, found.distribution, found.evidence, found.confidence, is_offered=False)
    return found


def is_namespace(top: str) -> bool:
    """Tell whether several distributions put their modules below this top."""
    return top in curated().namespaces


def _unknown(name: str, *, is_offered: bool) -> Resolution:
    top = name.partition(".")[0]
    near = look_alike(top) if is_offered and not is_namespace(top) else None
    return Resolution(name, None, Evidence.UNKNOWN, 0.0, looks_like=near, is_offered=is_offered)


def _installed(name: str, installed: Installed) -> Resolution | None:
    top = name.partition(".")[0]
    distributions = installed.tops.get(top)
    if distributions is None:
        return None
    if len(distributions) > 1:
        portion = next(
            (installed.portions[each] for each in _prefixes(name) if each in installed.portions), None
        )
        if portion is not None:
            return Resolution(name, portion, Evidence.INSTALLED, 1.0)
        if is_namespace(top):
            return None
    wanted = _listed(top)
    others = wanted and (wanted.distribution, *wanted.alternatives)
    best = next((each for each in others or () if each in distributions), None)
    return Resolution(name, best or next(iter(distributions), None), Evidence.INSTALLED, 1.0)


def _listed(name: str) -> Resolution | None:
    """Return what the shipped tables say; a resolution without distribution is deliberately unknown."""
    top = name.partition(".")[0]
    if is_namespace(top):
        return _portion(name)
    by_hand = curated().names.get(top)
    if by_hand is not None:
        return _by_hand(name, by_hand)
    if top in FOR_GONE:
        return Resolution(name, FOR_GONE[top], Evidence.CURATED, 0.9)
    if top in curated().private:
        return None
    return _ranked(name, top) or _late(name, top)


def _portion(name: str) -> Resolution | None:
    """Return the distribution of the longest prefix that is one, or that is known by hand."""
    root = name.partition(".")[0]
    for prefix in _prefixes(name):
        unversioned = API_VERSION.sub("", prefix)
        by_hand = curated().names.get(prefix, curated().names.get(unversioned))
        if by_hand is not None:
            return _by_hand(name, by_hand)
        if prefix == root:
            return None
        plain = canonicalize_name(unversioned)
        for around in ("", *curated().namespaces[root]):
            distribution = f"{around}{plain}" if around.endswith("-") else f"{plain}{around}"
            if _is_offered(distribution):
                return Resolution(name, distribution, Evidence.NAMESPACE, 0.97 if not around else 0.93)
        squeezed = _squeezed_portions().get(plain.replace("-", ""))
        if squeezed is not None:
            return Resolution(name, squeezed, Evidence.NAMESPACE, 0.9)
    return None


def _by_hand(name: str, distributions: tuple[str, ...]) -> Resolution:
    if not distributions:
        return Resolution(name, None, Evidence.UNKNOWN, 0.0)
    best, *others = distributions
    return Resolution(name, best, Evidence.CURATED, 0.9 if others else 0.98, tuple(others))


def _ranked(name: str, top: str) -> Resolution | None:
    """Return what the table says; of several parts of one product the part that is named."""
    table = ranked()
    distribution = table.names.get(top)
    if distribution is None or distribution in curated().refused:
        return None
    if distribution.startswith(f"{canonicalize_name(top)}-"):
        beside = next(
            (each for each in map(canonicalize_name, _prefixes(name)[:-1]) if _is_offered(each)), None
        )
        if beside is not None:
            return Resolution(name, beside, Evidence.NAMESPACE, 0.9)
    others = table.alternatives.get(top, ())
    confidence = 0.97 if distribution in table.well_known else 0.88
    if distribution != canonicalize_name(top):
        confidence -= 0.07
    if others:
        confidence -= 0.05
    return Resolution(name, distribution, Evidence.RANKED, round(confidence, 2), others)


def _late(name: str, top: str) -> Resolution | None:
    distribution = pipreqs_mapping().get(top)
    if distribution is None or not _is_offered(distribution):
        return None
    return Resolution(name, distribution, Evidence.RANKED, 0.6)


def _is_offered(distribution: str) -> bool:
    return distribution in ranked().imports and distribution not in curated().refused


def _prefixes(name: str) -> list[str]:
    """Return the name and what it begins with, the longest first."""
    parts = name.split(".")[:DEEPEST]
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


@functools.cache
def _squeezed_portions() -> Mapping[str, str]:
    """Return the distributions below namespaces by name without hyphens: `secretmanager` is one word."""
    return {
        distribution.replace("-", ""): distribution
        for distribution in ranked().imports
        if distribution.partition("-")[0] in curated().namespaces and distribution not in curated().refused
    }
